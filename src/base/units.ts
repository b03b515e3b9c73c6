// Bytes and durations: parse and print.

const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1000,
  kb: 1000,
  m: 1000 ** 2,
  mb: 1000 ** 2,
  g: 1000 ** 3,
  gb: 1000 ** 3,
  t: 1000 ** 4,
  tb: 1000 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** "10GiB", "500MB", "1024" → bytes; undefined when it is no size or no longer a safe integer. */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const factor = SIZE_UNITS[(match?.[2] ?? "?").toLowerCase()];
  if (match?.[1] === undefined || factor === undefined) return undefined;
  const bytes = Math.floor(Number(match[1]) * factor);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** Milliseconds of an hour. */
export const HOUR_MS = 3_600_000;

/** Milliseconds of a day. */
export const DAY_MS = 24 * HOUR_MS;

/** "7d", "12h", "3" (hours) → milliseconds; undefined when it is none of these. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^\s*(\d+)\s*([dh]?)\s*$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  const ms = Number(match[1]) * (match[2] === "d" ? DAY_MS : HOUR_MS);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** Bytes in IEC units: "1.5 GiB". */
export function formatSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const STEP = 1024;
  let value = bytes;
  let unit = 0;
  while (value >= STEP && unit < units.length - 1) {
    value /= STEP;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? "B"}`;
}

/** Milliseconds as an estimate for people: "~1.2h", "~5min", "~12s", "~340ms". */
export function formatDuration(ms: number): string {
  const SECOND_MS = 1000;
  const MINUTE_MS = 60_000;
  if (ms >= HOUR_MS) return `~${(ms / HOUR_MS).toFixed(1)}h`;
  if (ms >= MINUTE_MS) return `~${Math.round(ms / MINUTE_MS)}min`;
  if (ms >= SECOND_MS) return `~${Math.round(ms / SECOND_MS)}s`;
  return `~${Math.round(ms)}ms`;
}
