// Many paths at once: their stamps, which of them are there, their physical names. One block of text for all
// of them and no call of ours per path.
import { addressOf, Errno, errnoWord, libc, pointerOf, textAt } from "./libc.ts";

const AT_FDCWD = -100;
const STATX_BASIC = 0x7ff;
const STATX_BYTES = 256;

const encoder = new TextEncoder();
const statBytes = new Uint8Array(STATX_BYTES);

/** Inode and size; ctime, mtime and device: the parts of struct statx that tell a change. */
const STAMP_PARTS = [statBytes.subarray(32, 48), statBytes.subarray(96, 144)] as const;
/** Only now: the first view of a small array moves its bytes. */
const statAt = addressOf(statBytes);
/** Bytes of one path's stamp. */
export const STAMP_BYTES = 64;

/** Paths as {@link stampPaths} takes them: each ended by a NUL; one that holds a NUL itself is nowhere. */
export function pathBlock(paths: readonly string[]): Uint8Array {
  const isSound = !paths.join("").includes("\0");
  const sound = isSound ? paths : paths.map((path) => (path.includes("\0") ? "" : path));
  return encoder.encode(`${sound.join("\0")}\0`);
}

/**
 * What tells whether files changed, STAMP_BYTES bytes a path; zeros for one that is not there.
 * Whole ranges and no call of ours in the loop: the first function called often enough to be compiled
 * starts the JIT, which costs 0.5 ms (seen with BUN_JSC_reportBaselineCompileTimes=1).
 */
export function stampPaths(block: Uint8Array, count: number): Uint8Array {
  const start: number = addressOf(block);
  const stamps = new Uint8Array(count * STAMP_BYTES);
  for (let from = 0, at = 0; at < stamps.length; at += STAMP_BYTES) {
    const fault = libc.statx(AT_FDCWD, start + from, 0, STATX_BASIC, statAt);
    from = block.indexOf(0, from) + 1;
    if (fault !== 0) {
      // What is not there stays all zeros; what cannot be looked at must not pass for it.
      const code = errnoWord[0];
      if (code !== Errno.NoEntry && code !== Errno.NotDirectory) stamps[at] = 1;
      continue;
    }
    stamps.set(STAMP_PARTS[0], at);
    stamps.set(STAMP_PARTS[1], at + STAMP_PARTS[0].length);
  }
  return stamps;
}

/** The stamps of some paths, in order. */
export function stampFiles(paths: readonly string[]): Uint8Array {
  return stampPaths(pathBlock(paths), paths.length);
}

/** Those of the paths at which something can be seen: cheaper than looking at them one by one. */
export function presentAmong(paths: readonly string[]): string[] {
  const words = new Uint32Array(stampFiles(paths).buffer);
  const WORDS = STAMP_BYTES / Uint32Array.BYTES_PER_ELEMENT;
  const CTIME_WORD = STAMP_PARTS[0].length / Uint32Array.BYTES_PER_ELEMENT;
  const present: string[] = [];
  for (let index = 0, at = CTIME_WORD; index < paths.length; index += 1, at += WORDS) {
    // Its inode, or the seconds of ctime where a file system numbers nothing; 1 marks what cannot be seen.
    const isThere = (words[at - CTIME_WORD] ?? 0) > 1 || (words[at] ?? 0) !== 0;
    const path = isThere ? paths[index] : undefined;
    if (path !== undefined) present.push(path);
  }
  return present;
}

/** The first of the paths at which something can be seen. */
export function firstPresent(paths: readonly string[]): string | undefined {
  return presentAmong(paths)[0];
}

const PATH_BYTES_MAX = 4096;

/** The physical paths (no links, no dots) of what exists; undefined for what does not. */
export function realPaths(paths: readonly string[]): (string | undefined)[] {
  const block = pathBlock(paths);
  const start: number = addressOf(block);
  const buffer = new Uint8Array(PATH_BYTES_MAX);
  const found: (string | undefined)[] = [];
  for (let from = 0; from < block.length; from = block.indexOf(0, from) + 1) {
    const resolved = pointerOf(libc.realpath(start + from, addressOf(buffer)));
    found.push(resolved === null ? undefined : textAt(resolved));
  }
  return found;
}

/** The physical path of one thing that exists; undefined otherwise. */
export function realPath(path: string): string | undefined {
  return realPaths([path])[0];
}
