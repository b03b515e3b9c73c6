// What one compile needs for itself: a file for the observer's log, the stamp of the file-write clock, and a
// directory when something is to be put there. Left-overs of killed processes are cleared by gc.
import { makeDirs, removeTree } from "../../base/directory.ts";
import {
  closeFd,
  openNew,
  removeFile,
  type Stat,
  stampOf,
  tempName,
  truncateFd,
  writeAll,
} from "../../base/file.ts";
import type { Lock } from "../../base/lock.ts";
import type { Layout } from "../../store/layout.ts";

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

/**
 * Makes the file; undefined when the cache directory cannot be written. Whoever holds a lock there has the clock
 * already: the file can then be in memory. Making and removing files is most of what keeping a small object costs
 * on a disk (0.1 ms each; up to 1 ms on an ext4 without a journal, which does not use anew what was removed in the
 * last minutes and searches past it).
 */
export function openScratch(layout: Layout, lock?: Lock): Scratch | undefined {
  const { cacheDir, memoryDir } = layout;
  const name = tempName();
  const made = (lock && makeInMemory(`${memoryDir}/${name}`)) ?? makeOnDisk(cacheDir, name);
  if (made === undefined) return undefined;
  const { file, fd } = made;
  const dir = `${cacheDir}/scratch/${name}.d`;
  let hasDir = false;
  return {
    file,
    dir() {
      hasDir = makeDirs(dir) || hasDir;
      return dir;
    },
    stamp: () => (lock === undefined ? stampOf(fd) : lock.stamp()),
    clear() {
      closeFd(fd);
      removeFile(file);
      if (hasDir) removeTree(dir);
    },
  };
}

interface Made {
  readonly file: string;
  readonly fd: number;
}

const PRIVATE = 0o600;

function makeInMemory(file: string): Made | undefined {
  const fd = openNew(file, PRIVATE);
  if (fd < 0) return undefined;
  // A container's may be as good as full.
  if (writeAll(fd, new Uint8Array(1)) && truncateFd(fd, 0)) return { file, fd };
  closeFd(fd);
  removeFile(file);
  return undefined;
}

function makeOnDisk(cacheDir: string, name: string): Made | undefined {
  const file = `${cacheDir}/scratch/${name}`;
  let fd = openNew(file, PRIVATE);
  if (fd < 0 && makeDirs(`${cacheDir}/scratch`)) fd = openNew(file, PRIVATE);
  return fd < 0 ? undefined : { file, fd };
}
