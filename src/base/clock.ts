// The only source of time.
import { addressOf, libcCold } from "./libc.ts";

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

/**
 * The local date, as `__DATE__` would show it: YYYY-MM-DD. By the C library, as compilers have it: the runtime takes
 * time zones that are no city's (`TZ=XYZ-14`, `TZ=:Asia/Tokyo`) for UTC.
 */
export function localDate(ms: number = wallMs()): string {
  const MS = 1000;
  const TM_WORDS = 14;
  const seconds = BigInt64Array.of(BigInt(Math.floor(ms / MS)));
  const parts = new Int32Array(TM_WORDS);
  const { tzset, localtime_r: split } = libcCold();
  tzset();
  split(addressOf(seconds), addressOf(parts));
  const [, , , day = 0, month = 0, years = 0] = parts;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${years + 1900}-${two(month + 1)}-${two(day)}`;
}
