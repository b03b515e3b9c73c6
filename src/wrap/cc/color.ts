// Colour in a compiler's messages. The compiler is always asked for colour and what it says is kept with
// it, so that one entry serves terminals and logs; where colour is not wanted it is taken out again.
// gcc and clang write SGR sequences and, gcc, an "erase to the end of the line" after each.
import type { CcMake } from "../../key/cc-family.ts";
import type { Invocation } from "../invocation.ts";
import type { CcUnit } from "./cc-unit.ts";

const SEQUENCE = /\x1b\[[0-9;]*[mK]/g;

/** The text without colour. */
export function withoutColor(text: string): string {
  return text.includes("\x1b") ? text.replace(SEQUENCE, "") : text;
}

const ESCAPE = 0x1b;

/** Takes colour out of a stream that comes in pieces. */
export class ColorRemover {
  #rest: Uint8Array = new Uint8Array();

  /** What is shown of the next piece; the beginning of a sequence waits for its end. */
  take(bytes: Uint8Array): Uint8Array {
    if (this.#rest.length === 0 && !bytes.includes(ESCAPE)) return bytes;
    const all = Buffer.concat([this.#rest, bytes]);
    const last = all.lastIndexOf(ESCAPE);
    const isOpen = last >= 0 && /^\x1b(?:\[[0-9;]*)?$/.test(all.toString("latin1", last));
    this.#rest = isOpen ? all.subarray(last) : new Uint8Array();
    const whole = isOpen ? all.subarray(0, last) : all;
    return Buffer.from(withoutColor(whole.toString("latin1")), "latin1");
  }

  /** What waited in vain. */
  end(): Uint8Array {
    return this.#rest;
  }
}

/** Whether messages are shown in colour. */
export function wantsColor({ compile, terminal }: CcUnit): boolean {
  return compile.color === undefined ? terminal : compile.color === "always";
}

const STDERR = 2;

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
