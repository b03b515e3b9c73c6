// A C or C++ compile beside the real one: the same call with its object and make rules in a directory of their
// own, watched by nobody, printing nothing.
import { makeDirs } from "../../base/directory.ts";
import { baseName } from "../../base/path.ts";
import type { Output } from "../../compiler/output.ts";
import type { CcCompile } from "../../compiler/cc/cc-compile.ts";
import { outputsOf, ruleTargets } from "../../compiler/cc/outputs.ts";
import { withoutFlags } from "../../compiler/without-flags.ts";
import { runHere } from "../compile/run-plan.ts";
import type { Scratch } from "../unit/scratch.ts";
import type { CcUnit } from "./cc-unit.ts";
import type { CcRun } from "./cc-run.ts";
import { prepareCc } from "./compile.ts";

/** The compile that was made, and its outputs where they are. */
export interface CcRehearsal {
  readonly run: CcRun;
  readonly outputs: readonly Output[];
}

/** Compiles into the scratch directory, or says why that would not be the same compile. */
export function rehearseCc(unit: CcUnit, scratch: Scratch): CcRehearsal | string {
  const { compile } = unit;
  const { namesOutput, placeBound, recordsCommand, sides, dependencies } = compile;
  if (namesOutput || placeBound || recordsCommand || sides.length > 0) {
    return "the outputs name the directory they are written to";
  }
  if (compile.argumentFiles.length > 0) return "an argument file may name the outputs";
  if (compile.spelling === "cl") return "outputs named cl's way are left where they are";
  // Compilers differ in the target they give it then.
  if (dependencies?.direct === true) return "the preprocessor itself was asked for make rules";
  const dir = `${scratch.dir()}/out`;
  if (!makeDirs(dir)) return "the cache directory cannot be written";
  const staged = redirected(compile, dir);
  const prepared = prepareCc({ ...unit, compile: staged }, scratch, { silent: true });
  const run = runHere(unit.invocation, prepared);
  return { run, outputs: outputsOf(staged) };
}

/** The call with its outputs in a directory; its make rule keeps the target it would have. */
function redirected(compile: CcCompile, dir: string): CcCompile {
  const { mainOutput, dependencies } = compile;
  const isFile = mainOutput !== undefined && !compile.discards;
  const output = isFile ? `${dir}/${baseName(mainOutput)}` : compile.output;
  const rules = dependencies === undefined ? undefined : `${dir}/dependencies.d`;
  const isTargeted = dependencies === undefined || dependencies.targets.length > 0;
  const places = [
    ...(output === undefined ? [] : ["-o", output]),
    ...(rules === undefined ? [] : ["-MF", rules]),
    ...(isTargeted ? [] : ruleTargets(compile, "clang").flatMap((target) => ["-MT", target])),
  ];
  return {
    ...compile,
    output,
    mainOutput: isFile ? output : mainOutput,
    dependencies: dependencies === undefined ? undefined : { ...dependencies, path: rules },
    args: [...places, ...withoutFlags(compile.args, PLACES, ATTACHED_PLACES)],
  };
}

/** `-o` and the place of the make rules. */
const PLACES = new Set(["-o", "-MF", "--output"]);
const ATTACHED_PLACES = /^(-o.|-MF.|--output=)/;
