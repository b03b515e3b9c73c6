// What the store holds: the index follows the files, and hits outlive the log.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { CacheDir } from "../../test/support/cache-dir.ts";
import { Layout } from "./layout.ts";
import { listBlobs, readUsage, totalsOf } from "./usage.ts";

let cache: CacheDir;
beforeEach(() => {
  cache = new CacheDir();
});
afterEach(() => {
  cache.remove();
});

const crates = () =>
  readUsage(cache.layout)
    .entries.map(({ entry }) => entry.crateName)
    .sort();
const hits = () =>
  Object.fromEntries(readUsage(cache.layout).entries.map((one) => [one.entry.crateName, one.hits]));

test("a cache that does not exist is empty and is not made", () => {
  const path = `${cache.path}/none`;
  expect(readUsage(new Layout(path))).toEqual({ entries: [], damaged: [] });
  expect(existsSync(path)).toBe(false);
});

test("added and removed entries show in the next look", () => {
  cache.add({ crate: "a", files: { a: "1" } });
  expect(crates()).toEqual(["a"]);
  const key = cache.add({ crate: "b", files: { b: "2" } });
  expect(crates()).toEqual(["a", "b"]);
  rmSync(cache.layout.entryDir(key), { recursive: true });
  expect(crates()).toEqual(["a"]);
});

test("an entry that was replaced is read again", () => {
  const key = cache.add({ crate: "a", files: { a: "1" } });
  readUsage(cache.layout);
  writeFileSync(cache.layout.meta(key), "garbage");
  expect(readUsage(cache.layout)).toEqual({ entries: [], damaged: [key] });
});

test("hits are counted once, over looks and over a rotation of the log", () => {
  const key = cache.add({ crate: "a", files: { a: "1" } });
  const hit = (ts: string) => {
    cache.event({ crate_name: "a", result: "local_hit", cache_key: key, ts });
  };
  hit("2026-02-01T00:00:00.000Z");
  hit("2026-02-02T00:00:00.000Z");
  expect([hits(), hits()]).toEqual([{ a: 2 }, { a: 2 }]);
  rmSync(cache.layout.eventLog());
  hit("2026-02-02T00:00:00.000Z");
  hit("2026-02-03T00:00:00.000Z");
  expect(hits()).toEqual({ a: 3 });
  const [usage] = readUsage(cache.layout).entries;
  expect(usage?.accessedMs).toBe(Date.parse("2026-02-03T00:00:00.000Z"));
});

test("a damaged index is moved aside and rebuilt", () => {
  cache.add({ crate: "a", files: { a: "1" } });
  readUsage(cache.layout);
  writeFileSync(cache.layout.index(), "this is no database".repeat(100));
  expect(crates()).toEqual(["a"]);
  expect(readdirSync(cache.path).some((name) => name.startsWith("index.db.damaged-"))).toBe(true);
  expect(crates()).toEqual(["a"]);
});

test("an index that cannot be opened costs nothing but time", () => {
  const key = cache.add({ crate: "a", files: { a: "1" } });
  cache.event({ crate_name: "a", result: "local_hit", cache_key: key });
  mkdirSync(cache.layout.index());
  expect(hits()).toEqual({ a: 1 });
});

test("an index of another version is rebuilt", async () => {
  cache.add({ crate: "a", files: { a: "1" } });
  const { Database } = await import("bun:sqlite");
  const db = new Database(cache.layout.index());
  db.run("CREATE TABLE entries (other TEXT)");
  db.run("PRAGMA user_version = 77");
  db.close();
  expect(crates()).toEqual(["a"]);
});

test("shared blobs count once", () => {
  cache.add({ crate: "a", files: { x: "same", y: "1" } });
  cache.add({ crate: "b", files: { x: "same", y: "22" } });
  const totals = totalsOf(readUsage(cache.layout).entries);
  expect(totals).toEqual({ entries: 2, logicalBytes: 11, blobs: 3, blobBytes: 7 });
});

test("foreign files among the blobs are left out", () => {
  cache.add({ crate: "a", files: { a: "1" } });
  cache.write(`${cache.layout.blobsDir()}/zz/file`, "x");
  cache.write(`${cache.layout.blobsDir()}/aa/notes.txt`, "x");
  expect(listBlobs(cache.layout)).toHaveLength(1);
});
