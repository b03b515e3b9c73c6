// What the observer saw → members of an input set. Facts that the key covers already (toolchain, extern
// digests) and each tool's own habits are left out; everything else that was read counts.
import { baseName, dirName, realPath, statPath } from "../../base/file.ts";
import { isWithin, normalizePath } from "../../base/path.ts";
import { programName } from "../../compiler/program-name.ts";
import type { DepInfo } from "../../compiler/rustc/dep-info.ts";
import { outputsOf } from "../../compiler/rustc/outputs.ts";
import { takesInCrates } from "../../compiler/rustc/output-kind.ts";
import { environDigest, listingDigest, type Member } from "../../key/input-set.ts";
import { CLIPPY_FILES } from "../../key/clippy-config.ts";
import { envMembers } from "../../key/out-dir.ts";
import { artifactMentions } from "../../observe/artifact-mentions.ts";
import type { UsableObservation } from "../../observe/observation.ts";
import { type MacroFacts, macroFacts } from "../../observe/macro-facts.ts";
import { isHabitualVariable, isLinkTool } from "../../observe/tool-habits.ts";
import type { RustcRun } from "./compile.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { absolute } from "../unit.ts";

/** Places that change from run to run or belong to the kernel. */
const SYSTEM_DIRS = ["/proc", "/sys", "/dev", "/run"];
/** The dynamic loader's and the C library's own files: no compiler output follows from them. */
const LOADER_FILES =
  /^\/etc\/(ld\.so\.|malloc\.conf|localtime|locale|nsswitch|passwd|group)|\/(locale|gconv)\//;

/** Compiled crates, in each form rustc looks for. */
const CRATE_FILE = /\.(rlib|rmeta|so|dylib|dll)$/;

/** What the reader knows beside the observation. */
export interface Reported {
  readonly depInfo: DepInfo;
  /** Variables that the compiler driver asked for on its own account. */
  readonly ownReads: ReadonlySet<string>;
  /** Variables that only led to sources: they count as mapped paths. */
  readonly locators: ReadonlySet<string>;
}

/** Turns one observation into members. Files still lack their digest: the caller dates them. */
export function observedMembers(
  unit: RustcUnit,
  run: RustcRun,
  seen: UsableObservation,
  reported: Reported & { readonly macros: MacroFacts },
): Member[] {
  const isCovered = coverage(unit, run, seen, reported.depInfo);
  const { roots } = unit.place;
  const members: Member[] = [];
  const name = (path: string) => roots.map(normalizePath(path));
  for (const path of [...seen.reads.keys(), ...seen.updated.keys(), ...seen.executed.keys()]) {
    if (!isCovered(path)) members.push({ kind: "file", name: name(path), value: undefined });
  }
  for (const [path, { kind }] of seen.presentOnly) {
    if (isCovered(path)) continue;
    if (kind === "file") members.push({ kind: "file", name: name(path), value: undefined });
    else if (kind === "directory")
      members.push({ kind: "present", name: name(path), value: undefined });
  }
  for (const path of seen.absent.keys()) {
    if (isCovered(path) || statPath(path) !== "absent") continue;
    members.push({ kind: "absent", name: name(path), value: undefined });
  }
  for (const path of seen.directoriesListed.keys()) {
    if (isCovered(path) || isSearched(unit, path)) continue;
    members.push({ kind: "listing", name: name(path), value: listingDigest(path) });
  }
  members.push(...variableMembers(unit, run, seen, reported));
  return members;
}

/** Whether the driver is clippy's. */
export function isClippy(unit: RustcUnit): boolean {
  return programName(unit.compile.compiler) === "clippy-driver";
}

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

function isLoadedCrate(unit: RustcUnit, path: string): boolean {
  if (!CRATE_FILE.test(path)) return false;
  const { externs, searchPaths } = unit.compile;
  return (
    externs.some((extern) => extern.path !== undefined && absolute(unit, extern.path) === path) ||
    searchPaths.some((searched) => isWithin(path, absolute(unit, searched.path)))
  );
}

function loadedMacros(unit: RustcUnit, seen: UsableObservation): string[] {
  return [...seen.reads.keys()].filter((path) => {
    return /\.(so|dylib|dll)$/.test(path) && isLoadedCrate(unit, path);
  });
}

/** What the macros that were loaded can do unseen, taken together. */
export function loadedMacroFacts(unit: RustcUnit, seen: UsableObservation): MacroFacts {
  const facts = { enumerates: false, bypasses: false };
  for (const path of loadedMacros(unit, seen)) {
    const found = unit.place.digests.of(path);
    if (typeof found === "string") return { enumerates: true, bypasses: true };
    const own = macroFacts(unit.layout.cacheDir, path, found.digest);
    facts.enumerates ||= own.enumerates;
    facts.bypasses ||= own.bypasses;
  }
  return facts;
}

/** Whether a path is accounted for elsewhere: key, dep-info, toolchain, or none of our business. */
function coverage(
  unit: RustcUnit,
  run: RustcRun,
  seen: UsableObservation,
  depInfo: DepInfo,
): (path: string) => boolean {
  const { cwd } = unit.invocation;
  const { toolchain } = unit.place;
  const sources = new Set(depInfo.sources.map((path) => absolute(unit, path)));
  const outputs = new Set(outputsOf(unit.compile).map(({ path }) => absolute(unit, path)));
  const externs = new Set(
    unit.compile.externs.flatMap(({ path }) => (path === undefined ? [] : [absolute(unit, path)])),
  );
  const dirs = [
    ...SYSTEM_DIRS,
    toolchain.sysroot,
    unit.layout.cacheDir,
    ...(run.outDir === undefined ? [] : [run.outDir.physical]),
    ...physicalSpellings(seen.made),
  ];
  const linked = takesInCrates(unit.compile);
  const crateDirs = unit.compile.searchPaths
    .filter(({ kind }) => kind === "dependency")
    .map(({ path }) => absolute(unit, path));
  return (written) => {
    const path = normalizePath(written);
    if (sources.has(path) || sources.has(written) || outputs.has(path) || externs.has(path))
      return true;
    if (isClippy(unit) && CLIPPY_FILES.includes(baseName(path))) return true;
    if (path === cwd || path === "/" || path === run.depInfo) return true;
    if (dirs.some((dir) => isWithin(path, dir)) || LOADER_FILES.test(path)) return true;
    if (!crateDirs.some((dir) => isWithin(path, dir))) return false;
    if (crateDirs.includes(path)) return true;
    // rustc loads every crate of the graph; outside links the direct externs' digests stand for them.
    return CRATE_FILE.test(path) && (!linked || path.endsWith(".rmeta"));
  };
}

/**
 * The run's own directories under their physical paths, where those differ: what is reached through a
 * descriptor is seen under its physical path, whatever link leads to the target directory.
 */
function physicalSpellings(made: ReadonlySet<string>): string[] {
  const parents = new Map([...made].map((path) => [dirName(path), realPath(dirName(path))]));
  return [...made].flatMap((path) => {
    const physical = parents.get(dirName(path));
    return physical === undefined || physical === dirName(path)
      ? []
      : [`${physical}/${baseName(path)}`];
  });
}

/** Directories that rustc lists to find crates: the externs' digests stand for what it took. */
function isSearched(unit: RustcUnit, path: string): boolean {
  return unit.compile.searchPaths.some((searched) => absolute(unit, searched.path) === path);
}

function variableMembers(
  unit: RustcUnit,
  run: RustcRun,
  seen: UsableObservation,
  known: Reported & { readonly macros: MacroFacts },
): Member[] {
  const { env } = unit.invocation;
  const members: Member[] = [];
  // A macro may have asked for the same variable as env! did, and it would see the path itself.
  const locators = loadedMacros(unit, seen).length === 0 ? known.locators : new Set<string>();
  for (const [name, { programs }] of seen.envReads) {
    if (locators.has(name)) continue;
    const meant = [...programs].some((program) => !isHabitualVariable(program, name));
    if (meant && !known.ownReads.has(name)) {
      const read = { name, value: env[name] };
      members.push(...envMembers(run.outDir, read, unit.place.roots));
    }
  }
  // A program that rustc did not start for linking may read its environment as a block, unseen.
  const { sysroot } = unit.place.toolchain;
  const strangers = seen.processes.slice(1).filter(({ exe }) => !isLinkTool(exe, sysroot));
  if (strangers.length > 0 || known.macros.enumerates) {
    members.push({ kind: "environ", name: "environment", value: environDigest(env) });
  }
  return members;
}
