// The stages' questions answered for C and C++.
import { lstatPath, type Stat } from "../../base/file.ts";
import { baseName, dirName } from "../../base/path.ts";
import { realPaths } from "../../base/many-paths.ts";
import type { CcCompile } from "../../compiler/cc/cc-compile.ts";
import { outputsOf, STDIN_SOURCE } from "../../compiler/cc/outputs.ts";
import type { CcFamily } from "../../key/cc-family.ts";
import { deriveCcKey } from "../../key/derive-cc-key.ts";
import { unmapText } from "../../key/mapped-text.ts";
import { spelledRoots } from "../../key/spelled-roots.ts";
import { PRINTED } from "../../store/entry.ts";
import type { Language, UnitFacts } from "../unit/language.ts";
import { absolute, profileOf, type Unit } from "../unit/unit.ts";
import type { CcUnit } from "./cc-unit.ts";
import { callFlag } from "./call-flags.ts";
import { takesColorFlag, wantsColor, withoutColor } from "./color.ts";
import { localRules } from "./dependency-text.ts";
import { mappedWords } from "./prefix-maps.ts";

/** The unit with the answers for C and C++. */
export function withCc(unit: CcUnit): Unit {
  const { compile, place } = unit;
  const language: Language = {
    facts: factsOf(compile),
    unitId: place.roots.map(compile.mainOutput ?? ""),
    isPrinted: compile.prints,
    makesDirectories: false,
    sharesInodes: false,
    writesInto: (kind, there) => isWrittenInto(unit, kind, there),
    isRepeated: true,
    isKeyReady: true,
    deriveKey: () => deriveCcKey(compile, place),
    flag: (name) => callFlag(unit, name),
    outputs: () => outputsOf(compile),
    outputNamed: (name) => outputsOf(compile).find((output) => output.name === name),
    obstacle: () => obstacle(unit),
    withDeclaredInputs: (text) => text,
    localDepInfo: (stored) => localRules(compile, spelledRoots(place.roots), stored),
    localStream: (stored, stream) =>
      compile.prints && stream === "stdout" ? stored : localStream(unit, stored, stream),
    uncachedWords: () => mappedWords(unit, compile.args),
    missing: async () => (await import("../no-hit.ts")).withMissingCc(unit),
  };
  return { ...unit, language };
}

/** Kinds of outputs that every compiler writes into the file that is there. */
const WRITTEN_INTO = ["dep-info", "su", "ci", "gcno", "aux-info"];

/** Those with which families differ: gcc's `.dwo` is objcopy's work, and clang renames what it made elsewhere. */
const WRITTEN_INTO_BY: Readonly<Record<CcFamily, readonly string[]>> = {
  gcc: ["assembly", "preprocessed", "pch"],
  clang: ["dwo", "time-trace"],
  other: [],
};

/** What GNU's assembler and objcopy make: they remove what is there, but no empty file (`mktemp` makes such). */
const BINUTILS = ["object", "dwo"];
const OTHER_ASSEMBLER = /^-f?no-integrated-as$/;

function isWrittenInto(unit: CcUnit, kind: string, there: Stat): boolean {
  if (WRITTEN_INTO.includes(kind)) return true;
  if (kind === "object" && there.size > 0) return false;
  const { family } = unit.make();
  const isBinutils =
    family === "gcc" || unit.compile.keyed.some(({ flag }) => OTHER_ASSEMBLER.test(flag));
  if (isBinutils && BINUTILS.includes(kind)) return there.size === 0;
  return WRITTEN_INTO_BY[family].includes(kind);
}

/** The unit as reports name it. */
function factsOf(compile: CcCompile): UnitFacts {
  return {
    crateName: compile.source === STDIN_SOURCE ? "<stdin>" : baseName(compile.source),
    crateTypes: [compile.prints || compile.discards ? PRINTED : compile.mode],
    features: [],
    target: compile.target ?? "host",
    profile: profileOf(compile.optLevel),
  };
}

function isOneFile(unit: CcUnit, one: string, other: string): boolean {
  if (baseName(one) !== baseName(other)) return false;
  const [first, second] = realPaths([one, other].map((path) => dirName(absolute(unit, path))));
  return first === second;
}

/** Outputs that the compiler treats by what is there: links, devices, files it may not write. */
function obstacle(unit: CcUnit): string | undefined {
  const WRITABLE = 0o200;
  const outputs = outputsOf(unit.compile);
  const twice = outputs.find(({ path }, at) =>
    outputs.slice(0, at).some((before) => isOneFile(unit, before.path, path)),
  );
  if (twice !== undefined) return `output ${twice.path} is two of them`;
  const { source } = unit.compile;
  if (outputs.some(({ path }) => isOneFile(unit, path, source)))
    return `output ${source} is the source`;
  for (const { path } of outputs) {
    const stat = lstatPath(absolute(unit, path));
    if (stat === "absent") continue;
    if (typeof stat === "string" || stat.kind !== "file") return `output ${path} is no plain file`;
    if ((stat.mode & WRITABLE) === 0) return `output ${path} is read-only`;
    if (stat.nlink > 1) return `output ${path} has other links`;
  }
  return undefined;
}

function localStream(
  unit: CcUnit,
  stored: string,
  stream: "stdout" | "stderr",
): string | undefined {
  const local = unmapText(stored, spelledRoots(unit.place.roots));
  const isAsIs = stream === "stdout" || local?.includes("\x1b") !== true || wantsColor(unit);
  if (isAsIs) return local;
  const family = unit.make().family;
  return takesColorFlag(unit.compile, family) ? withoutColor(local, family) : local;
}
