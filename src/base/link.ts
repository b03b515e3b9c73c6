// Symbolic links.
import { addressOf, cstr, libcCold } from "./libc.ts";

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
