// A fast check of a file's content against accidents: XXH3 chained over pieces, 5 times as fast as SHA-256.
// A blob that a checkout linked changes its ctime whenever that link goes; its content is then looked at
// again, and this is what makes the look cheap. It never replaces the digest as a name.
import { eachWindow } from "../base/map-file.ts";

/** Part of the entry format: pieces of another size give other values. */
const PIECE_BYTES = 1 << 18;

/** The check of bytes given piece by piece in pieces of PIECE_BYTES, the last one shorter. */
export class QuickCheck {
  #state = 0n;

  /** Adds the next piece. */
  add(bytes: Uint8Array): void {
    this.#state = Bun.hash.xxHash3(bytes, this.#state);
  }

  /** The check as hex digits. */
  finish(): string {
    return this.#state.toString(16);
  }
}

const WINDOW_BYTES = 32 * PIECE_BYTES;

/** The check of a file; undefined when it cannot be read. */
export function quickCheckOf(path: string): string | undefined {
  const check = new QuickCheck();
  const whole = eachWindow(path, WINDOW_BYTES, (bytes) => {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      check.add(bytes.subarray(at, at + PIECE_BYTES));
    }
  });
  return whole ? check.finish() : undefined;
}
