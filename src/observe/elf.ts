// What an ELF file tells about its loading: the symbols it takes from other libraries, its own symbols' names,
// and its loader.
// Layout: System V ABI, chapter 4 (Elf64_Ehdr, Elf64_Shdr, Elf64_Sym).
import { closeFd, openRead } from "../base/file.ts";
import { addressOf, libcCold } from "../base/libc.ts";

const SECTION_SYMTAB = 2;
const SECTION_DYNSYM = 11;
const SYMBOL_BYTES = 24;

const FILE_START_BYTES = 4096;

/**
 * Whether the file tells that its loader would refuse our library, aloud: another class or machine, or another C
 * library's loader; or that it would end where our library comes first, as a sanitizer's runtime does. Nothing is said
 * of scripts and static programs: what they run counts. native/exec-target.c is the same for what programs start.
 */
export function refusesPreload(program: string): boolean {
  const fd = openRead(program);
  if (fd < 0) return false;
  try {
    return isRefusing(fd);
  } catch (fault) {
    if (fault instanceof RangeError) return false;
    throw fault;
  } finally {
    closeFd(fd);
  }
}

/** What stands at an offset of an open file, as far as it goes. */
function piece(fd: number, offset: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const got = Number(libcCold().pread(fd, addressOf(bytes), size, offset));
  return bytes.subarray(0, Math.max(got, 0));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A part of a program, in its file and in memory. */
interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

function segmentsOf(view: DataView): Segment[] {
  const first = Number(view.getBigUint64(0x20, true));
  const size = view.getUint16(0x36, true);
  return Array.from({ length: view.getUint16(0x38, true) }, (_, index) => {
    const at = first + index * size;
    const word = (offset: number) => Number(view.getBigUint64(at + offset, true));
    return { type: view.getUint32(at, true), offset: word(8), address: word(16), bytes: word(32) };
  });
}

function isRefusing(fd: number): boolean {
  const [MAGIC, CLASS_64, INTERPRETER] = [0x7f454c46, 2, 3];
  const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
  const view = viewOf(piece(fd, 0, FILE_START_BYTES));
  if (view.getUint32(0) !== MAGIC) return false;
  if (view.getUint8(4) !== CLASS_64) return true;
  if (view.getUint16(18, true) !== MACHINES[process.arch]) return true;
  const segments = segmentsOf(view);
  const interpreter = segments.find(({ type }) => type === INTERPRETER);
  if (interpreter === undefined) return false;
  const loader = latin1.decode(piece(fd, interpreter.offset, interpreter.bytes));
  return (
    !loader.includes("/ld-linux") || neededBy(fd, segments).some((name) => SANITIZER.test(name))
  );
}

const SANITIZER = /[atlm]san/;

/** The libraries that a program is linked to, by name. */
function neededBy(fd: number, segments: readonly Segment[]): string[] {
  const [LOAD, DYNAMIC, NEEDED, NAMES] = [1, 2, 1, 5];
  const NAME_BYTES = 64;
  const listed = segments.find(({ type }) => type === DYNAMIC);
  if (listed === undefined) return [];
  const view = viewOf(piece(fd, listed.offset, listed.bytes));
  const entries = Array.from({ length: Math.floor(view.byteLength / 16) }, (_, index) => ({
    tag: Number(view.getBigUint64(index * 16, true)),
    value: Number(view.getBigUint64(index * 16 + 8, true)),
  }));
  const address = entries.find(({ tag }) => tag === NAMES)?.value ?? 0;
  const within = segments.find(
    (one) => one.type === LOAD && address >= one.address && address < one.address + one.bytes,
  );
  if (within === undefined) return [];
  const names = address - within.address + within.offset;
  return entries.flatMap(({ tag, value }) => {
    if (tag !== NEEDED) return [];
    const text = latin1.decode(piece(fd, names + value, NAME_BYTES));
    return [text.slice(0, text.indexOf("\0"))];
  });
}

/** The symbols that a library takes from others, by name; undefined for what is no ELF file or has no such table. */
export function undefinedSymbols(bytes: Uint8Array): Set<string> | undefined {
  return guarded(bytes, (view) => {
    const section = findSection(view, SECTION_DYNSYM);
    return section === undefined ? undefined : readSymbols(view, bytes, section);
  });
}

/** The names of all symbols, NUL between them; undefined where strip took them away. */
export function symbolNames(bytes: Uint8Array): string | undefined {
  return guarded(bytes, (view) => {
    const section = findSection(view, SECTION_SYMTAB);
    if (section === undefined) return undefined;
    const names = namesOf(view, section);
    const start = Number(view.getBigUint64(names + 0x18, true));
    const end = start + Number(view.getBigUint64(names + 0x20, true));
    return end > bytes.length ? undefined : latin1.decode(bytes.subarray(start, end));
  });
}

const latin1 = new TextDecoder("latin1");

function guarded<Answer>(
  bytes: Uint8Array,
  read: (view: DataView) => Answer | undefined,
): Answer | undefined {
  try {
    return read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (fault) {
    // An offset outside the file: damaged, or no ELF file at all.
    if (fault instanceof RangeError) return undefined;
    throw fault;
  }
}

/** Where sections' headers stand, and the one of a type. */
interface SectionHeader {
  readonly at: number;
  readonly headersAt: number;
  readonly headerBytes: number;
}

function findSection(view: DataView, type: number): SectionHeader | undefined {
  const ELF64_LITTLE = 0x0102464c457f; // magic, class 2, data 1
  const head = view.getUint32(0, true) + view.getUint16(4, true) * 2 ** 32;
  if (head !== ELF64_LITTLE) return undefined;
  const headersAt = Number(view.getBigUint64(0x28, true));
  const headerBytes = view.getUint16(0x3a, true);
  const sections = view.getUint16(0x3c, true);
  for (let index = 0; index < sections; index += 1) {
    const at = headersAt + index * headerBytes;
    if (view.getUint32(at + 4, true) === type) return { at, headersAt, headerBytes };
  }
  return undefined;
}

function readSymbols(view: DataView, bytes: Uint8Array, section: SectionHeader): Set<string> {
  const { at } = section;
  const names = namesOf(view, section);
  return undefinedAmong(view, bytes, {
    start: Number(view.getBigUint64(at + 0x18, true)),
    size: Number(view.getBigUint64(at + 0x20, true)),
    names: Number(view.getBigUint64(names + 0x18, true)),
  });
}

/** Where the header of a symbol section's names stands. */
function namesOf(view: DataView, { at, headersAt, headerBytes }: SectionHeader): number {
  return headersAt + view.getUint32(at + 0x28, true) * headerBytes;
}

function undefinedAmong(
  view: DataView,
  bytes: Uint8Array,
  table: { readonly start: number; readonly size: number; readonly names: number },
): Set<string> {
  const found = new Set<string>();
  for (let at = table.start; at + SYMBOL_BYTES <= table.start + table.size; at += SYMBOL_BYTES) {
    const UNDEFINED = 0;
    if (view.getUint16(at + 6, true) !== UNDEFINED) continue;
    const start = table.names + view.getUint32(at, true);
    const end = bytes.indexOf(0, start);
    if (end > start) found.add(latin1.decode(bytes.subarray(start, end)));
  }
  return found;
}
