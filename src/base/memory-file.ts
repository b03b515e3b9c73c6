// Files in memory that other processes can write to by name, and that end with this one.
import { closeFd, statPath } from "./file.ts";
import { cstr, libcCold } from "./libc.ts";

/** Such a file; the name leads to it as long as it is open here. */
export interface MemoryFile {
  readonly fd: number;
  readonly path: string;
}

const MFD_CLOEXEC = 1;

/** Makes one, empty; undefined where the system has none or does not name open files. */
export function openMemory(label: string): MemoryFile | undefined {
  const fd = libcCold().memfd_create(cstr(label), MFD_CLOEXEC);
  if (fd < 0) return undefined;
  const path = `/proc/${process.pid}/fd/${fd}`;
  const stat = statPath(path);
  if (typeof stat === "object" && stat.kind === "file") return { fd, path };
  closeFd(fd);
  return undefined;
}

/** Closes one; what it held is gone. */
export function closeMemory(file: MemoryFile): void {
  closeFd(file.fd);
}
