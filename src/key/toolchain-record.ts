// What is remembered of a toolchain, and whether it is still the same: the stamp of every file.
//
// toolchains/<digest>.json: {schema: 4, id, version, sysroot, paths: "path NUL path …", stamps: base64 of
// what base/file.ts' stampFiles gives}. One string and one array, since every hit compares some
// seventy files (0.6 ms as separate values, 0.2 so).
// Version list: 1 and 2 held separate values, 3 words; 4.
import { type Digest, parseDigest } from "../base/digest.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { readText, stampFiles } from "../base/file.ts";

const SCHEMA = 4;

/** A toolchain as remembered. */
export interface ToolchainRecord {
  readonly id: Digest;
  readonly version: string;
  readonly sysroot: string;
  readonly paths: readonly string[];
  readonly stamps: Uint8Array;
}

/** Writes a record; a fault only means that the next call examines the toolchain again. */
export function writeToolchainRecord(path: string, record: ToolchainRecord): void {
  const { id, version, sysroot, stamps } = record;
  const text = JSON.stringify({
    schema: SCHEMA,
    id,
    version,
    sysroot,
    paths: record.paths.join("\0"),
    stamps: stamps.toBase64(),
  });
  writeFileAtomic(path, text);
}

/** Reads a record if every file in it is unchanged. */
export function readToolchainRecord(
  path: string,
): Pick<ToolchainRecord, "id" | "version" | "sysroot"> | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    return decode(JSON.parse(text));
  } catch (fault) {
    if (fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}

function decode(record: unknown) {
  if (typeof record !== "object" || record === null) return undefined;
  const member = (name: string): string => {
    const value: unknown = Reflect.get(record, name);
    return typeof value === "string" ? value : "";
  };
  const id = parseDigest(member("id"));
  if (Reflect.get(record, "schema") !== SCHEMA || id === undefined) return undefined;
  const now = stampFiles(member("paths").split("\0"));
  const same = now.toBase64() === member("stamps");
  return same ? { id, version: member("version"), sysroot: member("sysroot") } : undefined;
}
