// The compressed debug sections of ELF files and of the ELF members of archives: what a search of the
// bytes as they lie cannot see. Layouts: System V ABI (Elf_Ehdr, Elf_Shdr, Elf_Chdr), ar(5).
import { libcCold, addressOf } from "../base/libc.ts";

/** Where a file is read from: as many bytes as there are, up to the length. */
type Read = (at: number, length: number) => Uint8Array;

/** What a look into a file gave. */
export type Unpacked = "done" | "too-large" | "unreadable";

/** Larger ones are not unpacked: the caller must assume the worst. */
const SECTION_BYTES_MAX = 128 * 1024 ** 2;
const TABLE_BYTES_MAX = 64 * 1024 ** 2;

const ARCHIVE_MAGIC = "!<arch>\n";
const MEMBER_HEADER_BYTES = 60;
const ELF_HEADER_BYTES = 64;
const ELF_MAGIC = 0x7f454c46;

/** Gives every compressed debug section's content, unpacked. The descriptor's position stays. */
export function eachPackedSection(
  fd: number,
  size: number,
  take: (content: Uint8Array) => void,
): Unpacked {
  const read = reader(fd);
  if (latin(read(0, ARCHIVE_MAGIC.length)) !== ARCHIVE_MAGIC) return eachInObject(read, 0, take);
  for (let at = ARCHIVE_MAGIC.length; at + MEMBER_HEADER_BYTES <= size;) {
    const header = latin(read(at, MEMBER_HEADER_BYTES));
    const memberBytes = Number.parseInt(header.slice(48, 58), 10);
    if (!header.endsWith("`\n") || !Number.isSafeInteger(memberBytes)) return "unreadable";
    const start = at + MEMBER_HEADER_BYTES + longNameBytes(header);
    const end = eachInObject(read, start, take);
    if (end !== "done") return end;
    at += MEMBER_HEADER_BYTES + memberBytes + (memberBytes % 2);
  }
  return "done";
}

/** BSD archives put a long name before the member's content. */
function longNameBytes(header: string): number {
  return header.startsWith("#1/") ? Number.parseInt(header.slice(3, 16), 10) || 0 : 0;
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function reader(fd: number): Read {
  return (at, length) => {
    const bytes = new Uint8Array(length);
    if (length === 0) return bytes;
    const got = Number(libcCold().pread(fd, addressOf(bytes), length, at));
    return bytes.subarray(0, Math.max(got, 0));
  };
}

/** One section, as far as it matters here. */
interface Section {
  readonly offset: number;
  readonly size: number;
}

/** Reads numbers of one object: 32 or 64 bits wide, in its byte order. */
class ObjectView {
  readonly #view: DataView;
  readonly wide: boolean;
  readonly little: boolean;

  constructor(bytes: Uint8Array, wide: boolean, little: boolean) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.wide = wide;
    this.little = little;
  }

  half(at: number): number {
    return this.#view.getUint16(at, this.little);
  }

  word(at: number): number {
    return this.#view.getUint32(at, this.little);
  }

  /** An address-sized number. */
  size(at: number): number {
    return this.wide ? Number(this.#view.getBigUint64(at, this.little)) : this.word(at);
  }
}

function eachInObject(read: Read, start: number, take: (content: Uint8Array) => void): Unpacked {
  const head = read(start, ELF_HEADER_BYTES);
  if (head.length < ELF_HEADER_BYTES) return "done";
  if (new DataView(head.buffer).getUint32(0) !== ELF_MAGIC) return "done";
  const CLASS_64 = 2;
  const LITTLE = 1;
  const header = new ObjectView(head, head[4] === CLASS_64, head[5] === LITTLE);
  const tableAt = start + header.size(header.wide ? 0x28 : 0x20);
  const count = header.half(header.wide ? 0x3c : 0x30);
  const namesIndex = header.half(header.wide ? 0x3e : 0x32);
  if (tableAt === start) return "done";
  const table = sectionTable(read, tableAt, header, count);
  if (table === undefined) return "too-large";
  const { view, sections } = table;
  const names = namesOf(read, start, view, sections, namesIndex);
  for (let index = 0; index < sections; index += 1) {
    const gnu = names !== undefined && isGnuPacked(names, view, index);
    if (!gnu && !isCompressed(view, index)) continue;
    const section = sectionAt(view, index);
    if (section.size > SECTION_BYTES_MAX) return "too-large";
    const packed = read(start + section.offset, section.size);
    const content = gnu
      ? unpackGnu(packed)
      : unpack(new ObjectView(packed, view.wide, view.little), packed);
    if (typeof content === "string") return content;
    take(content);
  }
  return "done";
}

const SHDR_BYTES_WIDE = 64;
const SHDR_BYTES_NARROW = 40;

function sectionTable(read: Read, at: number, header: ObjectView, count: number) {
  const bytes = header.wide ? SHDR_BYTES_WIDE : SHDR_BYTES_NARROW;
  const first = new ObjectView(read(at, bytes), header.wide, header.little);
  // More than 65,279 sections: the count stands in the first one's size.
  const sections = count === 0 ? first.size(header.wide ? 32 : 20) : count;
  if (sections * bytes > TABLE_BYTES_MAX) return undefined;
  const table = read(at, sections * bytes);
  return {
    view: new ObjectView(table, header.wide, header.little),
    sections: Math.floor(table.length / bytes),
  };
}

function sectionStart(view: ObjectView, index: number): number {
  return index * (view.wide ? SHDR_BYTES_WIDE : SHDR_BYTES_NARROW);
}

/** By the low half of the flags alone: an rlib has tens of thousands of sections. */
function isCompressed(view: ObjectView, index: number): boolean {
  const SHF_COMPRESSED = 0x800;
  const low = view.wide && !view.little ? 12 : 8;
  return (view.word(sectionStart(view, index) + low) & SHF_COMPRESSED) !== 0;
}

function sectionAt(view: ObjectView, index: number): Section {
  const at = sectionStart(view, index);
  return {
    offset: view.size(at + (view.wide ? 24 : 16)),
    size: view.size(at + (view.wide ? 32 : 20)),
  };
}

const GNU_PREFIX = ".zdebug";

/** The section names, if any of them is one of the old kind. */
function namesOf(
  read: Read,
  start: number,
  view: ObjectView,
  sections: number,
  index: number,
): Buffer | undefined {
  const EXTENDED = 0xffff;
  const link = view.wide ? 40 : 24;
  const at = index === EXTENDED && sections > 0 ? view.word(link) : index;
  if (at >= sections) return undefined;
  const { offset, size } = sectionAt(view, at);
  const bytes = read(start + offset, Math.min(size, TABLE_BYTES_MAX));
  const names = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return names.includes(GNU_PREFIX) ? names : undefined;
}

function isGnuPacked(names: Buffer, view: ObjectView, index: number): boolean {
  const at = view.word(sectionStart(view, index));
  return names.toString("latin1", at, at + GNU_PREFIX.length) === GNU_PREFIX;
}

/** Elf_Chdr: algorithm, unpacked size, then the stream. */
function unpack(view: ObjectView, packed: Uint8Array): Uint8Array | Unpacked {
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
      return attempt(() => Bun.zstdDecompressSync(own(stream)));
    default:
      return "unreadable";
  }
}

/** "ZLIB", the unpacked size in eight bytes, the stream. */
function unpackGnu(packed: Uint8Array): Uint8Array | Unpacked {
  const HEADER_BYTES = 12;
  if (packed.length < HEADER_BYTES) return "unreadable";
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (Number(view.getBigUint64(4)) > SECTION_BYTES_MAX) return "too-large";
  return inflate(packed.subarray(HEADER_BYTES));
}

/** zlib's two bytes before the raw stream say nothing that matters here. */
function inflate(stream: Uint8Array): Uint8Array | Unpacked {
  const ZLIB_HEADER_BYTES = 2;
  return attempt(() => Bun.inflateSync(own(stream.subarray(ZLIB_HEADER_BYTES))));
}

/** The unpackers want an array of their own. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function attempt(unpacking: () => Uint8Array): Uint8Array | Unpacked {
  try {
    return unpacking();
  } catch (fault) {
    if (fault instanceof Error) return "unreadable";
    throw fault;
  }
}
