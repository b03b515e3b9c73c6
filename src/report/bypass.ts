// Pure: which calls were not cached, by reason and by time. Reasons are the words of the events.
import type { Event, EventResult } from "../event/event.ts";
import { isBypass, type Stats } from "../event/stats.ts";

/** Where a call that was not cached went. */
export type Route = "direct" | "fallback" | "skipped";

/** Calls with the same end for the same reason. */
export interface BypassGroup {
  readonly result: EventResult;
  readonly route: Route;
  readonly reason: string;
  readonly count: number;
  /** Of these, how many ended with another exit status than 0, as far as known. */
  readonly failures: number;
  readonly max_elapsed_ms: number;
}

/** One such call. */
export interface BypassDetail {
  readonly crate_name: string;
  readonly result: EventResult;
  readonly route: Route;
  readonly reason: string;
  readonly elapsed_ms: number;
  readonly exit_code: number | null;
  readonly timestamp: string;
}

/** The report's `bypass` member. */
export interface BypassReport {
  readonly passthroughs: number;
  readonly probes: number;
  readonly skipped: number;
  readonly fallbacks: number;
  readonly direct_passthroughs: number;
  readonly reasons: readonly BypassGroup[];
  readonly slowest: readonly BypassDetail[];
}

/** Collects what was not cached. */
export function bypassOf(events: readonly Event[], stats: Stats, top: number): BypassReport {
  const details = events.filter(isBypass).map(detailOf);
  return {
    passthroughs: stats.passthroughs,
    probes: 0,
    skipped: stats.skipped,
    fallbacks: stats.fallbacks,
    direct_passthroughs: stats.passthroughs - stats.fallbacks,
    reasons: groupReasons(details).slice(0, top),
    slowest: [...details].sort((a, b) => b.elapsed_ms - a.elapsed_ms).slice(0, top),
  };
}

function detailOf(event: Event): BypassDetail {
  const route =
    event.result === "skipped" ? "skipped" : event.fallback === true ? "fallback" : "direct";
  return {
    crate_name: event.crate_name,
    result: event.result,
    route,
    reason: event.passthrough_reason ?? event.not_stored ?? "unknown",
    elapsed_ms: event.elapsed_ms,
    exit_code: event.exit_code ?? null,
    timestamp: event.ts,
  };
}

function groupReasons(details: readonly BypassDetail[]): BypassGroup[] {
  const groups = new Map<string, BypassGroup>();
  for (const { result, route, reason, elapsed_ms, exit_code } of details) {
    const id = `${result}\0${route}\0${reason}`;
    const before = groups.get(id) ?? {
      result,
      route,
      reason,
      count: 0,
      failures: 0,
      max_elapsed_ms: 0,
    };
    groups.set(id, {
      ...before,
      count: before.count + 1,
      failures: before.failures + (exit_code !== null && exit_code !== 0 ? 1 : 0),
      max_elapsed_ms: Math.max(before.max_elapsed_ms, elapsed_ms),
    });
  }
  return [...groups.values()].sort(
    (a, b) =>
      b.count - a.count || b.max_elapsed_ms - a.max_elapsed_ms || (a.reason < b.reason ? -1 : 1),
  );
}
