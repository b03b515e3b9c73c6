// What a macro wrote into the copy of OUT_DIR that it was given, where it belongs: others look for it there.
import { copyPrivately } from "../../base/copy.ts";
import { listNames, makeDirs, removeTree } from "../../base/directory.ts";
import { closeFd, lstatPath, openReadNoFollow, removeFile, type Stat } from "../../base/file.ts";
import { isModifiedBefore } from "../freshness.ts";
import type { RustcRun } from "./compile.ts";

/** Moves what was written since the start from the copy into the directory itself. */
export function giveBack({ outDir, startStamp }: RustcRun): void {
  if (outDir === undefined || startStamp === undefined) return;
  giveBackBelow(outDir.physical, outDir.real, startStamp);
}

function giveBackBelow(from: string, to: string, start: Stat): void {
  const names = listNames(from);
  if (typeof names === "string") return;
  for (const name of names) {
    const [path, home] = [`${from}/${name}`, `${to}/${name}`];
    const stat = lstatPath(path);
    if (typeof stat === "string") continue;
    if (stat.kind === "directory") {
      const isOwn = lstatPath(home) === "absent" && makeDirs(home);
      giveBackBelow(path, home, start);
      if (isOwn) removeTree(path);
    } else if (stat.kind === "file" && !isModifiedBefore(stat, start)) {
      const fd = openReadNoFollow(path);
      if (fd < 0) continue;
      removeFile(home);
      copyPrivately(fd, home, stat.mode, stat.size);
      closeFd(fd);
      removeFile(path);
    }
  }
}
