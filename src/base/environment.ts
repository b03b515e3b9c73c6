// The raw environment block: what children inherit byte for byte, with few changes on top. The decoded
// process.env is not used for children, since a value that is not UTF-8 would reach them damaged.
import { addressOf, environAddress, textAt, wordAt } from "./libc.ts";
import type { Pointer } from "bun:ffi";

/** Variables by name; undefined for one that is not set. */
export type Env = Readonly<Record<string, string | undefined>>;

const encoder = new TextEncoder();

/** An array of C strings for exec or spawn, and whatever must stay alive during the call. */
export interface StringVector {
  readonly address: Pointer;
  readonly keep: readonly unknown[];
}

function vectorOf(words: bigint[], keep: unknown[]): StringVector {
  const block = BigUint64Array.from([...words, 0n]);
  return { address: addressOf(block), keep: [...keep, block] };
}

/** The texts as a C string array. */
export function stringVector(texts: readonly (string | Uint8Array)[]): StringVector {
  const bytes = texts.map((text) =>
    typeof text === "string" ? encoder.encode(`${text}\0`) : Uint8Array.from([...text, 0]),
  );
  return vectorOf(
    bytes.map((one) => BigInt(addressOf(one))),
    bytes,
  );
}

let taken: Env | undefined;

/** From now on children get a caller's environment in place of this process's own. */
export function takeEnvironment(env: Env): void {
  taken = env;
}

/**
 * The environment of children: this process's as inherited (an engine's: its caller's), with some variables set
 * or (undefined) removed. What is set keeps the place it had: the order shows to whoever walks the environment.
 */
export function environmentWith(changes: Env): StringVector {
  if (taken !== undefined) {
    const all = Object.entries({ ...taken, ...changes });
    return stringVector(
      all.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
    );
  }
  const block = environAddress();
  const words: bigint[] = [];
  const keep: unknown[] = [];
  const placed = new Set<string>();
  const set = (name: string) => {
    const value = changes[name];
    if (value === undefined || placed.has(name)) return;
    placed.add(name);
    const bytes = encoder.encode(`${name}=${value}\0`);
    keep.push(bytes);
    words.push(BigInt(addressOf(bytes)));
  };
  const POINTER_BYTES = 8;
  for (let at = 0; block !== undefined; at += POINTER_BYTES) {
    const word = wordAt(block, at);
    if (word === 0) break;
    const item = textAt(word as Pointer);
    const name = item.slice(0, item.indexOf("="));
    if (Object.hasOwn(changes, name)) set(name);
    else words.push(BigInt(word));
  }
  for (const name of Object.keys(changes)) set(name);
  return vectorOf(words, keep);
}
