// An output as the compiler left it, held: what is stored once the caller has its answer must be that, whatever a
// build does to the file meanwhile (objtool patches, configure removes, make moves).
import { copyTo } from "../base/copy.ts";
import {
  closeFd,
  openReadNoFollow,
  rewindFd,
  sameStat,
  type Stat,
  statFd,
  unseen,
} from "../base/file.ts";
import { closeMemory, openMemory } from "../base/memory-file.ts";
import { quickCheckFd } from "./quick-check.ts";

/** A held output. */
export interface HeldOutput {
  /** Its bytes from the start: a private file in memory, or the output itself. */
  readonly fd: number;
  /** Whether it is the output itself: unchanged as long as its check, else size and time of writing, are the same. */
  readonly isOpened: boolean;
  /** Its quick check, where its time of writing is set anew by others (cargo check dates metadata). */
  readonly check?: string | undefined;
  /** The output's own stat when they were taken. */
  readonly stat: Stat;
}

/** Holds a copy of an output of up to so many bytes; why not where there is none, or it cannot be held. */
export function holdOutput(path: string, bytesMax: number): HeldOutput | "absent" | "not-held" {
  const source = openReadNoFollow(path);
  if (source < 0) return unseen() === "absent" ? "absent" : "not-held";
  try {
    const stat = statFd(source);
    if (typeof stat === "string" || stat.kind !== "file" || stat.size > bytesMax) return "not-held";
    const memory = openMemory("kache-output");
    if (memory === undefined) return "not-held";
    const after = copyTo(source, memory.fd, stat.size) ? statFd(source) : "unreadable";
    if (typeof after === "object" && sameStat(stat, after)) {
      rewindFd(memory.fd);
      return { fd: memory.fd, isOpened: false, stat };
    }
    closeMemory(memory);
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
    if (!wantsCheck || check !== undefined) return { fd, isOpened: true, check, stat };
  }
  closeFd(fd);
  return "not-held";
}

/** Lets go of one. */
export function releaseOutput({ fd }: HeldOutput): void {
  closeFd(fd);
}
