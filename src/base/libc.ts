// The C library through bun:ffi: the only file that names foreign symbols. Hot symbols are bound at
// start (15 µs each, half of what importing node:fs costs); the rest on first use.
// Linux only: structure offsets and constants are those of the Linux system-call interface.
import { CString, dlopen, type Pointer, ptr, read, toArrayBuffer } from "bun:ffi";

const I32 = "i32";
const I64 = "i64";
const PTR = "ptr";

const hot = dlopen("libc.so.6", {
  // Paths of these two are numbers, so that one block of text serves many calls.
  statx: { args: [I32, I64, I32, I32, PTR], returns: I32 },
  realpath: { args: [I64, PTR], returns: PTR },
  access: { args: [PTR, I32], returns: I32 },
  open: { args: [PTR, I32, I32], returns: I32 },
  read: { args: [I32, PTR, I64], returns: I64 },
  write: { args: [I32, PTR, I64], returns: I64 },
  close: { args: [I32], returns: I32 },
  link: { args: [PTR, PTR], returns: I32 },
  rename: { args: [PTR, PTR], returns: I32 },
  unlink: { args: [PTR], returns: I32 },
  fchmod: { args: [I32, I32], returns: I32 },
  futimens: { args: [I32, PTR], returns: I32 },
  fstatfs: { args: [I32, PTR], returns: I32 },
  ioctl: { args: [I32, I64, I64], returns: I32 },
  flock: { args: [I32, I32], returns: I32 },
  umask: { args: [I32], returns: I32 },
  copy_file_range: { args: [I32, PTR, I32, PTR, I64, I32], returns: I64 },
  getxattr: { args: [PTR, PTR, PTR, I64], returns: I64 },
  _exit: { args: [I32], returns: "void" },
  __errno_location: { args: [], returns: PTR },
}).symbols;

/** Binds the symbols that only misses, passthroughs and commands need. */
function bindCold() {
  return dlopen("libc.so.6", {
    mkdir: { args: [PTR, I32], returns: I32 },
    rmdir: { args: [PTR], returns: I32 },
    symlink: { args: [PTR, PTR], returns: I32 },
    linkat: { args: [I32, PTR, I32, PTR, I32], returns: I32 },
    readlink: { args: [PTR, PTR, I64], returns: I64 },
    opendir: { args: [PTR], returns: PTR },
    readdir: { args: [PTR], returns: PTR },
    closedir: { args: [PTR], returns: I32 },
    lseek: { args: [I32, I64, I32], returns: I64 },
    pread: { args: [I32, PTR, I64, I64], returns: I64 },
    mmap: { args: [PTR, I64, I32, I32, I32, I64], returns: PTR },
    munmap: { args: [PTR, I64], returns: I32 },
    fallocate: { args: [I32, I32, I64, I64], returns: I32 },
    sendfile: { args: [I32, I32, PTR, I64], returns: I64 },
    ftruncate: { args: [I32, I64], returns: I32 },
    utimensat: { args: [I32, PTR, PTR, I32], returns: I32 },
    isatty: { args: [I32], returns: I32 },
    clock_gettime: { args: [I32, PTR], returns: I32 },
    usleep: { args: [I32], returns: I32 },
    tzset: { args: [], returns: "void" },
    localtime_r: { args: [PTR, PTR], returns: PTR },
    memfd_create: { args: [PTR, I32], returns: I32 },
    dup2: { args: [I32, I32], returns: I32 },
    pipe2: { args: [PTR, I32], returns: I32 },
    poll: { args: [PTR, I64, I32], returns: I32 },
    socket: { args: [I32, I32, I32], returns: I32 },
    connect: { args: [I32, PTR, I32], returns: I32 },
    fcntl: { args: [I32, I32, I64], returns: I32 },
    waitpid: { args: [I32, PTR, I32], returns: I32 },
    kill: { args: [I32, I32], returns: I32 },
    execve: { args: [PTR, PTR, PTR], returns: I32 },
    signal: { args: [I32, I64], returns: PTR },
    posix_spawn: { args: [PTR, PTR, PTR, PTR, PTR, PTR], returns: I32 },
    posix_spawnp: { args: [PTR, PTR, PTR, PTR, PTR, PTR], returns: I32 },
    posix_spawn_file_actions_init: { args: [PTR], returns: I32 },
    posix_spawn_file_actions_adddup2: { args: [PTR, I32, I32], returns: I32 },
    posix_spawn_file_actions_addopen: { args: [PTR, I32, PTR, I32, I32], returns: I32 },
    posix_spawn_file_actions_destroy: { args: [PTR], returns: I32 },
    posix_spawnattr_init: { args: [PTR], returns: I32 },
    posix_spawnattr_setsigdefault: { args: [PTR, PTR], returns: I32 },
    posix_spawnattr_setflags: { args: [PTR, I32], returns: I32 },
    posix_spawnattr_destroy: { args: [PTR], returns: I32 },
    sigemptyset: { args: [PTR], returns: I32 },
    sigaddset: { args: [PTR, I32], returns: I32 },
    setsid: { args: [], returns: I32 },
    chdir: { args: [PTR], returns: I32 },
    geteuid: { args: [], returns: I32 },
    getegid: { args: [], returns: I32 },
    getpriority: { args: [I32, I32], returns: I32 },
    sched_getaffinity: { args: [I32, I64, PTR], returns: I32 },
    sched_getcpu: { args: [], returns: I32 },
    strerror: { args: [I32], returns: PTR },
    dlsym: { args: [I64, PTR], returns: PTR },
  }).symbols;
}

let coldSymbols: ReturnType<typeof bindCold> | undefined;

/** The symbols bound at start. Paths are given with {@link cstr}. */
export const libc = hot;

/** The symbols bound on first use. */
export function libcCold(): ReturnType<typeof bindCold> {
  coldSymbols ??= bindCold();
  return coldSymbols;
}

/** The runtime gives addresses as numbers; its types allow for big integers too. */
export function pointerOf(word: bigint | number | null): Pointer | null {
  return word === null || word === 0 || word === 0n ? null : (Number(word) as Pointer);
}

const errnoAt = pointerOf(hot.__errno_location());
const INT_BYTES = 4;

/** The word that holds errno, for loops that must not call anything. */
export const errnoWord =
  errnoAt === null ? new Int32Array(1) : new Int32Array(toArrayBuffer(errnoAt, 0, INT_BYTES));

/** The error number of the C call just made; meaningful only directly after one that failed. */
export function errno(): number {
  return errnoWord[0] ?? 0;
}

/** Error numbers of Linux that decisions depend on. */
export const Errno = {
  NoEntry: 2,
  Interrupted: 4,
  NoExec: 8,
  Again: 11,
  Access: 13,
  Exists: 17,
  CrossDevice: 18,
  NotDirectory: 20,
  TooManyLinks: 31,
  BadDescriptor: 9,
  BrokenPipe: 32,
  NameTooLong: 36,
} as const;

const encoder = new TextEncoder();
const SCRATCH_BYTES = 16 * 1024;
const SCRATCH_SLOTS = 2;
const scratch = new Uint8Array(SCRATCH_BYTES * SCRATCH_SLOTS);
const scratchAt = [ptr(scratch), ptr(scratch, SCRATCH_BYTES)] as const;
let scratchSlot = 0;
let longStrings: Uint8Array[] = [];

/**
 * The text as a NUL-terminated string for one call: valid until two more are made, so that a call may
 * take two. An embedded NUL ends the string early; callers reject such paths before.
 */
export function cstr(text: string): Pointer {
  const slot = scratchSlot;
  scratchSlot = (scratchSlot + 1) % SCRATCH_SLOTS;
  if (text.length * 3 + 1 > SCRATCH_BYTES) {
    const long = encoder.encode(`${text}\0`);
    longStrings = [...longStrings.slice(-1), long];
    return ptr(long);
  }
  const start = slot * SCRATCH_BYTES;
  const { written } = encoder.encodeInto(text, scratch.subarray(start, start + SCRATCH_BYTES - 1));
  scratch[start + written] = 0;
  return slot === 0 ? scratchAt[0] : scratchAt[1];
}

/** The text behind a C string pointer, decoded as UTF-8. */
export function textAt(pointer: Pointer, offset = 0): string {
  // A CString is a String object; comparisons need the primitive.
  return "".concat(new CString(pointer, offset));
}

/**
 * The address of a byte array for a call; the array must stay referenced as long as the address is used. One
 * that is only held by a constant nobody reads again is collected.
 */
export function addressOf(
  bytes: Uint8Array | BigUint64Array | Int32Array | BigInt64Array,
  offset = 0,
): Pointer {
  return ptr(bytes, offset);
}

/** The address of the process's raw environment block, or undefined when it cannot be found. */
export function environAddress(): Pointer | undefined {
  const symbol = pointerOf(libcCold().dlsym(0, cstr("environ")));
  if (symbol === null) return undefined;
  return pointerOf(read.ptr(symbol, 0)) ?? undefined;
}

/** Reads a byte. */
export function byteAt(pointer: Pointer, offset: number): number {
  return read.u8(pointer, offset);
}

/** Reads a pointer-sized word. */
export function wordAt(pointer: Pointer, offset: number): number {
  return read.ptr(pointer, offset);
}

/** Ends the process at once with this status: no exit hooks and no teardown (saves 0.4 ms a hit). */
export function exitNow(status: number): never {
  hot._exit(status);
  throw new Error("unreachable");
}
