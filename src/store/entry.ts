// The entry format: meta.json, its grammar, encoder and decoder. Anything read is untrusted: a name
// must be one plain path component, a hash 64 hex digits, or the whole entry counts as absent.
//
// meta.json (one JSON object; readers ignore unknown members):
//   schema            1
//   cache_key         64 hex            crate_name   text        crate_types  [text]
//   files             [{name, size, hash, executable, kind, check?}]
//   stdout, stderr    text; a path of the checkout stands as NUL name NUL (key/mapped-text.ts)
//   exit_code         number (0 unless a build script's probe that failed as a matter of course)
//   features [text] · target text · profile text · compile_time_ms number
//   invocation_key    64 hex            created      RFC 3339    kache_version text
// Version list: 1 is the only one.
import { type Digest, parseDigest } from "../base/digest.ts";
import { isRecord, parseRecord, textOf } from "../base/json.ts";
import { type ResultKey, parseResultKey } from "../key/cache-key.ts";

/** The version this code writes and reads. */
const ENTRY_SCHEMA = 1;

/** One output of an entry. */
export interface EntryFile {
  readonly name: string;
  readonly size: number;
  readonly hash: Digest;
  readonly executable: boolean;
  /** A fast check against accidents (quick-check.ts). */
  readonly check?: string;
  /** The emit kind ("link", "metadata", "dep-info", …). */
  readonly kind: string;
}

/** What one compile produced. */
export interface Entry {
  readonly key: ResultKey;
  readonly crateName: string;
  readonly crateTypes: readonly string[];
  readonly files: readonly EntryFile[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly features: readonly string[];
  readonly target: string;
  readonly profile: string;
  readonly compileMs: number;
  readonly invocationKey: string;
  readonly created: string;
  readonly version: string;
}

/** The entry as the text of its file. */
export function encodeEntry(entry: Entry): string {
  const meta = {
    schema: ENTRY_SCHEMA,
    cache_key: entry.key,
    crate_name: entry.crateName,
    crate_types: entry.crateTypes,
    files: entry.files,
    stdout: entry.stdout,
    stderr: entry.stderr,
    exit_code: entry.exitCode,
    features: entry.features,
    target: entry.target,
    profile: entry.profile,
    compile_time_ms: entry.compileMs,
    invocation_key: entry.invocationKey,
    created: entry.created,
    kache_version: entry.version,
  };
  return `${JSON.stringify(meta, undefined, 1)}\n`;
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** Whether a name is one plain component: nothing that could leave the directory it is joined to. */
function isPlainName(name: string): boolean {
  const NAME_BYTES_MAX = 255;
  return (
    name !== "" &&
    name !== "." &&
    name !== ".." &&
    name.length <= NAME_BYTES_MAX &&
    !/[/\\\0]/.test(name)
  );
}

function decodeFile(value: unknown): EntryFile | undefined {
  if (!isRecord(value)) return undefined;
  const name = textOf(value["name"]) ?? "";
  const hash = parseDigest(textOf(value["hash"]) ?? "");
  const size = value["size"];
  if (hash === undefined || !isPlainName(name)) return undefined;
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return undefined;
  const executable = value["executable"] === true;
  const check = textOf(value["check"]) ?? "";
  const kind = textOf(value["kind"]) ?? "other";
  return { name, size, hash, executable, kind, ...(check === "" ? {} : { check }) };
}

/** Reads the file's text; undefined for anything that is not a sound entry of this version. */
export function decodeEntry(text: string): Entry | undefined {
  const meta = parseRecord(text);
  if (meta?.["schema"] !== ENTRY_SCHEMA) return undefined;
  const textIn = (name: string) => textOf(meta[name]) ?? "";
  const key = parseResultKey(textIn("cache_key"));
  const listed: unknown = meta["files"];
  if (key === undefined || !Array.isArray(listed)) return undefined;
  const files = listed.map(decodeFile).filter((file) => file !== undefined);
  if (files.length !== listed.length) return undefined;
  return {
    key,
    crateName: textIn("crate_name"),
    crateTypes: textsOf(meta["crate_types"]),
    files,
    stdout: textIn("stdout"),
    stderr: textIn("stderr"),
    exitCode: numberOf(meta["exit_code"]),
    features: textsOf(meta["features"]),
    target: textIn("target"),
    profile: textIn("profile"),
    compileMs: numberOf(meta["compile_time_ms"]),
    invocationKey: textIn("invocation_key"),
    created: textIn("created"),
    version: textIn("kache_version"),
  };
}

/** The crate type of what leaves nothing but what it said: its output is printed or thrown away. */
export const PRINTED = "printed";

/**
 * Whether an entry holds nothing where a compile leaves something. Only failures (probes), checks of a C
 * source, whose crate type is "syntax", and what is printed leave nothing but what they said.
 */
export function isHollow({ files, exitCode, crateTypes }: Entry): boolean {
  const isSpoken = crateTypes.includes("syntax") || crateTypes.includes(PRINTED);
  return files.length === 0 && exitCode === 0 && !isSpoken;
}
