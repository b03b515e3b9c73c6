// What the store holds and how it is used: entries with size, hits and last use, and the blobs on
// disk. Reads files; the index only spares opening those that have not changed.
import { wallMs } from "../base/clock.ts";
import { type Digest, parseDigest } from "../base/digest.ts";
import { listNames } from "../base/directory.ts";
import { lstatPath, readText, type Stat, statPath } from "../base/file.ts";
import { sum } from "../base/numbers.ts";
import { isHit } from "../event/stats.ts";
import { type LogPosition, readEventsFrom } from "../event/read-events.ts";
import { type ResultKey, parseResultKey } from "../key/cache-key.ts";
import { decodeEntry, encodeEntry, type Entry } from "./entry.ts";
import { type Access, type IndexDb, withIndex } from "./index-db.ts";
import type { Layout } from "./layout.ts";

/** One entry and its use. */
export interface EntryUsage {
  readonly entry: Entry;
  /** Bytes of all its files, shared or not. */
  readonly sizeBytes: number;
  readonly createdMs: number;
  readonly hits: number;
  /** The newer of creation and last hit. */
  readonly accessedMs: number;
}

/** The entries of a store. */
export interface Usage {
  readonly entries: readonly EntryUsage[];
  /** Keys of entry directories without a readable, matching meta.json. */
  readonly damaged: readonly ResultKey[];
}

/** A put writes meta.json last: a directory without one is damaged only when it is older than this. */
const UNFINISHED_MS_MAX = 3_600_000;

/** Looks the store up. A cache that does not exist is empty; nothing is created for it. */
export function readUsage(layout: Layout): Usage {
  const names = listNames(layout.storeDir());
  if (typeof names === "string") return { entries: [], damaged: [] };
  const keys = names.map(parseResultKey).filter((key) => key !== undefined);
  return withIndex(layout.index(), (index) => refresh(layout, keys, index));
}

function refresh(layout: Layout, keys: readonly ResultKey[], index: IndexDb): Usage {
  const known = index.entries();
  const entries = new Map<ResultKey, Entry>();
  const damaged: ResultKey[] = [];
  const fresh: { key: ResultKey; stamp: string; entry: Entry }[] = [];
  for (const key of keys) {
    const stat = statPath(layout.meta(key));
    const stamp = typeof stat === "string" ? "" : stampOf(stat);
    const indexed = known.get(key);
    const current = indexed?.stamp === stamp ? decodeEntry(indexed.meta) : undefined;
    const entry = current ?? readEntry(layout, key);
    if (entry === undefined) {
      if (stat !== "absent" || isOld(layout.entryDir(key))) damaged.push(key);
      continue;
    }
    entries.set(key, entry);
    if (current === undefined) fresh.push({ key, stamp, entry });
  }
  const present = new Set<string>(entries.keys());
  const gone = [...known.keys()].filter((key) => !present.has(key));
  const folded = foldAccesses(layout, index);
  index.inTransaction(() => {
    for (const { key, stamp, entry } of fresh) {
      index.putEntry(key, { stamp, meta: encodeEntry({ ...entry, stdout: "", stderr: "" }) });
    }
    for (const key of gone) index.dropEntry(key);
    for (const [key, access] of folded.changed) index.putAccess(key, access);
    for (const [name, value] of folded.progress) index.setProgress(name, value);
  });
  return {
    entries: [...entries.values()].map((entry) => usageOf(entry, folded.all.get(entry.key))),
    damaged,
  };
}

function stampOf(stat: Stat): string {
  return `${stat.inoHigh}.${stat.inoLow}.${stat.size}.${stat.mtimeSec}.${stat.mtimeNsec}`;
}

/** Reads an entry from its file; undefined when it is absent, unsound or another key's. */
function readEntry(layout: Layout, key: ResultKey): Entry | undefined {
  const text = readText(layout.meta(key));
  const entry = text === undefined ? undefined : decodeEntry(text);
  return entry?.key === key ? entry : undefined;
}

function isOld(dir: string): boolean {
  const stat = lstatPath(dir);
  return typeof stat === "object" && newestMs(stat) + UNFINISHED_MS_MAX < wallMs();
}

/** The newer of a file's two times, in milliseconds since 1970. */
export function newestMs(stat: Stat): number {
  const MS = 1000;
  return Math.max(stat.mtimeSec, stat.ctimeSec) * MS;
}

function usageOf(entry: Entry, access: Access | undefined): EntryUsage {
  const created = Date.parse(entry.created);
  const createdMs = Number.isNaN(created) ? 0 : created;
  return {
    entry,
    sizeBytes: sum(entry.files, ({ size }) => size),
    createdMs,
    hits: access?.hits ?? 0,
    accessedMs: Math.max(createdMs, access?.lastMs ?? 0),
  };
}

interface Folded {
  readonly all: ReadonlyMap<string, Access>;
  readonly changed: ReadonlyMap<string, Access>;
  readonly progress: ReadonlyMap<string, string>;
}

/** Adds the hits that the log has gained. After a rotation only events newer than the last one count. */
function foldAccesses(layout: Layout, index: IndexDb): Folded {
  const all = index.accesses();
  const changed = new Map<string, Access>();
  const from = readPosition(index);
  const lastMs = Number(index.progress("last_event_ms") ?? 0);
  let newest = lastMs;
  const events: { key: string; ms: number }[] = [];
  const position = readEventsFrom(layout.eventLog(), from, (event) => {
    const ms = Date.parse(event.ts);
    if (isHit(event) && event.cache_key !== "") events.push({ key: event.cache_key, ms });
    newest = Math.max(newest, ms);
  });
  const sameLog =
    from !== undefined && position?.log === from.log && position.offset >= from.offset;
  for (const { key, ms } of events) {
    if (!sameLog && ms <= lastMs) continue;
    const before = all.get(key) ?? { hits: 0, lastMs: 0 };
    const after = { hits: before.hits + 1, lastMs: Math.max(before.lastMs, ms) };
    all.set(key, after);
    changed.set(key, after);
  }
  const progress = new Map<string, string>();
  if (position !== undefined && position.offset !== (sameLog ? from.offset : -1)) {
    progress.set("log", position.log).set("log_offset", String(position.offset));
    progress.set("last_event_ms", String(newest));
  }
  return { all, changed, progress };
}

function readPosition(index: IndexDb): LogPosition | undefined {
  const log = index.progress("log");
  const offset = Number(index.progress("log_offset"));
  return log === undefined || !Number.isSafeInteger(offset) ? undefined : { log, offset };
}

/** A blob file on disk. */
export interface BlobFile {
  readonly digest: Digest;
  readonly path: string;
  readonly sizeBytes: number;
  /** Newest of its times: a restore by hard link moves them, so this is no date of birth. */
  readonly newestMs: number;
}

/** Every blob on disk. Foreign names, temporaries and anything that is not a regular file are left out. */
export function listBlobs(layout: Layout): BlobFile[] {
  const blobs: BlobFile[] = [];
  const dirs = listNames(layout.blobsDir());
  for (const dir of typeof dirs === "string" ? [] : dirs) {
    if (!/^[0-9a-f]{2}$/.test(dir)) continue;
    const names = listNames(`${layout.blobsDir()}/${dir}`);
    for (const name of typeof names === "string" ? [] : names) {
      const digest = parseDigest(name);
      const path = `${layout.blobsDir()}/${dir}/${name}`;
      const stat = digest === undefined ? "absent" : lstatPath(path);
      if (digest === undefined || typeof stat === "string" || stat.kind !== "file") continue;
      blobs.push({ digest, path, sizeBytes: stat.size, newestMs: newestMs(stat) });
    }
  }
  return blobs;
}

/** Sizes of a store. */
export interface StoreTotals {
  readonly entries: number;
  /** As if nothing were shared. */
  readonly logicalBytes: number;
  readonly blobs: number;
  /** Each blob once. */
  readonly blobBytes: number;
}

/** Adds entries up, each blob once. */
export function totalsOf(entries: readonly EntryUsage[]): StoreTotals {
  const blobs = new Map<Digest, number>();
  for (const { entry } of entries) for (const { hash, size } of entry.files) blobs.set(hash, size);
  return {
    entries: entries.length,
    logicalBytes: sum(entries, ({ sizeBytes }) => sizeBytes),
    blobs: blobs.size,
    blobBytes: sum([...blobs.values()], (size) => size),
  };
}
