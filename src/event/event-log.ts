// events.jsonl: append and rotation, both under one lock beside the file. A line is one write; one that a
// full disk cut short is taken back.
import { takeLock } from "../base/lock.ts";
import { makeDirs } from "../base/directory.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { closeFd, openAppend, readFileBytes, statFd, truncateFd, writeAll } from "../base/file.ts";
import { dirName } from "../base/path.ts";
import type { Event } from "./event.ts";

/** Bounds of the log. */
export interface EventLogLimits {
  readonly bytesMax: number;
  /** How many of the last lines outlive a log that has grown beyond that; 0 empties it. */
  readonly linesKept: number;
}

/** How long a wrapper waits for another's append before it writes without the lock. */
const LOCK_WAIT_MS = 50;

/** Appends one event; a fault loses the event and nothing else. */
export function appendEvent(path: string, event: Event, limits: EventLogLimits): boolean {
  let lock = takeLock(`${path}.lock`, LOCK_WAIT_MS);
  if (lock === "unavailable" && makeDirs(dirName(path))) {
    lock = takeLock(`${path}.lock`, LOCK_WAIT_MS);
  }
  if (lock === "unavailable") return false;
  const fd = openAppend(path);
  let size = 0;
  let ok = false;
  if (fd >= 0) {
    const stat = statFd(fd);
    size = typeof stat === "object" ? stat.size : 0;
    ok = writeAll(fd, new TextEncoder().encode(`${JSON.stringify(event)}\n`));
    if (!ok && lock !== "busy") truncateFd(fd, size);
    closeFd(fd);
  }
  if (lock !== "busy") {
    if (size > limits.bytesMax) rotate(path, limits.linesKept);
    lock.release();
  }
  return ok;
}

/** Keeps the last lines, of 0 none; the caller holds the lock. */
function rotate(path: string, linesKept: number): void {
  const bytes = readFileBytes(path);
  if (typeof bytes === "string") return;
  const lines = new TextDecoder()
    .decode(bytes)
    .split("\n")
    .filter((line) => line !== "");
  const kept = lines.slice(Math.max(lines.length - linesKept, 0));
  writeFileAtomic(path, kept.map((line) => `${line}\n`).join(""));
}
