// The Digest brand: SHA-256 as 64 lowercase hex digits, and the only makers of it.

/** SHA-256 of some bytes, 64 lowercase hex digits (1.4 GB/s here; the runtime has no BLAKE3). */
export type Digest = string & { readonly brand: "Digest" };

const SHAPE = /^[0-9a-f]{64}$/;

/** The text as a Digest when it has the exact shape of one; anything else is undefined. */
export function parseDigest(text: string): Digest | undefined {
  return SHAPE.test(text) ? (text as Digest) : undefined;
}

/** The digest of bytes or of a text's UTF-8 bytes. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex") as Digest;
}

/** Takes bytes piece by piece; `finish` gives the digest and ends its use. */
export class StreamDigest {
  readonly #hasher = new Bun.CryptoHasher("sha256");

  /** Adds the next bytes. */
  add(bytes: Uint8Array | string): void {
    this.#hasher.update(bytes);
  }

  /** The digest of everything added. */
  finish(): Digest {
    return this.#hasher.digest("hex") as Digest;
  }
}

/** The digest's 32 raw bytes. */
export function digestBytes(digest: Digest): Uint8Array {
  return Uint8Array.fromHex(digest);
}

/** The digest that these 32 raw bytes spell. */
export function digestFromBytes(bytes: Uint8Array): Digest {
  return bytes.toHex() as Digest;
}
