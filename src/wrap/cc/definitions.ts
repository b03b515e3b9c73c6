// `-DDATADIR="/project/share"`: build systems give such macros to every file, and few use them. The key holds
// the value with its paths mapped. Where the sources cannot name the macro, its value makes no difference;
// anywhere else the entry is bound to the paths.
import { bufferOf } from "../../base/bytes.ts";
import { readFileBytes, readFileStart } from "../../base/file.ts";
import { rootsInDefinition } from "../../key/mapped-definition.ts";
import { memberPath, type Member, placeMembers } from "../../key/input-set.ts";
import type { CcUnit } from "./cc-unit.ts";

/** A macro whose value holds paths of this place. */
interface Definition {
  readonly name: string;
  readonly roots: readonly string[];
  /** Where it stands among the arguments. */
  readonly at: number;
}

/** The members that bind a compile to the paths in its macros' values, given everything that it read. */
export function definitionMembers(unit: CcUnit, read: readonly Member[]): Member[] {
  const { place } = unit;
  const definitions = place.remapped ? definitionsOf(unit) : [];
  if (definitions.length === 0) return [];
  const paths = read.flatMap((member) =>
    member.kind === "file" ? (memberPath(member.name, place) ?? []) : [],
  );
  const bound = new Set<string>();
  const used = writesMacros(unit) ? definitions : usedAmong(definitions, unit, paths);
  for (const { roots } of used) for (const root of roots) bound.add(root);
  return placeMembers([...bound], place.roots);
}

function definitionsOf({ compile, place }: CcUnit): Definition[] {
  return compile.keyed.flatMap(({ value, form }, at) => {
    if (form !== "definition") return [];
    const roots = rootsInDefinition(value, place.roots);
    const name = /^[A-Za-z_$][\w$]*/.exec(value)?.[0] ?? "";
    return roots.length === 0 ? [] : [{ name, roots, at }];
  });
}

/** Whether macros stand in the output by themselves: debug information of them, texts, plugins. */
function writesMacros({ compile }: CcUnit): boolean {
  if (compile.mode !== "object" && compile.mode !== "syntax" && compile.mode !== "rules")
    return true;
  return compile.keyed.some(({ flag, value }) =>
    /^-g\w*3$|^-fdebug-macro|^-fplugin|^-d|^-fdirectives-only|^-Xclang/.test(flag + value),
  );
}

/** What no source needs to contain for a paste to take it: numbers, and words of predefined macros. */
const ALWAYS = [
  ...["L", "U", "UL", "LL", "ULL", "long", "unsigned", "int", "short", "signed", "char", "float"],
  ...["double", "bool", "_Bool", "void", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
];

/** The definitions whose macro the arguments or the sources name, or could paste together. */
function usedAmong(
  definitions: readonly Definition[],
  { compile, stdin }: CcUnit,
  paths: readonly string[],
): readonly Definition[] {
  const names = definitions.map(({ name }) => name);
  const used = new Set<string>(names.filter((name) => name === ""));
  const parts = new Map(names.map((name) => [name, new Set(ALWAYS)]));
  const lookAt = (text: string) => {
    for (const name of names) if (text.includes(name)) used.add(name);
    const code = codeOf(text);
    for (const name of names) {
      for (const [token] of code.matchAll(tokensOf(name))) parts.get(name)?.add(token);
    }
  };
  for (const [at, { value }] of compile.keyed.entries()) {
    const own = definitions.find((definition) => definition.at === at)?.name ?? "";
    lookAt(value.slice(own.length));
  }
  const texts = stdin === undefined ? [] : [splicedText(stdin)];
  for (const text of [...texts, ...paths.map(sourceText)]) {
    if (text === undefined) return definitions;
    if (used.size < names.length) lookAt(text);
  }
  return definitions.filter(({ name }) => {
    return used.has(name) || isConcatenation(name, parts.get(name) ?? new Set());
  });
}

/** Line comments are matched so that nothing in them begins one of the others; before C99 they are code. */
const NO_CODE =
  /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|(?<!\w)(?:L|u8|u|U)?'(?:\\.|[^'\\\n])*'/g;

const RAW_STRING = /(?<!\w)(?:L|u8|u|U)?R"[^\s()\\]{0,16}\(/;

/** The text without comments, strings and characters: no token in them is pasted. */
function codeOf(text: string): string {
  // In raw strings a quote is no end.
  if (RAW_STRING.test(text)) return text;
  return text.replace(NO_CODE, (match) => (match.startsWith("//") ? match : " "));
}

/** Words made of a name's letters alone: what it could be pasted together from is among them. */
function tokensOf(name: string): RegExp {
  const letters = [...new Set(name)].map((letter) => letter.replace("$", String.raw`\$`)).join("");
  return new RegExp(`(?<![\\w$])[${letters}]+(?![\\w$])`, "g");
}

/** Whether two or more of the parts in a row are the name. */
function isConcatenation(name: string, parts: ReadonlySet<string>): boolean {
  const reached = [true];
  for (let end = 1; end <= name.length; end += 1) {
    reached[end] = reached.some((is, start) => {
      const isWhole = start === 0 && end === name.length;
      return is && start < end && !isWhole && parts.has(name.slice(start, end));
    });
  }
  return reached[name.length] === true;
}

const ELF = "7f454c46";

/** A source with its lines spliced; undefined where the macro could hide: a precompiled header, trigraphs. */
function sourceText(path: string): string | undefined {
  const head = readFileStart(path, 4);
  if (typeof head === "string") return undefined;
  // Programs and libraries of the compiler's are inputs, too; no macro is looked up in them.
  if (head.toHex() === ELF) return "";
  const bytes = readFileBytes(path);
  return typeof bytes === "string" ? undefined : splicedText(bytes);
}

function splicedText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  const text = bufferOf(bytes).toString("latin1");
  if (text.includes("??/")) return undefined;
  return text.includes("\\") ? text.replace(/\\[ \t\v\f]*\r?\n/g, "") : text;
}
