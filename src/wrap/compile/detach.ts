// Outputs that share an inode with the store are removed before a compiler runs: it may write in place. What compilers
// always write in place never shares one, so that a second link of it is the user's own, who is to find it written.
import { lstatPath, removeFile, type Stat } from "../../base/file.ts";
import { joinPath } from "../../base/path.ts";
import type { Output } from "../../compiler/output.ts";

/** Removes those outputs of a compile that have a second link, but for kinds that are written into. */
export function detachOutputs(
  outputs: readonly Output[],
  cwd: string,
  writesInto: (kind: string, there: Stat) => boolean,
): void {
  for (const { path, kind } of outputs) {
    const full = joinPath(cwd, path);
    const stat = lstatPath(full);
    if (
      typeof stat === "object" &&
      stat.kind === "file" &&
      stat.nlink > 1 &&
      !writesInto(kind, stat)
    )
      removeFile(full);
  }
}
