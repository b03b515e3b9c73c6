// Directories: listing, walking, removing trees.
import { isDirectory, lstatPath, removeFile, statPath, unseen, type Unseen } from "./file.ts";
import { dirName } from "./path.ts";
import { byteAt, cstr, Errno, errno, libc, libcCold, pointerOf, textAt } from "./libc.ts";

/** Makes the directory and its parents; false when it cannot. Existing ones are fine. */
export function makeDirs(path: string, mode = 0o777): boolean {
  if (libcCold().mkdir(cstr(path), mode) === 0) return true;
  const code = errno();
  if (code === Errno.Exists) return isDirectory(path);
  if (code !== Errno.NoEntry) return false;
  const parent = dirName(path);
  if (parent === path || !makeDirs(parent, mode)) return false;
  return libcCold().mkdir(cstr(path), mode) === 0 || isDirectory(path);
}

const SET_GROUP = 0o2000;

/** Whether new files in it get a group or permissions of the directory's choice (inode(7), acl(5)). */
export function choosesPermissions(dir: string): boolean {
  const stat = statPath(dir);
  if (typeof stat === "string" || (stat.mode & SET_GROUP) !== 0) return true;
  return libc.getxattr(cstr(dir), cstr("system.posix_acl_default"), null, 0) > 0;
}

/** Creates one directory that must not exist. */
export function makeNewDir(path: string, mode: number): boolean {
  return libcCold().mkdir(cstr(path), mode) === 0;
}

/** Removes an empty directory; true when it is gone. */
export function removeDir(path: string): boolean {
  return libcCold().rmdir(cstr(path)) === 0;
}

/** The names in a directory, sorted by code unit, without "." and "..", or why it cannot be listed. */
export function listNames(path: string): string[] | Unseen {
  return sortedNames(path, (name) => name);
}

/** Like {@link listNames}, with a mark at names of directories, links and whatever else is no regular file. */
export function listMarkedNames(path: string): string[] | Unseen {
  const UNMARKED = [0, 8]; // DT_UNKNOWN, DT_REG
  return sortedNames(path, (name, type) => (UNMARKED.includes(type) ? name : `${name}/${type}`));
}

function sortedNames(
  path: string,
  told: (name: string, type: number) => string,
): string[] | Unseen {
  const names: string[] = [];
  const end = eachName(path, (name, type) => {
    names.push(told(name, type));
    return true;
  });
  return end === "ended" ? names.sort((a, b) => (a < b ? -1 : 1)) : end;
}

/** Gives each name in a directory and its type (DT_…), unsorted, to `take` until that answers false. */
export function eachName(
  path: string,
  take: (name: string, type: number) => boolean,
): Unseen | "ended" {
  const D_TYPE_OFFSET = 18;
  const D_NAME_OFFSET = 19;
  const cold = libcCold();
  const dir = cold.opendir(cstr(path));
  if (dir === null) return unseen();
  for (let more = true; more;) {
    const item = pointerOf(cold.readdir(dir));
    const name = item === null ? undefined : textAt(item, D_NAME_OFFSET);
    const type = item === null ? 0 : byteAt(item, D_TYPE_OFFSET);
    more = name !== undefined && (name === "." || name === ".." || take(name, type));
  }
  cold.closedir(dir);
  return "ended";
}

/** Removes a tree without following links; true when it is gone. */
export function removeTree(path: string): boolean {
  const stat = lstatPath(path);
  if (typeof stat === "string") return stat === "absent";
  if (stat.kind !== "directory") return removeFile(path);
  const names = listNames(path);
  if (typeof names === "string") return false;
  for (const name of names) removeTree(`${path}/${name}`);
  return removeDir(path);
}

/** Directories whose content is no source: tools' own, and what builds leave. */
const PASSED_OVER = /^(?:target|node_modules|\..*)$/;

/** Regular files below a directory whose name ends so, until `take` answers false; links not followed. */
export function eachFileBelow(
  top: string,
  ending: string,
  take: (path: string) => boolean,
): boolean {
  const names = listNames(top);
  if (typeof names === "string") return true;
  return names.every((name) => {
    const path = `${top}/${name}`;
    if (name.endsWith(ending)) return take(path);
    if (name.includes(".") || PASSED_OVER.test(name)) return true;
    const stat = lstatPath(path);
    if (typeof stat === "string" || stat.kind !== "directory") return true;
    return eachFileBelow(path, ending, take);
  });
}

/** Whether the path is a directory that we may make things in. */
export function isWritableDirectory(path: string): boolean {
  const WRITE_AND_SEARCH = 3;
  return libc.access(cstr(`${path}/.`), WRITE_AND_SEARCH) === 0;
}
