// Files that inline assembly takes in (`.incbin`, `.include`): LLVM reads them, and no dep-info names them.
import { readText } from "../../base/file.ts";
import type { DepInfo } from "../../compiler/rustc/dep-info.ts";
import type { RustcCompile } from "../../compiler/rustc/rustc-compile.ts";
import { assemblesFiles } from "../../compiler/rustc/variable-texts.ts";
import { externsMention } from "./loaded-crates.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { absolute } from "../unit/unit.ts";

/** What is written without any assembler. */
const WITHOUT_CODE: readonly string[] = ["dep-info", "metadata", "mir"];

/** Whether this compile makes code, and so assembles what stands in its sources. */
export function makesCode({ emits }: RustcCompile): boolean {
  return emits.some(({ kind }) => !WITHOUT_CODE.includes(kind));
}

/** The directives as a compiled crate holds them, whose macros and inlined functions may bring them here. */
const DIRECTIVES = [".incbin", '.include "', '.include \\"'];

/** Whether nobody saw if a file was assembled in, and the texts do not rule it out. */
export function mayAssembleFiles(unit: RustcUnit, depInfo: DepInfo): boolean {
  if (!makesCode(unit.compile)) return false;
  const named = depInfo.sources.some((source) => {
    const text = readText(absolute(unit, source));
    // What is no text is no assembly either.
    return text !== undefined && assemblesFiles(text);
  });
  return named || DIRECTIVES.some((directive) => externsMention(unit, directive));
}
