// Whether a call is rustc's, by the names of its first words: apart, because a hit needs no more.
import type { Env } from "../base/environment.ts";
import { programName } from "./program-name.ts";

/** A call of rustc. */
export interface RustcCall {
  readonly kind: "rustc";
  readonly compiler: string;
  readonly inner: string | undefined;
  readonly args: readonly string[];
}

/** A program that is no compiler, before rustc: somebody's own wrapper, whose output may be anything. */
export interface UnknownWrapper {
  readonly kind: "unknown-wrapper";
  readonly program: string;
  readonly args: readonly string[];
}

/** Whether a word names rustc (any suffix) or clippy's driver. */
function isRustc(word: string): boolean {
  const name = programName(word);
  return name.startsWith("rustc") || name === "clippy-driver";
}

/**
 * Whether words that begin with a bare name, of none of our commands, may be a compiler's call by cargo: that of what
 * its variables name, or a wrapper before rustc (dylint's driver, kani's). Cargo's calls have more words.
 */
export function isBareCall(words: readonly string[], env: Env): boolean {
  const [first = "", second = "", third = ""] = words;
  if (first === "" || /^-|[/\\]/.test(first) || second === "") return false;
  if (first === env["RUSTC"] || first === env["RUSTC_WORKSPACE_WRAPPER"]) return true;
  return isRustc(second) && third.startsWith("-");
}

/**
 * Reads the words after our own name. A second compiler word after rustc is the inner compiler of
 * cargo's double wrapper (RUSTC_WRAPPER and RUSTC_WORKSPACE_WRAPPER together). Undefined: not rustc's.
 */
export function recognizeRustc(words: readonly string[]): RustcCall | UnknownWrapper | undefined {
  const [first = "", second] = words;
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
  return undefined;
}
