// Where the loader's cache (ldconfig(8)) leads for names of libraries. Not the file counts, which every package that is
// installed changes, but what it says of the libraries that a compiler was given. Its layout is glibc's since 2.2: after
// the magic and two words the number of entries (flags, name, place, two words for the processor), all little endian.
import { bufferOf } from "../base/bytes.ts";
import { digestOf } from "../base/digest.ts";
import { readFileBytes, readText, sameStat, type Stat, statPath } from "../base/file.ts";
import { baseName } from "../base/path.ts";

/** The file, which nobody but ldconfig writes. */
export const LOADER_CACHE = "/etc/ld.so.cache";

/** What is loaded into every program of the machine. */
export const LOADER_LIST = "/etc/ld.so.preload";

/** The beginning of the flag that says where it leads for the names that follow. */
export const LOADER_FLAG = "the loader's cache for ";

const MAGIC = "glibc-ld.so.cache1.1";
const COUNT_AT = 20;
const ENTRIES_AT = 48;
const ENTRY_BYTES = 24;
const Entry = { flags: 0, name: 4, place: 8, processor: 16 } as const;

/** Stands for the whole file, as which no library is called. */
const WHOLE = "";

/** The flag for these libraries, by their names. */
export function loaderFlag(libraries: Iterable<string>): string {
  return LOADER_FLAG + [...new Set([...libraries].map(baseName))].sort().join(" ");
}

/** What a flag of this kind says now: every place, in the loader's order, and what every program is given. */
export function loaderText(flag: string): string {
  const table = loaderTable();
  const names = flag.slice(LOADER_FLAG.length).split(" ");
  const places = [WHOLE, ...names].map((name) => table.get(name) ?? "");
  return [...places, readText(LOADER_LIST) ?? ""].join("\n");
}

/** What was read last, and when. */
let known: { readonly stat: Stat; readonly table: ReadonlyMap<string, string> } | undefined;

function loaderTable(): ReadonlyMap<string, string> {
  const stat = statPath(LOADER_CACHE);
  if (typeof stat === "string") return new Map([[WHOLE, stat]]);
  if (known !== undefined && sameStat(known.stat, stat)) return known.table;
  const bytes = readFileBytes(LOADER_CACHE);
  const table = typeof bytes === "string" ? new Map([[WHOLE, bytes]]) : tableOf(bytes);
  known = { stat, table };
  return table;
}

function tableOf(bytes: Uint8Array): Map<string, string> {
  const file = bufferOf(bytes);
  const table = new Map<string, string>();
  // An older layout may stand in front. A layout that is not known counts as a whole.
  const start = file.indexOf(MAGIC);
  if (start < 0 || start + ENTRIES_AT > file.length) return new Map([[WHOLE, digestOf(bytes)]]);
  const text = (at: number) => file.toString("latin1", start + at, file.indexOf(0, start + at));
  const count = file.readUInt32LE(start + COUNT_AT);
  for (let index = 0; index < count; index += 1) {
    const at = start + ENTRIES_AT + index * ENTRY_BYTES;
    if (at + ENTRY_BYTES > file.length) break;
    const name = text(file.readUInt32LE(at + Entry.name));
    const place = text(file.readUInt32LE(at + Entry.place));
    const suits = [
      file.readInt32LE(at + Entry.flags),
      file.readBigUInt64LE(at + Entry.processor),
    ].join(" ");
    table.set(name, `${table.get(name) ?? ""}${place} ${suits};`);
  }
  return table;
}
