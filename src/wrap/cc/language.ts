// The stages' questions answered for C and C++.
import { isDirectory, lstatPath, type Stat } from "../../base/file.ts";
import { baseName, dirName } from "../../base/path.ts";
import { realPaths } from "../../base/many-paths.ts";
import { findProgram } from "../../base/program.ts";
import type { CcCompile } from "../../compiler/cc/cc-compile.ts";
import { outputsOf, STDIN_SOURCE } from "../../compiler/cc/outputs.ts";
import type { CcFamily } from "../../key/cc-family.ts";
import { deriveCcKey, spelledCall } from "../../key/derive-cc-key.ts";
import { LOADER_FLAG, loaderText } from "../../key/loader-cache.ts";
import { unmapText } from "../../key/mapped-text.ts";
import { SPELLED_FLAG, spelledRoots } from "../../key/spelled-roots.ts";
import { PRINTED } from "../../store/entry.ts";
import type { Language, UnitFacts } from "../language.ts";
import { absolute, profileOf, type Unit } from "../unit.ts";
import type { CcUnit } from "./cc-unit.ts";
import { isColored, takesColorFlag, wantsColor, withoutColor } from "./color.ts";
import { CLOCK_FLAG, FAKETIME, shownClock } from "./faked-clock.ts";
import { localRules, TARGETS_FLAG, targetsText } from "./dependency-text.ts";
import { mappedWords } from "./prefix-maps.ts";
import { SHOWN, shownText } from "./shown-names.ts";
import { EPOCH, EPOCH_FLAG, unusableEpoch } from "./source-date.ts";
import { twinsText } from "./twins.ts";

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
    flag: (name) => flagOf(unit, name),
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

/** How messages look, as one value: what is kept without colour is of no use to whoever wants it. */
export function messagesText(unit: CcUnit): string {
  const { compile } = unit;
  const plain = isColored(compile, unit.make().family) ? [] : ["without color"];
  return [...compile.presentation, ...plain].join("\n");
}

/** The beginning of the flag that says which program of a name is found along PATH. */
export const PROGRAM_FLAG = "program ";

/** The flag that says which outputs are there already: what becomes of those when a compile fails is the compiler's. */
export const OUTPUTS_FLAG = "outputs that are there";

function flagOf(unit: CcUnit, name: string): string | undefined {
  const { compile, invocation, place } = unit;
  if (name === "messages") return messagesText(unit);
  if (name.startsWith(PROGRAM_FLAG)) {
    const found = findProgram(name.slice(PROGRAM_FLAG.length), invocation);
    return found === undefined ? undefined : place.roots.map(found);
  }
  if (name === CLOCK_FLAG) return shownClock(invocation.env[FAKETIME]);
  if (name === EPOCH_FLAG) return unusableEpoch(invocation.env[EPOCH]);
  if (name === OUTPUTS_FLAG) return outputsThere(unit);
  if (name === TARGETS_FLAG) return targetsText(compile);
  if (name === SPELLED_FLAG) return spelledCall(compile, place);
  if (name.startsWith(LOADER_FLAG)) return loaderText(name);
  return name.startsWith(SHOWN) ? shownText(name, place) : twinsText(name, place);
}

/** The beginning of what is said of an output that cannot be made. */
export const NO_DIRECTORY = "no directory for ";

/** Which outputs are there already or have no directory to be made in; undefined for none. */
export function outputsThere(unit: CcUnit): string | undefined {
  const found = outputsOf(unit.compile).flatMap(({ name, path }) => {
    const place = absolute(unit, path);
    if (lstatPath(place) !== "absent") return [name];
    return isDirectory(dirName(place)) ? [] : [NO_DIRECTORY + name];
  });
  return found.length === 0 ? undefined : found.join(" ");
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
