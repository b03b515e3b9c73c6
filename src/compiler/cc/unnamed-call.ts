// Calls that begin with a compiler's argument instead of a compiler. Our own command line has commands
// in words, `--long` options and -h, -V; everything else with one dash is a compiler's.

/** Files that a C compiler compiles. */
const SOURCE_NAME = /\.(?:c|cc|cp|cpp|cxx|c\+\+|C|CPP|m|mm|M|i|ii|mi|mii|S|s)$/;

/** Files that it links. */
const LINKED_NAME = /\.(?:o|obj|a|so|lo)$/;

const CXX_SOURCE_NAME = /\.(?:cc|cp|cpp|cxx|c\+\+|C|CPP|mm|M|ii|mii)$/;

/** Long options of compilers; any other long option is a command line's mistake. */
const LONG_FLAG =
  /^--(?:target|sysroot|std|param|coverage|include|driver-mode|gcc-toolchain|config|print|serialize-diagnostics|start-no-unused-arguments|end-no-unused-arguments|verbose|analyze|specs|save-temps|no-standard|language|define-macro|include-directory|optimize|debug|assemble|preprocess|compile|output|warn|pedantic|ansi|static|shared)(?:[=-].*)?$/;

/** Whether a word is a compiler's flag and none of ours. */
export function looksLikeCompilerFlag(word: string): boolean {
  if (word.startsWith("--")) return LONG_FLAG.test(word);
  if (word.startsWith("-")) return word !== "-h" && word !== "-V";
  // cl's way: /nologo, /c, /Fo…
  return /^\/(?:[A-Za-z?][\w:+-]*)$/.test(word);
}

/** Whether a word names something that a C compiler compiles. */
export function isSourceName(word: string): boolean {
  return !word.startsWith("-") && SOURCE_NAME.test(word);
}

/** Whether a word names something that a C compiler takes in. */
export function isInputName(word: string): boolean {
  return isSourceName(word) || (!word.startsWith("-") && LINKED_NAME.test(word));
}

/** Whether the words compile C++. */
export function namesCxxSource(words: readonly string[]): boolean {
  return words.some(
    (word, index) =>
      (!word.startsWith("-") && CXX_SOURCE_NAME.test(word)) ||
      /^-xc\+\+/.test(word) ||
      (word.startsWith("c++") && words[index - 1] === "-x"),
  );
}
