// What kind of output a compile makes: linked, taking in whole crates, run by users.
import { LINKED_CRATE_TYPES } from "./flags.ts";
import type { RustcCompile } from "./rustc-compile.ts";

/** Whether this compile runs a linker (an unnamed crate type may be anything, so it counts). */
export function runsLinker(compile: RustcCompile): boolean {
  if (!compile.emits.some(({ kind }) => kind === "link")) return false;
  return (
    compile.testHarness ||
    compile.crateTypes.length === 0 ||
    compile.crateTypes.some((type) => LINKED_CRATE_TYPES.includes(type))
  );
}

/**
 * Whether the output takes in the code of every crate below, and not only what the direct ones hand on: a
 * link, or a static library. Then the crates two below count by their bytes.
 */
export function takesInCrates(compile: RustcCompile): boolean {
  const links = compile.emits.some(({ kind }) => kind === "link");
  return runsLinker(compile) || (links && compile.crateTypes.includes("staticlib"));
}

/** Whether the output is an executable that users run: the one class that can be switched off. */
export function makesExecutable(compile: RustcCompile): boolean {
  return (
    compile.emits.some(({ kind }) => kind === "link") &&
    (compile.testHarness || compile.crateTypes.length === 0 || compile.crateTypes.includes("bin"))
  );
}

/** Kinds of outputs that rustc writes into the file that is there; libraries, metadata and programs are replaced. */
const WRITTEN_INTO: readonly string[] = [
  "asm",
  "dep-info",
  "dwo",
  "dwp",
  "llvm-bc",
  "llvm-ir",
  "mir",
  "obj",
];

/** Whether rustc writes an output of this kind into the file that is there, and does not replace it. */
export function isWrittenInto(kind: string): boolean {
  return WRITTEN_INTO.includes(kind);
}

/** Flags under which bitcode is optimised, is linked as such, or becomes other files than by default. */
const SHOWS_BITCODE = /^(?:-O|-C (?:lto|linker-plugin-lto)|-Z.*)$/;

/**
 * Whether texts that a macro lets rustc parse, of which nothing else is used, can make a difference to the
 * output: by the crate's hash in its metadata, or by their length in bitcode (it holds the positions of inline
 * assembly, and optimised builds name symbols after its digest). Not in an executable without optimisation.
 */
export function showsMacroTexts(compile: RustcCompile): boolean {
  const { crateTypes, emits, keyed, optLevel, testHarness } = compile;
  const executable =
    testHarness || (crateTypes.length > 0 && crateTypes.every((type) => type === "bin"));
  const plain = emits.every(({ kind }) => PLAIN_EMITS.includes(kind));
  const optimised = (optLevel ?? "0") !== "0" || keyed.some(({ flag }) => SHOWS_BITCODE.test(flag));
  return !executable || !plain || optimised;
}

const PLAIN_EMITS: readonly string[] = ["dep-info", "metadata", "link"];
