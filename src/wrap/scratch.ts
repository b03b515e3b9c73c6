// A private directory for one compile: dep-info we asked for ourselves, the observer's log, and the
// stamp of the file-write clock. Left-overs of killed processes are cleared by gc.
import { removeTree, makeDirs, makeNewDir } from "../base/directory.ts";
import { closeFd, openNew, removeFile, type Stat, statPath, tempName } from "../base/file.ts";

/** The directory, while the compile lasts. */
export interface Scratch {
  readonly dir: string;
  /** The file-write clock of the cache's file system, now. */
  stamp(): Stat | undefined;
  /** Removes the directory. */
  clear(): void;
}

/** Makes one; undefined when the cache directory cannot be written. */
export function openScratch(cacheDir: string): Scratch | undefined {
  const dir = `${cacheDir}/scratch/${tempName()}`;
  const PRIVATE = 0o700;
  if (!makeNewDir(dir, PRIVATE) && !(makeDirs(`${cacheDir}/scratch`) && makeNewDir(dir, PRIVATE))) {
    return undefined;
  }
  return {
    dir,
    stamp() {
      const path = `${dir}/stamp`;
      removeFile(path);
      const fd = openNew(path, 0o600);
      if (fd < 0) return undefined;
      closeFd(fd);
      const stat = statPath(path);
      return typeof stat === "object" ? stat : undefined;
    },
    clear() {
      removeTree(dir);
    },
  };
}
