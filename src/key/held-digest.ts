// Digests of what this process holds and has not stored yet. The next compiles read it, a link all of it at once: each
// such file is hashed once, by whoever needs its digest first, and what is needed for a result only when that is stored.
import type { Digest } from "../base/digest.ts";
import type { Stat } from "../base/file.ts";
import { fileId, sameWriting } from "../base/file-id.ts";

const held = new Map<string, HeldDigest>();

/** The digest of a held file, from its holding to its release and, for those who wait for it, afterwards. */
export class HeldDigest {
  readonly #stat: Stat;
  readonly #read: () => Digest | undefined;
  #digest: Digest | undefined;
  #isAwaited = false;

  /** `read` hashes what is held; undefined when it is not any more what it was. */
  constructor(stat: Stat, read: () => Digest | undefined) {
    this.#stat = stat;
    this.#read = read;
    held.set(fileId(stat), this);
  }

  /** The digest, where somebody has needed it already. */
  get known(): Digest | undefined {
    return this.#digest;
  }

  /** The digest, hashed if need be; undefined when the file is not any more what it was. */
  digest(): Digest | undefined {
    this.#digest ??= this.#read();
    return this.#digest;
  }

  /** Says that somebody will ask for it when the file may be held no more. */
  await(): this {
    this.#isAwaited = true;
    return this;
  }

  /** Whoever stored it has hashed it. */
  settle(digest: Digest): void {
    this.#digest ??= digest;
  }

  /** The file is about to be let go of. */
  release(): void {
    if (this.#isAwaited) this.digest();
    const id = fileId(this.#stat);
    if (held.get(id) === this) held.delete(id);
  }

  /** Whether the file is still what is held, by size and time of writing: others link it. */
  isOf(stat: Stat): boolean {
    return sameWriting(this.#stat, stat);
  }
}

/** What is known of a file with this stat, where this process holds it. */
export function heldDigest(stat: Stat): HeldDigest | undefined {
  const one = held.size === 0 ? undefined : held.get(fileId(stat));
  return one?.isOf(stat) === true ? one : undefined;
}

/** A file among a compile's inputs that is held and not hashed yet: a member's name, and where its digest will be. */
export interface AwaitedFile {
  readonly name: string;
  readonly held: HeldDigest;
}
