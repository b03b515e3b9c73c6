// The compiled crates that a compile loaded, as the observer saw them, and what their bytes tell.
import { realPath } from "../../base/many-paths.ts";
import { isWithin } from "../../base/path.ts";
import { artifactMentions } from "../../observe/artifact-mentions.ts";
import { type MacroFacts, macroFacts } from "../../observe/macro-facts.ts";
import type { UsableObservation } from "../../observe/observation.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { absolute } from "../unit.ts";

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
    .some((path) => {
      const found = unit.place.digests.of(path);
      if (typeof found === "string") return true;
      return artifactMentions(unit.layout.cacheDir, name, path, found.digest);
    });
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

/**
 * Whether a library that was opened was also loaded, and its code may have run. rustc opens every library
 * whose name would do, also those of other builds that lie in the same directory, and loads the right one.
 */
export function wasLoaded(seen: UsableObservation, path: string): boolean {
  if (seen.loaded.has(path) || seen.loaded.has(realPath(path) ?? path)) return true;
  return [...(seen.reads.get(path) ?? [])].some((program) => seen.unended.has(program));
}

/** What the macros that were loaded can do unseen, taken together. */
export function loadedMacroFacts(unit: RustcUnit, seen: UsableObservation): MacroFacts {
  const facts = { enumerates: false, bypasses: false };
  for (const path of seen.reads.keys()) {
    if (!isLoadable(path) || !isLoadedCrate(unit, path) || !wasLoaded(seen, path)) continue;
    const found = unit.place.digests.of(path);
    if (typeof found === "string") return { enumerates: true, bypasses: true };
    const own = macroFacts(unit.layout.cacheDir, path, found.digest);
    facts.enumerates ||= own.enumerates;
    facts.bypasses ||= own.bypasses;
  }
  return facts;
}
