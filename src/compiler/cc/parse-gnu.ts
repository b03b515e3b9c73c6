// gcc's and clang's argv → CcCompile or Bypass. Reads no disk: argument files are expanded by the caller.
import { bypass, type Bypass } from "../bypass.ts";
import { programName } from "../program-name.ts";
import type { CcWords } from "./cc-call.ts";
import type { CcCompile, CcMode } from "./cc-compile.ts";
import {
  type Draft,
  type DraftSource,
  emptyDraft,
  key,
  keyMap,
  keyRuleWords,
  stopAt,
  takePlainWord,
} from "./gnu-draft.ts";
import { takeInnerWords } from "./gnu-inner-words.ts";
import { type GnuWord, splitGnuWords } from "./gnu-words.ts";
import { isHeader, isLanguage, isDone, needsPreprocessing, languageOfFile } from "./languages.ts";
import { breaksLines, isPrinted, outputRefusal, stdinRefusal } from "./gnu-outputs.ts";
import { defaultOutput, isAllExtension, NOWHERE, STDIN_SOURCE } from "./outputs.ts";
import { SEVERAL_SOURCES } from "./several-sources.ts";

/** Recognises what can be cached. A Bypass names the flag or fact that stands against it. */
export function parseGnu(call: CcWords): CcCompile | Bypass {
  const words = splitGnuWords(call.expanded, call.allowed);
  if ("kind" in words) return isQuestion(call.expanded) ? bypass("query", "query") : words;
  const question = words.find(({ effect }) => effect === "query");
  if (question !== undefined) return bypass("query", question.flag);
  const draft = emptyDraft();
  for (const word of words) {
    const refusal = takeWord(draft, word);
    if (refusal !== undefined) return refusal;
  }
  return finish(draft, call);
}

function isQuestion(args: readonly string[]): boolean {
  return args.some((arg) =>
    /^(?:-###|-v|--version|-dump(?:version|machine|specs)|-?-print-)/.test(arg),
  );
}

function takeWord(draft: Draft, word: GnuWord): Bypass | undefined {
  const { flag, value, effect } = word;
  if (flag === "") return takeOperand(draft, value);
  if (takePlainWord(draft, word)) return undefined;
  switch (effect) {
    case "keyed":
    case "link":
      takeFact(draft, flag, value);
      return key(draft, flag, value);
    case "remap":
      return takeMap(draft, flag, value);
    case "place":
      draft.placeBound = true;
      return key(draft, flag, value);
    case "modelled":
      return takeModelled(draft, flag, value);
    default:
      return bypass("unsupported-flag", word.end - word.at > 1 ? `${flag} ${value}` : flag + value);
  }
}

/** What reports tell of a flag that counts as text. */
function takeFact(draft: Draft, flag: string, value: string) {
  if (flag.startsWith("-O")) draft.optLevel = flag.slice("-O".length) || "1";
  if (flag === "-target" || flag === "--target=") draft.target = value;
  if (/^-m.*=native$/.test(flag)) draft.nativeCpu = true;
  // Microsoft's debug information names the object and holds the call.
  if (flag.startsWith("-gcodeview")) draft.recordsCommand = true;
}

function takeOperand(draft: Draft, path: string): Bypass | undefined {
  // Without -x it is C, and then only for the preprocessor.
  const named = path === STDIN_SOURCE ? "c" : languageOfFile(path);
  const language = draft.language ?? named;
  if (language === undefined) draft.inputs.push(path);
  else draft.sources.push({ path, language });
  return undefined;
}

function takeMap(draft: Draft, flag: string, value: string): Bypass | undefined {
  const scope = /^-f(file|debug|macro|coverage|profile)-/.exec(flag)?.[1] ?? "file";
  const isNarrow = scope === "debug" || scope === "macro" || scope === "coverage";
  return keyMap(draft, isNarrow ? scope : "file", flag, value);
}

function takeModelled(draft: Draft, flag: string, value: string): Bypass | undefined {
  switch (flag) {
    case "-c":
      return stopAt(draft, "object");
    case "-S":
      return stopAt(draft, "assembly");
    case "-E":
      return stopAt(draft, "preprocessed");
    case "-fsyntax-only":
      return stopAt(draft, "syntax");
    case "-o":
      draft.output = value;
      return undefined;
    case "-x":
      return takeLanguage(draft, value);
    case "-D":
      return key(draft, flag, value, "definition");
    case "-U":
      return key(draft, flag, value);
    case "-dM":
    case "-dD":
    case "-dN":
    case "-dI":
    case "-dU":
      draft.listsMacros = flag;
      return key(draft, flag, "");
    case "-emit-llvm":
      draft.emitsLlvm = true;
      return key(draft, flag, "");
    case "-arch":
      draft.architectures.add(value);
      return key(draft, flag, value);
    case "-march=":
    case "-mcpu=":
    case "-mtune=":
      draft.nativeCpu ||= value.startsWith("native");
      return key(draft, flag, value);
    default:
      return DEPENDENCY_FLAG.test(flag)
        ? takeDependencyFlag(draft, flag, value)
        : takeSideFlag(draft, flag, value);
  }
}

const DEPENDENCY_FLAG = /^-M|^-Wp,|^-Xpreprocessor$/;

function takeLanguage(draft: Draft, value: string): Bypass | undefined {
  if (value === "none") draft.language = undefined;
  else if (isLanguage(value)) draft.language = value;
  else return bypass("unsupported-flag", `-x ${value}`);
  // Behind the last source it says nothing, and compilers remark on that.
  return key(draft, draft.sources.length === 0 ? "-x" : "-x behind a source", value);
}

/** Flags about make rules; they count in `finish`, all of them together. */
function takeDependencyFlag(draft: Draft, flag: string, value: string): Bypass | undefined {
  switch (flag) {
    case "-M":
    case "-MM":
      draft.rulesOnly = flag;
      return key(draft, flag, "");
    case "-MD":
    case "-MMD":
      draft.depends = true;
      return key(draft, flag, "");
    case "-MP":
    case "-MG":
      return key(draft, flag, "");
    case "-MF":
      if (draft.dependencyDirect) return bypass("unsupported-flag", `-Wp,-MD beside ${flag}`);
      draft.dependencyPath = value;
      return undefined;
    case "-MT":
    case "-MQ":
      draft.targets.push({ text: value, quoted: flag === "-MQ" });
      return undefined;
    default:
      return takeInnerWords(draft, flag, value);
  }
}

function takeSideFlag(draft: Draft, flag: string, value: string): Bypass | undefined {
  const side = (kind: string, extension: string, path?: string): Bypass | undefined => {
    draft.sides.set(kind, { kind, extension, path });
    return key(draft, flag, path === undefined ? value : "");
  };
  switch (flag) {
    case "-gsplit-dwarf":
    case "-gsplit-dwarf=split":
      draft.namesOutput = true;
      return side("dwo", ".dwo");
    case "-gsplit-dwarf=single":
    case "-gno-split-dwarf":
      draft.sides.delete("dwo");
      draft.namesOutput ||= flag === "-gsplit-dwarf=single";
      return key(draft, flag, "");
    case "-fstack-usage":
      return side("su", ".su");
    case "-fcallgraph-info":
    case "-fcallgraph-info=":
      return side("ci", ".ci");
    case "-ftime-trace":
      return side("time-trace", ".json");
    case "-ftest-coverage":
    case "--coverage":
    case "-coverage":
      draft.placeBound = true;
      draft.namesOutput = true;
      return side("gcno", ".gcno");
    case "-aux-info":
      return side("aux-info", "", value);
    case "--serialize-diagnostics":
    case "-serialize-diagnostics":
      return side("diagnostics", "", value);
    default:
      return takeForwarded(draft, flag, value);
  }
}

function takeForwarded(draft: Draft, flag: string, value: string): Bypass | undefined {
  switch (flag) {
    case "-Xclang":
    case "-Wa,":
    case "-Xassembler":
      return takeInnerWords(draft, flag, value);
    case "-frecord-gcc-switches":
    case "-grecord-gcc-switches":
    case "-grecord-command-line":
    case "-frecord-command-line":
    // With the code goes the whole call of the inner compiler.
    case "-fembed-bitcode":
    case "-fembed-bitcode-marker":
    case "-fembed-bitcode=":
      draft.recordsCommand = true;
      return key(draft, flag, value);
    default:
      return takeColor(draft, flag, value);
  }
}

function takeColor(draft: Draft, flag: string, value: string): Bypass | undefined {
  draft.isClangsColor ||= /^-f(?:no-)?color/.test(flag);
  switch (flag) {
    case "-fcolor-diagnostics":
    case "-fdiagnostics-color":
      draft.color = "always";
      return undefined;
    case "-fno-color-diagnostics":
    case "-fno-diagnostics-color":
      draft.color = "never";
      return undefined;
    case "-fdiagnostics-color=":
      if (!/^(?:always|never|auto)$/.test(value)) return bypass("unknown-flag", flag + value);
      draft.color = value === "auto" ? undefined : value === "always" ? "always" : "never";
      return undefined;
    default:
      return key(draft, flag, value);
  }
}

/** Why a call with this source is not cached, by what only the whole of it tells. */
function wholeRefusal(draft: Draft, mode: CcMode, source: DraftSource): Bypass | undefined {
  // Nothing runs, and clang remarks on each argument that is of no use.
  if (isDone(source.language, mode)) return bypass("not-primary", `${source.path} is that already`);
  if (draft.sources.length > 1) return bypass("several-sources", SEVERAL_SOURCES);
  if (draft.architectures.size > 1) {
    const named = [...draft.architectures].join(" ");
    return bypass("unsupported-flag", `several architectures (${named})`);
  }
  if (draft.emitsPch && mode !== "pch") {
    return bypass("unsupported-flag", "-Xclang -emit-pch of what is no header");
  }
  // Without -E they write files of their own.
  if (draft.listsMacros !== undefined && mode !== "preprocessed") {
    return bypass("unsupported-flag", `${draft.listsMacros} without -E`);
  }
  return stdinRefusal(draft, mode, source.path) ?? outputRefusal(draft, mode);
}

/** The compile that all words together ask for. */
function finish(draft: Draft, call: CcWords): CcCompile | Bypass {
  const [source] = draft.sources;
  const mode = modeOf(draft);
  if (typeof mode === "object") return mode;
  if (source === undefined) return bypass("not-primary", "no source file");
  const refused = wholeRefusal(draft, mode, source);
  if (refused !== undefined) return refused;
  key(draft, "source", source.path, "path");
  const prints = isPrinted(draft, mode);
  const discards = draft.output === NOWHERE;
  key(draft, "mode", prints ? `${mode}, printed` : discards ? `${mode}, discarded` : mode);
  key(draft, "language", source.language);
  const dependencies = prints ? undefined : dependenciesOf(draft, mode, source.language);
  // Over nothing to be quoted first, gcc stumbles.
  const isNothing = draft.targets.some(({ text, quoted }) => quoted && text === "");
  if (dependencies === undefined || isNothing) keyRuleWords(draft);
  if (draft.isClangsColor && !isClangByName(call)) key(draft, "-fcolor-diagnostics", "");
  const nameless = mode === "syntax" || mode === "rules" || prints;
  return {
    spelling: "gnu",
    compiler: call.compiler,
    args: call.args,
    argumentFiles: call.argumentFiles,
    mode,
    language: source.language,
    source: source.path,
    // Rules name the object that a compile without -o would make.
    output: mode === "rules" ? undefined : draft.output,
    mainOutput: nameless ? undefined : (draft.output ?? defaultOutput(source.path, mode)),
    prints,
    discards,
    dependencies,
    sides: [...draft.sides.values()],
    keyed: draft.keyed,
    contentFiles: draft.contentFiles,
    presentation: presentationOf(draft),
    color: draft.color,
    ownMaps: draft.ownMaps,
    nativeCpu: draft.nativeCpu,
    // LLVM's code holds the source's name as it was given, in units of less than a byte.
    placeBound: draft.placeBound || (draft.emitsLlvm && source.path.startsWith("/")),
    recordsCommand: draft.recordsCommand || isMicrosofts(draft),
    // clang writes down the directory of a precompiled header.
    namesOutput: draft.namesOutput || mode === "pch" || isAmbiguous(draft),
    pchTimes: mode === "pch" && draft.pchTimes,
    searchPaths: draft.searchPaths,
    optLevel: draft.optLevel,
    target: draft.target,
  };
}

/** Whether files beside the output are called differently by gcc and clang: none of another output's fits. */
function isAmbiguous({ output, sides }: Draft): boolean {
  return sides.size > 0 && output !== undefined && isAllExtension(output);
}

/** Whether debug information will be Microsoft's. */
function isMicrosofts({ target, keyed }: Draft): boolean {
  return /msvc|win32/.test(target ?? "") && keyed.some(({ flag }) => flag.startsWith("-g"));
}

/** Whether a compiler is clang by its name. Others may refuse its flags. */
function isClangByName({ compiler: [driver] }: CcWords): boolean {
  return programName(driver).includes("clang");
}

/** Where lines are broken, colours count as letters: such messages are one or the other. */
function presentationOf({ presentation, color }: Draft): readonly string[] {
  const counts = color !== undefined && breaksLines(presentation);
  return counts ? [...presentation, `color ${color}`] : presentation;
}

function dependenciesOf(draft: Draft, mode: CcMode, language: string): CcCompile["dependencies"] {
  const { depends, dependencyPath, targets, dependencyDirect: direct, output } = draft;
  if (mode === "rules") return { path: dependencyPath ?? output, targets, direct: false };
  return depends && needsPreprocessing(language)
    ? { path: dependencyPath, targets, direct }
    : undefined;
}

function modeOf(draft: Draft): CcMode | Bypass {
  const [source] = draft.sources;
  if (draft.rulesOnly !== undefined) return rulesMode(draft, draft.rulesOnly);
  const header = source !== undefined && isHeader(source.language);
  if (header && (draft.mode === "link" || draft.mode === "object")) return "pch";
  if (draft.mode === "link") return bypass("not-primary", "link mode");
  const [input] = draft.inputs;
  if (input !== undefined) return bypass("not-primary", `${input} is no source file`);
  return draft.mode;
}

/** Rules alone: where `-o` and `-MF` are both given, compilers differ. */
function rulesMode(
  { mode, depends, output, dependencyPath }: Draft,
  flag: string,
): "rules" | Bypass {
  if (mode !== "link" || depends) {
    return bypass("unsupported-output", `${flag} beside another output`);
  }
  return output === undefined || dependencyPath === undefined
    ? "rules"
    : bypass("unsupported-output", `${flag} with two outputs`);
}
