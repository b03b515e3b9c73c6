// TOML from outside → plain values, and the lines in which they stand. The parser tells no places: they are found by
// parsing the file's beginnings, and only when somebody asks.
import { isRecord, type JsonRecord } from "./json.ts";

/** A text as tables, or what the parser says is wrong with it. */
export type Toml =
  | { readonly kind: "tables"; readonly tables: JsonRecord }
  | { readonly kind: "malformed"; readonly message: string };

/** Reads a text. Never throws. */
export function parseToml(text: string): Toml {
  try {
    const tables: unknown = Bun.TOML.parse(text);
    return { kind: "tables", tables: isRecord(tables) ? tables : {} };
  } catch (fault) {
    if (!(fault instanceof Error)) throw fault;
    return { kind: "malformed", message: fault.message.replace(/^TOML Parse error: /, "") };
  }
}

/** Every line is one more text to parse: in longer files no line is named. */
const LINES_MAX = 500;

/** Where in a text things stand, counted from 1. */
export class TomlLines {
  readonly #text: string;
  #beginnings: readonly Toml[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The line in which a malformed text's fault begins: the one behind the longest good beginning. */
  ofFault(): number | undefined {
    const beginnings = this.#all();
    if (beginnings === undefined) return undefined;
    return beginnings.findLastIndex(({ kind }) => kind === "tables") + 2;
  }

  /** The line in which a name is first defined: the one behind the last good beginning without it. */
  of(path: readonly string[]): number | undefined {
    const beginnings = this.#all();
    const defined = beginnings?.findIndex((toml) => holds(toml, path)) ?? -1;
    if (beginnings === undefined || defined < 0) return undefined;
    return beginnings.slice(0, defined).findLastIndex(({ kind }) => kind === "tables") + 2;
  }

  /** What the first line is, the first two lines are, and so on. */
  #all(): readonly Toml[] | undefined {
    const lines = this.#text.split("\n");
    if (lines.length > LINES_MAX) return undefined;
    this.#beginnings ??= lines.map((_, at) => parseToml(`${lines.slice(0, at + 1).join("\n")}\n`));
    return this.#beginnings;
  }
}

function holds(toml: Toml, path: readonly string[]): boolean {
  let value: unknown = toml.kind === "tables" ? toml.tables : undefined;
  for (const name of path) {
    if (!isRecord(value) || !Object.hasOwn(value, name)) return false;
    value = value[name];
  }
  return true;
}
