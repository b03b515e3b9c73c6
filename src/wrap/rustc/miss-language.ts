// The questions of a miss answered for rustc: a chunk of its own, which a hit never loads.
import { listNames } from "../../base/directory.ts";
import type { Output } from "../../compiler/output.ts";
import { debugObjects } from "../../compiler/rustc/outputs.ts";
import type { CompileRun, MissLanguage, Rehearsal } from "../unit/language.ts";
import type { Scratch } from "../unit/scratch.ts";
import { absolute } from "../unit/unit.ts";
import { clearOwnFiles, prepareRustc } from "./compile.ts";
import type { RustcRun } from "./rustc-run.ts";
import { runForCaller } from "../compile/run-plan.ts";
import { giveBack } from "./give-back.ts";
import { learnInputs, readsUnreported } from "./learn.ts";
import { isRepeatableFailure } from "./probe.ts";
import { rehearseRustc } from "./rehearse.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { localizeDepInfo, storedDepInfo, storedStreams } from "./stored-texts.ts";

/** What a miss of this unit asks of rustc's side. */
export function withMissingRustc(unit: RustcUnit): MissLanguage {
  return {
    compile: (scratch) => compileRustc(unit, scratch),
    rehearse: (scratch) => rehearse(unit, scratch),
  };
}

async function compileRustc(unit: RustcUnit, scratch: Scratch): Promise<CompileRun> {
  const unreported = readsUnreported(unit);
  const prepared = prepareRustc(unit, scratch, { unreported, silent: false });
  const run = await runForCaller(unit.invocation, prepared);
  giveBack(run);
  return runOf(unit, run, unreported);
}

/** The same call into a directory of its own. */
function rehearse(unit: RustcUnit, scratch: Scratch): Rehearsal | string {
  const made = rehearseRustc(unit, scratch);
  if (typeof made === "string") return made;
  const { run, outputs, asCalled } = made;
  const whole = runOf(unit, run, false);
  return {
    run: { ...whole, storedDepInfo: (text) => storedDepInfo(unit, run, asCalled(text)) },
    outputs,
  };
}

function runOf(unit: RustcUnit, run: RustcRun, unreported: boolean): CompileRun {
  return {
    ...run,
    isRepeatableFailure: () => isRepeatableFailure(unit, run),
    learn: (keyed) => learnInputs(unit, run, keyed, unreported),
    sideOutputs: () => sideOutputs(unit),
    storedStreams: () => storedStreams(unit, run),
    storedDepInfo: (text) => storedDepInfo(unit, run, text),
    localizeOutputs: () => {
      localizeDepInfo(unit, run);
    },
    clear: () => {
      clearOwnFiles(unit, run);
    },
  };
}

/** The one case where only a look at the output directory tells what was written. */
function sideOutputs(unit: RustcUnit): Output[] {
  if (unit.compile.splitDebuginfo !== "unpacked") return [];
  const names = listNames(absolute(unit, unit.compile.outDir ?? "."));
  return typeof names === "string" ? [] : debugObjects(unit.compile, names);
}
