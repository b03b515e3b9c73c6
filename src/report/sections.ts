// Pure: Report → titled facts and tables. Text, Markdown and GitHub renderings only lay these out,
// so that none of them can show less than another.
import { formatDuration, formatSize } from "../base/units.ts";
import type { CrateReport, Report } from "./report.ts";

const KEY_SHOWN = 12;

/** One part of a report. */
export interface Section {
  readonly title: string;
  /** Label and value. */
  readonly facts: readonly (readonly [string, string])[];
  readonly table?: {
    readonly head: readonly string[];
    readonly rows: readonly (readonly string[])[];
  };
  readonly lines?: readonly string[];
}

/** All parts in order; those without content are left out. */
export function sectionsOf(report: Report): Section[] {
  return [
    headline(report),
    timing(report),
    network(),
    storage(report),
    prefetch(report),
    bypassReasons(report),
    slowestBypasses(report),
    crates("Top compiled cache-key misses", report.top_misses),
    crates("Expensive cache hits", report.top_hits),
    verification(report),
    bound(report),
    errors(report),
    { title: "Suggestions", facts: [], lines: report.suggestions },
    gc(report),
  ].filter(({ facts, table, lines }) => {
    return facts.length > 0 || (table?.rows.length ?? 0) > 0 || (lines?.length ?? 0) > 0;
  });
}

/** Milliseconds as measured: "340 ms", "1.2 s". */
function exactTime(ms: number): string {
  const SECOND_MS = 1000;
  return ms < SECOND_MS ? `${ms} ms` : `${(ms / SECOND_MS).toFixed(1)} s`;
}

function headline({
  summary,
  timing: { hit_time_ms, avg_hit_overhead_ms },
  meta,
}: Report): Section {
  const hits = summary.local_hits + summary.prefetch_hits + summary.remote_hits;
  const weighted = summary.weighted_hit_rate_pct;
  const roi = hit_time_ms === 0 ? "n/a" : `${(summary.time_saved_ms / hit_time_ms).toFixed(1)}x`;
  return {
    title: `Build cache report, last ${meta.since_hours}h`,
    facts: [
      ["Hit rate", `${summary.hit_rate_pct}% (${hits} of ${summary.total_crates} units)`],
      [
        "Hits",
        `${summary.local_hits} local, ${summary.prefetch_hits} prefetch, ${summary.remote_hits} remote`,
      ],
      ["Misses", String(summary.misses)],
      ["Dups", `${summary.dups} (compiled to bytes the store already had)`],
      ["Weighted hit rate", weighted === null ? "n/a" : `${weighted}% by compile cost`],
      ["Cache efficiency", `${summary.cache_efficiency_pct}%`],
      [
        "Compile work avoided",
        summary.time_saved_ms === 0 ? "n/a" : formatDuration(summary.time_saved_ms),
      ],
      ["Hit overhead", hits === 0 ? "n/a" : `${avg_hit_overhead_ms} ms per hit`],
      ["ROI", `${roi} (time saved ÷ time spent on hits)`],
      ["Errors", `${summary.errors} (the compiler failed)`],
      ["Passthroughs", `${summary.passthroughs} (${summary.fallbacks} through the fallback)`],
      ["Skipped", `${summary.skipped} (compiled and not kept)`],
      ["Bound", `${summary.bound_entries} (an output holds a path of this machine)`],
    ],
  };
}

function timing({ timing: t, summary }: Report): Section {
  if (summary.total_crates === 0) return { title: "Timing", facts: [] };
  return {
    title: "Timing",
    facts: [
      ["Hits", `${exactTime(t.hit_time_ms)} in all, ${t.avg_hit_ms} ms on average`],
      ["Compiled", `${exactTime(t.miss_time_ms)} in all, ${t.avg_miss_ms} ms on average`],
      ["Compiler", `${exactTime(t.miss_compile_time_ms)} of that`],
      ["Key", `${exactTime(t.total_key_ms)} in all, ${t.avg_key_ms} ms per unit`],
      ["Look-up", `${exactTime(t.total_lookup_ms)} in all, ${t.avg_lookup_ms} ms per unit`],
      ["Restore", `${exactTime(t.total_restore_ms)} in all, ${t.avg_restore_ms} ms per hit`],
      ["Store", `${exactTime(t.total_store_ms)} in all, ${t.avg_store_ms} ms per compiled unit`],
    ],
  };
}

function network(): Section {
  return { title: "Network", facts: [["Transfers", "none (local cache only)"]] };
}

function storage({ storage: s }: Report): Section {
  return {
    title: "Storage",
    facts: [
      ["Restored", `${formatSize(s.restored_bytes)}, ${s.zero_copy_pct}% without copying`],
      [
        "Restored by",
        `reflink ${formatSize(s.reflinked_bytes)}, hard link ${formatSize(s.hardlinked_bytes)}, ` +
          `copy ${formatSize(s.copied_bytes)}`,
      ],
      ["Store", `${formatSize(s.blob_bytes)} in ${s.store_blobs} blobs`],
      ["Shared", `${formatSize(s.dedup_saved_bytes)} saved of ${formatSize(s.logical_bytes)}`],
    ],
  };
}

function prefetch({ prefetch: p }: Report): Section {
  return {
    title: "Prefetch",
    facts: [
      ["Prefetch hits", `${p.prefetch_hits} of ${p.total_hits} hits (${p.contribution_pct}%)`],
    ],
  };
}

function bypassReasons({ bypass }: Report): Section {
  const rows = bypass.reasons.map((one) => [
    String(one.count),
    one.result,
    one.route,
    one.reason,
    String(one.failures),
    exactTime(one.max_elapsed_ms),
  ]);
  return {
    title: "Passthroughs and skips",
    facts:
      rows.length === 0
        ? []
        : [
            ["Direct", String(bypass.direct_passthroughs)],
            ["Fallback", String(bypass.fallbacks)],
            ["Skipped", String(bypass.skipped)],
          ],
    table: { head: ["Count", "Result", "Route", "Reason", "Failures", "Longest"], rows },
  };
}

function slowestBypasses({ bypass }: Report): Section {
  const rows = bypass.slowest.map((one) => [
    exactTime(one.elapsed_ms),
    one.crate_name === "" ? "-" : one.crate_name,
    one.route,
    one.reason,
    one.exit_code === null ? "-" : String(one.exit_code),
  ]);
  return {
    title: "Slowest passthroughs and skips",
    facts: [],
    table: { head: ["Time", "Crate", "Route", "Reason", "Exit"], rows },
  };
}

function crates(title: string, list: readonly CrateReport[]): Section {
  const rows = list.map((one) => [
    exactTime(one.compile_time_ms),
    one.crate_name,
    one.result,
    exactTime(one.overhead_ms),
    formatSize(one.size),
    one.cache_key.slice(0, KEY_SHOWN),
    one.miss_reason ?? "",
  ]);
  const withReason = rows.some((row) => row.at(-1) !== "");
  const head = ["Compile", "Crate", "Result", "Overhead", "Size", "Key"];
  return {
    title,
    facts: [],
    table: withReason
      ? { head: [...head, "Why"], rows }
      : { head, rows: rows.map((row) => row.slice(0, -1)) },
  };
}

function verification({ summary: s, divergences }: Report): Section {
  const asked = s.verified + s.unverified;
  const rows = divergences.map(({ kind, crate_name, detail, evidence }) => [
    kind,
    crate_name,
    detail,
    evidence ?? "-",
  ]);
  const facts = [
    ["Compared", `${s.verified} hits with a compile made beside them`],
    ["Different", `${s.diverged_content} in content, ${s.diverged_path_debug} in debug or paths`],
    ["Not verified", String(s.unverified)],
  ] as const;
  return {
    title: "Verification",
    facts: asked === 0 ? [] : facts,
    table: { head: ["Kind", "Crate", "What", "Both sides"], rows },
  };
}

function bound({ all_events }: Report): Section {
  return {
    title: "Entries bound to their place",
    facts: [],
    table: {
      head: ["Crate", "Paths in its outputs", "Key"],
      rows: all_events.flatMap(({ crate_name, bound_to, cache_key }) =>
        bound_to === undefined ? [] : [[crate_name, bound_to, cache_key.slice(0, KEY_SHOWN)]],
      ),
    },
  };
}

function errors({ errors_detail }: Report): Section {
  return {
    title: "Errors",
    facts: [],
    table: {
      head: ["When", "Crate"],
      rows: errors_detail.map(({ timestamp, crate_name }) => [timestamp, crate_name]),
    },
  };
}

function gc({ gc: last }: Report): Section {
  if (last === undefined) return { title: "Garbage collection", facts: [] };
  return {
    title: "Garbage collection",
    facts: [
      ["Last run", last.last_run],
      ["Evicted", `${last.entries_evicted} entries, ${last.blobs_removed} blobs`],
      ["Freed", formatSize(last.bytes_freed)],
    ],
  };
}
