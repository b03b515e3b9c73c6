// The words of a response file (`@file`), as gcc, clang and cl read them. Pure: text in, words out.
import type { CcSpelling } from "./cc-compile.ts";

const GNU_SPACE = /[ \t\n\v\f\r]/;
const LLVM_SPACE = /[ \t\n\r]/;

/** Reads one word character by character; the rules differ only in what a backslash does. */
function splitGnu(text: string, escapes: (quote: string, next: string) => boolean): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (quote === "" && GNU_SPACE.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= "";
    if (char === "\\" && escapes(quote, next)) {
      word += next;
      at += 1;
    } else if (quote !== "") {
      if (char === quote) quote = "";
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
    } else {
      word += char;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** libiberty's buildargv up to gcc 14: a backslash makes any character literal, in quotes too. */
function libibertyWords(text: string): string[] {
  return splitGnu(text, () => true);
}

/** The same from gcc 15 on: as a POSIX shell; a backslash and a line's end vanish together. */
function posixWords(text: string): string[] {
  return splitGnu(text, (quote, next) => {
    if (quote === "'") return false;
    return quote === "" || '$`"\\\n'.includes(next);
  });
}

/** LLVM's TokenizeGNUCommandLine: empty words vanish, a last backslash stands for itself. */
function llvmWords(text: string): string[] {
  const words: string[] = [];
  let word = "";
  const end = () => {
    if (word !== "") words.push(word);
    word = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "\\" && at + 1 < text.length) {
      at += 1;
      word += text.charAt(at);
    } else if (char === '"' || char === "'") {
      for (at += 1; at < text.length && text.charAt(at) !== char; at += 1) {
        if (text.charAt(at) === "\\" && at + 1 < text.length) at += 1;
        word += text.charAt(at);
      }
    } else if (LLVM_SPACE.test(char)) {
      end();
    } else {
      word += char;
    }
  }
  end();
  return words;
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}

/**
 * The words for gcc and clang. Undefined when their readings differ (empty words, backslashes in quotes
 * or at a line's end): which of them is right depends on the compiler's version.
 */
export function gnuResponseWords(text: string): string[] | undefined {
  if (/[\0\uFEFF]|\\\n/.test(text)) return undefined;
  const words = libibertyWords(text);
  const agreed = [posixWords(text), llvmWords(text)].every((other) => sameWords(words, other));
  return agreed ? words : undefined;
}

/**
 * The words for cl and clang-cl: the rules of Windows programs. A backslash is special only before a
 * double quote, single quotes mean nothing, and two double quotes within quotes are one. Undefined where
 * a quote is left open, which compilers take differently.
 */
export function clResponseWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (!quoted && /[ \t\n\r\0]/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "\\") {
      const slashes = /^\\+/.exec(text.slice(at))?.[0].length ?? 1;
      const beforeQuote = text.charAt(at + slashes) === '"';
      at += slashes - 1;
      word = (word ?? "") + "\\".repeat(beforeQuote ? slashes >> 1 : slashes);
      if (beforeQuote && slashes % 2 === 1) {
        word += '"';
        at += 1;
      }
    } else if (char === '"') {
      word ??= "";
      if (quoted && text.charAt(at + 1) === '"') {
        word += '"';
        at += 1;
      } else {
        quoted = !quoted;
      }
    } else {
      word = (word ?? "") + char;
    }
  }
  if (quoted) return undefined;
  return word === undefined ? words : [...words, word];
}

/** A response file's bytes as text: UTF-8, for cl also UTF-16 with its mark; else undefined. */
function responseText(bytes: Uint8Array, spelling: CcSpelling): string | undefined {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe
      ? "utf-16le"
      : first === 0xfe && second === 0xff
        ? "utf-16be"
        : "utf-8";
  if (encoding !== "utf-8" && spelling !== "cl") return undefined;
  try {
    // cl skips the mark; for the others it is a character that gcc takes for part of a word.
    const ignoreBOM = spelling !== "cl";
    return new TextDecoder(encoding, { fatal: true, ignoreBOM }).decode(bytes);
  } catch (fault) {
    if (fault instanceof TypeError) return undefined;
    throw fault;
  }
}

/** The words of a response file, or undefined when they cannot be known for sure. */
export function responseWords(bytes: Uint8Array, spelling: CcSpelling): string[] | undefined {
  const text = responseText(bytes, spelling);
  if (text === undefined) return undefined;
  return spelling === "cl" ? clResponseWords(text) : gnuResponseWords(text);
}
