// An output as the compiler left it, held: what is stored once the caller has its answer must be that, whatever a
// build does to the file meanwhile (objtool patches, configure removes, make moves).
import { sameWriting } from "../base/file-id.ts";
import { copyInto, copyTo } from "../base/copy.ts";
import {
  closeFd,
  digestFd,
  openReadNoFollow,
  openUnnamed,
  rewindFd,
  sameStat,
  type Stat,
  statFd,
  unseen,
} from "../base/file.ts";
import type { Digest } from "../base/digest.ts";
import { openMemory } from "../base/memory-file.ts";
import { HeldDigest } from "../key/held-digest.ts";
import { quickCheckFd } from "./quick-check.ts";

/** A held output. */
export interface HeldOutput {
  /** Its bytes from the start: a private file, or the output itself. */
  readonly fd: number;
  /** Whether it is the output itself: unchanged as long as its check, else size and time of writing, are the same. */
  readonly isOpened: boolean;
  /** Whether it is a file of the store's disk that has no name yet. */
  readonly isUnnamed?: boolean;
  /** Its quick check, where its time of writing is set anew by others (cargo check dates metadata). */
  readonly check?: string | undefined;
  /** What other compiles may ask for meanwhile, where it is the output itself. */
  readonly content?: HeldDigest;
  /** The output's own stat when they were taken. */
  readonly stat: Stat;
}

/** Holds a copy of an output of up to so many bytes; why not where there is none, or it cannot be held. */
export function holdOutput(path: string, bytesMax: number): HeldOutput | "absent" | "not-held" {
  return holdCopy(path, bytesMax, (source, size) => {
    const fd = openMemory("kache-output")?.fd ?? -1;
    return { fd, isCopied: fd >= 0 && copyTo(source, fd, size) };
  });
}

/**
 * Holds a copy of an output on the store's disk, in the directory; why not where there is none, or it cannot be held.
 */
export function holdCopied(path: string, dir: string): HeldOutput | "absent" | "not-held" {
  const held = holdCopy(path, Infinity, (source, size) => {
    const fd = openUnnamed(dir);
    return { fd, isCopied: fd >= 0 && copyInto(source, fd, size) !== undefined };
  });
  return typeof held === "string" ? held : { ...held, isUnnamed: true };
}

function holdCopy(
  path: string,
  bytesMax: number,
  copy: (source: number, size: number) => { readonly fd: number; readonly isCopied: boolean },
): HeldOutput | "absent" | "not-held" {
  const source = openReadNoFollow(path);
  if (source < 0) return unseen() === "absent" ? "absent" : "not-held";
  try {
    const stat = statFd(source);
    if (typeof stat === "string" || stat.kind !== "file" || stat.size > bytesMax) return "not-held";
    const { fd, isCopied } = copy(source, stat.size);
    const after = isCopied ? statFd(source) : "unreadable";
    if (typeof after === "object" && sameStat(stat, after)) {
      rewindFd(fd);
      return { fd, isOpened: false, stat };
    }
    if (fd >= 0) closeFd(fd);
    return "not-held";
  } finally {
    closeFd(source);
  }
}

/**
 * Holds an output by having it open, whatever its size: for what nobody but compilers and cargo touches.
 * `isPast` tells whether a later change would show in a time of writing, `wantsCheck` whether cargo dates it.
 */
export function holdOpened(
  path: string,
  isPast: (stat: Stat) => boolean,
  wantsCheck: boolean,
): HeldOutput | "not-held" {
  const fd = openReadNoFollow(path);
  if (fd < 0) return "not-held";
  const stat = statFd(fd);
  if (typeof stat === "object" && stat.kind === "file" && isPast(stat)) {
    const check = wantsCheck ? quickCheckFd(fd) : undefined;
    rewindFd(fd);
    if (!wantsCheck || check !== undefined) {
      const content = new HeldDigest(stat, () => digestOfOpened(fd, stat));
      return { fd, isOpened: true, check, stat, content };
    }
  }
  closeFd(fd);
  return "not-held";
}

/** The digest of an output that is held open; undefined when it was written to meanwhile, or dated anew. */
function digestOfOpened(fd: number, stat: Stat): Digest | undefined {
  rewindFd(fd);
  const digest = digestFd(fd);
  rewindFd(fd);
  const after = statFd(fd);
  return typeof after === "object" && sameWriting(stat, after) ? digest : undefined;
}

/** Lets go of one. */
export function releaseOutput({ fd, content }: HeldOutput): void {
  content?.release();
  closeFd(fd);
}
