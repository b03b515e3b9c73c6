// Copying files without their bytes passing through this process: extents shared (reflink), else copied
// by the kernel.
import { closeFd, openNew, removeFile } from "./file.ts";
import { addressOf, libc, libcCold } from "./libc.ts";

/** How bytes got from one place to another. */
export type Placement = "reflink" | "hardlink" | "copy";

const FICLONE = 0x40049409;

/** `f_type` of file systems that share no extents (statfs(2)): ext2 to ext4, tmpfs. */
const SHARING_NOTHING = new Set([0xef53, 0x01021994]);

let hope: boolean | undefined;

/** Clones the file's extents: false where the file system cannot. */
export function cloneTo(source: number, target: number): boolean {
  if (!mayClone(target)) return false;
  hope = libc.ioctl(target, FICLONE, source) === 0;
  return hope;
}

/**
 * Whether a clone is worth trying: not where the file system is known for not having them, and one that
 * failed in this process fails again. Making a file to try it costs more than asking.
 */
export function mayClone(fd: number): boolean {
  hope ??= !SHARING_NOTHING.has(fileSystemType(fd));
  return hope;
}

/** The start of struct statfs holds its type; the rest is not looked at. */
function fileSystemType(fd: number): number {
  const STATFS_WORDS = 64;
  const filled = new Int32Array(STATFS_WORDS);
  return libc.fstatfs(fd, addressOf(filled)) === 0 ? (filled[0] ?? 0) : 0;
}

/** Copies from the source's position inside the kernel; false on a fault. */
export function copyTo(source: number, target: number, size: number): boolean {
  let left = size;
  // Not every kernel and pair of file systems can do the first; any pair of files can do the second.
  let step = (bytes: number) => libc.copy_file_range(source, null, target, null, bytes, 0);
  let isFirst = true;
  while (left > 0) {
    let done = Number(step(left));
    if (done < 0 && isFirst) {
      step = (bytes: number) => libcCold().sendfile(target, source, null, bytes);
      done = Number(step(left));
    }
    isFirst = false;
    if (done <= 0) return false;
    left -= done;
  }
  return true;
}

/** Writes the source's bytes into an open file that is empty; undefined on a fault. */
export function copyInto(source: number, target: number, size: number): Placement | undefined {
  if (cloneTo(source, target)) return "reflink";
  return copyTo(source, target, size) ? "copy" : undefined;
}

/** Makes `to`, which must not exist, a private file with the source's bytes. */
export function copyPrivately(
  source: number,
  to: string,
  mode: number,
  size: number,
): Placement | undefined {
  const target = openNew(to, mode);
  if (target < 0) return undefined;
  const placement = copyInto(source, target, size);
  if (placement !== undefined) libc.fchmod(target, mode);
  closeFd(target);
  if (placement === undefined) removeFile(to);
  return placement;
}
