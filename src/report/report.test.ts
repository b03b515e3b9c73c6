// The report's contract, and that every rendering shows the same facts.
import { expect, test } from "bun:test";
import { blankEvent, type Event } from "../event/event.ts";
import { renderGithub } from "./render-github.ts";
import { renderJson } from "./render-json.ts";
import { renderMarkdown } from "./render-markdown.ts";
import { renderText } from "./render-text.ts";
import { buildReport, type ReportInput } from "./report.ts";

const TS = "2026-03-01T10:00:00.000Z";

function event(result: Event["result"], crate: string, members: Partial<Event> = {}): Event {
  return { ...blankEvent(crate, "1", result), ts: TS, ...members };
}

const INPUT: ReportInput = {
  events: [
    event("miss", "slow", {
      elapsed_ms: 1200,
      compile_time_ms: 1000,
      compiler_runs: 1,
      miss_reason: "never-compiled",
    }),
    event("passthrough", "probe|x", { passthrough_reason: "refused: a|b", elapsed_ms: 9 }),
    event("local_hit", "quick", {
      elapsed_ms: 8,
      compile_time_ms: 3000,
      hardlinked_bytes: 10,
      copied_bytes: 30,
    }),
    event("error", "broken", { elapsed_ms: 50, exit_code: 1 }),
    event("skipped", "new", { not_stored: "an input changed" }),
    event("dup", "twin", { elapsed_ms: 500, compile_time_ms: 400 }),
    event("passthrough", "c", {
      passthrough_reason: "refused: a|b",
      elapsed_ms: 30,
      fallback: true,
      exit_code: 2,
    }),
  ],
  store: { entries: 2, logicalBytes: 100, blobs: 3, blobBytes: 80 },
  gc: { lastRun: TS, entriesEvicted: 1, bytesFreed: 2048, blobsRemoved: 2 },
  sinceMs: Date.parse("2026-03-01T00:00:00.000Z"),
  sinceHours: 24,
  generatedAt: TS,
  version: "1.2.3",
  top: 10,
};

test("the members that tools read are there with the values they mean", () => {
  const report = buildReport(INPUT);
  expect(report.schema_version).toBe(1);
  expect(report.meta).toEqual({ kache_version: "1.2.3", generated_at: TS, since_hours: 24 });
  expect(report.summary).toEqual({
    hit_rate_pct: 33.3,
    weighted_hit_rate_pct: 68.2,
    time_saved_ms: 3000,
    total_crates: 3,
    local_hits: 1,
    prefetch_hits: 0,
    remote_hits: 0,
    dups: 1,
    misses: 1,
    errors: 1,
    passthroughs: 2,
    probes: 0,
    skipped: 1,
    store_failures: 0,
    bound_entries: 0,
    verified: 0,
    diverged_path_debug: 0,
    diverged_content: 0,
    unverified: 0,
    fallbacks: 1,
    total_duration_ms: 1758,
    cache_efficiency_pct: 68.2,
  });
  expect(report.storage).toMatchObject({
    restored_bytes: 40,
    zero_copy_pct: 25,
    dedup_saved_bytes: 20,
  });
  expect(report.network).toBeNull();
  expect(report.gc).toMatchObject({ entries_evicted: 1 });
});

test("all_events keeps the order of the log and leaves out what was never up for caching", () => {
  const { all_events } = buildReport(INPUT);
  expect(all_events.map(({ crate_name }) => crate_name)).toEqual([
    "slow",
    "quick",
    "broken",
    "twin",
  ]);
  expect(all_events.map(({ overhead_ms }) => overhead_ms)).toEqual([200, 8, 0, 100]);
});

test("top lists are by compile time and no longer than asked", () => {
  const report = buildReport({ ...INPUT, top: 1 });
  expect(report.top_misses.map(({ crate_name }) => crate_name)).toEqual(["slow"]);
  expect(report.top_hits).toHaveLength(1);
  expect(report.bypass.reasons).toHaveLength(1);
  expect(report.all_events).toHaveLength(4);
});

test("bypasses are grouped by end, route and reason", () => {
  expect(buildReport(INPUT).bypass).toMatchObject({
    passthroughs: 2,
    direct_passthroughs: 1,
    reasons: [
      { route: "fallback", reason: "refused: a|b", count: 1, failures: 1, max_elapsed_ms: 30 },
      { route: "direct", count: 1, failures: 0 },
      { result: "skipped", route: "skipped", reason: "an input changed" },
    ],
  });
});

test("a collection outside the window is not told", () => {
  expect("gc" in buildReport({ ...INPUT, sinceMs: Date.parse("2026-04-01") })).toBe(false);
});

test("a report of nothing is whole and has no wrong numbers", () => {
  const empty = buildReport({ ...INPUT, events: [], gc: undefined });
  expect(empty.summary).toMatchObject({
    hit_rate_pct: 0,
    weighted_hit_rate_pct: null,
    total_crates: 0,
  });
  expect(empty.timeline).toMatchObject({ start_time: null, duration_ms: 0 });
  expect(renderJson(empty)).not.toMatch(/NaN|Infinity/);
  expect(JSON.parse(renderJson(empty))).toEqual(JSON.parse(JSON.stringify(empty)));
});

test("text, Markdown and the job summary show the same facts", () => {
  const report = buildReport(INPUT);
  const facts = [
    "33.3% (1 of 3 units)",
    "68.2% by compile cost",
    "never-compiled",
    "slow",
    "quick",
    "broken",
    "an input changed",
    "10 B",
    "375.0x",
    "1 entries, 2 blobs",
    "not kept",
  ];
  for (const text of [renderText(report), renderMarkdown(report), renderGithub(report)]) {
    for (const fact of facts) expect(text).toContain(fact);
  }
});

test("what would end a table cell is escaped", () => {
  const markdown = renderMarkdown(buildReport(INPUT));
  expect(markdown).toContain("refused: a\\|b");
  const nasty = event("miss", "a|b\nc<img>\u001b[31m", { compile_time_ms: 1 });
  const text = renderMarkdown(buildReport({ ...INPUT, events: [nasty] }));
  expect(text).toContain("a\\|b c&lt;img> [31m");
});

test("no control characters reach a terminal", () => {
  const nasty = event("miss", "a\u001b[2J", { compile_time_ms: 1 });
  expect(renderText(buildReport({ ...INPUT, events: [nasty] }))).not.toContain("\u001b");
});
