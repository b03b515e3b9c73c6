// The roots of a C or C++ compile: the project, found by what the call itself spans, and what cargo adds
// for build scripts. No root lies within another: clang before 17 applies prefix maps in the order of
// their text and not of their rank, so that nested ones would not mean what they say.
import type { Env } from "../base/environment.ts";
import { sameFile, statPath } from "../base/file.ts";
import { firstPresent, realPath } from "../base/many-paths.ts";
import { ancestorsOf, dirName, isWithin, joinPath, normalizePath } from "../base/path.ts";
import { type Root, Roots, targetDirOf } from "./roots.ts";

/** Where a compile happens, as far as roots are concerned. */
export interface CcPlace {
  readonly cwd: string;
  readonly env: Env;
  readonly source: string;
  readonly output: string | undefined;
  readonly searchPaths: readonly string[];
  readonly baseDirs: readonly string[];
}

/** The project's sentinel: the root that the compiler is told to call ".". */
export const PROJECT = "<WORKSPACE>";

/**
 * The working directory by the name that compilers use: $PWD where it leads here, as gcc and clang check
 * it themselves.
 */
export function namedDirectory(cwd: string, pwd: string | undefined): string {
  if (pwd === undefined || pwd === cwd || !pwd.startsWith("/")) return cwd;
  const named = statPath(pwd);
  const here = statPath(cwd);
  const same = typeof named === "object" && typeof here === "object" && sameFile(named, here);
  return same ? pwd : cwd;
}

/** Finds the roots of a place. */
export function ccRootsOf(place: CcPlace): Roots {
  const { cwd, env } = place;
  const bounds = boundsOf(env);
  const source = directoryOf(cwd, place.source);
  const project = projectOf(place, source, bounds);
  const candidates: [string, string | undefined][] = [
    ...baseRoots(place, project, source),
    [PROJECT, project],
    ["<SOURCE>", isWithin(source, project) ? undefined : sourceRoot(source, project, bounds)],
    ...cargoRoots(place),
  ];
  const roots: Root[] = [];
  for (const [sentinel, dir] of candidates) {
    if (dir === undefined || dir === "") continue;
    const given = normalizePath(joinPath(cwd, dir));
    const physical = realPath(given);
    const spellings = [...new Set([given, physical ?? given])].filter((path) => path !== "/");
    if (sentinel === PROJECT) spellings.push(...otherNames(given, place, source));
    if (spellings.length > 0) roots.push({ sentinel, spellings: [...new Set(spellings)] });
  }
  return new Roots(outermost(roots));
}

/**
 * The base directories. One around the project is none where the call names nothing else in it: projects beside each
 * other would share nothing by it.
 */
function baseRoots(place: CcPlace, project: string, source: string): [string, string][] {
  const named = [source, ...namedDirectories(place)];
  const isAround = (dir: string) => {
    const within = withinSpelled(normalizePath(joinPath(place.cwd, dir)));
    const apart = named.filter((path) => within(path) && !isWithin(path, project));
    return within(dirName(project)) && apart.length === 0;
  };
  return place.baseDirs
    .map((dir, index): [string, string] => [
      index === 0 ? "<BASE_DIR>" : `<BASE_DIR_${index + 1}>`,
      dir,
    ])
    .filter(([, dir]) => !isAround(dir));
}

/** Whether paths lie within a directory, by its name here or by where that leads. */
function withinSpelled(dir: string): (path: string) => boolean {
  const physical = realPath(dir) ?? dir;
  return (path) => isWithin(path, dir) || isWithin(path, physical);
}

/** The directories that a call names beside its source's: where it puts the output, and where it searches. */
function namedDirectories({ cwd, output, searchPaths }: CcPlace): string[] {
  const searched = searchPaths.map((path) => normalizePath(joinPath(cwd, path)));
  return output === undefined ? searched : [directoryOf(cwd, output), ...searched];
}

/** Roots without those that lie within another; of equal ones the first stays. */
function outermost(roots: readonly Root[]): Root[] {
  return roots.filter(({ spellings: [own = ""] }, index) =>
    roots.every(({ spellings }, other) => {
      if (other === index) return true;
      const within = spellings.some((path) => isWithin(own, path));
      return !within || (spellings.includes(own) && index < other);
    }),
  );
}

/** Directories too general to be anybody's project. */
interface Bounds {
  readonly home: string | undefined;
  readonly temporary: string;
}

function boundsOf(env: CcPlace["env"]): Bounds {
  return { home: env["HOME"], temporary: normalizePath(env["TMPDIR"] ?? "/tmp") };
}

const SYSTEM =
  /^\/(?:usr(?:\/(?:local|lib|lib64|share|include|src))?|var(?:\/(?:tmp|lib))?|nix(?:\/store)?|(?:bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|proc|root|run|sbin|snap|srv|sys|tmp))$/;

function isProject(dir: string, { home, temporary }: Bounds): boolean {
  if (dir === "/" || dir === temporary) return false;
  if (home !== undefined && isWithin(home, dir)) return false;
  return !SYSTEM.test(dir);
}

function directoryOf(cwd: string, file: string): string {
  return normalizePath(joinPath(cwd, dirName(file)));
}

const REPOSITORY_MARKS = [".git", ".hg", ".jj", ".svn"];

/** The repository that a directory belongs to, if a project can be that large. */
function repositoryOf(dir: string, bounds: Bounds): string | undefined {
  const places = ancestorsOf(dir).filter((at) => isProject(at, bounds));
  const marks = places.flatMap((at) => REPOSITORY_MARKS.map((mark) => `${at}/${mark}`));
  const found = firstPresent(marks);
  return found === undefined ? undefined : dirName(found);
}

/** Where CMake (from 3.25) compiles what it only tries: a directory named at random, for each try anew. */
export const TRY_COMPILE = /^.*\/CMakeFiles\/CMakeScratch\/TryCompile-[^/]+/;

/**
 * The project: the repository of the working directory, else the nearest directory that has the working
 * directory, the source, the output and the searched directories below it, as far as those belong
 * together: by how they lie to each other, never by where they lie, or two checkouts would not agree.
 */
function projectOf(place: CcPlace, source: string, bounds: Bounds): string {
  const { cwd } = place;
  const tried = TRY_COMPILE.exec(cwd)?.[0];
  if (tried !== undefined) return tried;
  const repository = repositoryOf(cwd, bounds);
  if (repository !== undefined) return repository;
  let top = cwd;
  for (const dir of [source, ...namedDirectories(place)]) {
    const shared = sharedAncestor(top, dir);
    if (shared === top) continue;
    if (isProject(shared, bounds) || (shared === dir && shared !== "/")) top = shared;
  }
  return top;
}

function sharedAncestor(a: string, b: string): string {
  return ancestorsOf(a).find((dir) => isWithin(b, dir)) ?? "/";
}

/**
 * The root of sources elsewhere: their repository, else all below the first directory that they do not
 * share with the project. Not the source's own directory: `__FILE__` must keep its inner structure.
 */
function sourceRoot(source: string, project: string, bounds: Bounds): string | undefined {
  const repository = repositoryOf(source, bounds);
  if (repository !== undefined) return repository;
  const shared = sharedAncestor(project, source);
  return ancestorsOf(source).findLast(
    (dir) => dir !== shared && isWithin(dir, shared) && isProject(dir, bounds),
  );
}

/** Build scripts compile sources out of cargo's home into its target directory. */
function cargoRoots({ cwd, env, output }: CcPlace): [string, string | undefined][] {
  const outDir = env["OUT_DIR"];
  if (outDir === undefined || env["CARGO_MANIFEST_DIR"] === undefined) return [];
  const home = env["HOME"];
  const cargoHome = env["CARGO_HOME"] ?? (home === undefined ? undefined : `${home}/.cargo`);
  // OpenSSL's objects lie too deep below OUT_DIR for the way up from them.
  const made = output === undefined ? outDir : dirName(joinPath(cwd, output));
  const inside = isWithin(normalizePath(made), normalizePath(outDir)) ? outDir : made;
  return [
    ["<TARGET>", targetDirOf({ cwd, env, outDir: inside, baseDirs: [] })],
    ["<CARGO_HOME>", cargoHome],
  ];
}

/** Other names of the project by which this call reaches it: through $PWD, or in its source's path. */
function otherNames(project: string, { cwd, env }: CcPlace, source: string): string[] {
  const names: string[] = [];
  const take = (spelled: string, physical: string | undefined) => {
    if (physical === undefined || spelled === physical || !isWithin(physical, project)) return;
    const below = physical.slice(project.length);
    if (below === "" || spelled.endsWith(below)) {
      names.push(spelled.slice(0, spelled.length - below.length));
    }
  };
  take(namedDirectory(cwd, env["PWD"]), cwd);
  if (!isWithin(source, project)) take(source, realPath(source));
  return names.filter((name) => name !== "" && name !== "/");
}
