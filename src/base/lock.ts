// Advisory locks that die with their holder (flock), so a killed process never leaves one behind.
import { sinceStartMs } from "./clock.ts";
import { makeDirs } from "./directory.ts";
import {
  closeFd,
  openAppend,
  removeFile,
  renamePath,
  sameFile,
  type Stat,
  stampOf,
  statFd,
  statPath,
  truncateFd,
  writeAll,
} from "./file.ts";
import { dirName } from "./path.ts";
import { libc, libcCold } from "./libc.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;

/** A held lock. `release` is idempotent; the kernel releases it too when the process ends. */
export interface Lock {
  /** The file-write clock of the lock's file system, now. */
  stamp(): Stat | undefined;
  /**
   * Publishes these bytes under `path`, whole, in the lock's own file, and gives the lock up with that: what is
   * made under a lock need not be another file beside it. False, and the lock still held, where that fails.
   */
  publish(path: string, bytes: Uint8Array): boolean;
  /** Gives the lock up; with `remove` the lock file goes as well. */
  release(remove?: boolean): void;
}

/** Takes the lock or waits up to `waitMsMax`: "busy" when it is held longer, "unavailable" when it cannot be made. */
export function takeLock(path: string, waitMsMax: number): Lock | "busy" | "unavailable" {
  const deadline = sinceStartMs() + waitMsMax;
  for (;;) {
    const fd = openAppend(path);
    if (fd < 0) return "unavailable";
    if (!waitFor(fd, deadline)) {
      closeFd(fd);
      return "busy";
    }
    // The holder before us may have removed the file: then this is a lock on nothing.
    const held = statFd(fd);
    const named = statPath(path);
    if (typeof held !== "object") {
      closeFd(fd);
      return "unavailable";
    }
    if (typeof named === "object" && sameFile(held, named)) {
      // The lock itself is the kernel's; this tells who has it, and who was killed told so too.
      if (held.size > 0) truncateFd(fd, 0);
      writeAll(fd, new TextEncoder().encode(`${process.pid}\n`));
      return lockOn(fd, path);
    }
    closeFd(fd);
  }
}

/** Whether nobody holds the lock now; also where that cannot be told. */
export function isLockFree(path: string): boolean {
  const fd = openAppend(path);
  const isFree = fd < 0 || libc.flock(fd, LOCK_EX | LOCK_NB) === 0;
  closeFd(fd);
  return isFree;
}

function waitFor(fd: number, deadline: number): boolean {
  const POLL_US_MIN = 500;
  const POLL_US_MAX = 20_000;
  let pauseUs = POLL_US_MIN;
  while (libc.flock(fd, LOCK_EX | LOCK_NB) !== 0) {
    if (sinceStartMs() >= deadline) return false;
    libcCold().usleep(pauseUs);
    pauseUs = Math.min(pauseUs * 2, POLL_US_MAX);
  }
  return true;
}

function lockOn(fd: number, path: string): Lock {
  let held = true;
  return {
    stamp: () => stampOf(fd),
    publish(to, bytes) {
      const isWhole = held && truncateFd(fd, 0) && writeAll(fd, bytes);
      const move = () => renamePath(path, to);
      if (!isWhole || !(move() || (makeDirs(dirName(to)) && move()))) return false;
      held = false;
      closeFd(fd);
      return true;
    },
    release(remove = false) {
      if (!held) return;
      held = false;
      if (remove) removeFile(path);
      closeFd(fd);
    },
  };
}
