// Builds the executable in which rules can be switched off: a copy of the sources, changed by the table.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileExecutable } from "../../scripts/build.ts";
import { type Patch, suiteFile } from "./rule.ts";
import { RULES } from "./rules.ts";

const root = join(import.meta.dir, "../..");

/** The variable that names the rule to switch off; only this executable knows it. */
export const RULE_VARIABLE = "KACHE_TEST_RULE_OFF";

/** Compiles it to `outfile`. Throws when a rule's text is not in its file exactly once. */
export async function buildNegative(outfile: string): Promise<void> {
  const copy = changedSources();
  try {
    mkdirSync(join(root, "dist"), { recursive: true });
    await compileExecutable(join(copy, "src", "main.ts"), outfile);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** A directory with the changed sources, what they embed and what their tests need. */
function changedSources(): string {
  const copy = mkdtempSync(join(tmpdir(), "kache-negative-"));
  cpSync(join(root, "src"), join(copy, "src"), { recursive: true });
  for (const beside of ["dist", "test"]) symlinkSync(join(root, beside), join(copy, beside));
  for (const [index, { name, also, ...patch }] of RULES.entries()) {
    for (const one of [patch, ...(also ?? [])]) apply(copy, one, name, index);
  }
  return copy;
}

function apply(copy: string, { file, text, weakened }: Patch, name: string, index: number): void {
  const path = join(copy, "src", file);
  const parts = readFileSync(path, "utf8").split(text);
  if (parts.length !== 2)
    throw new Error(`${file} has ${parts.length - 1} places for "${name}": ${text}`);
  const isOff = `(process.env["${RULE_VARIABLE}"] === "${index}")`;
  writeFileSync(path, parts.join(weakened.replaceAll(/\bOFF\b/g, isOff)));
}

/** What a suite's case did with a rule off. */
export type Verdict = "fails" | "timed out" | "still passes" | "did not run";

/** Runs the case of one rule with it switched off. */
export function runWithout(index: number, executable: string): Verdict {
  const chosen = RULES[index];
  if (chosen === undefined) throw new RangeError(`no rule ${index}`);
  const pattern = chosen.test.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // What stands beside a source is of the changed one.
  const copy = chosen.suite.startsWith("src/") ? changedSources() : undefined;
  const cwd = copy ?? root;
  const suite = join(cwd, suiteFile(chosen.suite));
  const child = Bun.spawnSync([process.execPath, "test", suite, "-t", pattern], {
    cwd,
    env: { ...process.env, EXECUTABLE_UNDER_TEST: executable, [RULE_VARIABLE]: String(index) },
    stdin: "ignore",
  });
  if (copy !== undefined) rmSync(copy, { recursive: true, force: true });
  const said = child.stdout.toString() + child.stderr.toString();
  // That shows nothing but a slow machine.
  if (/timed out after \d+ ?ms/.test(said)) return "timed out";
  if (/^\(fail\) /m.test(said)) return "fails";
  return /^\(pass\) /m.test(said) ? "still passes" : "did not run";
}
