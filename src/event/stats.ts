// Pure fold: events → the counters that every screen shows. Hits restored without compiling; dups
// and misses compiled; errors, passthroughs and skips are counted apart and never shape a rate.
import { percent, sum } from "../base/numbers.ts";
import type { Event } from "./event.ts";

/** What a set of events adds up to. Times in milliseconds (phases with fractions), sizes in bytes. */
export interface Stats {
  readonly localHits: number;
  readonly prefetchHits: number;
  readonly remoteHits: number;
  readonly dups: number;
  readonly misses: number;
  readonly errors: number;
  readonly passthroughs: number;
  readonly skipped: number;
  readonly fallbacks: number;
  /** Compiled, but the result could not be stored. */
  readonly storeFailures: number;
  /** Stored, but for this place alone: outputs hold a path of this machine. */
  readonly bound: number;
  /** Hits that were compiled as well: alike, different in paths or debug information, different. */
  readonly verifiedSame: number;
  readonly verifiedPathDebug: number;
  readonly verifiedContent: number;
  /** Hits that were to be verified and could not be. */
  readonly unverified: number;
  readonly hitElapsedMs: number;
  readonly compiledElapsedMs: number;
  readonly errorElapsedMs: number;
  /** Compile time that hits did not spend. */
  readonly hitCompileMs: number;
  readonly compiledCompileMs: number;
  readonly keyMs: number;
  readonly lookupMs: number;
  readonly restoreMs: number;
  readonly storeMs: number;
  readonly reflinkedBytes: number;
  readonly hardlinkedBytes: number;
  readonly copiedBytes: number;
}

/** Whether the event is a restore without a compile. */
export function isHit({ result }: Event): boolean {
  return result === "local_hit" || result === "prefetch_hit" || result === "remote_hit";
}

/** Whether the event is a cacheable unit that was compiled. */
export function isCompiled({ result }: Event): boolean {
  return result === "dup" || result === "miss";
}

/** Whether the event is a call that was never up for caching, or was deliberately not kept. */
export function isBypass({ result }: Event): boolean {
  return result === "passthrough" || result === "skipped";
}

/** What a compile cost: its recorded compiler time, or the whole call when none was recorded. */
export function compileCostMs(event: Event): number {
  return event.compile_time_ms === 0 && !isHit(event) ? event.elapsed_ms : event.compile_time_ms;
}

/** How long a hit took, without the compile that verified it. */
export function servedMs({ elapsed_ms, phases_us }: Event): number {
  const MICROSECONDS = 1000;
  return Math.max(Math.round(elapsed_ms - (phases_us?.["verify"] ?? 0) / MICROSECONDS), 0);
}

/** Adds events up. */
export function foldStats(events: readonly Event[]): Stats {
  const count = (result: Event["result"]) =>
    events.filter((event) => event.result === result).length;
  const hits = events.filter(isHit);
  const verified = (kind: Event["verified"]) =>
    hits.filter((event) => event.verified === kind).length;
  const compiled = events.filter(isCompiled);
  const cacheable = [...hits, ...compiled];
  return {
    localHits: count("local_hit"),
    prefetchHits: count("prefetch_hit"),
    remoteHits: count("remote_hit"),
    dups: count("dup"),
    misses: count("miss"),
    errors: count("error"),
    passthroughs: count("passthrough"),
    skipped: count("skipped"),
    fallbacks: events.filter(
      ({ result, fallback }) => result === "passthrough" && fallback === true,
    ).length,
    storeFailures: compiled.filter(({ not_stored }) => not_stored !== undefined).length,
    verifiedSame: verified("same"),
    verifiedPathDebug: verified("path-debug"),
    verifiedContent: verified("content"),
    unverified: verified("unverified"),
    bound: compiled.filter(({ bound_to }) => bound_to !== undefined).length,
    hitElapsedMs: sum(hits, servedMs),
    compiledElapsedMs: sum(compiled, ({ elapsed_ms }) => elapsed_ms),
    errorElapsedMs: sum(
      events.filter(({ result }) => result === "error"),
      ({ elapsed_ms }) => elapsed_ms,
    ),
    hitCompileMs: sum(hits, ({ compile_time_ms }) => compile_time_ms),
    compiledCompileMs: sum(compiled, compileCostMs),
    keyMs: phaseMs(cacheable, ["key"], ({ key_ms }) => key_ms),
    lookupMs: phaseMs(cacheable, ["lookup"], ({ lookup_ms }) => lookup_ms),
    restoreMs: phaseMs(hits, ["restore"], ({ restore_ms }) => restore_ms),
    storeMs: phaseMs(compiled, ["store", "learn"], ({ store_ms }) => store_ms),
    reflinkedBytes: sum(hits, ({ reflinked_bytes }) => reflinked_bytes),
    hardlinkedBytes: sum(hits, ({ hardlinked_bytes }) => hardlinked_bytes),
    copiedBytes: sum(hits, ({ copied_bytes }) => copied_bytes),
  };
}

/** Time in phases: by the finer clock where an event has it, since most phases take less than 1 ms. */
function phaseMs(
  events: readonly Event[],
  phases: readonly string[],
  whole: (event: Event) => number,
) {
  const MICROSECONDS = 1000;
  const total = sum(events, (event) => {
    const { phases_us: fine } = event;
    if (fine === undefined) return whole(event) * MICROSECONDS;
    return sum(phases, (phase) => fine[phase] ?? 0);
  });
  return total / MICROSECONDS;
}

/** Hits of every origin. */
export function hitsOf(stats: Stats): number {
  return stats.localHits + stats.prefetchHits + stats.remoteHits;
}

/** Cacheable units: hits, dups and misses. */
export function totalOf(stats: Stats): number {
  return hitsOf(stats) + stats.dups + stats.misses;
}

/** Share of the compile cost that hits spared; undefined when no cost is known. */
export function weightedHitRate(stats: Stats): number | undefined {
  const whole = stats.hitCompileMs + stats.compiledCompileMs;
  return whole === 0 ? undefined : percent(stats.hitCompileMs, whole);
}
