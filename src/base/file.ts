// Files through the C library: stat, open, read, write, rename. Every call answers with a value (absent, failed)
// instead of throwing, because a cache fault must never become a build fault.
import { addressOf, cstr, Errno, errno, libc, libcCold } from "./libc.ts";
import { type Digest, StreamDigest } from "./digest.ts";

const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_SYMLINK_NOFOLLOW = 0x100;
const STATX_BASIC = 0x7ff;

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_RDWR = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_NONBLOCK = 0o4000;
/** One of the few open flags that differ between the architectures. */
const O_NOFOLLOW = process.arch === "arm64" ? 0o100000 : 0o400000;
const O_CLOEXEC = 0o2000000;
/** With the flag for directories, another of those. */
const O_TMPFILE = process.arch === "arm64" ? 0o20040000 : 0o20200000;

/** What a path is, as far as the cache cares. */
export type FileKind = "file" | "directory" | "symlink" | "other";

/** One stat answer. Times are split because nanoseconds since 1970 exceed a double's integers. */
export interface Stat {
  readonly kind: FileKind;
  readonly dev: number;
  readonly inoHigh: number;
  readonly inoLow: number;
  readonly size: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly mtimeSec: number;
  readonly mtimeNsec: number;
  readonly ctimeSec: number;
  readonly ctimeNsec: number;
}

const STATX_BYTES = 256;
/** One struct statx, and behind it the empty path that a stat of a descriptor takes. */
const statBytes = new Uint8Array(STATX_BYTES + 1);
const statView = new DataView(statBytes.buffer);
const statAt = addressOf(statBytes);
const noPathAt = addressOf(statBytes, STATX_BYTES);

/** The upper half of a 64-bit number as a double (no BigInt): exact to 2^53. */
const HIGH = 2 ** 32;

function decodeStat(): Stat {
  const v = statView;
  const format = v.getUint16(28, true) & 0o170000;
  const kind =
    format === 0o100000
      ? "file"
      : format === 0o040000
        ? "directory"
        : format === 0o120000
          ? "symlink"
          : "other";
  return {
    kind,
    dev: v.getUint32(136, true) * 0x100000 + v.getUint32(140, true),
    inoHigh: v.getUint32(36, true),
    inoLow: v.getUint32(32, true),
    size: v.getInt32(44, true) * HIGH + v.getUint32(40, true),
    mode: v.getUint16(28, true) & 0o7777,
    nlink: v.getUint32(16, true),
    uid: v.getUint32(20, true),
    mtimeSec: v.getInt32(116, true) * HIGH + v.getUint32(112, true),
    mtimeNsec: v.getUint32(120, true),
    ctimeSec: v.getInt32(100, true) * HIGH + v.getUint32(96, true),
    ctimeNsec: v.getUint32(104, true),
  };
}

/** Why a look at a path gave nothing: it is not there, or it could not be looked at. */
export type Unseen = "absent" | "unreadable";

/** Why the C call just made saw nothing. */
export function unseen(): Unseen {
  const code = errno();
  const isAbsent =
    code === Errno.NoEntry || code === Errno.NotDirectory || code === Errno.NameTooLong;
  return isAbsent ? "absent" : "unreadable";
}

/** Stat of the path, following symbolic links. */
export function statPath(path: string): Stat | Unseen {
  if (path.includes("\0")) return "unreadable";
  return libc.statx(AT_FDCWD, cstr(path), 0, STATX_BASIC, statAt) === 0 ? decodeStat() : unseen();
}

/** Stat of the path itself, not of what a symbolic link names. */
export function lstatPath(path: string): Stat | Unseen {
  if (path.includes("\0")) return "unreadable";
  return libc.statx(AT_FDCWD, cstr(path), AT_SYMLINK_NOFOLLOW, STATX_BASIC, statAt) === 0
    ? decodeStat()
    : unseen();
}

/** Stat of an open descriptor. */
export function statFd(fd: number): Stat | Unseen {
  return libc.statx(fd, noPathAt, AT_EMPTY_PATH, STATX_BASIC, statAt) === 0
    ? decodeStat()
    : unseen();
}

/** Whether the path is a regular file (after links). */
export function isFile(path: string): boolean {
  const stat = statPath(path);
  return typeof stat === "object" && stat.kind === "file";
}

/** Whether the path is a directory (after links). */
export function isDirectory(path: string): boolean {
  const stat = statPath(path);
  return typeof stat === "object" && stat.kind === "directory";
}

/** Whether the file may be executed by us where it lies. */
export function isExecutable(path: string): boolean {
  const EXECUTE = 1;
  return libc.access(cstr(path), EXECUTE) === 0;
}

/** Whether anybody may execute the file, by its mode. */
export function hasExecuteBit({ mode }: Stat): boolean {
  const EXECUTABLE = 0o111;
  return (mode & EXECUTABLE) !== 0;
}

/** The error number of an attempt to run the path, as far as that can be told without trying; else 0. */
export function whyNotRunnable(path: string): number {
  if (isDirectory(path)) return Errno.Access;
  return isExecutable(path) ? 0 : errno();
}

/** Whether two stats are of one file, whatever it holds. */
export function sameFile(a: Stat, b: Stat): boolean {
  return a.inoLow === b.inoLow && a.inoHigh === b.inoHigh && a.dev === b.dev;
}

/** Whether two stats name the same bytes at the same moment: same inode, size and both times. */
export function sameStat(a: Stat, b: Stat): boolean {
  return (
    sameFile(a, b) &&
    a.size === b.size &&
    a.mtimeSec === b.mtimeSec &&
    a.mtimeNsec === b.mtimeNsec &&
    a.ctimeSec === b.ctimeSec &&
    a.ctimeNsec === b.ctimeNsec
  );
}

function openPath(path: string, flags: number, mode = 0): number {
  if (path.includes("\0")) return -1;
  for (;;) {
    const fd = libc.open(cstr(path), flags | O_CLOEXEC, mode);
    if (fd >= 0 || errno() !== Errno.Interrupted) return fd;
  }
}

/** Opens for reading without blocking on a FIFO; negative when it cannot. The caller closes it. */
export function openRead(path: string): number {
  return openPath(path, O_RDONLY | O_NONBLOCK);
}

/** Opens for appending, making the file (0666 less umask), not blocking; negative when it cannot. */
export function openAppend(path: string): number {
  return openPath(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o666);
}

/** Creates a file that must not exist; negative when it cannot. */
export function openNew(path: string, mode: number): number {
  return openPath(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
}

/** Creates a file without a name in a directory; negative where that cannot be. */
export function openUnnamed(dir: string): number {
  return openPath(dir, O_RDWR | O_TMPFILE, 0o600);
}

/** Empties a file that is there, to be written into; negative when that is not allowed. */
export function openInto(path: string): number {
  return openPath(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK);
}

/** Gives an open file the time of now, from the file-write clock. */
export function touchFd(fd: number): boolean {
  return libc.futimens(fd, null) === 0;
}

/** The file-write clock of an open file's file system, now; undefined where it cannot be written. */
export function stampOf(fd: number): Stat | undefined {
  const stat = touchFd(fd) ? statFd(fd) : "unreadable";
  return typeof stat === "object" ? stat : undefined;
}

/** Gives a file the time of now; nothing happens where that is not allowed. */
export function touchPath(path: string): void {
  const fd = openAppend(path);
  if (fd < 0) return;
  touchFd(fd);
  closeFd(fd);
}

/** Whether a descriptor is a terminal. */
export function isTerminal(fd: number): boolean {
  return libcCold().isatty(fd) === 1;
}

/** Closes a descriptor. */
export function closeFd(fd: number): void {
  libc.close(fd);
}

/** Gives an open file this size with its blocks reserved: a mapping of it can then be written to. */
export function reserveFd(fd: number, size: number): boolean {
  return libcCold().fallocate(fd, 0, 0, size) === 0;
}

/** Cuts or extends (sparsely) an open file; false on a fault. */
export function truncateFd(fd: number, size: number): boolean {
  return libcCold().ftruncate(fd, size) === 0;
}

/** Reads up to the buffer's size from the descriptor; 0 at the end, negative on a fault. */
export function readFd(fd: number, into: Uint8Array): number {
  for (;;) {
    const got = Number(libc.read(fd, addressOf(into), into.length));
    if (got >= 0 || errno() !== Errno.Interrupted) return got;
  }
}

/** Writes all bytes; false on a fault (a full disk, say). */
export function writeAll(fd: number, bytes: Uint8Array): boolean {
  let done = 0;
  while (done < bytes.length) {
    const rest = bytes.subarray(done);
    const put = Number(libc.write(fd, addressOf(rest), rest.length));
    if (put < 0) {
      const code = errno();
      if (code === Errno.Interrupted) continue;
      if (code === Errno.Again && waitWritable(fd)) continue;
      return false;
    }
    done += put;
  }
  return true;
}

/** Waits until a non-blocking descriptor takes bytes again: a caller's stdout may be one. */
function waitWritable(fd: number): boolean {
  const POLLOUT = 4;
  const set = new Int32Array([fd, POLLOUT]);
  return libcCold().poll(addressOf(set), 1, -1) > 0;
}

/** The file's bytes; refuses files over `sizeBytesMax` and anything that is not a regular file. */
export function readFileBytes(path: string, sizeBytesMax = 1 << 30): Uint8Array | Unseen {
  return readOpened(path, (size) => (size > sizeBytesMax ? undefined : size));
}

/** The file's first bytes, as many as there are up to `bytesMax`. */
export function readFileStart(path: string, bytesMax: number): Uint8Array | Unseen {
  return readOpened(path, (size) => Math.min(size, bytesMax));
}

function readOpened(path: string, wanted: (size: number) => number | undefined) {
  const fd = openRead(path);
  if (fd < 0) return unseen();
  try {
    const stat = statFd(fd);
    if (typeof stat === "string") return stat;
    const size = stat.kind === "file" ? wanted(stat.size) : undefined;
    if (size === undefined) return "unreadable";
    return stat.size === 0 ? readMadeUp(fd) : readUpTo(fd, size);
  } finally {
    closeFd(fd);
  }
}

const MADE_UP_BYTES_FIRST = 1 << 12;
const MADE_UP_BYTES_MAX = 1 << 22;

/** A file that says it is empty: one that the kernel makes up as it is read says so whatever it holds (proc(5)). */
function readMadeUp(fd: number): Uint8Array | "unreadable" {
  const parts: Uint8Array[] = [];
  for (let size = MADE_UP_BYTES_FIRST; size <= MADE_UP_BYTES_MAX; size *= 2) {
    const part = readUpTo(fd, size);
    if (typeof part === "string") return part;
    parts.push(part);
    if (part.length < size) return parts.length === 1 ? part : Buffer.concat(parts);
  }
  return "unreadable";
}

/** What an open descriptor holds from its position on, up to so many bytes. */
export function readUpTo(fd: number, size: number): Uint8Array | "unreadable" {
  const bytes = new Uint8Array(size);
  let done = 0;
  while (done < bytes.length) {
    const got = readFd(fd, bytes.subarray(done));
    if (got < 0) return "unreadable";
    if (got === 0) break;
    done += got;
  }
  return done === bytes.length ? bytes : bytes.subarray(0, done);
}

/** Moves an open file's position to its start. */
export function rewindFd(fd: number): void {
  const SEEK_SET = 0;
  libcCold().lseek(fd, 0, SEEK_SET);
}

let strictUtf8: TextDecoder | undefined;

/** Bytes as text when they are UTF-8, else undefined. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  strictUtf8 ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return strictUtf8.decode(bytes);
  } catch (fault) {
    if (fault instanceof TypeError) return undefined;
    throw fault;
  }
}

/** The file's text; undefined when absent, unreadable, over the size or not UTF-8. */
export function readText(path: string, sizeBytesMax = 1 << 28): string | undefined {
  const bytes = readFileBytes(path, sizeBytesMax);
  return typeof bytes === "string" ? undefined : decodeUtf8(bytes);
}

/** Size of the pieces of eachChunk; part of the entry format through store/quick-check.ts. */
const CHUNK_BYTES = 1 << 18;
let chunk: Uint8Array | undefined;

/** The digest of what an open descriptor holds from here to its end; undefined on a fault. */
export function digestFd(fd: number): Digest | undefined {
  const hasher = new StreamDigest();
  return eachChunk(fd, (bytes) => {
    hasher.add(bytes);
  })
    ? hasher.finish()
    : undefined;
}

/** Gives what an open descriptor holds, piece by piece; false on a fault. Pieces are reused. */
export function eachChunk(fd: number, take: (bytes: Uint8Array) => void): boolean {
  for (;;) {
    const bytes = nextChunk(fd);
    if (typeof bytes === "boolean") return bytes;
    take(bytes);
  }
}

/** The next piece of what an open descriptor holds, until another is asked for; at its end true, on a fault false. */
export function nextChunk(fd: number): Uint8Array | boolean {
  chunk ??= new Uint8Array(CHUNK_BYTES);
  const got = readFd(fd, chunk);
  if (got <= 0) return got === 0;
  return got === chunk.length ? chunk : chunk.subarray(0, got);
}

let tempCounter = 0;

/** A name no other process uses: for a temporary beside its final place. */
export function tempName(): string {
  tempCounter += 1;
  return `.kache-${process.pid}-${performance.timeOrigin.toString(36)}-${tempCounter}.tmp`;
}

/** Whether a name is one of {@link tempName}'s, with whatever a compiler added. */
export function isTempName(name: string): boolean {
  return /^\.kache-.*\.tmp/.test(name);
}

/** Renames over whatever is there; false on a fault. */
export function renamePath(from: string, to: string): boolean {
  return libc.rename(cstr(from), cstr(to)) === 0;
}

/** Removes a file; true when it is gone afterwards. */
export function removeFile(path: string): boolean {
  return libc.unlink(cstr(path)) === 0 || errno() === Errno.NoEntry;
}

/** Opens a regular file for reading without following a final link; negative when it cannot. */
export function openReadNoFollow(path: string): number {
  return openPath(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}
