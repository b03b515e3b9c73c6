// What is remembered of a toolchain, and whether it is still the same: the stamp of every file.
//
// toolchains/<digest>.record: one line of JSON {schema: 6, id, version, sysroot, source, host, minor, count}, then
// `count` paths, each ended by a NUL, then their stamps as base/many-paths.ts gives them. Bytes that
// are handed to the kernel and compared as they are, since every hit looks at some seventy files.
// Version list: 1 to 4 were JSON throughout, under the name <digest>.json; 5 had no source; 6.
import { type Digest, parseDigest } from "../base/digest.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { decodeUtf8, readFileBytes } from "../base/file.ts";
import { pathBlock } from "../base/many-paths.ts";
import { parseRecord, textOf } from "../base/json.ts";
import { isUnchanged } from "./stamped-paths.ts";

const SCHEMA = 6;
const NEWLINE = 0x0a;
/** Some seventy paths make twelve kilobytes. */
const RECORD_BYTES_MAX = 1 << 22;

/** What a key needs to know about a compiler. */
export interface Toolchain {
  /** Stands for every byte of the toolchain that can shape an output. */
  readonly id: Digest;
  /** Text of `-vV`. */
  readonly version: string;
  readonly sysroot: string;
  /** The sysroot whose standard library's source is installed, so that outputs name it; "" without. */
  readonly source: string;
  readonly host: string;
  /** Minor version of rustc 1.x, 0 when unknown. */
  readonly minor: number;
}

/** Writes a record of the files a toolchain is made of; a fault only means that it is examined again. */
export function writeToolchainRecord(
  path: string,
  toolchain: Toolchain,
  files: { readonly paths: readonly string[]; readonly stamps: Uint8Array },
): void {
  const head = JSON.stringify({ schema: SCHEMA, ...toolchain, count: files.paths.length });
  const parts = [new TextEncoder().encode(`${head}\n`), pathBlock(files.paths), files.stamps];
  writeFileAtomic(path, Buffer.concat(parts));
}

/** Reads a record if every file in it is unchanged. */
export function readToolchainRecord(path: string): Toolchain | undefined {
  const bytes = readFileBytes(path, RECORD_BYTES_MAX);
  if (typeof bytes === "string") return undefined;
  const headEnd = bytes.indexOf(NEWLINE) + 1;
  const head = parseRecord(decodeUtf8(bytes.subarray(0, headEnd)) ?? "");
  if (head === undefined || head["schema"] !== SCHEMA) return undefined;
  const text = (name: string) => textOf(head[name]) ?? "";
  const id = parseDigest(text("id"));
  const { minor, count } = head;
  if (id === undefined || typeof minor !== "number" || typeof count !== "number") return undefined;
  if (!isUnchanged(bytes.subarray(headEnd), count)) return undefined;
  const [version, sysroot] = [text("version"), text("sysroot")];
  return { id, version, sysroot, source: text("source"), host: text("host"), minor };
}
