// Which paths are the run's own: what it made itself, and what lies below a directory that it made.
import { dirName } from "../base/path.ts";

/** What a run has made so far. */
export interface OwnPaths {
  readonly written: ReadonlySet<string>;
  readonly ownDirectories: ReadonlySet<string>;
  readonly ownSymlinks: ReadonlySet<string>;
}

/** Whether the run made this path, or a directory above it, itself. The nearest maker decides. */
export function isOwn(own: OwnPaths, path: string): boolean {
  const { written, ownDirectories, ownSymlinks } = own;
  if (ownSymlinks.has(path)) return false;
  if (written.has(path)) return true;
  // A run makes a handful of directories; asking each is cheaper than cutting every path to pieces.
  const directory = longestAbove(ownDirectories, path);
  if (directory === 0 || directory <= longestAbove(ownSymlinks, path)) return false;
  const way = path.slice(directory + 1);
  if (way.startsWith("../"))
    return isOwn(own, `${dirName(path.slice(0, directory))}/${way.slice("../".length)}`);
  return !leavesAgain(way);
}

/** The length of the longest of these that is a directory above the path; 0 for none. */
function longestAbove(directories: ReadonlySet<string>, path: string): number {
  let longest = 0;
  for (const directory of directories) {
    const { length } = directory;
    if (length > longest && path[length] === "/" && path.startsWith(directory)) longest = length;
  }
  return longest;
}

/** Whether a way leads out of the directory where it begins (`../x`). */
function leavesAgain(way: string): boolean {
  if (!way.includes("..")) return false;
  let depth = 0;
  for (const part of way.split("/")) {
    depth += part === ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}
