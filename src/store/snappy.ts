// Unpacks what rustc packed into the .rustc section of dynamic libraries and procedural macros: its own
// header, then a snappy stream. (rustc 1.95 writes it as it is.) Formats: snappy's framing_format.txt and
// format_description.txt; rustc's METADATA_HEADER and the length behind it.

/** "rust" and three zero bytes; a version and the length follow. */
const RUSTC_MAGIC = Buffer.from("rust\0\0\0");
const HEADER_BYTES_MAX = 16;
/** The stream identifier's chunk: type, length of three bytes, "sNaPpY". */
const STREAM_START = Buffer.from([0xff, 0x06, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]);
const CHECKSUM_BYTES = 4;
const CHUNK_HEADER_BYTES = 4;

/** Where the stream begins in a section's content; undefined for anything but packed metadata. */
export function packedMetadata(content: Buffer): Buffer | undefined {
  if (!content.subarray(0, RUSTC_MAGIC.length).equals(RUSTC_MAGIC)) return undefined;
  const reach = RUSTC_MAGIC.length + HEADER_BYTES_MAX + STREAM_START.length;
  const at = content.subarray(0, reach).indexOf(STREAM_START);
  return at < 0 ? undefined : content.subarray(at);
}

/** The stream unpacked, checksums aside; undefined when it is damaged or more than `bytesMax` long. */
export function unpackStream(bytes: Buffer, bytesMax: number): Buffer | undefined {
  const pieces: Uint8Array[] = [];
  let total = 0;
  for (let at = 0, end = 0; at < bytes.length; at = end) {
    if (at + CHUNK_HEADER_BYTES > bytes.length) return undefined;
    end = at + CHUNK_HEADER_BYTES + bytes.readUIntLE(at + 1, 3);
    if (end > bytes.length) return undefined;
    const body = bytes.subarray(at + CHUNK_HEADER_BYTES, end);
    const piece = unpackChunk(bytes[at] ?? 0, body, bytesMax - total);
    if (piece === undefined) return undefined;
    total += piece.length;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const NOTHING = new Uint8Array();
const [COMPRESSED, UNCOMPRESSED, FIRST_SKIPPABLE] = [0x00, 0x01, 0x80];

function unpackChunk(type: number, body: Uint8Array, bytesMax: number): Uint8Array | undefined {
  if (type >= FIRST_SKIPPABLE) return NOTHING;
  const content = body.subarray(CHECKSUM_BYTES);
  if (type === UNCOMPRESSED) return content.length > bytesMax ? undefined : content;
  return type === COMPRESSED ? unpackBlock(content, bytesMax) : undefined;
}

/** One block: its length as a varint, then literals and copies of what came before. */
function unpackBlock(block: Uint8Array, bytesMax: number): Uint8Array | undefined {
  const reader = new BlockReader(block);
  const size = reader.varint();
  if (size > bytesMax) return undefined;
  const out = new Uint8Array(size);
  let filled = 0;
  while (!reader.isAtEnd()) {
    const { length, offset } = reader.element();
    if (filled + length > size || offset > filled) return undefined;
    if (offset === 0) {
      const literal = reader.take(length);
      if (literal.length < length) return undefined;
      out.set(literal, filled);
    } else {
      // Byte by byte: a copy may overlap what it makes.
      for (let at = filled; at < filled + length; at += 1) out[at] = out[at - offset] ?? 0;
    }
    filled += length;
  }
  return filled === size ? out : undefined;
}

class BlockReader {
  readonly #block: Uint8Array;
  #at = 0;

  constructor(block: Uint8Array) {
    this.#block = block;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#block.length;
  }

  take(count: number): Uint8Array {
    this.#at += count;
    return this.#block.subarray(this.#at - count, this.#at);
  }

  #number(bytes: number): number {
    return this.take(bytes).reduceRight((value, byte) => value * 256 + byte, 0);
  }

  varint(): number {
    const VARINT_BYTES_MAX = 5;
    let value = 0;
    for (let index = 0; index < VARINT_BYTES_MAX; index += 1) {
      const byte = this.#number(1);
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The next element's length, and how far back its bytes lie; 0 for a literal, which follows. */
  element(): { readonly length: number; readonly offset: number } {
    const tag = this.#number(1);
    const upper = tag >> 2;
    switch (tag & 3) {
      case 0:
        // From 60 the length less one stands in the next one to four bytes.
        return { length: 1 + (upper < 60 ? upper : this.#number(upper - 59)), offset: 0 };
      case 1:
        return { length: 4 + (upper & 7), offset: (tag >> 5) * 256 + this.#number(1) || BEYOND };
      default:
        return { length: 1 + upper, offset: this.#number((tag & 3) === 2 ? 2 : 4) || BEYOND };
    }
  }
}

/** An offset of 0 is damage. */
const BEYOND = Number.POSITIVE_INFINITY;
