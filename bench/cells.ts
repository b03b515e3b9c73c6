// What table cells look like. Pure.

/** Rows as a Markdown table; the first is its head. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const [header = [], ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...body.map(line)];
}

/** Milliseconds, or seconds from one on. */
export function time(ms: number): string {
  if (Number.isNaN(ms)) return "–";
  if (ms < 1000) return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** A factor. */
export function times(factor: number): string {
  return Number.isNaN(factor) ? "–" : `${factor.toFixed(2)}×`;
}

/** Kilobytes as megabytes. */
export function megabytes(kb: number): string {
  return Number.isNaN(kb) ? "–" : `${Math.round(kb / 1024)} MB`;
}
