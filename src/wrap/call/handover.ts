// What is handed to the real compiler when nothing is to be served. Types only.
import type { Env } from "../../base/environment.ts";

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
