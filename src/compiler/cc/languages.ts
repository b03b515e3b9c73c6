// Languages of source files, by name and by `-x`. Names: those on which gcc 12's and clang 14's driver tables agree.

import { baseName } from "../../base/path.ts";
import type { CcMode } from "./cc-compile.ts";

const BY_EXTENSION: ReadonlyMap<string, string> = new Map(
  (
    [
      ["c", "c"],
      ["cpp-output", "i"],
      ["c++", "cc cp cxx cpp CPP c++ C"],
      ["c++-cpp-output", "ii"],
      ["objective-c", "m"],
      ["objective-c-cpp-output", "mi"],
      ["objective-c++", "mm M"],
      ["objective-c++-cpp-output", "mii"],
      ["assembler", "s"],
      ["assembler-with-cpp", "S"],
      ["c-header", "h"],
      ["c++-header", "hh H hp hxx hpp HPP h++ tcc"],
    ] as const
  ).flatMap(([language, names]) => names.split(" ").map((name) => [name, language] as const)),
);

const NAMED: ReadonlySet<string> = new Set([
  ...BY_EXTENSION.values(),
  "objective-c-header",
  "objective-c++-header",
]);

/** The language of a file by its name; undefined: not a source (the linker's, if anybody's). */
export function languageOfFile(path: string): string | undefined {
  const name = baseName(path);
  const dot = name.lastIndexOf(".");
  return dot < 0 ? undefined : BY_EXTENSION.get(name.slice(dot + 1));
}

/** Whether `-x` with this name asks for a language that one compile makes one output of. */
export function isLanguage(name: string): boolean {
  return NAMED.has(name);
}

/** Whether a compile of this language makes a precompiled header. */
export function isHeader(language: string): boolean {
  return language.endsWith("-header");
}

/** Whether a source of this language is already what it is to be made. */
export function isDone(language: string, mode: CcMode): boolean {
  if (mode === "assembly") return language === "assembler";
  return (mode === "preprocessed" || mode === "rules") && !needsPreprocessing(language);
}

/** Whether the preprocessor runs, so that a dependency file can come of it. */
export function needsPreprocessing(language: string): boolean {
  return language !== "assembler" && !language.endsWith("cpp-output");
}
