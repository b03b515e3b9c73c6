// `kache report`: one document in the asked format on stdout, or in a file.
import { joinPath } from "../../base/path.ts";
import { DAY_MS } from "../../base/units.ts";
import { writeFileAtomic } from "../../base/atomic-write.ts";
import { readReport } from "../../report/read-report.ts";
import { renderGithub } from "../../report/render-github.ts";
import { renderJson } from "../../report/render-json.ts";
import { renderMarkdown } from "../../report/render-markdown.ts";
import { renderText } from "../../report/render-text.ts";
import type { Report } from "../../report/report.ts";
import { CommandError, type Context, Exit, say, warn } from "../context.ts";

const FORMATS = ["text", "json", "markdown", "md", "github", "gh"] as const;
type Format = (typeof FORMATS)[number];

const TOP = 10;

/** Runs the command. */
export function run({ options, layout, invocation }: Context): number {
  const format = options.choice("--format", FORMATS) ?? "text";
  const sinceMs = options.durationMs("--since") ?? DAY_MS;
  const top = options.count("--top") ?? TOP;
  const output = options.text("--output");
  const text = render(readReport(layout, { sinceMs, top }), format);
  if (output === undefined) {
    say(text);
    return Exit.Ok;
  }
  const path = joinPath(invocation.cwd, output);
  if (!writeFileAtomic(path, `${text}\n`)) throw new CommandError(`${output} cannot be written`);
  warn(`Report written to ${output}`);
  return Exit.Ok;
}

function render(report: Report, format: Format): string {
  switch (format) {
    case "text":
      return renderText(report);
    case "json":
      return renderJson(report);
    case "markdown":
    case "md":
      return renderMarkdown(report);
    case "github":
    case "gh":
      return renderGithub(report);
  }
}
