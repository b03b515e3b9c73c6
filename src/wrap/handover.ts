// What is handed to the real compiler when nothing is to be served.
import type { Env } from "../config/config.ts";
import type { Invocation } from "./invocation.ts";

/** What to run. */
export interface Handover {
  /** The compiler and its arguments, as called. */
  readonly words: readonly string[];
  readonly env: Env;
  readonly cwd: string;
  /** `<fallback> <compiler> <arguments>` when set and installed. */
  readonly fallback: string | undefined;
  /** Whether the words are not UTF-8, so that only the kernel has them right. */
  readonly damaged: boolean;
  /** How many of the last words stand there as we were given them. */
  readonly verbatim: number;
  /** Variables to set for the program. */
  readonly changes: Readonly<Record<string, string>>;
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
