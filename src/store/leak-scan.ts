// Searches a compile's outputs for this machine's literal paths: what remapping was to keep out. A net
// under the rules of the key, not a proof. Works on pieces of any size in one pass with the digest
// (25 GB/s a path against the digest's 1.4), so that a miss does not notice it.
//
// A path is found by its root's spelling. What stands around decides where that is clear (`/`, NUL, a
// quote, the end); inside a longer name it is another path. Packed string tables have no ends at all,
// so that an unclear one counts unless the longer name is there on the disk.
import { bufferOf } from "../base/bytes.ts";
import type { Roots } from "../key/roots.ts";
import { lstatPath } from "../base/file.ts";

/** The longest name of a file, and so of what is looked at behind a path. */
const NAME_BYTES_MAX = 255;

interface Needle {
  readonly bytes: Buffer;
  readonly path: string;
  readonly sentinel: string;
}

/** Directories that every machine has: their names in an output bind it to nothing. */
const EVERYWHERE = new Set(["/tmp", "/var/tmp", "/usr", "/usr/local", "/nonexistent"]);

/** Looks for the roots of one place in any number of files. */
export class LeakScanner {
  readonly #needles: readonly Needle[];
  readonly #tops: readonly Needle[];
  readonly #found = new Set<string>();
  readonly #reach: number;
  /** What was seen last, and whether its first byte is there only for what it says of the second. */
  #carry: Buffer = Buffer.alloc(0);
  #hasContext = false;

  constructor(roots: Roots) {
    const all = roots
      .prefixes()
      .filter(({ prefix }) => !EVERYWHERE.has(prefix))
      .map(({ prefix, sentinel }) => ({ bytes: Buffer.from(prefix), path: prefix, sentinel }));
    this.#needles = all;
    // One below another is found with it.
    this.#tops = all.filter(
      ({ path }) => !all.some((other) => other.path !== path && path.startsWith(`${other.path}/`)),
    );
    this.#reach = Math.max(0, ...all.map(({ bytes }) => bytes.length)) + NAME_BYTES_MAX + 1;
  }

  /** The sentinels of the roots found so far. */
  found(): ReadonlySet<string> {
    return this.#found;
  }

  /** Takes the next piece of the present file. */
  add(piece: Uint8Array): void {
    if (this.#isDone()) return;
    const bytes = bufferOf(piece);
    if (bytes.length <= this.#reach) {
      this.#carry = Buffer.concat([this.#carry, bytes]);
      this.#search(this.#carry, this.#carry.length - this.#reach);
      this.#keepEnd(this.#carry);
      return;
    }
    const seam = this.#carry.length;
    this.#search(Buffer.concat([this.#carry, bytes.subarray(0, this.#reach + 1)]), seam + 1);
    this.#hasContext = true;
    this.#search(bytes, bytes.length - this.#reach);
    this.#keepEnd(bytes);
  }

  /** Ends the present file. */
  end(): void {
    this.#search(this.#carry, this.#carry.length);
    this.#carry = Buffer.alloc(0);
    this.#hasContext = false;
  }

  /** The end of what was seen: its places are looked at when it is known what follows. */
  #keepEnd(bytes: Buffer): void {
    const kept = this.#reach + 1;
    if (bytes.length < kept) return;
    // A copy: pieces are reused.
    this.#carry = Buffer.from(bytes.subarray(bytes.length - kept));
    this.#hasContext = true;
  }

  /** Takes a whole text. */
  addText(text: string): void {
    this.add(new TextEncoder().encode(text));
    this.end();
  }

  /** Counts every root as found: for what cannot be looked into. */
  giveUp(): void {
    for (const { sentinel } of this.#needles) this.#found.add(sentinel);
  }

  #isDone(): boolean {
    return this.#needles.every(({ sentinel }) => this.#found.has(sentinel));
  }

  /** Looks at the places before `limit`. */
  #search(bytes: Buffer, limit: number): void {
    const first = this.#hasContext ? 1 : 0;
    for (const { bytes: path } of this.#tops) {
      let at = bytes.indexOf(path, first);
      for (; at >= 0 && at < limit; at = bytes.indexOf(path, at + 1)) {
        const found = this.#rootAt(bytes, at);
        if (found !== undefined) this.#found.add(found.sentinel);
        if (this.#isDone()) return;
      }
    }
  }

  /** The innermost root whose path stands there. */
  #rootAt(bytes: Buffer, at: number): Needle | undefined {
    return this.#needles.find(
      ({ bytes: path, path: text }) =>
        bytes.subarray(at, at + path.length).equals(path) && isPathAt(bytes, at, path.length, text),
    );
  }
}

/** Whether a byte may be part of a file's name, as names go in builds. */
function isNameByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const [DASH, DOT, UNDERSCORE, PLUS, AT, HIGH] = [0x2d, 0x2e, 0x5f, 0x2b, 0x40, 0x80];
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    [DASH, DOT, UNDERSCORE, PLUS, AT].includes(byte) ||
    byte >= HIGH
  );
}

const SLASH = 0x2f;

function isPathAt(bytes: Buffer, at: number, length: number, path: string): boolean {
  const end = at + length;
  // A name of one component stands inside many others' paths ("/proc/self/root/…").
  const isShort = path.lastIndexOf("/") === 0;
  if (isShort && (isNameByte(bytes[at - 1]) || bytes[at - 1] === SLASH)) {
    const below = bytes[end] === SLASH ? nameAt(bytes, end + 1) : "";
    return below !== "" && lstatPath(`${path}/${below}`) !== "absent";
  }
  const rest = nameAt(bytes, end);
  return rest === "" || lstatPath(path + rest) === "absent";
}

/** The name's bytes from there on. */
function nameAt(bytes: Buffer, from: number): string {
  let end = from;
  while (end - from < NAME_BYTES_MAX && isNameByte(bytes[end])) end += 1;
  return bytes.toString("utf8", from, end);
}
