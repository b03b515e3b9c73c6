// Colour in a compiler's messages. The compiler is always asked for colour and what it says is kept with
// it, so that one entry serves terminals and logs; where colour is not wanted it is taken out again.
// gcc and clang write SGR sequences and, gcc, an "erase to the end of the line" after each.
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
