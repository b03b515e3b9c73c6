// Whether a file may have changed since a compiler was started: by the file-write clock.
import { type Stat, statPath } from "../base/file.ts";

/** Whether a file may have been written after the run began, by either of its times. */
export function isTooNew(path: string, start: Stat | undefined): boolean {
  const stat = statPath(path);
  if (typeof stat === "string" || start === undefined) return true;
  return !isOlder(stat, start);
}

/** Whether both times of a stat lie before the stamp's. */
export function isOlder(stat: Stat, start: Stat): boolean {
  return isModifiedBefore(stat, start) && isBefore(stat.ctimeSec, stat.ctimeNsec, start);
}

/** Whether the content was last written before the stamp's time. */
export function isModifiedBefore(stat: Stat, start: Stat): boolean {
  return isBefore(stat.mtimeSec, stat.mtimeNsec, start);
}

function isBefore(sec: number, nsec: number, start: Stat): boolean {
  return sec < start.ctimeSec || (sec === start.ctimeSec && nsec < start.ctimeNsec);
}
