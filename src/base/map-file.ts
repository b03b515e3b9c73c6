// Read-only mappings of large files. Not Bun.mmap: that opens for writing (1.4.5), so a compiler being
// mapped cannot be started meanwhile ("text file busy").
import { toArrayBuffer } from "bun:ffi";
import { closeFd, openRead, statFd } from "./file.ts";
import { libcCold, pointerOf } from "./libc.ts";

const PROT_READ = 1;
const MAP_PRIVATE = 2;

/** Calls `use` with the file's bytes, which are valid only during the call; undefined on a fault. */
export function withMapped<T>(path: string, use: (bytes: Uint8Array) => T): T | undefined {
  return withOpened(path, (fd, size) => withWindow(fd, 0, size, use));
}

/**
 * Calls `use` with the file's bytes window by window, so that a large file never counts as this process's
 * memory; false on a fault. `windowBytes` is a multiple of the page size.
 */
export function eachWindow(
  path: string,
  windowBytes: number,
  use: (bytes: Uint8Array) => void,
): boolean {
  const whole = withOpened(path, (fd, size) => {
    for (let at = 0; at < size; at += windowBytes) {
      const done = withWindow(fd, at, Math.min(windowBytes, size - at), (bytes) => {
        use(bytes);
        return true;
      });
      if (done !== true) return false;
    }
    return true;
  });
  return whole === true;
}

function withOpened<T>(path: string, use: (fd: number, size: number) => T): T | undefined {
  const fd = openRead(path);
  if (fd < 0) return undefined;
  try {
    const stat = statFd(fd);
    const usable = typeof stat === "object" && stat.kind === "file" && stat.size > 0;
    return usable ? use(fd, stat.size) : undefined;
  } finally {
    closeFd(fd);
  }
}

function withWindow<T>(
  fd: number,
  offset: number,
  size: number,
  use: (bytes: Uint8Array) => T,
): T | undefined {
  const cold = libcCold();
  const at = pointerOf(cold.mmap(null, size, PROT_READ, MAP_PRIVATE, fd, offset));
  const MAP_FAILED = -1;
  if (at === null || at === MAP_FAILED || at >= Number.MAX_SAFE_INTEGER) return undefined;
  try {
    return use(new Uint8Array(toArrayBuffer(at, 0, size)));
  } finally {
    cold.munmap(at, size);
  }
}
