// cl's and clang-cl's arguments as flags and values. Their own flags come first; clang-cl takes many of
// clang's as well, with a dash.
import { bypass, type Bypass } from "../bypass.ts";
import { type ClFlag, clFlags } from "./cl-flags.ts";
import { gnuFlagOf } from "./gnu-flags.ts";
import type { GnuWord } from "./gnu-words.ts";

/** One argument; flags of cl's own begin with "/", clang's with "-". */
export type ClWord = GnuWord;

/** Splits the arguments; names the first one that is not understood and not in `allowed`. */
export function splitClWords(
  args: readonly string[],
  allowed: ReadonlySet<string>,
): ClWord[] | Bypass {
  const words: ClWord[] = [];
  let operandsOnly = false;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (arg === "--" && !operandsOnly) {
      operandsOnly = true;
      continue;
    }
    const found = operandsOnly ? undefined : flagOf(arg);
    if (found === undefined) {
      const place = { at, end: at + 1 };
      if (operandsOnly || isOperand(arg))
        words.push({ flag: "", value: arg, effect: "modelled", ...place });
      else if (allowed.has(arg)) words.push({ flag: arg, value: "", effect: "keyed", ...place });
      else return bypass("unknown-flag", `unsupported flag ${arg}`);
      continue;
    }
    const { flag, row, attached } = found;
    const takesNext = row.value === "separate" || (row.value === "either" && attached === "");
    const value = takesNext ? args[at + 1] : attached;
    if (value === undefined) return bypass("unknown-flag", `${arg} without a value`);
    words.push({ flag, value, effect: row.effect, at, end: takesNext ? at + 2 : at + 1 });
    if (takesNext) at += 1;
  }
  return words;
}

/** No flag's beginning, or a path from the root: clang takes `/src/x.c` for one as no flag fits it. */
function isOperand(arg: string): boolean {
  return arg === "-" || !/^[-/]/.test(arg) || /^\/[^/]+\//.test(arg);
}

interface FoundFlag {
  readonly flag: string;
  readonly row: ClFlag;
  readonly attached: string;
}

function flagOf(arg: string): FoundFlag | undefined {
  if (!/^[-/]./.test(arg)) return undefined;
  const name = arg.slice(1);
  const { exact, joined } = clFlags();
  const own = exact.get(name);
  if (own !== undefined) return { flag: `/${name}`, row: own, attached: "" };
  const begun = joined.find(([beginning]) => name.startsWith(beginning));
  if (begun !== undefined) {
    return { flag: `/${begun[0]}`, row: begun[1], attached: name.slice(begun[0].length) };
  }
  const core = arg.startsWith("-") ? gnuFlagOf(arg) : undefined;
  return core === undefined
    ? undefined
    : { flag: core.name, row: core.flag, attached: arg.slice(core.name.length) };
}
