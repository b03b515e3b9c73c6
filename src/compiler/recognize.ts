// Which compiler an argument vector calls, by the names of its first words. Pure string work, so that
// Windows spellings are understood on every host.

/** What the first arguments are. */
export type Recognized =
  | {
      readonly kind: "rustc";
      readonly compiler: string;
      readonly inner: string | undefined;
      readonly args: readonly string[];
    }
  | { readonly kind: "unknown-wrapper"; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: "command" };

/** The program's name without directories (either slash) and without a final ".exe". */
export function programName(path: string): string {
  const last = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  return /\.exe$/i.test(last) ? last.slice(0, -".exe".length) : last;
}

/** Whether a word names rustc (any suffix) or clippy's driver. */
export function isRustc(word: string): boolean {
  const name = programName(word);
  return name.startsWith("rustc") || name === "clippy-driver";
}

/**
 * Reads the words after our own name. A second compiler word is the inner compiler of cargo's double
 * wrapper (RUSTC_WRAPPER and RUSTC_WORKSPACE_WRAPPER together); a first word that is not a compiler
 * but stands before one is somebody's own wrapper, whose output may be anything.
 */
export function recognize(words: readonly string[]): Recognized {
  const [first, second] = words;
  if (first === undefined) return { kind: "command" };
  const secondIsPath = second !== undefined && /[/\\]/.test(second);
  if (isRustc(first)) {
    const chained = second !== undefined && words.length >= 3 && isRustc(second);
    return chained
      ? { kind: "rustc", compiler: first, inner: second, args: words.slice(2) }
      : { kind: "rustc", compiler: first, inner: undefined, args: words.slice(1) };
  }
  if (
    /[/\\]/.test(first) &&
    second !== undefined &&
    isRustc(second) &&
    (secondIsPath || words.length > 2)
  ) {
    return { kind: "unknown-wrapper", program: first, args: words.slice(1) };
  }
  return { kind: "command" };
}
