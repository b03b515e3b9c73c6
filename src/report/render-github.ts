// Pure: Report → Markdown for a GitHub job summary: the headline open, everything else collapsible.
import { bodyOf } from "./render-markdown.ts";
import type { Report } from "./report.ts";
import { sectionsOf } from "./sections.ts";

/** The report as a job summary, without a final newline. */
export function renderGithub(report: Report): string {
  const [headline, ...others] = sectionsOf(report);
  if (headline === undefined) return "";
  const rest = others.map((section) =>
    [`<details><summary>${section.title}</summary>`, ...bodyOf(section), "</details>"].join("\n\n"),
  );
  return [`## ${headline.title}`, ...bodyOf(headline), ...rest].join("\n\n");
}
