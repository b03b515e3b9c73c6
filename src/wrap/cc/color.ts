// Colour in a compiler's messages. The compiler is always asked for colour and what it says is kept with
// it, so that one entry serves terminals and logs; where colour is not wanted it is taken out again.
// gcc and clang write SGR sequences and, gcc, an "erase to the end of the line" after each.
import type { CcCompile } from "../../compiler/cc/cc-compile.ts";
import { breaksLines } from "../../compiler/cc/gnu-outputs.ts";
import type { CcFamily, CcMake } from "../../key/cc-family.ts";
import { STDERR } from "../call/caller.ts";
import type { Invocation } from "../call/invocation.ts";
import type { CcUnit } from "./cc-unit.ts";

/** What a family writes, and the beginning of it at the end of a piece. Anything else is a source's own, in an excerpt. */
const SEQUENCES = {
  gcc: { whole: /\x1b\[[0-9;]*m\x1b\[K/g, begun: /\x1b(?:\[[0-9;]*(?:m(?:\x1b\[?)?)?)?$/ },
  clang: { whole: /\x1b\[[0-9;]*m/g, begun: /\x1b(?:\[[0-9;]*)?$/ },
} as const;

function sequencesOf(family: CcFamily): (typeof SEQUENCES)["gcc" | "clang"] {
  return SEQUENCES[family === "gcc" ? "gcc" : "clang"];
}

/** The text without the colours of a compiler of this family. */
export function withoutColor(text: string, family: CcFamily): string {
  return text.includes("\x1b") ? text.replace(sequencesOf(family).whole, "") : text;
}

const ESCAPE = 0x1b;

/** Takes colour out of a stream that comes in pieces. */
export class ColorRemover {
  #rest: Uint8Array = new Uint8Array();
  readonly #family: CcFamily;

  constructor(family: CcFamily) {
    this.#family = family;
  }

  /** What is shown of the next piece; the beginning of a sequence waits for its end. */
  take(bytes: Uint8Array): Uint8Array {
    if (this.#rest.length === 0 && !bytes.includes(ESCAPE)) return bytes;
    const all = Buffer.concat([this.#rest, bytes]).toString("latin1");
    const begun = sequencesOf(this.#family).begun.exec(all);
    this.#rest = Buffer.from(begun?.[0] ?? "", "latin1");
    return Buffer.from(withoutColor(all.slice(0, begun?.index), this.#family), "latin1");
  }

  /** What waited in vain. */
  end(): Uint8Array {
    return this.#rest;
  }
}

/** Whether the compiler can be asked for colour without remarking on it or writing that down. */
export function takesColorFlag(compile: CcCompile, family: CcFamily): boolean {
  if (compile.color !== undefined || compile.recordsCommand) return false;
  if (family === "other" || compile.spelling === "cl") return false;
  // Where lines are broken, the colours count as letters.
  if (breaksLines(compile.presentation)) return false;
  // clang writes it down in a precompiled header.
  return !(family === "clang" && (compile.language === "assembler" || compile.mode === "pch"));
}

/** Whether the compiler was asked for colour, by us or by the caller, so that what is kept holds it. */
export function isColored(compile: CcCompile, family: CcFamily): boolean {
  return compile.color === "always" || takesColorFlag(compile, family);
}

/** Whether messages are shown in colour. */
export function wantsColor({ compile, terminal }: CcUnit): boolean {
  return compile.color === undefined ? terminal : compile.color === "always";
}

/** Terminals that a clang colours for which has a list of them. */
const COLORED = /^(?:ansi|cygwin|linux)$|^(?:screen|xterm|vt100|rxvt)|color$/;
/** The first clang that goes by NO_COLOR, and the first that has that list: before, it asked the terminal's description. */
const NO_COLOR_SINCE = 17;
const LIST_SINCE = 19;

/** Whether the compiler would colour what it writes to standard error; whose it is, is asked where that decides. */
export function isColorTerminal({ env, caller }: Invocation, make: () => CcMake): boolean {
  const { TERM, NO_COLOR = "" } = env;
  if (TERM === undefined || TERM === "dumb" || !caller.isTerminal(STDERR)) return false;
  const isUsual = COLORED.test(TERM);
  if (isUsual && NO_COLOR === "") return true;
  const { family, version } = make();
  if (family !== "clang") return true;
  if (NO_COLOR !== "" && version >= NO_COLOR_SINCE) return false;
  return version >= LIST_SINCE ? isUsual : TERM !== "";
}
