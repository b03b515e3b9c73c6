// One call with several sources → calls with one source each, which leave the same files and say the same.
// Sources stand where they are or behind `-x`, `/Tc` and `/Tp`; all other arguments are for every source.
import { programName } from "../program-name.ts";
import { splitClWords } from "./cl-words.ts";
import { type GnuWord, splitGnuWords } from "./gnu-words.ts";
import type { CcWords } from "./cc-call.ts";
import type { CcSpelling } from "./cc-compile.ts";

/** The beginning of every reason that has to do with it. */
export const SEVERAL_SOURCES = "several sources in one call";

/** A source with the arguments that compile it alone. */
export interface OneSource {
  readonly source: string;
  readonly args: readonly string[];
}

/** The calls in the sources' order, or why one call is not the same as several. */
export function splitSources(call: CcWords, spelling: CcSpelling): readonly OneSource[] | string {
  if (call.argumentFiles.length > 0) return "an argument file";
  const { args, allowed } = call;
  const words = spelling === "cl" ? splitClWords(args, allowed) : splitGnuWords(args, allowed);
  if ("kind" in words) return words.detail;
  const last = words.findLast(isSource)?.at ?? 0;
  const obstacle =
    spelling === "cl"
      ? clObstacle(call, words)
      : words.find((word) => isForOne(word) || (word.flag === "-x" && word.at > last))?.flag;
  if (obstacle !== undefined) return obstacle;
  const operands = words.filter(isSource);
  return operands.map((own) => ({ source: own.value, args: argumentsOf(own, words, args) }));
}

function isSource({ flag }: GnuWord): boolean {
  return flag === "" || flag === "/Tc" || flag === "/Tp";
}

/** A name for one output, or a flag of the link's, of which clang remarks once that it is of no use. */
function isForOne({ flag, effect }: GnuWord): boolean {
  return effect === "link" || flag === "-L" || flag === "-o" || /^--?serialize-diag/.test(flag);
}

function clObstacle({ compiler }: CcWords, words: readonly GnuWord[]): string | undefined {
  // It prints the sources' names, and what it does with all of them in the end.
  if (programName(compiler[0]).toLowerCase() === "cl") return "cl itself";
  const one = words.find(
    ({ flag, value, effect }) =>
      effect === "link" || ((flag === "/Fo" || flag === "/o") && !/[/\\]$/.test(value)),
  );
  return one?.flag;
}

/** Everything but the other sources. The language in force is named again right before the source. */
function argumentsOf(own: GnuWord, words: readonly GnuWord[], args: readonly string[]): string[] {
  const languages = words.filter(({ flag }) => flag === "-x");
  const language = languages.findLast(({ at }) => at < own.at)?.value ?? "none";
  const dropped = [...words.filter((word) => isSource(word) && word !== own), ...languages];
  const separator = args.indexOf("--");
  const place = separator >= 0 && separator < own.at ? separator : own.at;
  return args.flatMap((arg, at) => {
    if (dropped.some((word) => word.at <= at && at < word.end)) return [];
    return at === place && language !== "none" ? ["-x", language, arg] : [arg];
  });
}
