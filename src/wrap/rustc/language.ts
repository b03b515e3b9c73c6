// The stages' questions answered for rustc.
import type { Output } from "../../compiler/output.ts";
import { isWrittenInto } from "../../compiler/rustc/output-kind.ts";
import { debugObjects, outputsOf } from "../../compiler/rustc/outputs.ts";
import { ARGUMENTS } from "../../compiler/rustc/presentation.ts";
import type { RustcCompile } from "../../compiler/rustc/rustc-compile.ts";
import { deriveRustcKey } from "../../key/derive-rustc-key.ts";
import { unmapText } from "../../key/mapped-text.ts";
import type { Language, UnitFacts } from "../unit/language.ts";
import { profileOf, type Unit } from "../unit/unit.ts";
import { uncachedWords } from "./remap.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { withDeclaredInputs } from "./declared-inputs.ts";
import { localDepInfo } from "./local-dep-info.ts";

/** The unit with rustc's answers. */
export function withRustc(unit: RustcUnit): Unit {
  const { compile, place, invocation, config } = unit;
  const language: Language = {
    facts: factsOf(compile),
    unitId: compile.extraFilename,
    isPrinted: false,
    makesDirectories: makesDirectories(compile),
    sharesInodes: true,
    writesInto: isWrittenInto,
    isRepeated: false,
    isKeyReady: place.toolchain.isKnown,
    deriveKey: () => deriveRustcKey(compile, place),
    flag: (name) => flagOf(compile, name),
    outputs: () => outputsOf(compile),
    outputNamed: (name) => outputNamed(compile, name),
    obstacle: () => undefined,
    localDepInfo: (stored) => localDepInfo(unit, stored),
    withDeclaredInputs: (text) => withDeclaredInputs(unit, text),
    localStream: (stored) => unmapText(stored, place.roots),
    uncachedWords: () =>
      uncachedWords(invocation.words, compile, place.roots, config.incremental === "keep"),
    missing: async () => (await import("../no-hit.ts")).withMissingRustc(unit),
  };
  return { ...unit, language };
}

function flagOf({ args, presentation }: RustcCompile, name: string): string | undefined {
  if (name === "messages") return presentation.join("\n");
  return name === ARGUMENTS ? args.join("\n") : undefined;
}

/** rustc makes the one that `--out-dir` names, but not before it has written its dep-info there. */
function makesDirectories({ emits, output }: RustcCompile): boolean {
  return (
    output === undefined &&
    emits.every(({ kind, path }) => kind !== "dep-info" && path === undefined)
  );
}

function outputNamed(compile: RustcCompile, name: string): Output | undefined {
  const declared = outputsOf(compile).find((output) => output.name === name);
  return declared ?? debugObjects(compile, [name])[0];
}

/** The unit as reports name it. */
function factsOf(compile: RustcCompile): UnitFacts {
  return {
    crateName: compile.crateName,
    crateTypes: compile.testHarness ? ["test"] : compile.crateTypes,
    features: compile.features,
    target: compile.target ?? "host",
    profile: profileOf(compile.optLevel),
  };
}
