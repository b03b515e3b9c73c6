// Symbolic links, and hard ones.
import { addressOf, cstr, libc, libcCold } from "./libc.ts";

const AT_FDCWD = -100;
const AT_SYMLINK_FOLLOW = 0x400;

const TARGET_BYTES_MAX = 4096; // PATH_MAX

/** What a symbolic link names; undefined when it is none or cannot be read. */
export function readLink(path: string): string | undefined {
  const buffer = new Uint8Array(TARGET_BYTES_MAX);
  const got = Number(libcCold().readlink(cstr(path), addressOf(buffer), buffer.length));
  return got < 0 ? undefined : new TextDecoder().decode(buffer.subarray(0, got));
}

/** Makes a symbolic link; false when something is there or it cannot be made. */
export function makeLink(target: string, path: string): boolean {
  return libcCold().symlink(cstr(target), cstr(path)) === 0;
}

/** Hard-links; false on a fault (another file system, too many links). */
export function linkPath(from: string, to: string): boolean {
  return libc.link(cstr(from), cstr(to)) === 0;
}

/**
 * Hard-links what is open, whatever its names lead to by now; false on a fault, and where it has none any more and once
 * had one.
 */
export function linkFd(fd: number, to: string): boolean {
  const from = cstr(`/proc/self/fd/${fd}`);
  return libcCold().linkat(AT_FDCWD, from, AT_FDCWD, cstr(to), AT_SYMLINK_FOLLOW) === 0;
}
