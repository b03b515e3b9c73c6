// argv, working directory and environment → Invocation: the only reader of process.* in the wrapper.

/** What this process was asked, taken once; every later stage works on this value. */
export interface Invocation {
  /** The words after our own name. */
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether some word is not UTF-8: then only the raw bytes from the kernel are right. */
  readonly damaged: boolean;
}

/** Reads the process once. */
export function readInvocation(): Invocation {
  const FIRST_WORD = 2; // after the runtime's and the program's own name
  const words = process.argv.slice(FIRST_WORD);
  return {
    words,
    cwd: process.cwd(),
    env: process.env,
    damaged: words.some((word) => word.includes("\uFFFD")),
  };
}
