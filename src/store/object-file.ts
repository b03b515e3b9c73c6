// The sections of ELF files, and of the ELF members of archives, read from a descriptor in pieces. Layouts:
// System V ABI (Elf_Ehdr, Elf_Shdr), ar(5).
import { bufferOf } from "../base/bytes.ts";
import { addressOf, libcCold } from "../base/libc.ts";

/** One object: a file's whole, or an archive's member. */
export interface ObjectPart {
  /** The member's name as the archive writes it; empty for a file. */
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

/** One section. Offsets count from the object's start. */
export interface ObjectSection {
  readonly offset: number;
  readonly size: number;
}

const ARCHIVE_MAGIC = "!<arch>\n";
const MEMBER_HEADER_BYTES = 60;
const ELF_HEADER_BYTES = 64;
const ELF_MAGIC = 0x7f454c46;
const SHDR_BYTES_WIDE = 64;
const SHDR_BYTES_NARROW = 40;
/** A table larger than any compiler writes is not read. */
const TABLE_BYTES_MAX = 64 * 1024 ** 2;

/** Bytes of an open file from a place on, as many as there are; the descriptor's position stays. */
export function readAt(fd: number, at: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  if (length === 0) return bytes;
  const got = Number(libcCold().pread(fd, addressOf(bytes), length, at));
  return bytes.subarray(0, Math.max(got, 0));
}

/** The objects in a file: members of an archive, or the file itself; undefined for a broken archive. */
export function partsOf(fd: number, size: number): ObjectPart[] | undefined {
  if (latin(readAt(fd, 0, ARCHIVE_MAGIC.length)) !== ARCHIVE_MAGIC) {
    return [{ name: "", start: 0, size }];
  }
  const parts: ObjectPart[] = [];
  for (let at = ARCHIVE_MAGIC.length; at + MEMBER_HEADER_BYTES <= size;) {
    const header = latin(readAt(fd, at, MEMBER_HEADER_BYTES));
    const memberBytes = Number.parseInt(header.slice(48, 58), 10);
    if (!header.endsWith("`\n") || !Number.isSafeInteger(memberBytes)) return undefined;
    const name = header.slice(0, 16).trimEnd();
    // BSD archives put a long name before the member's content.
    const nameBytes = name.startsWith("#1/") ? Number.parseInt(name.slice(3), 10) || 0 : 0;
    const start = at + MEMBER_HEADER_BYTES + nameBytes;
    parts.push({ name, start, size: memberBytes - nameBytes });
    at += MEMBER_HEADER_BYTES + memberBytes + (memberBytes % 2);
  }
  return parts;
}

function latin(bytes: Uint8Array): string {
  return bufferOf(bytes).toString("latin1");
}

/** Numbers of one object: 32 or 64 bits wide, in its byte order. */
export class ObjectView {
  readonly #view: DataView;
  readonly wide: boolean;
  readonly little: boolean;

  constructor(bytes: Uint8Array, like: { readonly wide: boolean; readonly little: boolean }) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.wide = like.wide;
    this.little = like.little;
  }

  /** Two bytes. */
  half(at: number): number {
    return this.#view.getUint16(at, this.little);
  }

  /** Four bytes. */
  word(at: number): number {
    return this.#view.getUint32(at, this.little);
  }

  /** An address-sized number. */
  size(at: number): number {
    return this.wide ? Number(this.#view.getBigUint64(at, this.little)) : this.word(at);
  }
}

/** The section table of one object. */
export class SectionTable {
  readonly view: ObjectView;
  readonly count: number;
  readonly #bytes: number;
  readonly #fd: number;
  readonly #start: number;
  readonly #namesIndex: number;
  #names: Buffer | undefined;

  private constructor(fd: number, start: number, header: ObjectView) {
    this.#fd = fd;
    this.#start = start;
    this.#bytes = header.wide ? SHDR_BYTES_WIDE : SHDR_BYTES_NARROW;
    this.#namesIndex = header.half(header.wide ? 0x3e : 0x32);
    const at = start + header.size(header.wide ? 0x28 : 0x20);
    const listed = header.half(header.wide ? 0x3c : 0x30);
    // More than 65,279 sections: the count stands in the first one's size.
    const first = new ObjectView(readAt(fd, at, this.#bytes), header);
    const count = listed === 0 ? first.size(header.wide ? 32 : 20) : listed;
    const table = readAt(fd, at, Math.min(count * this.#bytes, TABLE_BYTES_MAX));
    this.view = new ObjectView(table, header);
    this.count = Math.floor(table.length / this.#bytes);
  }

  /** The table of an object; undefined for what is no ELF file or has no sections. */
  static read(fd: number, { start, size }: ObjectPart): SectionTable | undefined {
    if (size < ELF_HEADER_BYTES) return undefined;
    const head = readAt(fd, start, ELF_HEADER_BYTES);
    if (head.length < ELF_HEADER_BYTES) return undefined;
    if (new DataView(head.buffer).getUint32(0) !== ELF_MAGIC) return undefined;
    const [CLASS_64, LITTLE] = [2, 1];
    const header = new ObjectView(head, { wide: head[4] === CLASS_64, little: head[5] === LITTLE });
    if (header.size(header.wide ? 0x28 : 0x20) === 0) return undefined;
    try {
      return new SectionTable(fd, start, header);
    } catch (fault) {
      // The file ends before its table.
      if (fault instanceof RangeError) return undefined;
      throw fault;
    }
  }

  /** Where a section's row begins in the view. */
  row(index: number): number {
    return index * this.#bytes;
  }

  /** A section's place in the object. */
  section(index: number): ObjectSection {
    const at = this.row(index);
    return {
      offset: this.view.size(at + (this.view.wide ? 24 : 16)),
      size: this.view.size(at + (this.view.wide ? 32 : 20)),
    };
  }

  /** Whether a section takes no room in the file. */
  isEmpty(index: number): boolean {
    const NOBITS = 8;
    return this.view.word(this.row(index) + 4) === NOBITS;
  }

  /** A section's bytes, up to a bound. */
  content(index: number, bytesMax: number): Uint8Array<ArrayBuffer> {
    const { offset, size } = this.section(index);
    return readAt(this.#fd, this.#start + offset, Math.min(size, bytesMax));
  }

  /** All section names, one after another with NULs between. */
  names(): Buffer {
    if (this.#names !== undefined) return this.#names;
    const EXTENDED = 0xffff;
    const link = this.view.wide ? 40 : 24;
    const extended = this.#namesIndex === EXTENDED && this.count > 0;
    const index = extended ? this.view.word(link) : this.#namesIndex;
    const bytes = index < this.count ? this.content(index, TABLE_BYTES_MAX) : new Uint8Array(0);
    this.#names = bufferOf(bytes);
    return this.#names;
  }

  /** A section's name. */
  name(index: number): string {
    const at = this.view.word(this.row(index));
    const names = this.names();
    return names.toString("latin1", at, Math.max(names.indexOf(0, at), at));
  }
}
