// What a compile that nobody watches is asked to say about itself: make rules in a private file, and what the
// assembler read. Only where outputs and messages stay as they are. The files are in memory: no disk can be too full
// for them, and nothing of them stays when somebody kills us.
import { readText } from "../../base/file.ts";
import { type MemoryFile, closeMemory, openMemory } from "../../base/memory-file.ts";
import type { CcCompile } from "../../compiler/cc/cc-compile.ts";
import { needsPreprocessing } from "../../compiler/cc/languages.ts";
import { parseMakeRules, RULE_LAYOUTS, unescapeForMake } from "../../compiler/cc/make-rules.ts";
import { dependencyPath, ruleTargets } from "../../compiler/cc/outputs.ts";
import {
  namesEveryFile,
  type SearchRequest,
  searchRequest,
} from "../../compiler/cc/search-request.ts";
import type { CcFamily } from "../../key/cc-family.ts";
import { type CcSearch, ccSearch } from "../../key/cc-search.ts";
import { absolute } from "../unit/unit.ts";
import type { CcUnit } from "./cc-unit.ts";

/** Where a compile looks for files, as far as that can be said without watching. */
export interface SearchModel {
  readonly request: SearchRequest;
  readonly own: CcSearch;
}

/** The model for a unit, or why there is none. */
export function searchModel(unit: CcUnit, family: CcFamily): SearchModel | string {
  const { compile, invocation, layout } = unit;
  if (unit.stdin !== undefined) return "its source came through standard input";
  const request = searchRequest(compile);
  if (typeof request === "string") return request;
  const own = ccSearch({
    cacheDir: layout.cacheDir,
    compiler: compile.compiler,
    family,
    cl: compile.spelling === "cl",
    languages: languagesOf(compile),
    shaping: request.shaping,
    cwd: invocation.cwd,
    env: invocation.env,
  });
  return typeof own === "string" ? own : { request, own };
}

/** The source's language and, where the driver may take it for C++, that. */
function languagesOf({ language, compiler, spelling }: CcCompile): string[] {
  const plain = language.replace(/-?cpp-output$|-header$/, "");
  const own = plain === "" || plain === "assembler" ? "c" : plain;
  if (spelling === "cl") return [own];
  return /\+\+/.test(compiler[0]) ? [...new Set([own, "c++"])] : [own];
}

/** What was added to a call, and where its answers are. */
export interface Capture {
  readonly model: SearchModel | string;
  readonly words: readonly string[];
  readonly rules: MemoryFile | undefined;
  readonly assembled: MemoryFile | undefined;
}

const TARGET = "kache";

/** What to add to a call that will not be watched. */
export function captureOf(unit: CcUnit, family: CcFamily): Capture {
  const { compile } = unit;
  const model = searchModel(unit, family);
  const none = { model, words: [], rules: undefined, assembled: undefined };
  if (typeof model === "string" || !mayAdd(compile)) return none;
  const rules = asksForNoRules(compile) ? openMemory("rules") : undefined;
  const isListable = model.own.gnuAssembler && compile.mode === "object";
  const assembled = isListable ? openMemory("assembled") : undefined;
  const words = [
    ...(rules === undefined ? [] : ["-MD", "-MF", rules.path, "-MT", TARGET]),
    ...(assembled === undefined ? [] : [`-Wa,--MD,${assembled.path}`]),
  ];
  return { model, words, rules, assembled };
}

/** Lets go of what only we asked for. */
export function clearCapture(capture: Capture | undefined): void {
  if (capture?.rules !== undefined) closeMemory(capture.rules);
  if (capture?.assembled !== undefined) closeMemory(capture.assembled);
}

/** Whether more arguments change nothing that is kept: they are written down nowhere. */
function mayAdd({ spelling, recordsCommand }: CcCompile): boolean {
  return spelling === "gnu" && !recordsCommand;
}

/** Whether the call says nothing about make rules: a stray `-MF` is an error, which must stay one. */
function asksForNoRules({ dependencies, language, mode, args, argumentFiles }: CcCompile): boolean {
  if (dependencies !== undefined || mode === "rules" || !needsPreprocessing(language)) return false;
  return argumentFiles.length === 0 && !args.some((arg) => /^(?:-Wp,)?-M/.test(arg));
}

/** Every file that the preprocessor read, as it names them; undefined when nobody knows. */
export function listedFiles(unit: CcUnit, capture: Capture | undefined): string[] | undefined {
  const { compile } = unit;
  if (capture?.rules !== undefined) return namesIn(capture.rules.path, () => [TARGET]);
  const path = dependencyPath(compile);
  if (path === undefined || path === "/dev/null" || !namesEveryFile(compile)) return undefined;
  return namesIn(absolute(unit, path), (layout) => ruleTargets(compile, layout));
}

function namesIn(
  path: string,
  targetsIn: (layout: (typeof RULE_LAYOUTS)[number]) => string[],
): string[] | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  for (const layout of RULE_LAYOUTS) {
    const rules = parseMakeRules(text, targetsIn(layout));
    if (rules !== undefined) return rules.prerequisites.map(unescapeForMake);
  }
  return undefined;
}

/** What the assembler read or was told to have come from; undefined when it was not asked. */
export function assembledFiles(capture: Capture | undefined): string[] | undefined {
  const text = capture?.assembled === undefined ? undefined : readText(capture.assembled.path);
  if (text === undefined) return undefined;
  // `object: file file \` with GNU's own escapes: blanks in names are escaped by a backslash.
  const words = text.replaceAll(/\\\n/g, " ").match(/(?:\\.|[^\s\\])+/g) ?? [];
  const colon = words.findIndex((word) => word.endsWith(":"));
  return words
    .slice(colon + 1)
    .map((word) => word.replaceAll(/\\(.)/g, "$1").replaceAll("$$", "$"));
}
