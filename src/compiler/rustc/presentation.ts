// How messages look: what rustc takes of it, and which words of it let rustc print more. No output depends on these
// flags, so that a stored compile would answer for what rustc refuses: that is found out here and left to rustc.
import { bypass, type Bypass } from "../bypass.ts";
import type { Word } from "./words.ts";

/** Stands among the flags where messages are as wide as the caller's terminal, which may be another one next time. */
export const TERMINAL_WIDTH = "as wide as the terminal";

/** The `flag` member for a macro that asks for the compiler's arguments: they name places and say how messages look. */
export const ARGUMENTS = "arguments";

/** What rustc takes as a flag's value; no unstable ones. `--json` takes several, with commas between. */
const TAKEN: readonly (readonly [flag: string, value: RegExp])[] = [
  ["--color", /^(?:auto|always|never)$/],
  // Nineteen digits are below the largest number of 64 bits.
  ["--diagnostic-width", /^\d{1,19}$/],
  ["--error-format", /^(?:human|json|short)$/],
  ["--json", /^[a-z-]+(?:,[a-z-]+)*$/],
  ["--verbose", /^$/],
];

const JSON_WORDS: readonly string[] = [
  "artifacts",
  "diagnostic-rendered-ansi",
  "diagnostic-short",
  "diagnostic-unicode",
  "future-incompat",
  "unused-externs",
  "unused-externs-silent",
];

/** The words of `--json` that only change how a message looks, and that every rustc knows. */
const LOOKS: readonly string[] = ["diagnostic-rendered-ansi", "diagnostic-short"];

/** Why rustc refuses flags of this kind, or may refuse them; undefined when it takes them. */
export function refusedPresentation(words: readonly Word[]): Bypass | undefined {
  const given = new Set<string>();
  for (const { flag, value, effect } of words) {
    if (effect !== "presentation") continue;
    const name = flag === "-v" ? "--verbose" : flag;
    const taken = TAKEN.find(([known]) => known === name)?.[1].test(value) ?? false;
    if (!taken) return bypass("unsupported-flag", `${flag}=${value}`);
    if (given.has(name) && name !== "--json")
      return bypass("unsupported-flag", `${flag} given twice`);
    given.add(name);
  }
  const unknown = jsonWords(words).find((word) => !JSON_WORDS.includes(word));
  if (unknown !== undefined) return bypass("unsupported-flag", `--json=${unknown}`);
  if (!given.has("--json")) return undefined;
  const isJson = words.some(({ flag, value }) => flag === "--error-format" && value === "json");
  if (!isJson) return bypass("unsupported-flag", "--json without --error-format=json");
  return given.has("--color") ? bypass("unsupported-flag", "--json beside --color") : undefined;
}

/**
 * The words of `--json` by which rustc prints more than it would have (notifications of artifacts, reports), also
 * where a compile had nothing to say: in order, each once.
 */
export function printingWords(words: readonly Word[]): string {
  const printing = jsonWords(words).filter((word) => !LOOKS.includes(word));
  return [...new Set(printing)].sort().join(",");
}

function jsonWords(words: readonly Word[]): string[] {
  return words.flatMap(({ flag, value }) => (flag === "--json" ? value.split(",") : []));
}
