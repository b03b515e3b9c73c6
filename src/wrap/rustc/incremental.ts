// The directory of `-C incremental`, which kache leaves out of the calls it understands: where rustc could not use it,
// rustc has to say so.
import { isWritableDirectory } from "../../base/directory.ts";
import { lstatPath } from "../../base/file.ts";
import { dirName, joinPath } from "../../base/path.ts";

/** Whether rustc can keep its state there. It makes the directory, and those above it. One look where it is there. */
export function isUsableState(cwd: string, dir: string): boolean {
  let path = joinPath(cwd, dir);
  while (!isWritableDirectory(path)) {
    // A file, a link that leads nowhere, and what is closed to us are in the way.
    if (path === "/" || lstatPath(path) !== "absent") return false;
    path = dirName(path);
  }
  return true;
}
