// Directories of `-C incremental`, which kache leaves out of the compiles it stores: where rustc can use none, it is
// the one to say so.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type Run, worldFor } from "../support/rig.ts";
import { rustProjects } from "../support/rust-project.ts";
import { kache } from "../support/toolchain.ts";
import { writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("incremental-dirs");
const project = rustProjects(world, "state");

/** A case: which directory is named, and what stands there. */
type Row = readonly [fact: string, dir: string, lay: (dir: string) => void];

const nothing = () => undefined;

function closed(dir: string): void {
  mkdirSync(join(dir, "closed"));
  chmodSync(join(dir, "closed"), 0o555);
}

const UNUSABLE: readonly Row[] = [
  ["a file", "src/lib.rs", nothing],
  ["a place below a file", "src/lib.rs/state", nothing],
  [
    "a link that leads nowhere",
    "link",
    (dir) => {
      symlinkSync("none", join(dir, "link"));
    },
  ],
  [
    "a place behind a link that leads nowhere",
    "link/below",
    (dir) => {
      symlinkSync("none", join(dir, "link"));
    },
  ],
  ["a closed directory", "closed", closed],
  ["a place in a closed directory", "closed/deep/state", closed],
];

const USABLE: readonly Row[] = [
  ["one that is not there, nor what is above it", "none/at/all", nothing],
  ["the working directory", "", nothing],
  ["one above it", "src/../../state", nothing],
  [
    "a link to a directory",
    "link",
    (dir) => {
      writeTree(dir, { "there/x": "" });
      symlinkSync("there", join(dir, "link"));
    },
  ],
];

/** Takes from root what lets it write anywhere. */
const bound =
  process.getuid?.() === 0 ? ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] : [];

/** A project, with a call that names such a directory, by kache and plainly, of somebody whom permissions bind. */
function stateful([, state, lay]: Row) {
  const { dir, call } = project();
  lay(dir);
  const one = { ...call, args: [`-Cincremental=${state}`] };
  const run = (...words: string[]): Run =>
    world.run([...bound, ...words, ...world.rustcWords(one)], { cwd: dir, env });
  return { dir, call, kept: () => run(kache), plain: () => run() };
}

// One that runs with all of root's rights would answer.
const env = { KACHE_ENGINE: "0" };

describe("a compile is rustc's to refuse where its state would lie in", () => {
  for (const row of UNUSABLE) {
    test(row[0], () => {
      const { dir, call, kept, plain } = stateful(row);
      const stored = () => outcomeOf(mustSucceed(world.rustc(dir, call)));
      expect([stored(), stored()]).toEqual(["misses", "hits"]);
      const { exitCode, stdout, stderr, events } = kept();
      const refused = plain();
      expect(refused.exitCode).toBe(1);
      expect({ exitCode, stdout, stderr }).toEqual({
        exitCode: 1,
        stdout: refused.stdout,
        stderr: refused.stderr,
      });
      expect(events.map(({ passthrough_reason }) => passthrough_reason)).toEqual([
        "refused: a directory of -C incremental out of reach",
      ]);
    });
  }
});

describe("a compile is stored and served, and leaves no state, where that would lie in", () => {
  for (const row of USABLE) {
    test(row[0], () => {
      const { dir, kept, plain } = stateful(row);
      expect([kept(), kept()].map((run) => outcomeOf(mustSucceed(run)))).toEqual([
        "misses",
        "hits",
      ]);
      expect(existsSync(join(dir, "none"))).toBe(false);
      mustSucceed(plain());
    });
  }
});
