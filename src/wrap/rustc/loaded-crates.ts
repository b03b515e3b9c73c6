// The compiled crates that a compile loaded, as the observer saw them, and what their bytes tell.
import { realPath } from "../../base/many-paths.ts";
import { listNames } from "../../base/directory.ts";
import { readText } from "../../base/file.ts";
import { baseName, isWithin, tidyPath } from "../../base/path.ts";
import { programName } from "../../compiler/program-name.ts";
import { parseDepInfo } from "../../compiler/rustc/dep-info.ts";
import { showsMacroTexts } from "../../compiler/rustc/output-kind.ts";
import { ARGUMENTS } from "../../compiler/rustc/presentation.ts";
import { allPlaceMembers, type Member } from "../../key/input-set.ts";
import { artifactMentions } from "../../observe/artifact-mentions.ts";
import { isPlain, locatesOnly } from "../../observe/known-macros.ts";
import { type MacroFacts, macroFacts, WORST_FACTS } from "../../observe/macro-facts.ts";
import type { UsableObservation } from "../../observe/observation.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { absolute } from "../unit/unit.ts";

/** Compiled crates, in each form rustc looks for. */
export const CRATE_FILE = /\.(rlib|rmeta|so|dylib|dll)$/;

/** Whether any crate that was loaded mentions a name in its metadata or code. */
export function loadedCratesMention(
  unit: RustcUnit,
  seen: UsableObservation,
  name: string,
): boolean {
  return [...seen.reads.keys()]
    .filter((path) => isLoadedCrate(unit, path))
    .some((path) => mentions(unit, path, name));
}

/** Whether any crate mentions it that the unit names or may find, loaded or not: known also where nobody watched. */
export function reachableCratesMention(unit: RustcUnit, name: string): boolean {
  const named = unit.compile.externs.flatMap(({ path }) => path ?? []);
  const found = unit.compile.searchPaths.flatMap(({ path }) => {
    const names = listNames(absolute(unit, path));
    if (typeof names === "string") return [];
    return names.filter((file) => CRATE_FILE.test(file)).map((file) => `${path}/${file}`);
  });
  return [...named, ...found].some((path) => mentions(unit, absolute(unit, path), name));
}

/** Whether a crate mentions it that the unit names. */
export function externsMention(unit: RustcUnit, name: string): boolean {
  return unit.compile.externs.some(
    ({ path }) => path !== undefined && mentions(unit, absolute(unit, path), name),
  );
}

function mentions(unit: RustcUnit, path: string, name: string): boolean {
  const found = unit.place.digests.of(path);
  if (typeof found === "string") return true;
  return artifactMentions(unit.layout.cacheDir, name, path, found.digest);
}

/** Whether a path is a compiled crate, of those that the unit names or may find. */
export function isLoadedCrate(unit: RustcUnit, path: string): boolean {
  if (!CRATE_FILE.test(path)) return false;
  const { externs, searchPaths } = unit.compile;
  return (
    externs.some((extern) => extern.path !== undefined && absolute(unit, extern.path) === path) ||
    searchPaths.some((searched) => isWithin(path, absolute(unit, searched.path)))
  );
}

/** Whether a crate's file is a library that can be loaded: a procedural macro, or a Rust dylib. */
export function isLoadable(path: string): boolean {
  return /\.(so|dylib|dll)$/.test(path);
}

/** They read libraries, and run none that is found among crates: a build script linked with libclang is no macro's. */
const LINKER = /^(?:[\w.]+-)*(?:ld|lld|ld\.\w+|gold|mold|wild|collect2)$/;

/**
 * Whether a library that was opened was also loaded, and its code may have run. rustc opens every library
 * whose name would do, also those of other builds that lie in the same directory, and loads the right one.
 */
export function wasLoaded(seen: UsableObservation, path: string): boolean {
  if (seen.loaded.has(path) || seen.loaded.has(realPath(path) ?? path)) return true;
  return [...(seen.reads.get(path) ?? [])].some(
    (program) => seen.unended.has(program) && !LINKER.test(baseName(program)),
  );
}

/** A macro's library that was loaded, and what it can do unseen. */
export interface LoadedMacro {
  /** Absolute. */
  readonly path: string;
  readonly facts: MacroFacts;
}

/**
 * Of the libraries that asked for something, those by which a macro may have: itself, or one that it brought along. What
 * another program loaded is its own.
 */
export function macrosAmong(
  unit: RustcUnit,
  seen: UsableObservation,
  libraries: ReadonlySet<string>,
): string[] {
  const byCompiler = (path: string) => isCompilers(seen.loaded.get(tidyPath(path)) ?? new Set());
  return [...libraries].filter((path) => isLoadedCrate(unit, path) || byCompiler(path));
}

/**
 * Whether a macro brought along the standard library as a file of its own. The loader then gives it the compiler's copy,
 * and what it asks for looks like the compiler's own question.
 */
export function sharesStd(seen: UsableObservation): boolean {
  return [...seen.loaded.keys()].some((path) => /^libstd-[^/]*\.so$/.test(baseName(path)));
}

/** Programs in which macros run. */
export const COMPILERS: ReadonlySet<string> = new Set(["rustc", "clippy-driver"]);

/** Whether a compiler, whose process macros run in, is among the programs. */
export function isCompilers(programs: ReadonlySet<string>): boolean {
  return [...programs].some((program) => COMPILERS.has(programName(program)));
}

/** The macros that were loaded, used or not. One that cannot be read is taken for the worst. */
export function loadedMacros(unit: RustcUnit, seen: UsableObservation): LoadedMacro[] {
  return [...seen.reads.keys()]
    .filter((path) => isLoadable(path) && isLoadedCrate(unit, path) && wasLoaded(seen, path))
    .map((path) => ({ path, facts: factsOf(unit, path) }));
}

/** What a library or program can do unseen. */
export function factsOf(unit: RustcUnit, path: string): MacroFacts {
  const found = unit.place.digests.of(path);
  if (typeof found === "string") return WORST_FACTS;
  return macroFacts(unit.layout.cacheDir, path, found.digest);
}

/** Whether a macro is known to ask for this only to find files; without knowing what was found, at its worst. */
export function isLocator(
  unit: RustcUnit,
  library: string,
  asked: string,
  seen?: UsableObservation,
): boolean {
  const name = registryPackage(unit, library);
  if (name === undefined) return false;
  const isFound = (file: string) =>
    seen === undefined || [...seen.asked.keys()].some((path) => baseName(path) === file);
  return locatesOnly(name, asked, { textsShow: showsMacroTexts(unit.compile), isFound });
}

/** Whether a macro can make, change or remove files, by its library, and is not known to do without. */
export function mayWrite(unit: RustcUnit, path: string): boolean {
  return factsOf(unit, path).writes && !isPlainMacro(unit, path);
}

function isPlainMacro(unit: RustcUnit, path: string): boolean {
  const name = registryPackage(unit, path);
  return name !== undefined && isPlain(name);
}

/**
 * What binds a compile to this place and call whose macros can ask where they are, by their libraries, and are not known
 * to do without. Those that are known to find files by the package's directory do it by the source's as well.
 */
export function askedPlaces(unit: RustcUnit, macros: readonly LoadedMacro[]): Member[] {
  const asked = macros.filter(({ path, facts }) => {
    if (!facts.locates && !facts.asksArguments) return false;
    return !isPlainMacro(unit, path) && !isLocator(unit, path, "CARGO_MANIFEST_DIR");
  });
  const members: Member[] = asked.some(({ facts }) => facts.asksArguments)
    ? [{ kind: "flag", name: ARGUMENTS, value: unit.compile.args.join("\n") }]
    : [];
  if (asked.length === 0) return [];
  return [...members, ...allPlaceMembers(unit.place.roots)];
}

const REGISTRY_SOURCE = /^<CARGO_HOME>\/registry\/src\/index\.crates\.io-[0-9a-f]+\/([^/]+)\//;

/**
 * The crates.io package that a compiled macro comes from, by the dep-info that cargo lets rustc write
 * beside it; undefined when any of its sources lies elsewhere.
 */
function registryPackage(unit: RustcUnit, library: string): string | undefined {
  const text = readText(library.replace(/\/lib([^/]+)\.\w+$/, "/$1.d"));
  const sources = text === undefined ? [] : (parseDepInfo(text)?.sources ?? []);
  const names = sources.map((path) => REGISTRY_SOURCE.exec(unit.place.roots.map(path))?.[1]);
  return names.every((name) => name === names[0]) ? names[0] : undefined;
}
