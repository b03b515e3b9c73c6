// Compiler messages with this checkout's paths taken out and put back. In the stored text a root stands
// as NUL sentinel NUL, which no compiler prints; text that holds a NUL already is not storable.
import type { Roots } from "./roots.ts";

const MARK = "\0";

/** A path as it stands inside JSON strings; equal to itself for ordinary paths. */
function inJson(path: string): string {
  return JSON.stringify(path).slice(1, -1);
}

/** What may follow a root's path for it to be that directory and not one with a longer name. */
const ENDS = String.raw`(?=[/"'\\\s:;,)\]}<>]|$)`;
/** What may stand before a path for it to be absolute and not the tail of another; colour ends in a letter. */
const STARTS = String.raw`(?:(?<![\w./-])|(?<=\x1b\[[0-9;]*[mK]))`;

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The text with every root's path replaced by its mark; undefined when it cannot be stored. */
export function mapText(text: string, roots: Roots): string | undefined {
  if (text.includes(MARK)) return undefined;
  if (!text.includes("/")) return text;
  const prefixes = roots.prefixes().filter(({ prefix }) => text.includes(inJson(prefix)));
  if (prefixes.length === 0) return text;
  const sentinels = new Map(prefixes.map(({ prefix, sentinel }) => [inJson(prefix), sentinel]));
  // Longest first: alternation takes the first branch that matches.
  const any = [...sentinels.keys()].map(escapeRegExp).join("|");
  return text.replace(new RegExp(`${STARTS}(${any})${ENDS}`, "gu"), (path) => {
    return `${MARK}${sentinels.get(path) ?? ""}${MARK}`;
  });
}

/** The stored text with this checkout's paths; undefined when a root is missing here. */
export function unmapText(text: string, roots: Roots): string | undefined {
  if (!text.includes(MARK)) return showPaths(text, roots);
  const paths = new Map(
    roots.all.map(({ sentinel, spellings }) => [sentinel, inJson(spellings[0] ?? "")]),
  );
  const missing: string[] = [];
  const filled = text.replace(/\0([^\0]*)\0/g, (_, sentinel: string) => {
    const end = sentinel.indexOf(">") + 1;
    const path = paths.get(sentinel.slice(0, end));
    if (path === undefined) missing.push(sentinel);
    return (path ?? "") + sentinel.slice(end);
  });
  return missing.length === 0 ? showPaths(filled, roots) : undefined;
}

/**
 * The text with remapped names (`<CARGO_HOME>/…`, as rustc prints them once paths are remapped) turned
 * back into this machine's paths, so that people and editors see places that exist. rustc's own scope
 * for that (`--remap-path-scope` without `diagnostics`) writes the real path into metadata (1.95).
 */
export function showPaths(text: string, roots: Roots): string {
  if (!text.includes("<")) return text;
  let shown = text;
  for (const { sentinel, spellings } of roots.all) {
    const path = spellings[0];
    if (path === undefined || !shown.includes(sentinel)) continue;
    const name = new RegExp(`${PATH_STARTS}${sentinel}(?=[/"\\\\:])`, "gm");
    shown = shown.replace(name, () => inJson(path));
  }
  return shown;
}

/**
 * What stands before a path in a message, coloured or not, plain or inside JSON: a message whose own words
 * look like one of our names stays as it is.
 */
const PATH_STARTS = String.raw`(?<=^|--> |::: |["'\`]|\\n|\[[0-9;]*m)`;
