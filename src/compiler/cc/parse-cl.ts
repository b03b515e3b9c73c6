// cl's and clang-cl's argv → CcCompile or Bypass. Reads no disk: response files are expanded by the
// caller. Nothing is ever added to these calls, so paths in their objects stay as they are: a debug
// compile is bound to its place, any other to how its paths are spelled.
import { bypass, type Bypass } from "../bypass.ts";
import { programName } from "../program-name.ts";
import type { CcWords } from "./cc-call.ts";
import type { CcCompile } from "./cc-compile.ts";
import { type ClWord, splitClWords } from "./cl-words.ts";
import { type Draft, emptyDraft, key, stopAt, takePlainWord } from "./gnu-draft.ts";
import { splitGnuWords } from "./gnu-words.ts";
import { languageOfFile } from "./languages.ts";
import { SEVERAL_SOURCES } from "./several-sources.ts";

/** What a draft of cl's needs beside the common one. */
interface ClDraft {
  readonly common: Draft;
  /** Whether it is Microsoft's own compiler, whose debug information goes to a file of many. */
  readonly isMicrosoft: boolean;
  /** The words of `/clang:`, which clang reads after all others, in its own way. */
  readonly forwarded: string[];
  /** The words of `-Xclang`, for the compiler proper. */
  readonly inner: string[];
}

/** Recognises what can be cached. A Bypass names the flag or fact that stands against it. */
export function parseCl(call: CcWords): CcCompile | Bypass {
  const words = splitClWords(call.expanded, call.allowed);
  if ("kind" in words) return words;
  if (words.some(({ effect }) => effect === "query")) return bypass("query", "query");
  const draft: ClDraft = {
    common: emptyDraft(),
    isMicrosoft: programName(call.compiler[0]).toLowerCase() === "cl",
    forwarded: [],
    inner: [],
  };
  for (const word of words) {
    const refusal = takeWord(draft, word);
    if (refusal !== undefined) return refusal;
  }
  const forwarded = takeForwarded(draft, call.allowed) ?? takeInner(draft);
  return forwarded ?? finish(draft.common, call);
}

function refused({ flag, value }: Pick<ClWord, "flag" | "value">): Bypass {
  if (/^\/Y|^\/Fp/.test(flag)) return bypass("unsupported-flag", `precompiled header (${flag})`);
  return bypass("unsupported-flag", flag + value);
}

function takeWord(draft: ClDraft, word: ClWord): Bypass | undefined {
  const { flag, value, effect } = word;
  const { common } = draft;
  if (flag === "") return takeOperand(common, value, common.language);
  if (takePlainWord(common, word)) return undefined;
  switch (effect) {
    case "keyed":
    case "link":
      return takeKeyed(common, flag, value);
    case "remap":
    case "place":
      common.placeBound = true;
      return key(common, flag, value);
    case "modelled":
      return takeModelled(draft, word);
    default:
      return refused(word);
  }
}

function takeKeyed(common: Draft, flag: string, value: string): Bypass | undefined {
  // CodeView and DWARF hold the working directory and the source's full name.
  if (/^-g(?!0$)/.test(flag)) common.placeBound = true;
  if (/^-m.*=native$/.test(flag)) common.nativeCpu = true;
  if (flag === "/O") common.optLevel = value.slice(0, 1);
  if (flag === "--target=") common.target = value;
  return key(common, flag, value);
}

function takeOperand(
  common: Draft,
  path: string,
  language: string | undefined,
): Bypass | undefined {
  if (path === "-") return bypass("stdin-source", "source from standard input");
  const known = language ?? languageOfFile(path);
  if (known === undefined) common.inputs.push(path);
  else common.sources.push({ path, language: known });
  return undefined;
}

function takeModelled(draft: ClDraft, word: ClWord): Bypass | undefined {
  const { flag, value } = word;
  const { common } = draft;
  switch (flag) {
    case "/c":
      return stopAt(common, "object");
    case "/Zs":
    case "-fsyntax-only":
      return stopAt(common, "syntax");
    case "/Fo":
    case "/o":
      common.output = value;
      return undefined;
    case "/TC":
    case "/TP":
      common.language = flag === "/TC" ? "c" : "c++";
      return key(common, flag, "");
    case "/Tc":
    case "/Tp":
      return takeOperand(common, value, flag === "/Tc" ? "c" : "c++");
    case "/D":
    case "/U":
      return key(common, flag, value);
    case "/clang:":
      draft.forwarded.push(value);
      return undefined;
    case "-Xclang":
      draft.inner.push(value);
      return undefined;
    case "/Zi":
    case "/ZI":
      if (draft.isMicrosoft) return bypass("unsupported-flag", `${flag} writes into a PDB of many`);
      common.placeBound = true;
      return key(common, flag, "");
    case "/Z7":
    case "/Zd":
    case "/FC":
      common.placeBound = true;
      return key(common, flag, "");
    default:
      return takeCommon(common, word);
  }
}

/** clang's flags with a meaning of their own that mean the same here. */
function takeCommon(common: Draft, word: ClWord): Bypass | undefined {
  const { flag, value } = word;
  switch (flag) {
    case "-march=":
    case "-mcpu=":
    case "-mtune=":
      common.nativeCpu ||= value.startsWith("native");
      return key(common, flag, value);
    case "-fcolor-diagnostics":
    case "-fdiagnostics-color":
      common.color = "always";
      return key(common, flag, value);
    case "-fno-color-diagnostics":
    case "-fno-diagnostics-color":
      common.color = "never";
      return key(common, flag, value);
    default:
      return refused(word);
  }
}

/** `/clang:-MD /clang:-MF /clang:x.d` and the like. */
function takeForwarded(draft: ClDraft, allowed: ReadonlySet<string>): Bypass | undefined {
  const words = splitGnuWords(draft.forwarded, allowed);
  if ("kind" in words) return words;
  for (const word of words) {
    const refusal = takeForwardedWord(draft, word);
    if (refusal !== undefined) return refusal;
  }
  if (draft.common.depends && draft.common.dependencyPath === undefined) {
    return bypass("unsupported-output", "make rules without a name (/clang:-MF)");
  }
  return undefined;
}

function takeForwardedWord(draft: ClDraft, word: ClWord): Bypass | undefined {
  const { flag, value, effect } = word;
  const { common } = draft;
  if (flag === "") return bypass("unsupported-flag", `/clang:${value}`);
  switch (flag) {
    case "-MD":
    case "-MMD":
      common.depends = true;
      return key(common, `/clang:${flag}`, "");
    case "-MP":
      return key(common, `/clang:${flag}`, "");
    case "-MF":
      common.dependencyPath = value;
      return undefined;
    case "-MT":
    case "-MQ":
      common.targets.push({ text: value, quoted: flag === "-MQ" });
      return undefined;
    case "-Xclang":
      draft.inner.push(value);
      return undefined;
    default:
      if (effect !== "modelled") return takeWord(draft, word);
      return takeCommon(common, word);
  }
}

/** Arguments of clang's compiler proper that change what a compile is. */
const INNER_REFUSED =
  /^-(?:emit-|include-pch|load|plugin|add-plugin|fmodule|fcxx-modules|MG|o$|E$|S$|P$|code-completion|ast-|analyze|test-|main-file-name|rewrite|print|init-only|fsyntax|Eonly|dump|verify|header-include|migrate|ivfsoverlay|vfsoverlay|working-directory|split-dwarf|stats|fdebug-compilation-dir|coverage|ftime|dependency-dot|serialize|diagnostic-log|module-)/;

/** Firefox asks the compiler proper for make rules, since `-MD` is taken. */
function takeInner({ common, inner }: ClDraft): Bypass | undefined {
  for (let at = 0; at < inner.length; at += 1) {
    const word = inner[at] ?? "";
    const next = inner[at + 1];
    if (word === "-dependency-file" && next !== undefined) {
      common.depends = true;
      common.dependencyPath = next;
      at += 1;
    } else if (word === "-MT" && next !== undefined) {
      common.targets.push({ text: next, quoted: false });
      at += 1;
    } else if (INNER_REFUSED.test(word)) {
      return bypass("unsupported-flag", `-Xclang ${word}`);
    } else {
      key(common, "-Xclang", word);
    }
  }
  return undefined;
}

/**
 * The object of a source: a name that ends like a directory gets the source's, one without an extension
 * gets cl's. Undefined where the two systems' rules for "\" would part.
 */
export function clObject(named: string | undefined, source: string): string | undefined {
  const isWindowsPath = /^[A-Za-z]:[\\/]|^\\\\/.test(source + (named ?? "")) || /\\/.test(source);
  const separator = isWindowsPath ? /[\\/]/ : /\//;
  if (named?.includes("\\") === true && !isWindowsPath) return undefined;
  const last = (path: string) => path.split(separator).at(-1) ?? "";
  const object = last(source).replace(/(?<=.)\.[^.]*$/, "") + ".obj";
  if (named === undefined || named === "") return object;
  if (separator.test(named.slice(-1))) return named + object;
  return /.\.[^.]*$/.test(last(named)) ? named : `${named}.obj`;
}

function finish(common: Draft, call: CcWords): CcCompile | Bypass {
  const [source] = common.sources;
  if (source === undefined) return bypass("not-primary", "no source file");
  const { mode } = common;
  if (mode !== "object" && mode !== "syntax") return bypass("not-primary", "link mode");
  const [input] = common.inputs;
  if (input !== undefined) return bypass("not-primary", `${input} is no source file`);
  if (common.sources.length > 1) return bypass("several-sources", SEVERAL_SOURCES);
  const language = common.language ?? source.language;
  if (!/^(?:c|c\+\+)$/.test(language)) return bypass("unsupported-flag", `a source in ${language}`);
  const object = mode === "syntax" ? undefined : clObject(common.output, source.path);
  if (mode === "object" && (object === undefined || /^\/(?:dev|proc)\/|^nul$/i.test(object))) {
    return bypass("unsupported-output", `output to ${common.output ?? ""}`);
  }
  key(common, "source", source.path, "path");
  key(common, "mode", mode);
  key(common, "language", language);
  return {
    spelling: "cl",
    compiler: call.compiler,
    args: call.args,
    argumentFiles: call.argumentFiles,
    mode,
    language,
    source: source.path,
    // Make rules go by the source's name and not by this one.
    output: undefined,
    mainOutput: object,
    prints: false,
    discards: false,
    dependencies: common.depends
      ? { path: common.dependencyPath, targets: common.targets, direct: false }
      : undefined,
    sides: [],
    keyed: common.keyed,
    contentFiles: common.contentFiles,
    presentation: common.presentation,
    color: common.color,
    ownMaps: [],
    nativeCpu: common.nativeCpu,
    placeBound: common.placeBound,
    recordsCommand: false,
    // CodeView names its object.
    namesOutput: common.placeBound,
    pchTimes: false,
    searchPaths: common.searchPaths,
    optLevel: common.optLevel,
    target: common.target,
  };
}
