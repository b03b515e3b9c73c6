// What is to be known of this process's standard streams before anything is written to them.
// native/launcher/streams.c is the same for calls that an engine serves; it also holds the place of streams that are
// closed, by descriptors that are read-only here and closed again in the compiler. Where there is no launcher the runtime
// does so, with /dev/null.
import { sameFile, statFd, statPath } from "./file.ts";
import { addressOf, libc, libcCold } from "./libc.ts";

/** More than what is served of a stream. A file system with less room may be full before a compiler has said all. */
const ROOM_BYTES = 4 * 1024 ** 2;

/**
 * Whether it is known that what is written to a descriptor would be lost: it is closed or not for writing, there is no
 * room, or nobody reads the other end.
 */
export function isLost(fd: number): boolean {
  const stat = statFd(fd);
  if (typeof stat === "string" || isReadOnly(fd) || isHeld(fd)) return true;
  if (stat.kind === "file") return !hasRoom(fd);
  return isDevice(fd, "/dev/full") || isUnread(fd);
}

/** Whether standard output and standard error are one file, terminal or pipe: then the order of what is written shows. */
export function isOneStream(): boolean {
  const [out, err] = [statFd(1), statFd(2)];
  if (typeof out === "string" || typeof err === "string" || !sameFile(out, err)) return false;
  return !isDevice(1, "/dev/null");
}

/** Whether a descriptor was opened since this process began: none that is handed down is closed by the next exec. */
function isHeld(fd: number): boolean {
  const F_GETFD = 1;
  const FD_CLOEXEC = 1;
  return (libcCold().fcntl(fd, F_GETFD, 0) & FD_CLOEXEC) !== 0;
}

function isReadOnly(fd: number): boolean {
  const F_GETFL = 3;
  const ACCESS_MODE = 3;
  return (libcCold().fcntl(fd, F_GETFL, 0) & ACCESS_MODE) === 0;
}

function isDevice(fd: number, path: string): boolean {
  const [stat, device] = [statFd(fd), statPath(path)];
  return typeof stat === "object" && typeof device === "object" && sameFile(stat, device);
}

/** Whether a descriptor leads to a pipe or socket that nobody reads any more. */
function isUnread(fd: number): boolean {
  const POLLERR = 8;
  const set = new Int32Array([fd, 0]);
  if (libcCold().poll(addressOf(set), 1, 0) <= 0) return false;
  return (((set[1] ?? 0) >> 16) & POLLERR) !== 0;
}

/** Struct statfs: words of 64 bits, the size of blocks second, their number third, those free for everybody fifth. */
const STATFS_WORDS = 15;

function hasRoom(fd: number): boolean {
  const system = new BigInt64Array(STATFS_WORDS);
  if (libc.fstatfs(fd, addressOf(system)) !== 0) return true;
  const [blockBytes = 0n, blocks = 0n, , free = 0n] = system.subarray(1);
  return blocks === 0n || Number(free) * Number(blockBytes) >= ROOM_BYTES;
}
