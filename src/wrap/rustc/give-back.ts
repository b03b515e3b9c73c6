// What a macro wrote into the copy of OUT_DIR that it was given, where it belongs: others look for it there. What it
// removed, they are to miss.
import { copyPrivately } from "../../base/copy.ts";
import { listNames, makeDirs, removeTree } from "../../base/directory.ts";
import { closeFd, lstatPath, openReadNoFollow, removeFile, type Stat } from "../../base/file.ts";
import { dirName } from "../../base/path.ts";
import { realOutDirPath } from "../../key/out-dir.ts";
import { isModifiedBefore } from "../compile/freshness.ts";
import type { RustcRun } from "./rustc-run.ts";

/**
 * Moves what the compile wrote from the copy into the directory itself. The copy may be as young as that, and other
 * compiles read it and write there: what nobody saw this one write is left alone.
 */
export function giveBack({ outDir, startStamp, watch, pid }: RustcRun): void {
  if (outDir === undefined || startStamp === undefined) return;
  const young = youngBelow(outDir.physical, startStamp);
  const top = lstatPath(outDir.physical);
  const isAltered = typeof top === "object" && !isModifiedBefore(top, startStamp);
  if (young.length === 0 && !isAltered) return;
  const seen = watch?.read(pid);
  if (seen?.usable !== true) return;
  for (const path of young.filter((one) => seen.written.has(one))) {
    const home = realOutDirPath(path, outDir);
    const isNew = lstatPath(home) === "absent";
    // One that is in the copy stays: it is seen to differ before the copy is used again.
    if (copyOver(path, home) && isNew) removeFile(path);
  }
  // What it removed is gone for all, as it would be without a copy.
  for (const path of seen.removed) {
    const home = realOutDirPath(path, outDir);
    if (home !== path && lstatPath(path) === "absent") removeTree(home);
  }
  // The deepest first: what others have put there meanwhile stays.
  for (const dir of young.filter((one) => seen.made.has(one)).reverse()) {
    if (makeDirs(realOutDirPath(dir, outDir)) && listNames(dir).length === 0) removeTree(dir);
  }
}

/** Files and directories below that may have been written since, each directory before what is in it. */
function youngBelow(dir: string, start: Stat): string[] {
  const names = listNames(dir);
  if (typeof names === "string") return [];
  return names.flatMap((name) => {
    const path = `${dir}/${name}`;
    const stat = lstatPath(path);
    const isPlain = typeof stat === "object" && (stat.kind === "file" || stat.kind === "directory");
    if (!isPlain) return [];
    const own = isModifiedBefore(stat, start) ? [] : [path];
    return stat.kind === "directory" ? [...own, ...youngBelow(path, start)] : own;
  });
}

function copyOver(path: string, home: string): boolean {
  const fd = openReadNoFollow(path);
  const stat = lstatPath(path);
  if (fd < 0) return false;
  removeFile(home);
  const isCopied =
    typeof stat === "object" &&
    makeDirs(dirName(home)) &&
    copyPrivately(fd, home, stat.mode, stat.size) !== undefined;
  closeFd(fd);
  return isCopied;
}
