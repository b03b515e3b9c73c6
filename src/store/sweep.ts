// Carries out garbage collection under store/gc.lock: unused blobs, evictions, and what killed
// processes left behind. Entries go before their blobs, so that a crash leaves garbage and never a
// broken entry; a build that reuses a blob in that very moment finds it missing later and compiles.
import { timestamp } from "../base/clock.ts";
import type { Digest } from "../base/digest.ts";
import { removeTree } from "../base/directory.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { readText, removeFile } from "../base/file.ts";
import { type Lock, takeLock } from "../base/lock.ts";
import { countOf, parseRecord, textOf } from "../base/json.ts";
import { sum } from "../base/numbers.ts";
import type { Entry } from "./entry.ts";
import { evictByAge, evictBySize, type Eviction } from "./evict.ts";
import type { Layout } from "./layout.ts";
import { clearLeftovers, dropDeadManifests, type Leftovers } from "./leftovers.ts";
import { removeEntry } from "./store.ts";
import { listBlobs, readUsage, totalsOf } from "./usage.ts";

/** What to evict by. */
export type GcRule =
  | { readonly kind: "size"; readonly bytesMax: number }
  | { readonly kind: "age"; readonly ageMsMax: number };

/** What a collection did. */
export interface GcResult {
  readonly evicted: number;
  readonly blobsRemoved: number;
  readonly bytesFreed: number;
  readonly shortfall: string | undefined;
  readonly entriesLeft: number;
  readonly bytesLeft: number;
  readonly leftovers: Leftovers;
}

/** A put may have placed its blobs but not yet its entry. */
const ORPHAN_GRACE_MS = 3_600_000;

/** Takes the lock that collections and purges share. */
export function takeGcLock(layout: Layout, waitMsMax: number): Lock | "busy" | "unavailable" {
  return takeLock(layout.gcLock(), waitMsMax);
}

/** Collects once; the caller holds the lock. */
export function collectGarbage(layout: Layout, rule: GcRule, nowMs: number): GcResult {
  const orphans = sweepOrphans(layout, ORPHAN_GRACE_MS, nowMs);
  const { entries } = readUsage(layout);
  const eviction: Eviction =
    rule.kind === "size"
      ? evictBySize(entries, { bytesMax: rule.bytesMax, nowMs })
      : evictByAge(entries, rule.ageMsMax, nowMs);
  const removed = removeEntries(
    layout,
    eviction.victims.map(({ entry }) => entry),
  );
  const left = readUsage(layout).entries;
  const leftovers = clearLeftovers(layout, left, nowMs);
  const result: GcResult = {
    evicted: removed.entries,
    blobsRemoved: orphans.blobs + removed.blobs,
    bytesFreed: orphans.bytes + removed.bytes,
    shortfall: eviction.shortfall,
    entriesLeft: left.length,
    bytesLeft: totalsOf(left).blobBytes,
    leftovers,
  };
  writeStats(layout, result);
  return result;
}

/** Files removed from the store. */
export interface Removed {
  readonly entries: number;
  readonly blobs: number;
  readonly bytes: number;
}

/** Removes entries, then those of their blobs that no other entry has, then manifests that led to them. */
export function removeEntries(layout: Layout, victims: readonly Entry[]): Removed {
  if (victims.length === 0) return { entries: 0, blobs: 0, bytes: 0 };
  const gone = victims.filter((entry) => {
    const done = removeEntry(layout, entry.key);
    // What a killed put left in the directory.
    removeTree(layout.entryDir(entry.key));
    return done;
  });
  const unreferenced = new Map<Digest, number>();
  for (const { files } of gone) for (const { hash, size } of files) unreferenced.set(hash, size);
  // Looked up again: an entry stored meanwhile may share them.
  const left = readUsage(layout).entries;
  for (const { entry } of left) for (const { hash } of entry.files) unreferenced.delete(hash);
  const removed = [...unreferenced].filter(([hash]) => removeFile(layout.blob(hash)));
  dropDeadManifests(layout, new Set(gone.map(({ invocationKey }) => invocationKey)));
  return { entries: gone.length, blobs: removed.length, bytes: sum(removed, ([, size]) => size) };
}

/** Removes blobs that no entry has and that are older than the grace time, by both of their times. */
export function sweepOrphans(layout: Layout, graceMs: number, nowMs: number): Removed {
  // Blobs are listed before entries: one that is referenced only afterwards is too young to be
  // here.
  const blobs = listBlobs(layout).filter(({ newestMs }) => newestMs + graceMs < nowMs);
  const { entries } = readUsage(layout);
  const referenced = new Set(entries.flatMap(({ entry }) => entry.files.map(({ hash }) => hash)));
  const removed = blobs.filter(({ digest, path }) => !referenced.has(digest) && removeFile(path));
  return { entries: 0, blobs: removed.length, bytes: sum(removed, ({ sizeBytes }) => sizeBytes) };
}

/** What the last collection did. gc_stats.json: {last_run, entries_evicted, bytes_freed, blobs_removed}. */
export interface GcStats {
  readonly lastRun: string;
  readonly entriesEvicted: number;
  readonly bytesFreed: number;
  readonly blobsRemoved: number;
}

function statsPath(layout: Layout): string {
  return `${layout.cacheDir}/gc_stats.json`;
}

function writeStats(layout: Layout, { evicted, bytesFreed, blobsRemoved }: GcResult): void {
  const stats = {
    last_run: timestamp(),
    entries_evicted: evicted,
    bytes_freed: bytesFreed,
    blobs_removed: blobsRemoved,
  };
  writeFileAtomic(statsPath(layout), `${JSON.stringify(stats)}\n`);
}

/** Reads what the last collection did; undefined when there was none. */
export function readGcStats(layout: Layout): GcStats | undefined {
  const STATS_BYTES_MAX = 1 << 16;
  const text = readText(statsPath(layout), STATS_BYTES_MAX);
  const raw = text === undefined ? undefined : parseRecord(text);
  const lastRun = textOf(raw?.["last_run"]);
  if (raw === undefined || lastRun === undefined || Number.isNaN(Date.parse(lastRun)))
    return undefined;
  return {
    lastRun,
    entriesEvicted: countOf(raw["entries_evicted"]),
    bytesFreed: countOf(raw["bytes_freed"]),
    blobsRemoved: countOf(raw["blobs_removed"]),
  };
}
