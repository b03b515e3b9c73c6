// What one compile needs for itself: a file that is both the observer's log and the stamp of the
// file-write clock, and a directory when something is to be put there. Creating files is most of what
// keeping a small object costs (0.4 ms each on a busy ext4), hence one. Left-overs of killed processes
// are cleared by gc.
import { makeDirs, removeTree } from "../base/directory.ts";
import {
  closeFd,
  openNew,
  removeFile,
  type Stat,
  statFd,
  tempName,
  touchFd,
} from "../base/file.ts";

/** A compile's own files, while it lasts. */
export interface Scratch {
  /** An empty file. */
  readonly file: string;
  /** A directory, made when first asked for; absent where the disk would not have it. */
  dir(): string;
  /** The file-write clock of the cache's file system, now. */
  stamp(): Stat | undefined;
  /** Removes all of it. */
  clear(): void;
}

/** Makes the file; undefined when the cache directory cannot be written. */
export function openScratch(cacheDir: string): Scratch | undefined {
  const file = `${cacheDir}/scratch/${tempName()}`;
  const PRIVATE = 0o600;
  let fd = openNew(file, PRIVATE);
  if (fd < 0 && makeDirs(`${cacheDir}/scratch`)) fd = openNew(file, PRIVATE);
  if (fd < 0) return undefined;
  const dir = `${file}.d`;
  let hasDir = false;
  return {
    file,
    dir() {
      hasDir = makeDirs(dir) || hasDir;
      return dir;
    },
    stamp() {
      const stat = touchFd(fd) ? statFd(fd) : "unreadable";
      return typeof stat === "object" ? stat : undefined;
    },
    clear() {
      closeFd(fd);
      removeFile(file);
      if (hasDir) removeTree(dir);
    },
  };
}
