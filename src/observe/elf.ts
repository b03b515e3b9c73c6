// What an ELF file tells about its loading: the symbols it takes from other libraries, its own symbols' names,
// and its loader.
// Layout: System V ABI, chapter 4 (Elf64_Ehdr, Elf64_Shdr, Elf64_Sym).
import { readFileStart } from "../base/file.ts";

const SECTION_SYMTAB = 2;
const SECTION_DYNSYM = 11;
const SYMBOL_BYTES = 24;

const FILE_START_BYTES = 4096;

/**
 * Whether the file tells that its loader would refuse our library, aloud: another class or machine, or
 * another C library's loader. Nothing is said of scripts and static programs: what they run counts.
 */
export function refusesPreload(program: string): boolean {
  const bytes = readFileStart(program, FILE_START_BYTES);
  if (typeof bytes === "string") return false;
  try {
    return hasOtherLoader(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes);
  } catch (fault) {
    if (fault instanceof RangeError) return false;
    throw fault;
  }
}

function hasOtherLoader(view: DataView, bytes: Uint8Array): boolean {
  const [MAGIC, CLASS_64, SEGMENT_INTERPRETER] = [0x7f454c46, 2, 3];
  const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
  if (view.getUint32(0) !== MAGIC) return false;
  if (view.getUint8(4) !== CLASS_64) return true;
  if (view.getUint16(18, true) !== MACHINES[process.arch]) return true;
  const segments = Number(view.getBigUint64(0x20, true));
  for (let index = 0; index < view.getUint16(0x38, true); index += 1) {
    const at = segments + index * view.getUint16(0x36, true);
    if (view.getUint32(at, true) !== SEGMENT_INTERPRETER) continue;
    const start = Number(view.getBigUint64(at + 0x08, true));
    const end = start + Number(view.getBigUint64(at + 0x20, true));
    return !new TextDecoder("latin1").decode(bytes.subarray(start, end)).includes("/ld-linux");
  }
  return false;
}

/** The names, or undefined for anything that is not such a file. Never reads outside the bytes. */
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
interface Section {
  readonly at: number;
  readonly headersAt: number;
  readonly headerBytes: number;
}

function findSection(view: DataView, type: number): Section | undefined {
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

function readSymbols(view: DataView, bytes: Uint8Array, section: Section): Set<string> {
  const { at } = section;
  const names = namesOf(view, section);
  return undefinedAmong(view, bytes, {
    start: Number(view.getBigUint64(at + 0x18, true)),
    size: Number(view.getBigUint64(at + 0x20, true)),
    names: Number(view.getBigUint64(names + 0x18, true)),
  });
}

/** Where the header of a symbol section's names stands. */
function namesOf(view: DataView, { at, headersAt, headerBytes }: Section): number {
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
