// Pure: Report → the one JSON document that tools read.
import type { Report } from "./report.ts";

/** The report as pretty JSON, without a final newline. */
export function renderJson(report: Report): string {
  return JSON.stringify(report, undefined, 2);
}
