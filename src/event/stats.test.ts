// The fold from events to counters.
import { expect, test } from "bun:test";
import { blankEvent, type Event } from "./event.ts";
import { foldStats, hitsOf, totalOf, weightedHitRate } from "./stats.ts";

const event = (result: Event["result"], members: Partial<Event> = {}): Event => ({
  ...blankEvent("a", "1", result),
  ...members,
});

test("no events are no division by zero", () => {
  const stats = foldStats([]);
  expect([hitsOf(stats), totalOf(stats), weightedHitRate(stats)]).toEqual([0, 0, undefined]);
});

test("errors, passthroughs and skips are no units", () => {
  const stats = foldStats([
    event("local_hit"),
    event("remote_hit"),
    event("prefetch_hit"),
    event("dup"),
    event("miss"),
    event("error"),
    event("passthrough", { fallback: true }),
    event("passthrough"),
    event("skipped"),
  ]);
  expect([hitsOf(stats), totalOf(stats)]).toEqual([3, 5]);
  expect(stats).toMatchObject({ errors: 1, passthroughs: 2, skipped: 1, fallbacks: 1 });
});

test("a compile without a recorded time costs its whole call", () => {
  const stats = foldStats([
    event("local_hit", { compile_time_ms: 300, elapsed_ms: 5 }),
    event("miss", { compile_time_ms: 0, elapsed_ms: 100 }),
  ]);
  expect(stats).toMatchObject({ hitCompileMs: 300, compiledCompileMs: 100 });
  expect(weightedHitRate(stats)).toBe(75);
});

test("restored bytes and phases are taken from the events they belong to", () => {
  const stats = foldStats([
    event("local_hit", { copied_bytes: 7, restore_ms: 3, store_ms: 99 }),
    event("miss", { copied_bytes: 99, restore_ms: 99, store_ms: 4, key_ms: 1 }),
    event("error", { key_ms: 99 }),
  ]);
  expect(stats).toMatchObject({ copiedBytes: 7, restoreMs: 3, storeMs: 4, keyMs: 1 });
});

test("phases shorter than a millisecond are not lost", () => {
  const brief = event("local_hit", { key_ms: 0, phases_us: { key: 400, restore: 250 } });
  expect(foldStats([brief, brief, brief])).toMatchObject({ keyMs: 1.2, restoreMs: 0.75 });
});
