// What a call of this program is, by the names of its first words and the name it was called under.
// Pure string work, so that Windows spellings are understood on every host.
import type { Env } from "../base/environment.ts";
import type { CcCall } from "./cc/cc-call.ts";
import {
  compilerNamed,
  spellingOf,
  isLauncher,
  isOtherCompiler,
  launchedCompiler,
} from "./cc/compiler-name.ts";
import { type CompilerWords, environmentCompiler } from "./cc/environment-compiler.ts";
import {
  isInputName,
  isSourceName,
  looksLikeCompilerFlag,
  namesCxxSource,
} from "./cc/unnamed-call.ts";
import { programName } from "./program-name.ts";
import { recognizeRustc, type RustcCall, type UnknownWrapper } from "./recognize-rustc.ts";

/** What was called. */
export type Recognized =
  | RustcCall
  | UnknownWrapper
  | ({ readonly kind: "cc" } & CcCall)
  /** A compiler's call that is run as it comes: the reason is for the report. */
  | {
      readonly kind: "cc-as-called";
      readonly words: CompilerWords;
      readonly args: readonly string[];
      readonly reason: string;
    }
  /** The cc crate asks what the compiler behind us is. */
  | { readonly kind: "family-probe"; readonly args: readonly string[] }
  /** A compiler's flags without a compiler, which no variable names either. */
  | { readonly kind: "unnamed-cc"; readonly cxx: boolean; readonly args: readonly string[] }
  | { readonly kind: "command" };

/** A call as the operating system gave it. */
export interface Called {
  /** The name this process was started under. */
  readonly calledAs: string;
  /** The words after it. */
  readonly words: readonly string[];
  readonly env: Env;
}

const OWN_PREFIX = /^kache-(?=.)/;

/**
 * The compiler that our own name stands for: a link named `gcc`, or a launcher in one word,
 * `kache-clang-cl`. The caller finds the real program of that name.
 */
export function shimName(calledAs: string): string | undefined {
  const name = programName(calledAs).replace(OWN_PREFIX, "");
  const named = compilerNamed([name]);
  return named !== undefined && named.words.length === 1 ? name : undefined;
}

/** Reads the words after our own name. */
export function recognize(called: Called): Recognized {
  const { words } = called;
  const [first] = words;
  if (first === undefined) return { kind: "command" };
  return recognizeRustc(words) ?? recognizeCc(called) ?? { kind: "command" };
}

function recognizeCc(called: Called): Recognized | undefined {
  const { words } = called;
  return compilerCall(words) ?? unnamedCall(called) ?? unknownProgram(words);
}

function compilerCall(words: readonly string[]): Recognized | undefined {
  const [first = "", ...rest] = words;
  if (isLauncher(first)) {
    return launchedCompiler(rest) === undefined
      ? undefined
      : asCalled([first], rest, `${programName(first)} stands before the compiler`);
  }
  return isOtherCompiler(first)
    ? asCalled([first], rest, `${programName(first)} is not a compiler that can be cached`)
    : namedCall(words);
}

function asCalled(words: CompilerWords, args: readonly string[], reason: string): Recognized {
  return { kind: "cc-as-called", words, args, reason };
}

function namedCall(words: readonly string[]): Recognized | undefined {
  const named = compilerNamed(words);
  if (named === undefined) return undefined;
  const args = words.slice(named.words.length);
  const spelling = spellingOf(named.spelling, args);
  if (spelling === "other") {
    return asCalled(named.words, args, "--driver-mode= asks for another language");
  }
  return { kind: "cc", compiler: named.words, args, spelling };
}

/** `kache -c x.c`: the caller dropped the second word of `CC="kache cc"`. */
function unnamedCall(called: Called): Recognized | undefined {
  const { words, env, calledAs } = called;
  const [first = ""] = words;
  if (first === "-E" && words.length > 1) return { kind: "family-probe", args: words };
  const flag = looksLikeCompilerFlag(first);
  const file = isInputName(first) || first.startsWith("@");
  if (!flag && !file) return undefined;
  const cxx = namesCxxSource(words);
  const language = cxx ? "c++" : words.some(isSourceName) ? "c" : "either";
  const compiler = environmentCompiler(env, calledAs, language);
  if (compiler === undefined) {
    const operands = words.length > 1 && words.some(isInputName);
    return operands ? { kind: "unnamed-cc", cxx, args: words } : undefined;
  }
  return compilerCall([...compiler, ...words]) ?? unknownCompiler(compiler, words);
}

function unknownCompiler(words: CompilerWords, args: readonly string[]): Recognized {
  return asCalled(words, args, `${programName(words[0])} is no compiler known by its name`);
}

/** A path that is no command of ours is somebody's program: better run than refused. */
function unknownProgram(words: readonly string[]): Recognized | undefined {
  const [first = "", ...rest] = words;
  return /[/\\]/.test(first) && rest.length > 0 ? unknownCompiler([first], rest) : undefined;
}
