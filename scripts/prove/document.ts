// Tables inside a handwritten page: each stands between two marks and is replaced as a whole.
import { readFile, writeFile } from "node:fs/promises";
import { StartFailure } from "../start/failure.ts";

/** Replaces what stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`. */
export async function replaceSection(path: string, name: string, content: string): Promise<void> {
  const text = await readFile(path, "utf8");
  await writeFile(path, withSection(text, name, content));
}

/** The text with the section's new content; fails where the marks are missing. */
export function withSection(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new StartFailure(`the page lacks ${begin} and ${end}`);
  return `${text.slice(0, from + begin.length)}\n${content.trim()}\n${text.slice(to)}`;
}

/** Rows as a Markdown table, the first as its head. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}
