// Which entries go: limits, hysteresis, sharing, pins.
import { expect, test } from "bun:test";
import { digestOf } from "../base/digest.ts";
import { resultKey } from "../key/cache-key.ts";
import type { Entry } from "./entry.ts";
import { evictByAge, evictBySize } from "./evict.ts";
import type { EntryUsage } from "./usage.ts";

const MIB = 1024 ** 2;
const HOUR_MS = 3_600_000;
const NOW = 1_800_000_000_000;

interface Shape {
  readonly blobs: Readonly<Record<string, number>>;
  readonly ageHours?: number;
  readonly hits?: number;
}

function usage(name: string, { blobs, ageHours = 10, hits = 0 }: Shape): EntryUsage {
  const files = Object.entries(blobs).map(([blob, mib]) => ({
    name: blob,
    size: mib * MIB,
    hash: digestOf(blob),
    executable: false,
    kind: "link",
  }));
  const entry: Entry = {
    key: resultKey(digestOf(name)),
    crateName: name,
    crateTypes: ["lib"],
    files,
    stdout: "",
    stderr: "",
    exitCode: 0,
    features: [],
    target: "host",
    profile: "dev",
    compileMs: 1,
    invocationKey: digestOf(`invocation of ${name}`),
    created: "",
    version: "1",
  };
  const accessedMs = NOW - ageHours * HOUR_MS;
  return { entry, sizeBytes: 0, createdMs: accessedMs, hits, accessedMs };
}

const names = (victims: readonly EntryUsage[]) =>
  victims.map(({ entry }) => entry.crateName).sort();
const limit = (mib: number) => ({ bytesMax: mib * MIB, nowMs: NOW });

test("a store within its limit loses nothing, even above the target", () => {
  const entries = [usage("a", { blobs: { a: 95 } })];
  expect(evictBySize(entries, limit(100)).victims).toEqual([]);
});

test("above the limit the store is cut to nine tenths of it", () => {
  const entries = Array.from({ length: 11 }, (_, at) =>
    usage(`e${at}`, { blobs: { [`b${at}`]: 10 }, ageHours: 100 - at }),
  );
  const { victims, bytesAfter } = evictBySize(entries, limit(100));
  expect(bytesAfter).toBe(90 * MIB);
  expect(names(victims)).toEqual(["e0", "e1"]);
});

test("old, big and rarely used go first", () => {
  const entries = [
    usage("used", { blobs: { u: 40 }, hits: 50 }),
    usage("young", { blobs: { y: 40 }, ageHours: 0.5 }),
    usage("small", { blobs: { s: 1 } }),
    usage("victim", { blobs: { v: 40 } }),
  ];
  expect(names(evictBySize(entries, limit(120)).victims)).toEqual(["victim"]);
});

test("an entry that shares its bytes goes after one that frees them", () => {
  const entries = [
    usage("twin1", { blobs: { shared: 50 }, ageHours: 100 }),
    usage("twin2", { blobs: { shared: 50 }, ageHours: 100 }),
    usage("single", { blobs: { own: 50 }, ageHours: 1 }),
  ];
  expect(names(evictBySize(entries, limit(90)).victims)).toEqual(["single"]);
});

test("entries that share everything go together when nothing else is left", () => {
  const entries = [
    usage("twin1", { blobs: { shared: 50 } }),
    usage("twin2", { blobs: { shared: 50 } }),
    usage("twin3", { blobs: { shared: 50 } }),
  ];
  const { victims, bytesAfter, shortfall } = evictBySize(entries, limit(40));
  expect(names(victims)).toEqual(["twin1", "twin2", "twin3"]);
  expect([bytesAfter, shortfall]).toEqual([0, undefined]);
});

test("what was used in the last two minutes stays, and so do those that share with it", () => {
  const entries = [
    usage("pinned", { blobs: { shared: 50 }, ageHours: 0.01 }),
    usage("sharer", { blobs: { shared: 50 } }),
  ];
  const { victims, shortfall } = evictBySize(entries, limit(10));
  expect(victims).toEqual([]);
  expect(shortfall).toContain("1 of 2 entries were used in the last two minutes");
});

test("by age everything older goes, and what was just used never", () => {
  const entries = [
    usage("old", { blobs: { o: 1 }, ageHours: 30 }),
    usage("young", { blobs: { y: 1 }, ageHours: 3 }),
    usage("pinned", { blobs: { p: 1 }, ageHours: 0.01 }),
  ];
  expect(names(evictByAge(entries, 24 * HOUR_MS, NOW).victims)).toEqual(["old"]);
  expect(names(evictByAge(entries, 0, NOW).victims)).toEqual(["old", "young"]);
});

test("thousands of entries that share one blob are decided quickly", () => {
  const entries = Array.from({ length: 5000 }, (_, at) =>
    usage(`e${at}`, { blobs: { shared: 50, [`own${at}`]: 0.01 } }),
  );
  const before = performance.now();
  const { bytesAfter } = evictBySize(entries, limit(60));
  expect(bytesAfter).toBeLessThanOrEqual(54 * MIB);
  expect(performance.now() - before).toBeLessThan(5000);
});
