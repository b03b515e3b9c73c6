// Pure: Report → Markdown with a table per section.
import type { Report } from "./report.ts";
import { type Section, sectionsOf } from "./sections.ts";
import { plain } from "./text-table.ts";

/** The report as Markdown, without a final newline. */
export function renderMarkdown(report: Report): string {
  const parts = sectionsOf(report).map((section, index) => {
    return [`${index === 0 ? "#" : "##"} ${section.title}`, ...bodyOf(section)].join("\n\n");
  });
  return parts.join("\n\n");
}

/** A section's content as Markdown blocks. */
export function bodyOf({ facts, table, lines }: Section): string[] {
  const blocks: string[] = [];
  if (facts.length > 0) blocks.push(tableOf(["", ""], facts));
  if (table !== undefined && table.rows.length > 0) blocks.push(tableOf(table.head, table.rows));
  if (lines !== undefined && lines.length > 0)
    blocks.push(lines.map((line) => `- ${line}`).join("\n"));
  return blocks;
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cellText).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** A cell's text may hold what would end the cell, or HTML out of a crate's path. */
function cellText(text: string): string {
  return plain(text)
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replaceAll("`", "\\`");
}
