// `kache config`: the resolved settings, where each comes from, and what is wrong with them.
import { plain, renderTable } from "../../report/text-table.ts";
import { keyLines, shownSettings } from "../settings.ts";
import { type Context, counted, Exit, problemText, say, warn } from "../context.ts";

/** Runs the command. */
export function run({ options, config, configFile, problems, invocation }: Context): number {
  if (options.has("--keys")) {
    say(...keyLines(invocation.env));
    return Exit.Ok;
  }
  const problemLines = problems.map((problem) => `warning: ${plain(problemText(problem))}`);
  if (options.has("--check")) {
    warn(...problemLines);
    say(
      problems.length === 0
        ? "The configuration is sound."
        : counted(problems.length, "problem.", "problems."),
    );
    return problems.length === 0 ? Exit.Ok : Exit.Failed;
  }
  const settings = shownSettings({ config, file: configFile, problems }, invocation.env);
  say(
    `File: ${configFile ?? "none"}`,
    "",
    ...renderTable(
      ["Setting", "Value", "From"],
      settings.map(({ name, value, source }) => [name, value, source]),
    ),
  );
  warn(...problemLines);
  return Exit.Ok;
}
