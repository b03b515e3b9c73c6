// `npm run mutate -- [--seed N] [--edits N]`: random edits of a small workspace, each built through kache
// and plainly and compared. The seed decides everything; what fails is shrunk to a short list of edits.
import { join } from "node:path";
import { build, isOutOfDate } from "./build.ts";

const root = join(import.meta.dir, "..");
const EDITS = 300;

const USAGE = `Usage: npm run mutate -- [--seed N] [--edits N]
  --seed N    decides the edits (default: from the clock; it is printed)
  --edits N   how many (default ${EDITS}); one takes two to four seconds
`;

/** The options, or undefined for anything else. */
function parse(words: readonly string[]): { seed: number; edits: number } | undefined {
  const given = { seed: Date.now() % 1_000_000, edits: EDITS };
  for (let at = 0; at < words.length; at += 2) {
    const value = Number(words[at + 1]);
    if (!Number.isInteger(value) || value < 0) return undefined;
    if (words[at] === "--seed") given.seed = value;
    else if (words[at] === "--edits") given.edits = value;
    else return undefined;
  }
  return given;
}

const options = parse(process.argv.slice(2));
if (options === undefined) {
  process.stderr.write(USAGE);
  process.exit(2);
}
if (isOutOfDate()) await build();
process.stderr.write(`seed ${options.seed}, ${options.edits} edits\n`);
const run = Bun.spawnSync([process.execPath, "test", "test/suites/mutate.test.ts"], {
  cwd: root,
  env: {
    ...process.env,
    MUTATION_SEED: String(options.seed),
    MUTATION_EDITS: String(options.edits),
  },
  stdin: "ignore",
  stdout: "inherit",
  stderr: "inherit",
});
process.exitCode = run.exitCode;
