// Garbage collection on real directories.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { CacheDir } from "../../test/support/cache-dir.ts";
import { digestOf } from "../base/digest.ts";
import { takeLock } from "../base/lock.ts";
import { clearCrateFacts } from "./leftovers.ts";
import { collectGarbage, type GcRule, readGcStats } from "./sweep.ts";
import { readUsage } from "./usage.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NO_LIMIT: GcRule = { kind: "size", bytesMax: 1 << 30 };

let cache: CacheDir;
beforeEach(() => {
  cache = new CacheDir();
});
afterEach(() => {
  cache.remove();
});

// ctime cannot be set, so time is moved for the collector instead.
const collect = (rule: GcRule, laterMs = 0) =>
  collectGarbage(cache.layout, rule, Date.now() + laterMs);

test("evicting an entry frees the blobs that only it has, and its manifest", () => {
  cache.add({ crate: "old", files: { a: "shared", b: "own" } });
  cache.add({ crate: "young", files: { a: "shared" }, created: new Date().toISOString() });
  const result = collect({ kind: "age", ageMsMax: HOUR_MS });
  expect(result).toMatchObject({ evicted: 1, blobsRemoved: 1, bytesFreed: 3, entriesLeft: 1 });
  expect(existsSync(cache.layout.blob(digestOf("shared")))).toBe(true);
  expect(existsSync(cache.layout.blob(digestOf("own")))).toBe(false);
  expect(
    readdirSync(cache.layout.manifestsDir(), { recursive: true }).filter((n) =>
      String(n).endsWith(".json"),
    ),
  ).toHaveLength(1);
});

test("an unused blob goes after its grace time and not before", () => {
  cache.add({ crate: "a", files: { a: "used" } });
  const orphan = cache.addBlob("orphan");
  cache.age(orphan, 7 * DAY_MS);
  expect(collect(NO_LIMIT).blobsRemoved).toBe(0);
  expect(collect(NO_LIMIT, 2 * HOUR_MS)).toMatchObject({ blobsRemoved: 1, entriesLeft: 1 });
  expect(existsSync(orphan)).toBe(false);
});

test("leftovers of killed processes go after a day", () => {
  cache.add({ crate: "a", files: { a: "1" } });
  const lock = `${cache.layout.storeDir()}/${"0".repeat(64)}.lock`;
  const temp = `${cache.layout.blobsDir()}/aa/.kache-1-x-1.tmp`;
  cache.write(lock, "1\n");
  cache.write(temp, "half");
  cache.write(`${cache.path}/scratch/.kache-1-x-2.tmp/unit.d`, "x");
  const inMemory = `${cache.layout.memoryDir}/.kache-1-x-3.tmp`;
  cache.write(inMemory, "x");
  // A network file system's name for what is removed while somebody has it open.
  const foreign = `${cache.layout.blobsDir()}/aa/.nfs000000000000000100000001`;
  cache.write(foreign, "x");
  cache.write(`${cache.layout.memoryDir}/somebody's`, "x");
  expect(collect(NO_LIMIT).leftovers).toMatchObject({ locks: 0, temps: 0, scratchDirs: 0 });
  expect(collect(NO_LIMIT, 2 * DAY_MS).leftovers).toMatchObject({
    locks: 1,
    temps: 1,
    scratchDirs: 2,
  });
  expect([lock, temp, inMemory, foreign].filter((path) => existsSync(path))).toEqual([foreign]);
  expect(readdirSync(cache.layout.memoryDir)).toEqual(["somebody's"]);
});

test("what was learned of crates goes after a month", () => {
  cache.add({ crate: "a", files: { a: "1" } });
  const name = digestOf("crate");
  const records = [`macros/${name}.json`, `mentions/HOME/${name}`].map((at) => {
    return `${cache.path}/${at}`;
  });
  for (const path of records) cache.write(path, "1");
  // Not by a whole collection: that far in the future it would take this machine's copies of OUT_DIR.
  expect(clearCrateFacts(cache.layout, Date.now() + 29 * DAY_MS)).toBe(0);
  expect(clearCrateFacts(cache.layout, Date.now() + 31 * DAY_MS)).toBe(2);
  expect(records.filter((path) => existsSync(path))).toEqual([]);
});

test("a lock that is held stays however old its file is", () => {
  mkdirSync(cache.layout.storeDir(), { recursive: true });
  const path = `${cache.layout.storeDir()}/${"0".repeat(64)}.lock`;
  const held = takeLock(path, 0);
  if (typeof held === "string") throw new Error(held);
  expect(collect(NO_LIMIT, 2 * DAY_MS).leftovers.locks).toBe(0);
  expect(existsSync(path)).toBe(true);
  held.release(true);
});

test("a manifest that leads to no entry goes", () => {
  cache.write(`${cache.layout.manifestsDir()}/${"0".repeat(64)}.json`, "garbage");
  cache.add({ crate: "a", files: { a: "1" } });
  expect(collect(NO_LIMIT, 2 * HOUR_MS).leftovers.manifests).toBe(1);
  expect(readUsage(cache.layout).entries).toHaveLength(1);
});

test("the last collection is remembered, and garbage in its place is not", () => {
  cache.add({ crate: "a", files: { a: "12345" } });
  collect({ kind: "size", bytesMax: 1 });
  expect(readGcStats(cache.layout)).toMatchObject({
    entriesEvicted: 1,
    bytesFreed: 5,
    blobsRemoved: 1,
  });
  cache.write(`${cache.path}/gc_stats.json`, `{"last_run": 7}`);
  expect(readGcStats(cache.layout)).toBeUndefined();
});
