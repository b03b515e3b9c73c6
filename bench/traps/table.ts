// Verdicts → the table of docs/proof.md and its short form. Pure.
import { markdownTable } from "../../scripts/prove/document.ts";
import type { Verdict } from "./trap.ts";

/** One tool as a column. */
export interface Column {
  readonly name: string;
  readonly version: string;
}

/** One trap with each tool's verdict, in the columns' order; no verdicts: it could not be set. */
export interface Row {
  readonly topic: string;
  readonly name: string;
  readonly verdicts: readonly Verdict[];
  readonly unavailable: string | undefined;
}

const WORDS: Readonly<Record<Verdict["kind"], string>> = {
  right: "right",
  "not-its-own": "–",
  wrong: "**wrong**",
  broken: "differs at once",
};

/** The whole table, and below it what each wrong answer was. */
export function renderTraps(columns: readonly Column[], rows: readonly Row[]): string {
  const head = ["trap", ...columns.map(({ name, version }) => `${name} ${version}`)];
  const body = rows.map(({ name, verdicts, unavailable }) => [
    name,
    ...columns.map((_, at) => WORDS[verdicts[at]?.kind ?? "right"]),
    ...(unavailable === undefined ? [] : [unavailable]),
  ]);
  return [markdownTable([head, ...body]), ...details(columns, rows)].join("\n\n");
}

function details(columns: readonly Column[], rows: readonly Row[]): string[] {
  const lines = rows.flatMap(({ name, verdicts }) =>
    verdicts.flatMap((verdict, at) =>
      verdict.kind === "right" || verdict.kind === "not-its-own"
        ? []
        : [`- ${columns[at]?.name ?? "?"}, ${name}: ${oneLine(verdict.detail)}`],
    ),
  );
  return lines.length === 0 ? [] : ["What came out instead:", lines.join("\n")];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
}

/** Wrong answers by topic. */
export function renderShort(columns: readonly Column[], rows: readonly Row[]): string {
  const sprung = rows.filter(({ unavailable }) => unavailable === undefined);
  const line = (title: string, of: readonly Row[]) => {
    const wrong = columns.map((_, at) => {
      const own = of.filter((row) => row.verdicts[at]?.kind !== "not-its-own");
      const those = own.filter((row) => row.verdicts[at]?.kind === "wrong");
      return own.length === 0 ? "–" : `${those.length} of ${own.length}`;
    });
    return [title, ...wrong];
  };
  const topics = [...new Set(sprung.map(({ topic }) => topic))];
  const body = topics.map((topic) =>
    line(
      topic,
      sprung.filter((row) => row.topic === topic),
    ),
  );
  const head = ["wrong answers", ...columns.map(({ name, version }) => `${name} ${version}`)];
  return markdownTable([head, ...body, line("all", sprung)]);
}
