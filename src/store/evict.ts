// Pure: usage and limits → which entries go. Sizes are unique blob bytes, and an entry counts for
// what removing it alone would free, so that nothing is evicted for no gain. Non-goal: exact
// least-recently-used. Old, big and rarely used go first.
import type { Digest } from "../base/digest.ts";
import { sum } from "../base/numbers.ts";
import { HOUR_MS } from "../base/units.ts";
import type { EntryUsage } from "./usage.ts";

/** A choice of victims, and what it comes to. */
export interface Eviction {
  readonly victims: readonly EntryUsage[];
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Why the store stays over its limit although something was to be evicted. */
  readonly shortfall: string | undefined;
}

/** When and how far a store is cut down. */
export interface SizeLimit {
  readonly bytesMax: number;
  readonly nowMs: number;
}

/** Entries in use: a build that restores one now must not lose its blobs half-way. */
const PINNED_MS = 120_000;
/** Acting above the limit and down to this share of it, so that not every build evicts a little. */
const TARGET_SHARE = 0.9;

/** How many entries refer to a blob. */
interface Holding {
  readonly size: number;
  references: number;
  /** Held by an entry that stays whatever happens: cannot be freed. */
  pinned: boolean;
}

/** The blobs of all entries with their holders counted. */
class Holdings {
  readonly #blobs = new Map<Digest, Holding>();
  bytes = 0;

  constructor(entries: readonly EntryUsage[], isPinned: (usage: EntryUsage) => boolean) {
    for (const usage of entries) {
      for (const { hash, size } of uniqueFiles(usage)) {
        const held = this.#blobs.get(hash) ?? { size, references: 0, pinned: false };
        if (held.references === 0) this.bytes += size;
        held.references += 1;
        if (isPinned(usage)) held.pinned = true;
        this.#blobs.set(hash, held);
      }
    }
  }

  #of(usage: EntryUsage): Holding[] {
    return uniqueFiles(usage).flatMap(({ hash }) => this.#blobs.get(hash) ?? []);
  }

  /** Bytes that go when this entry goes now. */
  freedBy(usage: EntryUsage): number {
    return sum(this.#of(usage), ({ size, references }) => (references === 1 ? size : 0));
  }

  /** Bytes that go at most, once every other holder that may go has gone. */
  freeableThrough(usage: EntryUsage): number {
    return sum(this.#of(usage), ({ size, pinned }) => (pinned ? 0 : size));
  }

  remove(usage: EntryUsage): void {
    this.bytes -= this.freedBy(usage);
    for (const held of this.#of(usage)) held.references -= 1;
  }
}

function uniqueFiles({ entry }: EntryUsage) {
  return [...new Map(entry.files.map((file) => [file.hash, file])).values()];
}

const MIB = 1024 ** 2;

/** The lower, the sooner it goes. */
function score(usage: EntryUsage, freedBytes: number, nowMs: number): number {
  const AGE_HOURS_MIN = 0.01;
  const SIZE_MIB_MIN = 0.001;
  const ageHours = Math.max((nowMs - usage.accessedMs) / HOUR_MS, AGE_HOURS_MIN);
  return (usage.hits + 1) / (ageHours * Math.max(freedBytes / MIB, SIZE_MIB_MIN));
}

/** Chooses what goes so that the store fits its limit. */
export function evictBySize(entries: readonly EntryUsage[], limit: SizeLimit): Eviction {
  const isPinned = ({ accessedMs }: EntryUsage) => accessedMs > limit.nowMs - PINNED_MS;
  const holdings = new Holdings(entries, isPinned);
  const bytesBefore = holdings.bytes;
  const victims: EntryUsage[] = [];
  if (bytesBefore <= limit.bytesMax)
    return { victims, bytesBefore, bytesAfter: bytesBefore, shortfall: undefined };
  const target = limit.bytesMax * TARGET_SHARE;
  let left = entries.filter((usage) => !isPinned(usage) && holdings.freeableThrough(usage) > 0);
  while (holdings.bytes > target && left.length > 0) {
    const gone = new Set(evictRound(left, holdings, target, limit.nowMs));
    victims.push(...gone);
    left = left.filter((usage) => !gone.has(usage));
  }
  const pinned = entries.filter(isPinned).length;
  const shortfall =
    holdings.bytes <= limit.bytesMax
      ? undefined
      : `${pinned} of ${entries.length} entries were used in the last two minutes and are kept, ` +
        "with every blob they share";
  return { victims, bytesBefore, bytesAfter: holdings.bytes, shortfall };
}

/** One pass in the order of scores; at least one entry goes, or the loop above would not end. */
function evictRound(
  left: readonly EntryUsage[],
  holdings: Holdings,
  target: number,
  nowMs: number,
): EntryUsage[] {
  const ranked = left
    .map((usage) => ({ usage, rank: score(usage, holdings.freedBy(usage), nowMs) }))
    .sort((a, b) => a.rank - b.rank);
  const gone: EntryUsage[] = [];
  for (const { usage } of ranked) {
    if (holdings.bytes <= target) break;
    // Its blobs are shared: it frees nothing until the others that hold them have gone.
    if (holdings.freedBy(usage) === 0) continue;
    holdings.remove(usage);
    gone.push(usage);
  }
  const [first] = ranked;
  if (gone.length > 0 || first === undefined) return gone;
  const wanted = new Set(uniqueFiles(first.usage).map(({ hash }) => hash));
  const sharers = left.filter((usage) => uniqueFiles(usage).some(({ hash }) => wanted.has(hash)));
  for (const usage of sharers) holdings.remove(usage);
  return sharers;
}

/** Chooses entries that nobody used for this long. */
export function evictByAge(
  entries: readonly EntryUsage[],
  ageMsMax: number,
  nowMs: number,
): Eviction {
  const holdings = new Holdings(entries, () => false);
  const bytesBefore = holdings.bytes;
  const cutoff = nowMs - Math.max(ageMsMax, PINNED_MS);
  const victims = entries.filter(({ accessedMs }) => accessedMs < cutoff);
  for (const usage of victims) holdings.remove(usage);
  return { victims, bytesBefore, bytesAfter: holdings.bytes, shortfall: undefined };
}
