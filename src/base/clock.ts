// The only source of time.
import { libcCold } from "./libc.ts";

/** Milliseconds since this process's start, with fractions. */
export function sinceStartMs(): number {
  return performance.now();
}

/** Does nothing for so long. */
export function pauseMs(ms: number): void {
  const MICROSECONDS = 1000;
  libcCold().usleep(ms * MICROSECONDS);
}

/** A tick of the file-write clock lasts 10 ms at most (CONFIG_HZ of 100). */
export const TICK_MS_MAX = 10;

/** Milliseconds since 1970. */
export function wallMs(): number {
  return Date.now();
}

/** The time as RFC 3339 UTC with milliseconds. */
export function timestamp(ms: number = wallMs()): string {
  return new Date(ms).toISOString();
}

/** The local date, as `__DATE__` would show it: YYYY-MM-DD. */
export function localDate(ms: number = wallMs()): string {
  const now = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
