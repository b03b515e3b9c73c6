// Files published whole: written under a temporary name and renamed into place.
import { makeDirs } from "./directory.ts";
import { closeFd, openNew, removeFile, renamePath, tempName, writeAll } from "./file.ts";
import { dirName } from "./path.ts";

/**
 * Writes the bytes under a temporary name and renames it into place, making parents as needed.
 * Not synced to disk: a power loss may lose the file, and readers treat a torn one as absent.
 */
export function writeFileAtomic(path: string, bytes: Uint8Array | string, mode = 0o666): boolean {
  const temp = `${dirName(path)}/${tempName()}`;
  let fd = openNew(temp, mode);
  if (fd < 0 && makeDirs(dirName(path))) fd = openNew(temp, mode);
  if (fd < 0) return false;
  const ok = writeAll(fd, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  closeFd(fd);
  if (ok && renamePath(temp, path)) return true;
  removeFile(temp);
  return false;
}
