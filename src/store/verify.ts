// Looks at every entry and blob, and with checksums at every byte, each blob once. Repair removes
// what is damaged and what nothing refers to; the next build makes it again.
import { wallMs } from "../base/clock.ts";
import type { Digest } from "../base/digest.ts";
import { removeTree } from "../base/directory.ts";
import { removeFile } from "../base/file.ts";
import { sum } from "../base/numbers.ts";
import type { ResultKey } from "../key/cache-key.ts";
import { digestOfFile } from "./blob.ts";
import { type Entry, isHollow } from "./entry.ts";
import type { Layout } from "./layout.ts";
import { dropDeadManifests } from "./leftovers.ts";
import { removeEntry } from "./store.ts";
import { sweepOrphans } from "./sweep.ts";
import { type BlobFile, listBlobs, readUsage } from "./usage.ts";

/** An entry that cannot be restored. */
export interface DamagedEntry {
  readonly key: ResultKey;
  readonly crateName: string | undefined;
  readonly reason: string;
  readonly invocationKey: string | undefined;
}

/** What a verification found. */
export interface Verification {
  readonly entries: number;
  readonly damaged: readonly DamagedEntry[];
  readonly blobs: number;
  readonly orphans: number;
  /** Referred to, but not there or of another size. */
  readonly missing: number;
  /** There, but of another size than an entry says. */
  readonly misfits: readonly BlobFile[];
  /** Content that is not what its name says; empty unless checksums were asked for. */
  readonly failed: readonly BlobFile[];
  readonly bytes: number;
}

/** Whether everything is sound. Orphans are garbage, not damage. */
export function isSound({ damaged, failed }: Verification): boolean {
  return damaged.length === 0 && failed.length === 0;
}

/** Verifies the store; reads every blob's bytes only with `checksums`. */
export function verifyStore(layout: Layout, checksums: boolean): Verification {
  const { entries, damaged } = readUsage(layout);
  const blobs = new Map(listBlobs(layout).map((blob) => [blob.digest, blob]));
  const failed = checksums
    ? [...blobs.values()].filter(({ digest, path }) => digestOfFile(path) !== digest)
    : [];
  const bad = new Set(failed.map(({ digest }) => digest));
  const referenced = new Set<Digest>();
  const missing = new Set<Digest>();
  const misfits = new Map<Digest, BlobFile>();
  const unreadable: DamagedEntry[] = damaged.map((key) => ({
    key,
    crateName: undefined,
    reason: "meta.json is missing or unreadable",
    invocationKey: undefined,
  }));
  for (const { entry } of entries) {
    for (const { hash, size } of entry.files) {
      referenced.add(hash);
      const blob = blobs.get(hash);
      if (blob?.sizeBytes === size) continue;
      missing.add(hash);
      if (blob !== undefined) misfits.set(hash, blob);
    }
    const reason = faultOf(entry, missing, bad);
    if (reason === undefined) continue;
    const { key, crateName, invocationKey } = entry;
    unreadable.push({ key, crateName, reason, invocationKey });
  }
  return {
    entries: entries.length + damaged.length,
    damaged: unreadable,
    blobs: blobs.size,
    orphans: [...blobs.keys()].filter((digest) => !referenced.has(digest)).length,
    missing: missing.size,
    misfits: [...misfits.values()],
    failed,
    bytes: sum([...blobs.values()], ({ sizeBytes }) => sizeBytes),
  };
}

function faultOf(
  entry: Entry,
  missing: ReadonlySet<Digest>,
  bad: ReadonlySet<Digest>,
): string | undefined {
  if (isHollow(entry)) return "has no files";
  const lost = entry.files.find(({ hash }) => missing.has(hash));
  if (lost !== undefined) return `the blob of ${lost.name} is missing or has another size`;
  const wrong = entry.files.find(({ hash }) => bad.has(hash));
  return wrong === undefined ? undefined : `the blob of ${wrong.name} has other content`;
}

/** What a repair removed. */
export interface Repair {
  readonly entries: number;
  readonly blobs: number;
}

/** Short: whoever repairs waits for no build, but one may be running. */
const REPAIR_GRACE_MS = 60_000;

/** Removes what a verification found damaged, and orphans. The caller holds the gc lock. */
export function repairStore(layout: Layout, found: Verification): Repair {
  const entries = found.damaged.filter(({ key }) => {
    removeEntry(layout, key);
    return removeTree(layout.entryDir(key));
  });
  const bad = new Set([...found.failed, ...found.misfits].map(({ path }) => path));
  const removed = [...bad].filter(removeFile);
  const swept = sweepOrphans(layout, REPAIR_GRACE_MS, wallMs());
  dropDeadManifests(layout, new Set(entries.flatMap(({ invocationKey }) => invocationKey ?? [])));
  return { entries: entries.length, blobs: removed.length + swept.blobs };
}
