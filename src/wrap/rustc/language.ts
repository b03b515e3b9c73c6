// The stages' questions answered for rustc.
import { listNames } from "../../base/directory.ts";
import type { Output } from "../../compiler/output.ts";
import { debugObjects, outputsOf } from "../../compiler/rustc/outputs.ts";
import type { RustcCompile } from "../../compiler/rustc/rustc-compile.ts";
import { deriveInvocationKey } from "../../key/derive-key.ts";
import { unmapText } from "../../key/mapped-text.ts";
import type { CompileRun, Language, UnitFacts } from "../language.ts";
import type { Scratch } from "../scratch.ts";
import { absolute, type Unit } from "../unit.ts";
import { clearOwnFiles, compileUnit } from "./compile.ts";
import { learnInputs, readsUnreported } from "./learn.ts";
import { isRepeatableFailure } from "./probe.ts";
import { uncachedWords } from "./remap.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { localDepInfo, localizeDepInfo, storedDepInfo, storedStreams } from "./texts.ts";

/** The unit with rustc's answers. */
export function withRustc(unit: RustcUnit): Unit {
  const { compile, place, invocation, config } = unit;
  const language: Language = {
    facts: factsOf(compile),
    unitId: compile.extraFilename,
    makesDirectories: true,
    isKeyReady: place.toolchain.isKnown,
    deriveKey: () => deriveInvocationKey(compile, place),
    flag: (name) => (name === "messages" ? compile.presentation.join("\n") : undefined),
    outputs: () => outputsOf(compile),
    outputNamed: (name) => outputNamed(compile, name),
    obstacle: () => undefined,
    localDepInfo: (stored) => localDepInfo(unit, stored),
    localStream: (stored) => unmapText(stored, place.roots),
    uncachedWords: () =>
      uncachedWords(invocation.words, compile, place.roots, config.incremental === "keep"),
    compile: (scratch) => compileRustc(unit, scratch),
  };
  return { ...unit, language };
}

function outputNamed(compile: RustcCompile, name: string): Output | undefined {
  const [side] = debugObjects(compile, [name]);
  return outputsOf(compile).find((output) => output.name === name) ?? side;
}

function compileRustc(unit: RustcUnit, scratch: Scratch): CompileRun {
  const unreported = readsUnreported(unit);
  const run = compileUnit(unit, scratch, unreported);
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

/** The unit as reports name it. */
function factsOf(compile: RustcCompile): UnitFacts {
  const optimized = compile.optLevel ?? "0";
  const profile = optimized === "0" ? "dev" : /^[sz]$/.test(optimized) ? "release-size" : "release";
  return {
    crateName: compile.crateName,
    crateTypes: compile.testHarness ? ["test"] : compile.crateTypes,
    features: compile.features,
    target: compile.target ?? "host",
    profile,
  };
}
