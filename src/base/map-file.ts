// Read-only mappings of large files. Not Bun.mmap: that opens for writing (1.4.5), so a compiler being
// mapped cannot be started meanwhile ("text file busy").
import { toArrayBuffer } from "bun:ffi";
import { closeFd, openRead, statFd } from "./file.ts";
import { libcCold, pointerOf } from "./libc.ts";

const PROT_READ = 1;
const MAP_PRIVATE = 2;

/** Calls `use` with the file's bytes, which are valid only during the call; undefined on a fault. */
export function withMapped<T>(path: string, use: (bytes: Uint8Array) => T): T | undefined {
  const fd = openRead(path);
  if (fd < 0) return undefined;
  const stat = statFd(fd);
  const usable = typeof stat === "object" && stat.kind === "file" && stat.size > 0;
  const size = usable ? stat.size : 0;
  const cold = libcCold();
  const at = usable ? pointerOf(cold.mmap(null, size, PROT_READ, MAP_PRIVATE, fd, 0)) : null;
  closeFd(fd);
  const MAP_FAILED = -1;
  if (at === null || at === MAP_FAILED || at >= Number.MAX_SAFE_INTEGER) return undefined;
  try {
    return use(new Uint8Array(toArrayBuffer(at, 0, size)));
  } finally {
    cold.munmap(at, size);
  }
}
