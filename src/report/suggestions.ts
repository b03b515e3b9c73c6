// Pure: what a user could do about the figures, in a sentence each.
import { hitsOf, type Stats, totalOf } from "../event/stats.ts";

const MISS_SHARE_MAX = 0.8;
const COMPILED_MIN = 3;
const HIT_OVERHEAD_MS_MAX = 50;

/** The sentences that apply. */
export function suggestionsFor(stats: Stats): string[] {
  const all: string[] = [];
  const compiled = stats.dups + stats.misses;
  const costMs = stats.hitCompileMs + stats.compiledCompileMs;
  if (compiled > COMPILED_MIN && stats.compiledCompileMs > costMs * MISS_SHARE_MAX) {
    all.push(
      "More than 80% of compile time went into units that were not in the cache. " +
        "After a first build that is normal; otherwise `kache why-miss <crate>` says what changed.",
    );
  }
  const hits = hitsOf(stats);
  if (hits > 0 && stats.hitElapsedMs / hits > HIT_OVERHEAD_MS_MAX) {
    all.push(
      "A hit takes more than 50 ms on average. A cache directory on the same disk as the target " +
        "directory, on a file system with reflinks, makes restores cheaper.",
    );
  }
  if (stats.skipped > 0) {
    all.push(
      `${stats.skipped} compiled result${stats.skipped === 1 ? " was" : "s were"} not kept; ` +
        "the reasons are listed under passthroughs and skips.",
    );
  }
  if (totalOf(stats) === 0 && stats.passthroughs > 0) {
    all.push("Nothing was cacheable; the reasons are listed under passthroughs and skips.");
  }
  return all;
}
