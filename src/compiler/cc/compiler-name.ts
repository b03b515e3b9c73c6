// C and C++ compilers by name: which words are one, and which spelling of flags it reads. Pure string
// work, so that Windows spellings are understood on every host.
import { programName } from "../program-name.ts";
import type { CcSpelling } from "./cc-compile.ts";

/** The words at the head of a call that are the compiler. */
export interface NamedCompiler {
  /** One word; two for drivers such as `zig cc`. */
  readonly words: readonly [string, ...string[]];
  readonly spelling: CcSpelling;
  /** Whether the name is a C++ driver's. */
  readonly cxx: boolean;
}

/**
 * `<cross prefix>-gcc-<version>` and its like. The suffix is a version or a build's name, so that the
 * tools that share a compiler's prefix (gcc-ar, clang-format) are not taken for it.
 */
const GNU_NAME =
  /^(?:[\w.+]+-)*(cc|c\+\+|gcc|g\+\+|clang|clang\+\+|emcc|em\+\+)(?:-(?:mp-)?v?\d[\w.]*)?(?:-(?:posix|win32|snapshot|trunk|devel|dev))?$/;

const CLANG_CL_NAME = /^(?:[\w.+]+-)*clang-cl(?:-\d[\w.]*)?$/i;

/** Compilers whose calls are run as they come. */
const OTHER_NAME =
  /^(?:nvcc|hipcc|icc|icpc|icx|icpx|dpcpp|tcc|pcc|nvc|nvc\+\+|pgcc|pgc\+\+|armcc|armclang|xlc|xlC|ifort|ifx|(?:[\w.]+-)*gfortran(?:-[\w.]+)?|flang(?:-[\w.]+)?)$/;

/** Programs that stand in front of a compiler and are caches or distributors themselves. */
const LAUNCHER_NAME =
  /^(?:ccache|sccache|cachepot|buildcache|distcc|pump|icecc|gomacc|recc|rewrapper|zccache|firebuild)$/;

/** Whether a word names a launcher. */
export function isLauncher(word: string): boolean {
  return LAUNCHER_NAME.test(programName(word));
}

/** Whether a word names a compiler that is never cached. */
export function isOtherCompiler(word: string): boolean {
  return OTHER_NAME.test(programName(word));
}

/** The compiler at the head of `words`; its spelling may still be changed by its arguments. */
export function compilerNamed(words: readonly string[]): NamedCompiler | undefined {
  const [first, second] = words;
  if (first === undefined) return undefined;
  const name = programName(first);
  if (CLANG_CL_NAME.test(name) || /^cl$/i.test(name)) {
    return { words: [first], spelling: "cl", cxx: false };
  }
  if (name === "zig" && (second === "cc" || second === "c++")) {
    return { words: [first, second], spelling: "gnu", cxx: second === "c++" };
  }
  const stem = GNU_NAME.exec(name)?.[1];
  return stem === undefined
    ? undefined
    : { words: [first], spelling: "gnu", cxx: stem.endsWith("++") };
}

/** The compiler after a launcher, whose own options may come first. */
export function launchedCompiler(words: readonly string[]): NamedCompiler | undefined {
  const at = words.findIndex((word) => !word.startsWith("-") && !isLauncher(word));
  return at < 0 ? undefined : compilerNamed(words.slice(at));
}

/** The spelling of a call: clang takes the last `--driver-mode=` over its own name. */
export function spellingOf(named: CcSpelling, args: readonly string[]): CcSpelling | "other" {
  const MODE = "--driver-mode=";
  const mode = args.findLast((arg) => arg.startsWith(MODE))?.slice(MODE.length);
  if (mode === undefined) return named;
  if (mode === "cl") return "cl";
  return /^(?:gcc|g\+\+|cpp)$/.test(mode) ? "gnu" : "other";
}
