// The input set that held last in a place, remembered by the stamps of everything it rests on: while these
// are the same, it holds still. One look at each path and one comparison, where a manifest takes a look, a
// recollection and a decision for each member.
//
// settled/<digest of key and place>.set: one line of JSON {schema: 1, key, count, rest: [[kind, name,
// value | null]…]}, then `count` paths, each ended by a NUL, then their stamps (base/many-paths.ts, stampPaths).
// A file member is stamped itself. An absent one is, too, where it is one of few in its directory or the
// directory is written to by compiles, or a link that leads nowhere; else the directory's own stamp, which moves with every name that
// comes or goes, stands for all of them. For what the loader is told stand its two files. What has no path is among the rest, and looked at as ever.
// Version list: 1 is the only one.
import { writeFileAtomic } from "../base/atomic-write.ts";
import { wallMs } from "../base/clock.ts";
import { decodeUtf8, lstatPath, readFileBytes } from "../base/file.ts";
import { roundedS } from "../base/rounded-times.ts";
import { dirName } from "../base/path.ts";
import { pathBlock, STAMP_BYTES, stampPaths } from "../base/many-paths.ts";
import { listOf, parseRecord, textOf } from "../base/json.ts";
import { LOADER_CACHE, LOADER_FLAG, LOADER_LIST } from "./loader-cache.ts";
import { type ResultKey, parseResultKey } from "./cache-key.ts";
import { SETTLED_MS } from "./file-digest.ts";
import { type CheckPlace, type Member, memberHolds, memberPath } from "./input-set.ts";
import { decodeMember, type InputSet } from "./manifest.ts";
import { isUnchanged } from "./stamped-paths.ts";
import { isMadeUp } from "./system-files.ts";

const SCHEMA = 1;
const NEWLINE = 0x0a;
const RECORD_BYTES_MAX = 1 << 24;
/** Up to so many absences in one directory are looked at singly: they do not mind other names coming. */
const SINGLE_ABSENCES_MAX = 12;

/** The key of the set that holds by its stamps; undefined when one moved or nothing is remembered. */
export function recallSet(path: string, place: CheckPlace): ResultKey | undefined {
  const bytes = readFileBytes(path, RECORD_BYTES_MAX);
  if (typeof bytes === "string") return undefined;
  const headEnd = bytes.indexOf(NEWLINE) + 1;
  const head = parseRecord(decodeUtf8(bytes.subarray(0, headEnd)) ?? "");
  if (head?.["schema"] !== SCHEMA) return undefined;
  const key = parseResultKey(textOf(head["key"]) ?? "");
  const { count } = head;
  if (key === undefined || typeof count !== "number") return undefined;
  if (!isUnchanged(bytes.subarray(headEnd), count)) return undefined;
  const rest = listOf(head["rest"]).map(decodeMember);
  const holds = rest.every((member) => member !== undefined && memberHolds(member, place));
  return holds ? key : undefined;
}

/**
 * Remembers a set that has just been found to hold, unless something in it is too young to show its next
 * change. `writtenDirs` are directories that compiles write to.
 */
export function rememberSet(
  path: string,
  set: InputSet,
  place: CheckPlace,
  writtenDirs: ReadonlySet<string>,
): void {
  const startMs = wallMs();
  const split = splitMembers(set.members, place, writtenDirs);
  if (split === undefined) return;
  const block = pathBlock(split.paths);
  const count = split.paths.length;
  const before = stampPaths(block, count);
  // Looked at once more between two stampings: what they then agree on is what was seen.
  place.digests.forget();
  if (count === 0 || !set.members.every((member) => memberHolds(member, place))) return;
  if (split.paths.some((at) => isMadeUp(at) || !isStamped(at, place))) return;
  const after = stampPaths(block, count);
  if (Buffer.compare(before, after) !== 0 || !isSettled(after, startMs)) return;
  const rest = split.rest.map(({ kind, name, value }) => [kind, name, value ?? null]);
  const head = JSON.stringify({ schema: SCHEMA, key: set.key, count, rest });
  const parts = [new TextEncoder().encode(`${head}\n`), block, after];
  writeFileAtomic(path, Buffer.concat(parts));
}

/** Whether a file's stamp tells its content. Directories and what is absent have no other. */
function isStamped(path: string, place: CheckPlace): boolean {
  const found = place.digests.of(path);
  return typeof found === "string" || found.stamped;
}

interface Split {
  readonly paths: readonly string[];
  readonly rest: readonly Member[];
}

/** Members by paths to stamp and others; undefined when a path has no place here. */
function splitMembers(
  members: readonly Member[],
  place: CheckPlace,
  writtenDirs: ReadonlySet<string>,
): Split | undefined {
  const paths = new Set<string>();
  const rest: Member[] = [];
  const absent = new Map<string, string[]>();
  for (const member of members) {
    if (member.kind === "flag" && member.name.startsWith(LOADER_FLAG)) {
      for (const path of [LOADER_CACHE, LOADER_LIST]) paths.add(path);
      continue;
    }
    if (member.kind !== "file" && member.kind !== "absent" && member.kind !== "listing") {
      rest.push(member);
      continue;
    }
    const path = memberPath(member.name, place);
    if (path === undefined || path.includes("\0")) return undefined;
    if (member.kind !== "absent") paths.add(path);
    else {
      const dir = dirName(path);
      const others = absent.get(dir);
      if (others === undefined) absent.set(dir, [path]);
      else others.push(path);
    }
  }
  for (const [dir, names] of absent) {
    const single = names.length <= SINGLE_ABSENCES_MAX || writtenDirs.has(dir);
    // A link that leads nowhere does so until something comes elsewhere, unseen by its directory.
    const links = single ? names : names.filter((path) => lstatPath(path) !== "absent");
    for (const path of single ? links : [dir, ...links]) paths.add(path);
  }
  return { paths: [...paths], rest };
}

/** Whether no stamped time lies so near to the start that a later change might not move it. */
function isSettled(stamps: Uint8Array, startMs: number): boolean {
  const view = new DataView(stamps.buffer, stamps.byteOffset, stamps.byteLength);
  // Offsets in a stamp, see stampPaths: seconds and nanoseconds of ctime, then of mtime.
  const CTIME_AT = 16;
  const MTIME_AT = 32;
  const MS = 1000;
  const timeMs = (at: number) => {
    const seconds = view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32;
    return seconds * MS + view.getUint32(at + 8, true) / 1e6;
  };
  for (let at = 0; at < stamps.length; at += STAMP_BYTES) {
    const ctimeNsec = view.getUint32(at + CTIME_AT + 8, true);
    const settledMs = startMs - SETTLED_MS - roundedS({ ctimeNsec }) * MS;
    if (timeMs(at + CTIME_AT) > settledMs || timeMs(at + MTIME_AT) > settledMs) return false;
  }
  return true;
}
