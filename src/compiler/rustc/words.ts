// rustc's arguments as flags and values, in every spelling: separate, joined with "=", attached.
import { bypass, type Bypass } from "../bypass.ts";
import { ATTACHED_FLAGS, BARE_FLAGS, type FlagEffect, row, VALUE_FLAGS } from "./flags.ts";

/** One argument as flag and value; positionals have the flag "". */
export interface Word {
  readonly flag: string;
  readonly value: string;
  readonly effect: FlagEffect;
}

/** Splits the arguments into flags and values, or names the first one that is not understood. */
export function splitWords(args: readonly string[]): Word[] | Bypass {
  const words: Word[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (!arg.startsWith("-") || arg === "-") {
      words.push({ flag: "", value: arg, effect: "modelled" });
      continue;
    }
    // No inherited name begins with a dash, and this is asked for every word.
    const effect = VALUE_FLAGS[arg];
    if (effect === undefined) {
      const word = joinedWord(arg);
      if (word === undefined) return bypass("unknown-flag", arg);
      words.push(word);
      continue;
    }
    const value = args[at + 1];
    if (value === undefined) return bypass("unknown-flag", `${arg} without a value`);
    words.push({ flag: arg === "--codegen" ? "-C" : arg, value, effect });
    at += 1;
  }
  return words;
}

/** A flag whose value, if any, is in the same argument. */
function joinedWord(arg: string): Word | undefined {
  const bare = BARE_FLAGS[arg];
  if (bare !== undefined) return { flag: arg, value: "", effect: bare };
  const equals = arg.indexOf("=");
  const isLong = arg.startsWith("--");
  const name = isLong ? arg.slice(0, equals) : ATTACHED_FLAGS.find((flag) => arg.startsWith(flag));
  const effect = name === undefined || (isLong && equals < 0) ? undefined : VALUE_FLAGS[name];
  if (name === undefined || effect === undefined) return undefined;
  const value = arg.slice(isLong ? equals + 1 : name.length);
  return { flag: name === "--codegen" ? "-C" : name, value, effect };
}

/** Whether some argument asks a question, in a call that is not understood as a whole. */
export function isQuery(args: readonly string[]): boolean {
  return args.some((arg) => {
    const name = arg.split("=", 1)[0] ?? "";
    return (row(VALUE_FLAGS, name) ?? row(BARE_FLAGS, name)) === "query";
  });
}
