// What is left of a log that has grown beyond its size.
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blankEvent } from "./event.ts";
import { appendEvent } from "./event-log.ts";
import { readEvents } from "./read-events.ts";

function crates(linesKept: number, count: number): string[] {
  const dir = mkdtempSync(join(tmpdir(), "kache-log-"));
  const path = join(dir, "events.jsonl");
  try {
    const bytesMax = JSON.stringify(blankEvent("c0", "0", "miss")).length * 3;
    for (let at = 0; at < count; at += 1)
      appendEvent(path, blankEvent(`c${at}`, "0", "miss"), { bytesMax, linesKept });
    expect(readFileSync(path, "utf8")).not.toMatch(/^\n|\n\n/);
    return readEvents(path).map(({ crate_name }) => crate_name);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test("the last lines are kept, and of 0 none", () => {
  const GROWN = 4;
  expect(crates(2, GROWN)).toEqual(["c2", "c3"]);
  expect(crates(100, GROWN)).toEqual(["c0", "c1", "c2", "c3"]);
  expect(crates(0, GROWN)).toEqual([]);
  expect(crates(0, GROWN + 1)).toEqual(["c4"]);
});
