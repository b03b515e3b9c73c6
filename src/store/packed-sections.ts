// The compressed sections of ELF files and of the ELF members of archives, debug information and rustc's
// metadata: what a search of the bytes as they lie cannot see. Layout: System V ABI, Elf_Chdr; before that,
// GNU's .zdebug; .rustc is snappy.ts.
import { bufferOf } from "../base/bytes.ts";
import { ObjectView, partsOf, SectionTable } from "./object-file.ts";
import { packedMetadata, unpackStream } from "./snappy.ts";

/** What a look into a file gave. */
export type Unpacked = "done" | "too-large" | "unreadable";

/** Larger ones are not unpacked: the caller must assume the worst. */
const SECTION_BYTES_MAX = 128 * 1024 ** 2;

/** Gives every compressed section's content, unpacked. The descriptor's position stays. */
export function eachPackedSection(
  fd: number,
  size: number,
  take: (content: Uint8Array) => void,
): Unpacked {
  const parts = partsOf(fd, size);
  if (parts === undefined) return "unreadable";
  for (const part of parts) {
    const table = SectionTable.read(fd, part);
    const end = table === undefined ? "done" : eachInTable(table, take);
    if (end !== "done") return end;
  }
  return "done";
}

const GNU_PREFIX = ".zdebug";
const RUSTC_SECTION = ".rustc";
/** What gcc keeps for a device's compiler holds the working directory, packed in a way of its own. */
const OFFLOADED = ".gnu.offload_lto_";

function eachInTable(table: SectionTable, take: (content: Uint8Array) => void): Unpacked {
  if (table.names().includes(OFFLOADED)) return "unreadable";
  const hasGnu = table.names().includes(GNU_PREFIX);
  const hasRustc = table.names().includes(RUSTC_SECTION);
  for (let index = 0; index < table.count; index += 1) {
    const gnu = hasGnu && table.name(index).startsWith(GNU_PREFIX);
    const rustc = hasRustc && table.name(index) === RUSTC_SECTION;
    if (!gnu && !rustc && !isCompressed(table, index)) continue;
    if (table.section(index).size > SECTION_BYTES_MAX) return "too-large";
    const packed = table.content(index, SECTION_BYTES_MAX);
    const content = rustc
      ? unpackRustc(packed)
      : gnu
        ? unpackGnu(packed)
        : unpack(new ObjectView(packed, table.view), packed);
    if (typeof content === "string") return content;
    take(content);
  }
  return "done";
}

/** What is not packed is searched as it lies. */
function unpackRustc(content: Uint8Array): Uint8Array | Unpacked {
  const stream = packedMetadata(bufferOf(content));
  if (stream === undefined) return new Uint8Array();
  return unpackStream(stream, SECTION_BYTES_MAX) ?? "unreadable";
}

/** By the low half of the flags alone: an rlib has tens of thousands of sections. */
function isCompressed(table: SectionTable, index: number): boolean {
  const SHF_COMPRESSED = 0x800;
  const { view } = table;
  const low = view.wide && !view.little ? 12 : 8;
  return (view.word(table.row(index) + low) & SHF_COMPRESSED) !== 0;
}

/** Elf_Chdr: algorithm, unpacked size, then the stream. */
function unpack(view: ObjectView, packed: Uint8Array<ArrayBuffer>): Uint8Array | Unpacked {
  const headerBytes = view.wide ? 24 : 12;
  if (packed.length < headerBytes) return "unreadable";
  const size = view.size(view.wide ? 8 : 4);
  if (size > SECTION_BYTES_MAX) return "too-large";
  const stream = packed.subarray(headerBytes);
  const [ZLIB, ZSTD] = [1, 2];
  switch (view.word(0)) {
    case ZLIB:
      return inflate(stream);
    case ZSTD:
      return attempt(() => Bun.zstdDecompressSync(stream));
    default:
      return "unreadable";
  }
}

/** "ZLIB", the unpacked size in eight bytes, the stream. */
function unpackGnu(packed: Uint8Array<ArrayBuffer>): Uint8Array | Unpacked {
  const HEADER_BYTES = 12;
  if (packed.length < HEADER_BYTES) return "unreadable";
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (Number(view.getBigUint64(4)) > SECTION_BYTES_MAX) return "too-large";
  return inflate(packed.subarray(HEADER_BYTES));
}

/** zlib's two bytes before the raw stream say nothing that matters here. */
function inflate(stream: Uint8Array<ArrayBuffer>): Uint8Array | Unpacked {
  const ZLIB_HEADER_BYTES = 2;
  return attempt(() => Bun.inflateSync(stream.subarray(ZLIB_HEADER_BYTES)));
}

function attempt(unpacking: () => Uint8Array): Uint8Array | Unpacked {
  try {
    return unpacking();
  } catch (fault) {
    if (fault instanceof Error) return "unreadable";
    throw fault;
  }
}
