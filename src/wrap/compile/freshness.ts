// Whether a file may have changed since a compiler was started: by the file-write clock.
import { pauseMs, TICK_MS_MAX } from "../../base/clock.ts";
import { type Stat, statPath } from "../../base/file.ts";
import { roundedS } from "../../base/rounded-times.ts";
import { beforeOwnLink } from "../../store/own-links.ts";
import type { Scratch } from "../unit/scratch.ts";

/**
 * The file-write clock just before a start. A source that was written in the clock's present tick would look as
 * if it had changed meanwhile: such a compile starts with the next tick.
 */
export function startStamp(scratch: Scratch, source: string): Stat | undefined {
  for (let waitedMs = 0; ; waitedMs += 1) {
    const stamp = scratch.stamp();
    const stat = statPath(source);
    if (stamp === undefined || typeof stat === "string" || waitedMs === TICK_MS_MAX) return stamp;
    if (isBefore(stat.ctimeSec, stat.ctimeNsec, stamp)) return stamp;
    pauseMs(1);
  }
}

/** Whether a file may have been written after the run began, by either of its times. */
export function isTooNew(path: string, start: Stat | undefined): boolean {
  const stat = statPath(path);
  return typeof stat === "string" || !isOlder(stat, start);
}

/**
 * Whether both times of a stat lie before the stamp's; never where there is none. What this process itself linked into
 * the store meanwhile has the times from before.
 */
export function isOlder(found: Stat, start: Stat | undefined): boolean {
  const stat = beforeOwnLink(found);
  const ctimeSec = stat.ctimeSec + roundedS(stat);
  return isModifiedBefore(stat, start) && isBefore(ctimeSec, stat.ctimeNsec, start);
}

/** Whether the content was last written before the stamp's time; never where there is none. */
export function isModifiedBefore(stat: Stat, start: Stat | undefined): boolean {
  return isBefore(stat.mtimeSec + roundedS(stat), stat.mtimeNsec, start);
}

/** Whether both times, as they are told, lie before the stamp's: such an output may have been there before. */
export function mayBeOlder(stat: Stat, start: Stat | undefined): boolean {
  const { mtimeSec, mtimeNsec, ctimeSec, ctimeNsec } = stat;
  return isBefore(mtimeSec, mtimeNsec, start) && isBefore(ctimeSec, ctimeNsec, start);
}

function isBefore(sec: number, nsec: number, start: Stat | undefined): boolean {
  if (start === undefined) return false;
  return sec < start.ctimeSec || (sec === start.ctimeSec && nsec < start.ctimeNsec);
}
