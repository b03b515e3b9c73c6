// Whether paths lead where they led when a compiler was started. What lies behind a link or a directory that somebody
// switched meanwhile keeps its times, so that the files themselves show nothing.
import { baseName, dirName, isTempName, lstatPath, type Stat } from "../base/file.ts";
import { readLink } from "../base/link.ts";
import { joinPath } from "../base/path.ts";
import {
  type CheckPlace,
  type Member,
  type MemberKind,
  memberPath,
  treeLines,
} from "../key/input-set.ts";
import { isOlder, isModifiedBefore } from "./freshness.ts";

/** The kinds of which the value was taken from what a path leads to, once the compiler had run. */
const LOOKED_AT: ReadonlySet<MemberKind> = new Set([
  "file",
  "leads",
  "listing",
  "mode",
  "tree",
  "times",
]);

/** When the compiler was started, and what it was to write. */
interface Since {
  readonly start: Stat | undefined;
  /** Absolute. */
  readonly outputs: readonly string[];
}

/** The first member that may not be what the compiler met, in words: files are dated already, and what leads to them is here. */
export function switchedMember(
  members: readonly Member[],
  place: CheckPlace,
  { start, outputs }: Since,
): string | undefined {
  const paths: string[] = [];
  for (const { kind, name } of members) {
    const path = LOOKED_AT.has(kind) ? memberPath(name, place) : undefined;
    if (path === undefined) continue;
    paths.push(path);
    const changed = kind === "tree" ? changedWithin(path, place, { start, outputs }) : undefined;
    if (changed !== undefined) return `${changed} changed while the compiler ran`;
  }
  return switchedPath(paths, start);
}

/** Something in a tree that was written, made or left by something since the start, less what the compiler itself wrote. */
function changedWithin(
  top: string,
  { digests }: CheckPlace,
  { start, outputs }: Since,
): string | undefined {
  let changed: string | undefined;
  const own = new Set(outputs.flatMap((path) => [path, dirName(path)]));
  treeLines(top, digests, undefined, (path, stat) => {
    if (own.has(path) || isTempName(baseName(path))) return;
    const target = stat.kind === "symlink" ? digests.of(path) : undefined;
    const isFollowedOld = typeof target !== "object" || isOlder(target.stat, start);
    const isOld = stat.kind === "directory" ? isModifiedBefore(stat, start) : isOlder(stat, start);
    if (!isOld || !isFollowedOld) changed ??= path;
  });
  return changed;
}

/** The first path that leads elsewhere by now, in words. */
export function switchedPath(paths: Iterable<string>, start: Stat | undefined): string | undefined {
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
    // A directory that was written to is as new; one that was moved here is new by its time of change alone.
    if (stat.kind === "directory") return isModifiedBefore(stat, start) && !isOlder(stat, start);
    if (stat.kind !== "symlink") return false;
    const target = isOlder(stat, start) || isKernels(path) ? readLink(path) : undefined;
    return target === undefined || isSwitched(joinPath(dirName(path), target));
  };
  for (const path of paths) {
    if (isSwitched(path)) return `the way to ${path} changed while the compiler ran`;
  }
  return undefined;
}

/** Links of the kernel's own, made as they are looked at. */
function isKernels(path: string): boolean {
  return path.startsWith("/proc/") || path.startsWith("/dev/") || path.startsWith("/sys/");
}
