// argv, working directory and environment → Invocation: the only reader of process.* in the wrapper.
import type { Env } from "../../base/environment.ts";
import { isDamaged } from "../../base/damaged-text.ts";
import { isOwnName } from "../../compiler/program-name.ts";
import { type Caller, ownCaller } from "./caller.ts";
import type { Handover } from "./handover.ts";

/** What this process was asked, taken once; every later stage works on this value. */
export interface Invocation {
  /** The name this process was started under: ours, or that of a compiler we stand in for. */
  readonly calledAs: string;
  /** The words after our own name; what a compiler is run with. */
  readonly words: readonly string[];
  /** How many of the last words stand there as the kernel has them. */
  readonly verbatim: number;
  readonly cwd: string;
  readonly env: Env;
  /** Whether some word is not UTF-8: then only the raw bytes from the kernel are right. */
  readonly damaged: boolean;
  /** Variables that every program we start for this call gets on top. */
  readonly changes: Readonly<Record<string, string>>;
  /** Where it came from. */
  readonly caller: Caller;
}

/** Reads the process once. */
export function readInvocation(): Invocation {
  const FIRST_WORD = 2; // after the runtime's and the program's own name
  const words = process.argv.slice(FIRST_WORD);
  return {
    calledAs: process.argv0,
    words,
    verbatim: words.length,
    cwd: process.cwd(),
    env: process.env,
    damaged: words.some(isDamaged),
    changes: {},
    caller: ownCaller(),
  };
}

/** Called as `kache kache gcc …` we act once: our own name in front of the words is dropped. */
export function withoutOwnName(invocation: Invocation): Invocation {
  const at = invocation.words.findIndex((word) => !isOwnName(word));
  return at > 0 ? withWords(invocation, invocation.words.slice(at)) : invocation;
}

/** The same call with other words, of which the last may stand there as they were given. */
export function withWords(invocation: Invocation, words: readonly string[]): Invocation {
  const given = invocation.words.slice(invocation.words.length - invocation.verbatim);
  const most = Math.min(words.length, given.length);
  let verbatim = 0;
  while (verbatim < most && words.at(-1 - verbatim) === given.at(-1 - verbatim)) verbatim += 1;
  return { ...invocation, words, verbatim };
}

/** The end of a call that runs the compiler as called, or with other words. */
export function handedOver(
  invocation: Invocation,
  fallback?: string,
  words: readonly string[] = invocation.words,
): { readonly kind: "handover"; readonly handover: Handover } {
  const { env, cwd, damaged, verbatim, changes } = invocation;
  return {
    kind: "handover",
    handover: { words, env, cwd, fallback, damaged, verbatim, changes },
  };
}
