// What the observer saw → members of an input set. Facts that the key covers already (toolchain, extern
// digests) and each tool's own habits are left out; everything else that was read counts.
import { isDirectory } from "../../base/file.ts";
import { realPath } from "../../base/many-paths.ts";
import { baseName, dirName, isWithin, normalizePath } from "../../base/path.ts";
import { isJobserverPipe } from "../../base/spawn.ts";
import { programName } from "../../compiler/program-name.ts";
import type { DepInfo } from "../../compiler/rustc/dep-info.ts";
import { outputsOf } from "../../compiler/rustc/outputs.ts";
import { takesInCrates } from "../../compiler/rustc/output-kind.ts";
import {
  fileMode,
  fileTimes,
  leadsTo,
  linkText,
  listingDigest,
  listingName,
  type Member,
} from "../../key/input-set.ts";
import { CLIPPY_FILES } from "../../key/clippy-config.ts";
import { PlainNames } from "../../key/plain-names.ts";
import type { Roots } from "../../key/roots.ts";
import { isSystemHabit } from "../../key/system-files.ts";
import { passedPlaces } from "../../key/program-libraries.ts";
import type { UsableObservation } from "../../observe/observation.ts";
import { isLinkTool, LIBRARIES_PATH } from "../../observe/tool-habits.ts";
import type { RustcRun } from "./rustc-run.ts";
import { listingOf } from "../compile/inputs.ts";
import {
  askedPlaces,
  COMPILERS,
  CRATE_FILE,
  isCompilers,
  isLoadable,
  isLoadedCrate,
  type LoadedMacro,
  macrosAmong,
  wasLoaded,
} from "./loaded-crates.ts";
import type { Reported } from "./reported.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { librariesPath, networkHabits, surroundingMembers, tellersIn } from "./surroundings.ts";
import { touchedMembers } from "./touched.ts";
import { absolute } from "../unit/unit.ts";

/** What is to be known of a path that was seen. */
interface Sight {
  /** Whether it is accounted for elsewhere, whoever saw it. */
  readonly isKnown: (path: string) => boolean;
  /** Whether it is, or those programs look at it for the network's sake alone. */
  readonly isCovered: (path: string, programs: ReadonlySet<string>) => boolean;
  /** The path as members name it. */
  readonly name: (path: string) => string;
}

/** Turns one observation into members. Files still lack their digest: the caller dates them. */
export function observedMembers(
  unit: RustcUnit,
  run: RustcRun,
  seen: UsableObservation,
  reported: Reported & { readonly macros: readonly LoadedMacro[] },
): Member[] {
  const { macros } = reported;
  const isKnown = coverage(unit, run, seen, reported.depInfo);
  const isNetworks = networkHabits(unit, seen);
  const isCovered = (path: string, programs: ReadonlySet<string>) =>
    isKnown(path) || isNetworks(path, programs);
  const names = new PlainNames(unit.place.roots);
  const name = (path: string) => names.of(path);
  const sight: Sight = { isKnown, isCovered, name };
  const loaded = loadedBeside(seen);
  return [
    ...foundMembers(unit, seen, loaded, sight),
    ...absentMembers(unit, seen, sight),
    ...touchedMembers(unit, run, seen, name),
    ...directoryMembers(unit, run, seen, sight),
    ...timeMembers(unit, seen, reported, sight),
    ...openedMembers(openedByCompilers(seen, sight), macros, name),
    ...loaderMembers(unit, loaded, name),
    ...candidateMembers(unit, seen, name),
    ...askedPlaces(unit, macros),
    // Of all names that were given before.
    ...names.members(),
    ...surroundingMembers(unit, run, seen, reported),
  ];
}

/** Files that were read, run or loaded, and what was found where it was only looked for. */
function foundMembers(
  unit: RustcUnit,
  seen: UsableObservation,
  loaded: readonly Loaded[],
  { isCovered, name }: Sight,
): Member[] {
  const members: Member[] = [];
  const push = (kind: "file" | "present", path: string) => {
    members.push({ kind, name: name(path), value: undefined });
  };
  const { env } = unit.invocation;
  // What cannot be dated, a pipe's content or what is behind a closed door, keeps the result out of the store.
  const unknowable = [...seen.specialReads, ...seen.inaccessible].filter(
    ([path]) => !isJobserverPipe(path, env),
  );
  const files = [...seen.reads, ...seen.updated, ...seen.executed, ...unknowable, ...loaded];
  for (const [path, programs] of files) {
    if (!isCovered(path, programs)) push("file", path);
  }
  // What was refused may be allowed by another mode: a file that is no program, to one who would run it.
  for (const [path, programs] of seen.inaccessible) {
    if (!isCovered(path, programs))
      members.push({ kind: "mode", name: name(path), value: fileMode(path) });
  }
  for (const [path, { kind, programs }] of seen.presentOnly) {
    if (isCovered(path, programs)) continue;
    if (kind === "file") push("file", path);
    else if (kind === "directory") push("present", path);
  }
  return members;
}

/** Places where something was looked for in vain. */
function absentMembers(
  { place }: RustcUnit,
  seen: UsableObservation,
  { isCovered, name }: Sight,
): Member[] {
  const { sysroot } = place.toolchain;
  const members: Member[] = [];
  for (const [path, programs] of seen.absent) {
    // Also when somebody made it meanwhile: then the member never holds, and this result never serves.
    if (isCovered(path, programs)) continue;
    members.push({ kind: "absent", name: name(path), value: undefined });
    // To one who asks for links themselves, one that leads nowhere is there.
    if ([...programs].some((program) => !isLinkTool(program, sysroot)))
      members.push({ kind: "link", name: name(path), value: linkText(path, place.roots) });
  }
  const own = [...seen.soughtOwn].map((path) => name(path));
  return [
    ...members,
    ...own.map((path): Member => ({ kind: "absent", name: path, value: undefined })),
  ];
}

/** Directories that were listed, and where those and other paths lead that were asked about. */
function directoryMembers(
  unit: RustcUnit,
  run: RustcRun,
  seen: UsableObservation,
  { isKnown, isCovered, name }: Sight,
): Member[] {
  const { cwd, roots } = unit.place;
  const members: Member[] = [];
  for (const path of seen.directoriesListed.keys()) {
    // rustc asks about its working directory all the time, but lists it only for a macro.
    if ((isKnown(path) && path !== cwd) || isSearched(unit, path)) continue;
    members.push({ kind: "listing", name: name(path), value: listingOf(path, run, seen) });
  }
  const asked = [...seen.presentOnly].map(([path, { programs }]) => [path, programs] as const);
  for (const [path, programs] of [...asked, ...seen.directoriesListed]) {
    if (isCovered(path, programs) || isSearched(unit, path)) continue;
    members.push(...leadsMembers(name(path), path, roots));
  }
  return members;
}

/** Modes and times that a macro, or a program that it started, was told. */
function timeMembers(
  unit: RustcUnit,
  seen: UsableObservation,
  { depInfo, macros }: Reported & { readonly macros: readonly LoadedMacro[] },
  { isKnown, name }: Sight,
): Member[] {
  const members: Member[] = [];
  for (const [path, libraries] of seen.timesTold) {
    const byMacro = macrosAmong(unit, seen, libraries).length > 0;
    if (byMacro) members.push({ kind: "mode", name: name(path), value: fileMode(path) });
  }
  const sources = depInfo.sources.map((path) => absolute(unit, path));
  const tellers = tellersIn(unit, seen);
  const isTold = (path: string) => !isKnown(path) || sources.includes(path);
  members.push(...toldMembers(seen, { tellers, isTold, name }));
  for (const path of timesThatCount(unit, seen, macros))
    members.push({ kind: "times", name: name(path), value: fileTimes(path) });
  return members;
}

/**
 * What a macro may have opened, which it does in the compiler's own process; what a linker reads is none of its
 * business. The unit's sources are opened by the compiler: that one is touched is no change.
 */
function openedByCompilers({ reads }: UsableObservation, { isCovered }: Sight): string[] {
  return [...reads].flatMap(([path, programs]) => {
    return isCompilers(programs) && !CRATE_FILE.test(path) && !isCovered(path, programs)
      ? [path]
      : [];
  });
}

/**
 * Where a path leads that was asked about, and a link's own text: whoever is told (`canonicalize`, `read_link`) goes on
 * from there, and what is read then says nothing of the link. None for a path that is no link and lies behind none.
 */
function leadsMembers(name: string, path: string, roots: Roots): Member[] {
  const value = leadsTo(path, roots);
  const text = linkText(path, roots);
  if (text === undefined && (value === undefined || value === name)) return [];
  return [
    { kind: "leads", name, value },
    { kind: "link", name, value: text },
  ];
}

/** What programs that a macro started were told of what they looked at: `stat`, `ls -l`, `test -nt`, `make`. */
function toldMembers(seen: UsableObservation, { tellers, isTold, name }: ToldTo): Member[] {
  if (tellers.size === 0) return [];
  const asked = [...seen.asked].map(([path, { programs }]) => [path, programs] as const);
  const told = [...asked, ...seen.reads, ...seen.directoriesListed].filter(
    ([path, programs]) => !tellers.isDisjointFrom(programs) && isTold(path),
  );
  return told.flatMap(([path]): Member[] => [
    { kind: "mode", name: name(path), value: fileMode(path) },
    { kind: "times", name: name(path), value: fileTimes(path) },
  ]);
}

/** Who may tell, and of which paths. */
interface ToldTo {
  readonly tellers: ReadonlySet<string>;
  readonly isTold: (path: string) => boolean;
  readonly name: (path: string) => string;
}

/** Files of which a macro saw the times that can write them down. */
function timesThatCount(
  unit: RustcUnit,
  seen: UsableObservation,
  macros: readonly LoadedMacro[],
): string[] {
  const tellers = macros.filter(({ facts }) => facts.tellsTimes);
  return [...seen.timesTold].flatMap(([path, libraries]) => {
    const askers = macrosAmong(unit, seen, libraries);
    // A library that several brought along says nothing of which of them asked.
    const isAnys = askers.some((asker) => !isLoadedCrate(unit, asker));
    const told = tellers.filter((teller) => isAnys || askers.includes(teller.path));
    const counts = told.some(({ facts }) => facts.asksTimes) || !isDirectory(path);
    return told.length > 0 && counts ? [path] : [];
  });
}

/** What a macro may have been told of files that it had opened: of all that were read and are no crates. */
function openedMembers(
  paths: readonly string[],
  macros: readonly LoadedMacro[],
  name: (path: string) => string,
): Member[] {
  const askers = macros.filter(({ facts }) => facts.asksOpened);
  if (askers.length === 0) return [];
  const tells = askers.some(({ facts }) => facts.tellsTimes);
  return paths.flatMap((path): Member[] => [
    { kind: "mode", name: name(path), value: fileMode(path) },
    ...(tells ? [{ kind: "times", name: name(path), value: fileTimes(path) } as const] : []),
  ]);
}

/** Where the loader looked for the libraries that a macro needs: along a variable, and in vain before it found one. */
function loaderMembers(
  unit: RustcUnit,
  loaded: readonly Loaded[],
  name: (path: string) => string,
): Member[] {
  const searched = (unit.place.env[LIBRARIES_PATH] ?? "").split(":");
  const members: Member[] = [];
  for (const [path, programs] of loaded) {
    if (!isCompilers(programs)) continue;
    members.push(librariesPath(unit));
    const places = searched.map((dir) => `${absolute(unit, dir)}/${baseName(path)}`);
    for (const place of passedPlaces(places, path))
      members.push({ kind: "absent", name: name(place), value: undefined });
  }
  return members;
}

/** The crates that were found by name: another one that comes to be there is a candidate as well. */
function candidateMembers(
  unit: RustcUnit,
  seen: UsableObservation,
  name: (path: string) => string,
): Member[] {
  const { externs, searchPaths } = unit.compile;
  const named = new Set(
    externs.flatMap(({ path }) => path ?? []).map((path) => absolute(unit, path)),
  );
  const dirs = searchPaths
    .filter(({ kind }) => kind === "crate" || kind === "all")
    .map(({ path }) => absolute(unit, path));
  const starts = [...seen.reads.keys()].flatMap((path) => {
    const isFound = CRATE_FILE.test(path) && !named.has(path) && dirs.includes(dirName(path));
    return isFound ? (/^lib\w+/.exec(baseName(path)) ?? []) : [];
  });
  return [...new Set(starts)].flatMap((start) =>
    dirs.map((dir): Member => {
      const listed = listingName(dir, start);
      return { kind: "listing", name: listingName(name(dir), start), value: listingDigest(listed) };
    }),
  );
}

/** Whether the driver is clippy's. */
export function isClippy(unit: RustcUnit): boolean {
  return programName(unit.compile.compiler) === "clippy-driver";
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
  const plain = (path: string) => normalizePath(absolute(unit, path));
  const outputs = new Set(outputsOf(unit.compile).map(({ path }) => plain(path)));
  const externs = new Set(
    unit.compile.externs.flatMap(({ path }) => (path === undefined ? [] : [plain(path)])),
  );
  const dirs = [
    ...toolchainPlaces(toolchain.sysroot),
    unit.layout.cacheDir,
    ...(run.outDir === undefined ? [] : [run.outDir.physical]),
    ...physicalSpellings(seen.made),
  ];
  const linked = takesInCrates(unit.compile);
  const crateDirs = unit.compile.searchPaths
    .filter(({ kind }) => kind === "dependency")
    .map(({ path }) => plain(path));
  return (written) => {
    const path = normalizePath(written);
    if (sources.has(path) || sources.has(written) || outputs.has(path) || externs.has(path))
      return true;
    if (isClippy(unit) && CLIPPY_FILES.includes(baseName(path))) return true;
    if (path === cwd || path === "/" || path === run.depInfo) return true;
    if (dirs.some((dir) => isWithin(path, dir)) || isSystemHabit(path)) return true;
    if (!crateDirs.some((dir) => isWithin(path, dir))) return false;
    if (crateDirs.includes(path)) return true;
    // rustc opens every crate of the graph; outside links the direct externs' digests stand for them.
    if (!CRATE_FILE.test(path)) return false;
    // A macro's code is not told by the metadata of the library that hands it on.
    if (isLoadable(path)) return !wasLoaded(seen, path) && !(linked && wasLinked(seen, path));
    return !linked || path.endsWith(".rmeta");
  };
}

/** Whether anybody but the compiler read it. */
function wasLinked(seen: UsableObservation, path: string): boolean {
  return [...(seen.reads.get(path) ?? [])].some((program) => !COMPILERS.has(programName(program)));
}

/** A library, and the programs that loaded it. */
type Loaded = readonly [path: string, programs: ReadonlySet<string>];

/** Libraries that were loaded and that nobody opened otherwise: what a macro or a linker brings along. */
function loadedBeside(seen: UsableObservation): Loaded[] {
  const opened = new Set([...seen.reads.keys()].filter(isLoadable).map((path) => realPath(path)));
  return [...seen.loaded].filter(([path]) => !seen.reads.has(path) && !opened.has(path));
}

/** Where a toolchain has everything to itself; one that lies among the system's programs does not. */
function toolchainPlaces(sysroot: string): string[] {
  if (!isDirectory(`${sysroot}/include`)) return [sysroot];
  return [`${sysroot}/lib/rustlib`, `${sysroot}/lib64/rustlib`];
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
