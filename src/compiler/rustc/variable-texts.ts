// What a source's text tells of the variables it reads, and of the files it assembles. rustc reports the variables'
// names, and not what becomes of their values.

/**
 * `env!` of something that is not a plain string (a macro's argument, an escape), or under another name. A name that
 * is put together tells its beginning: `concat!("CARGO_BIN_EXE_", $name)`.
 */
const COMPUTED =
  /\b(?:option_)?env!\s*[([{](?!\s*"[^"\\]*")(?:\s*concat!\s*[([{]\s*"([^"\\]+)")?|\b(?:option_)?env\s+as\b/g;

/** A line that is a comment as a whole. */
const COMMENT = /^\s*\/\/.*$/gm;

/** Whether a text may read one of these variables without spelling its name. */
export function readsUnspelled(text: string, names: readonly string[]): boolean {
  if (!text.includes("env")) return false;
  return [...text.replace(COMMENT, "").matchAll(COMPUTED)].some(([, beginning = ""]) =>
    names.some((name) => name.startsWith(beginning)),
  );
}

/** `env!("NAME")` and, at its head, an include whose path starts with it. */
function patternsFor(name: string) {
  const read = String.raw`\b(?:option_)?env!\s*[([{]\s*"${name}"`;
  const include = String.raw`\binclude(?:_str|_bytes)?!\s*[([{]\s*(?:concat!\s*[([{]\s*)?env!\s*[([{]\s*"${name}"`;
  return {
    names: new RegExp(String.raw`\b${name}\b`, "g"),
    reads: new RegExp(read, "g"),
    includes: new RegExp(include, "g"),
  };
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** How often a text reads the variable as the head of an include's path. */
export function includesBy(text: string, name: string): number {
  return countOf(text, patternsFor(name).includes);
}

/** Whether a text's include by the variable goes upwards: `include!(concat!(env!("OUT_DIR"), "/../x.rs"))`. */
export function includesAbove(text: string, name: string): boolean {
  if (!text.includes("..")) return false;
  const { includes } = patternsFor(name);
  return [...text.matchAll(includes)].some(({ index }) => argumentFrom(text, index).includes(".."));
}

/** What may hold a quote or a bracket that stands for itself: escapes, characters, raw strings, comments. */
const INTRICATE = /['\\]|\br#*"|\/[*/]/;

/** From a macro's name to the bracket that closes its call; all that follows where that cannot be told simply. */
function argumentFrom(text: string, start: number): string {
  let depth = 0;
  let isString = false;
  for (let at = start; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === '"') isString = !isString;
    if (isString) continue;
    if ("([{".includes(sign)) depth += 1;
    if (!")]}".includes(sign)) continue;
    depth -= 1;
    if (depth > 0) continue;
    const argument = text.slice(start, at);
    return INTRICATE.test(argument) ? text.slice(start) : argument;
  }
  return text.slice(start);
}

/** Files that a text takes in by a path that goes upwards from its own directory. */
const UPWARDS = /(?:\binclude(?:_str|_bytes)?!\s*[([{]|\bpath\s*=)\s*r?#*"[^"]*\.\.\//;

/** Whether a text takes in a file by a path that goes upwards from its own directory. */
export function includesUpwards(text: string): boolean {
  return text.includes("../") && UPWARDS.test(text);
}

/** Whether a source's text reads the variable, as far as it spells its name, at most as the head of an include's path. */
export function readsOnlyInIncludes(text: string, name: string): boolean {
  const { reads, includes } = patternsFor(name);
  return countOf(text, reads) === countOf(text, includes);
}

/** Whether a source's text has the variable's name at most at the head of an include's path: nothing is handed on. */
export function namesOnlyInIncludes(text: string, name: string): boolean {
  const { names, includes } = patternsFor(name);
  return (
    !readsUnspelled(text, [name]) && countOf(unescaped(text), names) === countOf(text, includes)
  );
}

/** Whether a source's text may make the assembler take in files, also where it puts the directive together. */
export function assemblesFiles(text: string): boolean {
  return /incbin|\.include[\s"'\\]|\.inc["']/i.test(unescaped(text));
}

/** Whether a source's text may read the variable. */
export function mayRead(text: string, name: string): boolean {
  return readsUnspelled(text, [name]) || unescaped(text).includes(name);
}

/** The text with what its strings escape. */
function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text
    .replace(/\\\r?\n\s*/g, "")
    .replace(/\\x([0-9a-f]{2})|\\u\{([0-9a-f_]+)\}/gi, (whole, byte?: string, point?: string) => {
      const code = Number.parseInt((byte ?? point ?? "").replaceAll("_", ""), 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}
