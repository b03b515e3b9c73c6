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

/** Whether other code was loaded into this process, which may show it another time (faketime). */
const isPreloaded = (process.env["LD_PRELOAD"] ?? "") !== "";

/** Milliseconds since 1970, by which files are dated: the kernel's. */
export function wallMs(): number {
  return isPreloaded ? kernelMs() : Date.now();
}

/** Asked of the C library itself: what is preloaded stands in front of it for programs alone. */
function kernelMs(): number {
  const REALTIME = 0;
  const [MS, NS] = [1e3, 1e6];
  const time = new BigInt64Array(2);
  libcCold().clock_gettime(REALTIME, addressOf(time));
  const [seconds = 0n, nanoseconds = 0n] = time;
  return Number(seconds) * MS + Math.floor(Number(nanoseconds) / NS);
}

/** The time as RFC 3339 UTC with milliseconds. */
export function timestamp(ms: number = wallMs()): string {
  return new Date(ms).toISOString();
}

/**
 * The local date as programs see it, as `__DATE__` would show it: YYYY-MM-DD. By the C library, as compilers have it:
 * the runtime takes time zones that are no city's (`TZ=XYZ-14`, `TZ=:Asia/Tokyo`) for UTC.
 */
export function localDate(ms: number = Date.now()): string {
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
