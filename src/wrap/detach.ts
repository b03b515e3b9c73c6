// Outputs that share an inode with the store are removed before a compiler runs: it may write in place.
import { lstatPath, removeFile } from "../base/file.ts";
import { joinPath } from "../base/path.ts";
import type { Output } from "../compiler/output.ts";

/** Removes those outputs of a compile that have a second link. */
export function detachOutputs(outputs: readonly Output[], cwd: string): void {
  for (const { path } of outputs) {
    const full = joinPath(cwd, path);
    const stat = lstatPath(full);
    if (typeof stat === "object" && stat.kind === "file" && stat.nlink > 1) removeFile(full);
  }
}
