// The data that every rendering of a report shows, built once and purely from events and sizes.
// Member names are those of the JSON report, which tools read: adding one keeps `schema_version`,
// removing, renaming or redefining one raises it. All counts, bytes and `_ms` members but averages
// are integers.
import type { Event, EventResult, VerifyResult } from "../event/event.ts";
import { oneDecimal, percent, sum } from "../base/numbers.ts";
import {
  compileCostMs,
  foldStats,
  hitsOf,
  isBypass,
  isCompiled,
  isHit,
  servedMs,
  type Stats,
  totalOf,
  weightedHitRate,
} from "../event/stats.ts";
import type { StoreTotals } from "../store/usage.ts";
import type { GcStats } from "../store/sweep.ts";
import { type BypassReport, bypassOf } from "./bypass.ts";
import { suggestionsFor } from "./suggestions.ts";

/** The version of the JSON report. */
const REPORT_SCHEMA = 1;

/** What a report is built from. */
export interface ReportInput {
  /** Those within the window, in file order. */
  readonly events: readonly Event[];
  readonly store: StoreTotals;
  readonly gc: GcStats | undefined;
  readonly sinceMs: number;
  readonly sinceHours: number;
  readonly generatedAt: string;
  readonly version: string;
  /** Rows in each list but `all_events`. */
  readonly top: number;
}

/** One cacheable unit's event. */
export interface CrateReport {
  readonly crate_name: string;
  readonly result: EventResult;
  readonly start_time: string;
  readonly end_time: string;
  readonly start_unix_ms: number;
  readonly end_unix_ms: number;
  readonly elapsed_ms: number;
  readonly compile_time_ms: number;
  /** What the cache added: the whole call on a hit, all but the compiler otherwise. */
  readonly overhead_ms: number;
  readonly size: number;
  readonly cache_key: string;
  readonly store_output_blobs: number;
  readonly store_duplicate_blobs: number;
  readonly store_new_blobs: number;
  readonly compiler_runs: number;
  readonly preprocessor_runs: number;
  readonly probe_runs: number;
  readonly miss_reason?: string;
  readonly store_error?: string;
  readonly bound_to?: string;
}

/** One hit that a second compile did not confirm. */
export interface DivergenceReport {
  readonly crate_name: string;
  readonly cache_key: string;
  readonly timestamp: string;
  readonly kind: VerifyResult;
  readonly detail: string;
  /** Where both sides lie. */
  readonly evidence: string | null;
}

/** The whole report. */
export interface Report {
  readonly schema_version: number;
  readonly meta: {
    readonly kache_version: string;
    readonly generated_at: string;
    readonly since_hours: number;
  };
  readonly summary: ReturnType<typeof summaryOf>;
  readonly timeline: ReturnType<typeof timelineOf>;
  readonly timing: ReturnType<typeof timingOf>;
  readonly storage: ReturnType<typeof storageOf>;
  /** Always null: this version has no remote. */
  readonly network: null;
  readonly prefetch: {
    readonly prefetch_hits: number;
    readonly total_hits: number;
    readonly contribution_pct: number;
  };
  readonly top_misses: readonly CrateReport[];
  readonly top_hits: readonly CrateReport[];
  readonly all_events: readonly CrateReport[];
  readonly bypass: BypassReport;
  /** Verified hits that differed from the compile, and those that could not be verified. */
  readonly divergences: readonly DivergenceReport[];
  readonly errors_detail: readonly { crate_name: string; cache_key: string; timestamp: string }[];
  readonly suggestions: readonly string[];
  /** Only when a collection ran inside the window. */
  readonly gc?: {
    readonly last_run: string;
    readonly entries_evicted: number;
    readonly bytes_freed: number;
    readonly blobs_removed: number;
  };
}

/** Builds the report. */
export function buildReport(input: ReportInput): Report {
  const { events, store, top } = input;
  const stats = foldStats(events);
  const byCost = (chosen: readonly Event[]) =>
    [...chosen]
      .sort((a, b) => b.compile_time_ms - a.compile_time_ms)
      .slice(0, top)
      .map(crateOf);
  return {
    schema_version: REPORT_SCHEMA,
    meta: {
      kache_version: input.version,
      generated_at: input.generatedAt,
      since_hours: input.sinceHours,
    },
    summary: summaryOf(stats),
    timeline: timelineOf(events, stats),
    timing: timingOf(stats),
    storage: storageOf(stats, store),
    network: null,
    prefetch: {
      prefetch_hits: stats.prefetchHits,
      total_hits: hitsOf(stats),
      contribution_pct: percent(stats.prefetchHits, hitsOf(stats)),
    },
    top_misses: byCost(events.filter(isCompiled)),
    top_hits: byCost(events.filter(isHit)),
    all_events: events.filter((event) => !isBypass(event)).map(crateOf),
    bypass: bypassOf(events, stats, top),
    divergences: events.flatMap(divergenceOf),
    errors_detail: events
      .filter(({ result }) => result === "error")
      .map(({ crate_name, cache_key, ts }) => ({ crate_name, cache_key, timestamp: ts })),
    suggestions: suggestionsFor(stats),
    ...gcOf(input),
  };
}

function divergenceOf(event: Event): DivergenceReport[] {
  const { verified, crate_name, cache_key, ts, verify_detail, verify_evidence } = event;
  if (verified === undefined || verified === "same") return [];
  return [
    {
      crate_name,
      cache_key,
      timestamp: ts,
      kind: verified,
      detail: verify_detail ?? "",
      evidence: verify_evidence ?? null,
    },
  ];
}

function gcOf({ gc, sinceMs }: ReportInput): Pick<Report, "gc"> {
  if (gc === undefined || Date.parse(gc.lastRun) < sinceMs) return {};
  return {
    gc: {
      last_run: gc.lastRun,
      entries_evicted: gc.entriesEvicted,
      bytes_freed: gc.bytesFreed,
      blobs_removed: gc.blobsRemoved,
    },
  };
}

function summaryOf(stats: Stats) {
  const weighted = weightedHitRate(stats);
  return {
    hit_rate_pct: percent(hitsOf(stats), totalOf(stats)),
    weighted_hit_rate_pct: weighted ?? null,
    time_saved_ms: stats.hitCompileMs,
    total_crates: totalOf(stats),
    local_hits: stats.localHits,
    prefetch_hits: stats.prefetchHits,
    remote_hits: stats.remoteHits,
    dups: stats.dups,
    misses: stats.misses,
    errors: stats.errors,
    passthroughs: stats.passthroughs,
    /** Queries leave no event in this version. */
    probes: 0,
    skipped: stats.skipped,
    store_failures: stats.storeFailures,
    bound_entries: stats.bound,
    verified: stats.verifiedSame + stats.verifiedPathDebug + stats.verifiedContent,
    diverged_path_debug: stats.verifiedPathDebug,
    diverged_content: stats.verifiedContent,
    unverified: stats.unverified,
    fallbacks: stats.fallbacks,
    total_duration_ms: stats.hitElapsedMs + stats.compiledElapsedMs + stats.errorElapsedMs,
    cache_efficiency_pct: weighted ?? 0,
  };
}

function timelineOf(events: readonly Event[], stats: Stats) {
  const first = events.reduce((least, event) => Math.min(least, startMs(event)), Infinity);
  const last = events.reduce((most, event) => Math.max(most, endMs(event)), -Infinity);
  const known = events.length > 0;
  return {
    start_time: known ? isoTime(first) : null,
    end_time: known ? isoTime(last) : null,
    start_unix_ms: known ? first : null,
    end_unix_ms: known ? last : null,
    duration_ms: known ? last - first : 0,
    event_count: events.length,
    cacheable_count: totalOf(stats),
    hit_count: hitsOf(stats),
    compiled_count: stats.dups + stats.misses,
    passthrough_count: stats.passthroughs,
    probe_count: 0,
    skipped_count: stats.skipped,
    error_count: stats.errors,
  };
}

function average(total: number, count: number): number {
  return count === 0 ? 0 : oneDecimal(total / count);
}

function timingOf(stats: Stats) {
  const hits = hitsOf(stats);
  const compiled = stats.dups + stats.misses;
  const total = hits + compiled;
  return {
    hit_time_ms: stats.hitElapsedMs,
    miss_time_ms: stats.compiledElapsedMs,
    avg_hit_ms: average(stats.hitElapsedMs, hits),
    avg_miss_ms: average(stats.compiledElapsedMs, compiled),
    avg_hit_overhead_ms: average(stats.hitElapsedMs, hits),
    miss_compile_time_ms: stats.compiledCompileMs,
    avg_key_ms: average(stats.keyMs, total),
    avg_lookup_ms: average(stats.lookupMs, total),
    avg_restore_ms: average(stats.restoreMs, hits),
    avg_store_ms: average(stats.storeMs, compiled),
    total_key_ms: Math.round(stats.keyMs),
    total_lookup_ms: Math.round(stats.lookupMs),
    total_restore_ms: Math.round(stats.restoreMs),
    total_store_ms: Math.round(stats.storeMs),
  };
}

function storageOf(stats: Stats, store: StoreTotals) {
  const { reflinkedBytes, hardlinkedBytes, copiedBytes } = stats;
  const restored = sum([reflinkedBytes, hardlinkedBytes, copiedBytes], (bytes) => bytes);
  return {
    reflinked_bytes: reflinkedBytes,
    hardlinked_bytes: hardlinkedBytes,
    copied_bytes: copiedBytes,
    restored_bytes: restored,
    zero_copy_pct: percent(reflinkedBytes + hardlinkedBytes, restored),
    store_entries: store.entries,
    store_blobs: store.blobs,
    logical_bytes: store.logicalBytes,
    blob_bytes: store.blobBytes,
    dedup_saved_bytes: Math.max(store.logicalBytes - store.blobBytes, 0),
  };
}

function endMs(event: Event): number {
  return Date.parse(event.ts);
}

function startMs(event: Event): number {
  return endMs(event) - event.elapsed_ms;
}

/** A time that a damaged log may have put out of range. */
function isoTime(ms: number): string {
  const RANGE_MS = 8.64e15;
  return Math.abs(ms) <= RANGE_MS ? new Date(ms).toISOString() : "";
}

function crateOf(event: Event): CrateReport {
  const overhead = isHit(event) ? servedMs(event) : event.elapsed_ms - compileCostMs(event);
  return {
    crate_name: event.crate_name,
    result: event.result,
    start_time: isoTime(startMs(event)),
    end_time: event.ts,
    start_unix_ms: startMs(event),
    end_unix_ms: endMs(event),
    elapsed_ms: event.elapsed_ms,
    compile_time_ms: event.compile_time_ms,
    overhead_ms: Math.max(overhead, 0),
    size: event.size,
    cache_key: event.cache_key,
    store_output_blobs: event.store_output_blobs,
    store_duplicate_blobs: event.store_duplicate_blobs,
    store_new_blobs: event.store_new_blobs,
    compiler_runs: event.compiler_runs,
    preprocessor_runs: event.preprocessor_runs,
    probe_runs: event.probe_runs,
    ...(event.miss_reason === undefined ? {} : { miss_reason: event.miss_reason }),
    ...(event.not_stored === undefined ? {} : { store_error: event.not_stored }),
    ...(event.bound_to === undefined ? {} : { bound_to: event.bound_to }),
  };
}
