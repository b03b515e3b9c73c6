// gcc's and clang's arguments as flags and values, in every spelling: separate, attached, neither.
import { bypass, type Bypass } from "../bypass.ts";
import { type GnuEffect, gnuFlagOf } from "./gnu-flags.ts";

/** One argument as flag and value; operands (source files) have the flag "". */
export interface GnuWord {
  readonly flag: string;
  readonly value: string;
  readonly effect: GnuEffect;
  /** Which arguments these are: from the one at `at` up to the one before `end`. */
  readonly at: number;
  readonly end: number;
}

const OPERAND: GnuEffect = "modelled";

/** Splits the arguments; names the first one that is not understood and not in `allowed`. */
export function splitGnuWords(
  args: readonly string[],
  allowed: ReadonlySet<string>,
): GnuWord[] | Bypass {
  const words: GnuWord[] = [];
  let operandsOnly = false;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (operandsOnly || !arg.startsWith("-") || arg === "-") {
      words.push({ flag: "", value: arg, effect: OPERAND, at, end: at + 1 });
      continue;
    }
    if (arg === "--") {
      operandsOnly = true;
      // gcc does not know it.
      words.push({ flag: arg, value: "", effect: "keyed", at, end: at + 1 });
      continue;
    }
    const found = gnuFlagOf(arg);
    if (found === undefined) {
      if (!allowed.has(arg)) return bypass("unknown-flag", `unsupported flag ${arg}`);
      words.push({ flag: arg, value: "", effect: "keyed", at, end: at + 1 });
      continue;
    }
    const { name, flag } = found;
    const attached = arg.slice(name.length);
    if (flag.value === "separate" || (flag.value === "either" && attached === "")) {
      const value = args[at + 1];
      if (value === undefined) return bypass("unknown-flag", `${arg} without a value`);
      words.push({ flag: name, value, effect: flag.effect, at, end: at + 2 });
      at += 1;
    } else {
      words.push({ flag: name, value: attached, effect: flag.effect, at, end: at + 1 });
    }
  }
  return words;
}
