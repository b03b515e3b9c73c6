// Reading events.jsonl: order, garbage, torn lines, resuming.
import { afterAll, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blankEvent, type Event } from "./event.ts";
import { decodeEvent, readEvents, readEventsFrom } from "./read-events.ts";

const dir = mkdtempSync(join(tmpdir(), "kache-events-"));
afterAll(() => {
  rmSync(dir, { recursive: true });
});

const line = (crate: string) => `${JSON.stringify(blankEvent(crate, "1", "miss"))}\n`;
const names = (events: readonly Event[]) => events.map(({ crate_name }) => crate_name);

test("events are told in the order of their times, those of one time as they were written", () => {
  const path = join(dir, "order");
  const early = JSON.stringify({ ...blankEvent("early", "1", "miss"), ts: "2026-01-01T00:00:00Z" });
  writeFileSync(path, `${line("b")}${line("a")}${early}\n${line("c")}`);
  const [first, ...rest] = names(readEvents(path));
  expect(first).toBe("early");
  expect(rest).toEqual(["b", "a", "c"]);
});

test("a log that is not there has no events", () => {
  expect(readEvents(join(dir, "none"))).toEqual([]);
});

test("lines that are no events are skipped", () => {
  const path = join(dir, "garbage");
  const other = `{"event":"heartbeat","ts":"2026-01-01T00:00:00Z"}\n[]\nnull\n{"result":"miss"}\n\n`;
  writeFileSync(path, `garbage\n${line("a")}${other}{"ts":1,"result":"miss"}\n${line("b")}`);
  expect(names(readEvents(path))).toEqual(["a", "b"]);
});

test("an event after another writer's torn line is read", () => {
  const path = join(dir, "torn");
  writeFileSync(path, `${line("a")}${line("x").slice(0, 60)}${line("b")}`);
  expect(names(readEvents(path))).toEqual(["a", "b"]);
});

test("an unfinished last line waits for its end", () => {
  const path = join(dir, "unfinished");
  const whole = line("b");
  writeFileSync(path, line("a") + whole.slice(0, 40));
  const seen: string[] = [];
  const take = (event: Event) => seen.push(event.crate_name);
  const position = readEventsFrom(path, undefined, take);
  expect(seen).toEqual(["a"]);
  appendFileSync(path, whole.slice(40));
  readEventsFrom(path, position, take);
  expect(seen).toEqual(["a", "b"]);
});

test("a replaced log is read from its start", () => {
  const path = join(dir, "rotated");
  writeFileSync(path, line("a"));
  const position = readEventsFrom(path, undefined, () => undefined);
  rmSync(path);
  // The file system may well give it the same inode.
  const later = { ...blankEvent("b", "1", "miss"), ts: "2031-01-01T00:00:00.000Z" };
  writeFileSync(path, `${JSON.stringify(later)}\n${line("c")}`);
  const seen: string[] = [];
  readEventsFrom(path, position, ({ crate_name }) => {
    seen.push(crate_name);
  });
  expect(seen).toEqual(["b", "c"]);
});

test("counts of any shape come out as whole numbers from zero up", () => {
  const raw = {
    ...blankEvent("a", "1", "miss"),
    elapsed_ms: 1.5,
    size: -3,
    key_ms: "7",
    schema: 99,
  };
  const event = decodeEvent(JSON.stringify(raw));
  expect(event).toMatchObject({ elapsed_ms: 2, size: 0, key_ms: 0, schema: 99 });
});

test("every member that is written is read", () => {
  const whole: Required<Event> = {
    ...blankEvent("a", "1", "local_hit"),
    passthrough_reason: "refused: x",
    fallback: true,
    exit_code: 1,
    phases_us: { key: 3 },
    engine: true,
    answered_first: true,
    invocation_key: "k",
    unit: "u",
    not_stored: "n",
    miss_reason: "m",
    observed: "o",
    verified: "content",
    verify_detail: "d",
    verify_evidence: "e",
    bound_to: "<HOME>",
  };
  expect(decodeEvent(JSON.stringify(whole))).toEqual(whole);
});

test("only events within the window are read", () => {
  const path = join(dir, "window");
  const old = { ...blankEvent("old", "1", "miss"), ts: "2001-01-01T00:00:00.000Z" };
  writeFileSync(path, `${JSON.stringify(old)}\n${line("new")}`);
  expect(names(readEvents(path, Date.parse("2020-01-01")))).toEqual(["new"]);
});

test("lines longer than any event do not stop the reader", () => {
  const path = join(dir, "long");
  writeFileSync(path, `${line("a")}${"x".repeat(3 << 20)}\n${line("b")}`);
  expect(names(readEvents(path))).toEqual(["a", "b"]);
});
