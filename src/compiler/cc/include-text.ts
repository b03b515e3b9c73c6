// What a source's text may make a compiler look for, over-approximated: directives in branches that are not
// taken and in comments count too. For compiles that nobody watches. Pure; the text is one character a byte,
// so that any encoding which contains ASCII is understood.

/** A file as a directive names it. */
export interface IncludeName {
  readonly name: string;
  /** Whether it is looked for beside the file that names it, too. */
  readonly quoted: boolean;
}

/** What a text says. */
export interface TextFacts {
  readonly names: readonly IncludeName[];
  /** Names that macros stand for: what an `#include` of a macro may mean. Seldom asked for. */
  readonly defined: () => readonly IncludeName[];
  /** Whether some `#include` names its file by a macro. */
  readonly computed: boolean;
  /** What no model here knows the inputs of, as a reason for reports. */
  readonly refusal: string | undefined;
  readonly clock: ReadonlySet<string>;
  /** Whether it has the means to paste identifiers together: a macro that does may be called anywhere. */
  readonly pastes: boolean;
  /** Identifiers that the names of built-in macros can be pasted together of. Asked for where something pastes. */
  readonly pieces: () => ReadonlySet<string>;
  /** Whether it says that lines of it are another file's, which gcc shows in messages. */
  readonly lines: boolean;
  /** Whether something in it may make an assembler read files. */
  readonly assembles: boolean;
  /** Whether it has macros, if it is assembly. */
  readonly macros: boolean;
}

const BLANK = String.raw`(?:[ \t\v\f\0]|/\*[^]*?\*/)*`;
/** A line that begins with a directive, as such or after the end of a comment. */
const HEAD = String.raw`^(?:.*\*/)?[ \t\v\f\0]*(?:#|%:)${BLANK}`;
const OPERAND = String.raw`(?:<([^>\n\r]*)>|"([^"\n\r]*)")`;
const DIRECTIVE = new RegExp(
  `${HEAD}(?:include_next|include|import|__include_macros)\\b${BLANK}(?:${OPERAND}|)`,
  "gm",
);
const TEST = /\b__has_(?:include(?:_next)?|embed)(?:__)?\b/g;
const TESTED = new RegExp(`^${BLANK}\\(${BLANK}${OPERAND}`);
const CALLED = new RegExp(`^${BLANK}\\(`);
const ASKED = /(?:\bdefined[ \t]*\(?|\bifn?def|\belifn?def)[ \t]*$/;
const DIRECTIVE_LINE = /^[ \t\v\f\0]*(?:#|%:)|\*\//;
const CLOSING_LINE = /^[ \t\v\f\0]*(?:#|%:)[ \t]*(?:endif|else)\b/;

const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/\?\?[=/]/, "trigraphs"],
  [new RegExp(`${HEAD}embed\\b`, "m"), "#embed"],
  [/\b__has_embed\b/, "__has_embed"],
  [/\bpch_preprocess\b/, "#pragma GCC pch_preprocess"],
  [/\binclude_alias\b/, "#pragma include_alias"],
  [/\b(?:GCC|clang)[ \t]+dependency\b/, "#pragma GCC dependency"],
];

/** `#line 7 "x.y"`, `# 7 "x.y"` of preprocessed text, `#line` of a macro. */
const LINES = new RegExp(`${HEAD}(?:line${BLANK}(?:[^\\s\\d]|\\d+${BLANK}\\S)|\\d+${BLANK}")`, "m");

/** `.incbin`, `.include` and what they can be put together of, strings or a macro's arguments. */
const ASSEMBLER_FILES =
  /incbin|\.[ \t]*include\b|\.i(?:n(?:c(?:b(?:i)?|l(?:u(?:d)?)?)?)?)?\\?"|"[ \t]*include(?:\\?"|[ \t])|\.[ \t]*"\s*"[ \t]*i|[(,]\s*\.i(?:n(?:c(?:b(?:i)?|l(?:u(?:d)?)?)?)?)?\s*[),]/i;

const CLOCKS = ["__DATE__", "__TIME__", "__TIMESTAMP__"];
const TESTS = ["__has_include", "__has_include_next", "__has_embed"];

/** Reads a text. */
export function readIncludeText(raw: string): TextFacts {
  const text = raw.startsWith("\u00ef\u00bb\u00bf") ? raw.slice(3) : raw;
  const spliced = text.replaceAll(/\\[ \t]*(?:\r\n|\n|\r)/g, "");
  const names = new Map<string, IncludeName>();
  let computed = false;
  // Unspliced too: in some encodings a backslash at a line's end is half of a letter.
  for (const version of spliced === text ? [text] : [spliced, text]) {
    for (const [, angled, quoted] of version.matchAll(DIRECTIVE)) {
      const name = angled ?? quoted;
      if (name === undefined) computed = true;
      else addName(names, name, quoted !== undefined);
    }
  }
  const tested = readTests(spliced, names);
  const code = withoutComments(spliced);
  return {
    names: [...names.values()],
    defined: () => definedNames(code),
    computed,
    refusal: tested ?? REFUSALS.find(([sign]) => sign.test(spliced))?.[1],
    clock: new Set(CLOCKS.filter((name) => spliced.includes(name))),
    pastes: spliced.includes("##") || spliced.includes("%:%:"),
    pieces: () => piecesOf(code),
    lines: LINES.test(spliced),
    assembles: ASSEMBLER_FILES.test(code),
    macros: /\.(?:macro|irpc?|altmacro|rept)\b|##/i.test(code),
  };
}

function addName(names: Map<string, IncludeName>, name: string, quoted: boolean): void {
  names.set(`${quoted ? '"' : "<"}${name}`, { name, quoted });
}

/** A definition that is a name and nothing else, and may be a header's. */
const NAMED = new RegExp(`${HEAD}define[ \\t]+\\w+[ \\t]+${OPERAND}[ \\t]*$`, "gm");

function definedNames(text: string): IncludeName[] {
  const names = new Map<string, IncludeName>();
  for (const [, angled, quoted] of text.matchAll(NAMED)) {
    const name = angled ?? quoted ?? "";
    if (/[./]/.test(name) && name.length < 256) addName(names, name, quoted !== undefined);
  }
  return [...names.values()];
}

/** Takes in what `__has_include` is asked about; gives the reason when that cannot be read here. */
function readTests(text: string, names: Map<string, IncludeName>): string | undefined {
  for (const { 0: token, index } of text.matchAll(TEST)) {
    const after = text.slice(index + token.length, index + token.length + 4096);
    const operand = TESTED.exec(after);
    if (operand !== null) {
      addName(names, operand[1] ?? operand[2] ?? "", operand[2] !== undefined);
      continue;
    }
    const lineStart = Math.max(text.lastIndexOf("\n", index), text.lastIndexOf("\r", index)) + 1;
    const before = text.slice(lineStart, index);
    // Elsewhere it is prose or an error.
    if (!DIRECTIVE_LINE.test(before) || CLOSING_LINE.test(before)) continue;
    if (!CALLED.test(after) && ASKED.test(before)) continue;
    return `${token} of something computed`;
  }
  return undefined;
}

/** Comments, and the literals in which none begins. */
const COMMENT = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|\/\*[^]*?\*\/|\/\/.*/g;
const INCLUDE_WORD = /(?:#|%:)[ \t]*(?:include(?:_next)?|import)\b/g;

function withoutComments(text: string): string {
  const code = text.replaceAll(COMMENT, (found) => (found.startsWith("/") ? " " : found));
  return code.replaceAll(INCLUDE_WORD, " ");
}

const LITERAL = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'/g;
const MACRO = new RegExp(`${HEAD}define[ \\t]+\\w+\\(([\\w\\s,.]*)\\)(.*)$`, "gm");
const TOKEN = /(?<!\w)[_A-Zabcdehilmnstux]{1,17}(?!\w)/g;

function piecesOf(code: string): Set<string> {
  // A macro that the compiler defines, to "_" on some systems.
  const pieces = new Set(code.includes("__USER_LABEL_PREFIX__") ? ["_"] : []);
  const names = [...CLOCKS, ...TESTS];
  const take = (text: string, parameters: ReadonlySet<string>) => {
    for (const [token] of text.matchAll(TOKEN)) {
      if (pieces.has(token) || parameters.has(token) || names.includes(token)) continue;
      if (names.some((name) => name.includes(token))) pieces.add(token);
    }
  };
  const plain = code
    .replaceAll(LITERAL, '""')
    .replaceAll(MACRO, (_, parameters: string, body: string) => {
      take(body, new Set(parameters.split(/[\s,]+/)));
      return "";
    });
  take(plain, new Set());
  return pieces;
}

/** Which built-in macro that reads a clock or looks for files the pieces make, any number of them together. */
export function pastedName(pieces: ReadonlySet<string>): string | undefined {
  return [...CLOCKS, ...TESTS].find((name) => isMadeOf(name, pieces));
}

function isMadeOf(name: string, pieces: ReadonlySet<string>): boolean {
  // reached[n]: whether the first n letters can be made.
  const reached = [true];
  for (let end = 1; end <= name.length; end += 1) {
    reached[end] = reached.some((isMade, from) => isMade && pieces.has(name.slice(from, end)));
  }
  return reached[name.length] === true;
}
