// Labelled, length-prefixed input to the key's hash, and the key version. Nothing enters a key any
// other way: length ":" label ":" length ":" value, lengths in UTF-16 units, so that neither can imitate a boundary.
import { isDamaged } from "../base/damaged-text.ts";
import { type Digest, StreamDigest } from "../base/digest.ts";

/**
 * Raised whenever the recipe changes, so that entries of another recipe are never found.
 * 1: first recipe. 2: where paths lead, links' texts and modes are members of their own; nothing in entries before
 * says so. 3: labels, some of which hold paths, have their length in front; whether cargo calls.
 */
const KEY_VERSION = 3;

/** One labelled input, kept for explaining why two keys differ. */
export interface KeyField {
  readonly label: string;
  readonly value: string;
}

/** Collects the inputs of one key in order. */
export class KeyHasher {
  readonly #hasher = new StreamDigest();
  readonly fields: KeyField[] = [];
  /** The first input that is not UTF-8: nobody could tell it from others that are not. */
  damaged: string | undefined;

  constructor(recipe: string) {
    this.#hasher.add(`kache ${recipe} ${KEY_VERSION}\n`);
  }

  /** Adds one input. Order counts. */
  add(label: string, value: string): void {
    this.#hasher.add(`${label.length}:${label}:${value.length}:${value}\n`);
    this.fields.push({ label, value });
    if (isDamaged(value) || isDamaged(label)) this.damaged ??= label;
  }

  /** Notes what an input means in people's words; it counts for nothing. */
  note(label: string, value: string): void {
    this.fields.push({ label, value });
  }

  /** The digest of all inputs. */
  finish(): Digest {
    return this.#hasher.finish();
  }
}
