// Words that gcc's and clang's drivers hand on to the programs they start: the preprocessor, clang's inner compiler, the
// assembler.
import { bypass, type Bypass } from "../bypass.ts";
import { type Draft, key, keyMap } from "./gnu-draft.ts";

/** Takes what a driver's flag hands on. */
export function takeInnerWords(draft: Draft, flag: string, value: string): Bypass | undefined {
  switch (flag) {
    case "-Wp,":
      return takePreprocessorWords(draft, value.split(","));
    case "-Xpreprocessor":
      return /^-M/.test(value)
        ? bypass("unsupported-flag", `${flag} ${value}`)
        : key(draft, flag, value);
    case "-Xclang":
      draft.emitsPch ||= value === "-emit-pch";
      if (value === "-fno-pch-timestamp") draft.pchTimes = false;
      return INNER_REFUSED.test(value)
        ? bypass("unsupported-flag", `${flag} ${value}`)
        : keyInner(draft, flag, value);
    case "-Wa,":
      return takeAssemblerWords(draft, flag, value.split(","));
    case "-Xassembler":
      return takeAssemblerWords(draft, flag, [value]);
    default:
      return undefined;
  }
}

/** `-Wp,-MD,file` asks the preprocessor directly; the Linux kernel does so for every object. */
function takePreprocessorWords(draft: Draft, words: readonly string[]): Bypass | undefined {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    const next = words[at + 1];
    if (word === "-MD" || word === "-MMD") {
      if (next === undefined || draft.dependencyPath !== undefined) {
        return bypass("unsupported-flag", `-Wp,${words.join(",")}`);
      }
      draft.depends = true;
      draft.dependencyPath = next;
      draft.dependencyDirect = true;
      at += 1;
    } else if ((word === "-MT" || word === "-MQ") && next !== undefined) {
      draft.targets.push({ text: next, quoted: word === "-MQ" });
      at += 1;
    } else if (/^-M[FGJMV]?/.test(word) && word !== "-MP") {
      return bypass("unsupported-flag", `-Wp,${words.join(",")}`);
    }
    key(draft, "-Wp,", word === draft.dependencyPath ? "" : word);
  }
  return undefined;
}

/** Arguments of clang's inner compiler that change what a compile is. */
const INNER_REFUSED =
  /^-(?:emit-(?!pch$)|load|plugin|add-plugin|fmodule|fcxx-modules|dependency|MT|o$|E$|S$|P$|code-completion|ast-|analyze|test-|sys-header-deps|main-file-name|rewrite|print|init-only|fsyntax|Eonly|dump|verify|header-include|show-includes|migrate|ivfsoverlay|vfsoverlay|working-directory|split-dwarf|stats|fdebug-compilation-dir|coverage|ftime-report)/;

/** Listings and the assembler's own rules go to files or standard output of their own. */
function takeAssemblerWords(
  draft: Draft,
  flag: string,
  words: readonly string[],
): Bypass | undefined {
  const writes = words.find((word) => /^(?:-a|--listing|--MD|-MD|-o|@|--statistics)/.test(word));
  if (writes !== undefined) return bypass("unsupported-flag", `${flag}${words.join(",")}`);
  for (const word of words) if (!takesMap(draft, flag, word)) keyInner(draft, flag, word);
  return undefined;
}

/** The one spelling of a map that is taken apart: of one with several "=", the assembler ends the first half elsewhere. */
const ASSEMBLER_MAP = /^(--debug-prefix-map=)([^=]+=[^=]*)$/;

/** Takes a map of the user's for the assembler, which gets it behind ours and goes by the last that fits, as gcc does. */
function takesMap(draft: Draft, flag: string, word: string): boolean {
  const [, option, map] = ASSEMBLER_MAP.exec(word) ?? [];
  if (option === undefined || map === undefined) return false;
  keyMap(draft, "debug", `${flag}${option}`, map);
  return true;
}

/**
 * Takes a word for the inner compiler or the assembler into the key. Which paths a map among them reaches, and before
 * which of ours it goes, depends on where they lie. `-deb` is as far as `--debug-prefix-map` can be cut.
 */
function keyInner(draft: Draft, flag: string, word: string): Bypass | undefined {
  draft.placeBound ||= /^-f\w+-prefix-map=|^--?deb/.test(word);
  return key(draft, flag, word);
}
