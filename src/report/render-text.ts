// Pure: Report → plain text for a terminal or a log.
import type { Report } from "./report.ts";
import { sectionsOf } from "./sections.ts";
import { renderTable } from "./text-table.ts";

/** The report as text, without a final newline. */
export function renderText(report: Report): string {
  const parts = sectionsOf(report).map(({ title, facts, table, lines }, index) => {
    const width = Math.max(0, ...facts.map(([label]) => label.length));
    const rule = (index === 0 ? "=" : "-").repeat(title.length);
    return [
      title,
      rule,
      ...facts.map(([label, value]) => `${`${label}:`.padEnd(width + 2)}${value}`),
      ...(table === undefined || table.rows.length === 0
        ? []
        : renderTable(table.head, table.rows)),
      ...(lines ?? []).map((line) => `* ${line}`),
    ].join("\n");
  });
  return parts.join("\n\n");
}
