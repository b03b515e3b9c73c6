// The only source of time.

/** Milliseconds since this process's start, with fractions. */
export function sinceStartMs(): number {
  return performance.now();
}

/** Milliseconds since 1970. */
export function wallMs(): number {
  return Date.now();
}

/** The time as RFC 3339 UTC with milliseconds. */
export function timestamp(ms: number = wallMs()): string {
  return new Date(ms).toISOString();
}
