// Whether paths lead where they led when a compiler was started. What lies behind a link or a directory that somebody
// switched meanwhile keeps its times, so that the files themselves show nothing.
import { isTempName, lstatPath, sameFile, type Stat, statPath } from "../../base/file.ts";
import { readLink } from "../../base/link.ts";
import { ancestorsOf, baseName, dirName, joinPath, normalizePath } from "../../base/path.ts";
import {
  type CheckPlace,
  type Member,
  type MemberKind,
  memberPath,
  ALL,
  PACKAGE,
  treeLines,
  type TreeParts,
} from "../../key/input-set.ts";
import { isOlder, isModifiedBefore } from "./freshness.ts";
import type { Standing } from "../unit/language.ts";
import { absolute, type UnitBase } from "../unit/unit.ts";

/** The kinds of which the value was taken from what a path leads to, once the compiler had run. */
const LOOKED_AT: ReadonlySet<MemberKind> = new Set([
  "file",
  "leads",
  "link",
  "listing",
  "mode",
  "present",
  "tree",
  "times",
]);

/** When the compiler was started, and what stood where. */
export interface Since {
  readonly startStamp: Stat | undefined;
  readonly standing: Standing;
}

/** When the compiler was started, and what it was to write. */
interface Writing extends Since {
  /** Absolute. */
  readonly outputs: readonly string[];
}

/** The working directory, the roots, these directories and all above them: to be asked before the compiler starts. */
export function standingNow(unit: UnitBase, written: readonly string[]): Standing {
  const { cwd } = unit.invocation;
  const roots = unit.place.roots.all.flatMap(({ spellings }) => spellings);
  const dirs = [cwd, ...roots, ...written.map((dir) => normalizePath(absolute(unit, dir)))];
  const standing = new Map<string, Stat>();
  for (const dir of new Set(dirs.flatMap((path) => ancestorsOf(path)))) {
    const stat = lstatPath(dir);
    if (typeof stat === "object" && stat.kind === "directory") standing.set(dir, stat);
  }
  return standing;
}

/**
 * The first member that may not be what the compiler met, in words. That the files are old enough is known by now; this
 * looks at the links and directories that lead to them, and into whole trees.
 */
export function switchedMember(
  members: readonly Member[],
  place: CheckPlace,
  since: Writing,
): string | undefined {
  const paths: string[] = [];
  const { OUT_DIR } = place.env;
  const isUnwatched = members.some(({ kind }) => kind === "tree");
  const generated =
    isUnwatched && OUT_DIR !== undefined ? changedWithin(OUT_DIR, ALL, place, since) : undefined;
  if (generated !== undefined) return `${generated} changed while the compiler ran`;
  for (const { kind, name } of members) {
    const path = LOOKED_AT.has(kind) ? memberPath(name, place) : undefined;
    if (path === undefined) continue;
    paths.push(path);
    const changed = kind === "tree" ? changedWithin(path, PACKAGE, place, since) : undefined;
    if (changed !== undefined) return `${changed} changed while the compiler ran`;
  }
  return switchedPath(paths, since);
}

/** A path in a tree that is newer than the start and not the compiler's own: a file, or a directory of other names. */
function changedWithin(
  top: string,
  parts: TreeParts,
  { digests }: CheckPlace,
  { startStamp: start, outputs }: Writing,
): string | undefined {
  let changed: string | undefined;
  const own = new Set(outputs.flatMap((path) => [path, dirName(path)]));
  treeLines(top, digests, parts, (path, stat) => {
    if (own.has(path) || isTempName(baseName(path))) return;
    const target = stat.kind === "symlink" ? digests.of(path) : undefined;
    const isFollowedOld = typeof target !== "object" || isOlder(target.stat, start);
    const isOld = stat.kind === "directory" ? isModifiedBefore(stat, start) : isOlder(stat, start);
    if (!isOld || !isFollowedOld) changed ??= path;
  });
  return changed;
}

/** The first path that leads elsewhere by now, in words. */
export function switchedPath(
  paths: Iterable<string>,
  { startStamp: start, standing }: Since,
): string | undefined {
  const known = new Map<string, boolean>([
    ["/", false],
    [".", false],
  ]);
  const isSwitched = (path: string): boolean => {
    const before = known.get(path);
    if (before !== undefined) return before;
    // A circle of links leads nowhere.
    known.set(path, false);
    const now = isSwitched(dirName(path)) || isSwitchedHere(path);
    known.set(path, now);
    return now;
  };
  const isSwitchedHere = (path: string): boolean => {
    const stat = lstatPath(path);
    if (typeof stat === "string") return false;
    if (stat.kind === "directory") return isOtherDirectory(path, stat);
    if (stat.kind !== "symlink") return false;
    const target = isOlder(stat, start) || isKernels(path) ? readLink(path) : undefined;
    return target === undefined || isSwitched(joinPath(dirName(path), target));
  };
  const isOtherDirectory = (path: string, stat: Stat): boolean => {
    if (isOlder(stat, start)) return false;
    // One that was written to is as new as one that was moved here, which is new by its time of change alone ...
    if (isModifiedBefore(stat, start)) return true;
    if (isKernels(path)) return false;
    // ... unless it was written to as well. Then it is another one, or what it was moved from or to was written to.
    const before = standing.get(path);
    if (before !== undefined) return !sameFile(before, stat);
    const parent = statPath(`${path}/..`);
    return typeof parent === "string" || !isOlder(parent, start);
  };
  for (const path of paths) {
    if (isSwitched(path)) return `the way to ${path} changed while the compiler ran`;
  }
  return undefined;
}

/** Links of the kernel's own, made as they are looked at. */
function isKernels(path: string): boolean {
  const isDevice = path.startsWith("/dev/") && !path.startsWith("/dev/shm/");
  return path.startsWith("/proc/") || isDevice || path.startsWith("/sys/");
}
