// Damage to files of a cache, as disks and interrupted writes do it.
import {
  chmodSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";

/** Overwrites the middle of a file without changing its size, then puts its time back. */
export function flipByte(path: string): void {
  const { atime, mtime } = statSync(path);
  chmodSync(path, 0o644);
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

/** Leaves the first half. */
export function cutInHalf(path: string): void {
  chmodSync(path, 0o644);
  truncateSync(path, statSync(path).size >> 1);
}
