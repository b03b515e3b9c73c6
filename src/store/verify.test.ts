// Verification and repair on damaged stores.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { CacheDir } from "../../test/support/cache-dir.ts";
import { digestOf } from "../base/digest.ts";
import { isSound, repairStore, verifyStore } from "./verify.ts";

let cache: CacheDir;
beforeEach(() => {
  cache = new CacheDir();
});
afterEach(() => {
  cache.remove();
});

test("a sound store is sound", () => {
  cache.add({ crate: "a", files: { a: "1" } });
  const found = verifyStore(cache.layout, true);
  expect(isSound(found)).toBe(true);
  expect(found).toMatchObject({ entries: 1, blobs: 1, orphans: 0, missing: 0 });
});

test("missing blobs, short blobs and unreadable entries are found and repaired", () => {
  const gone = cache.add({ crate: "gone", files: { a: "1" } });
  const short = cache.add({ crate: "short", files: { b: "22" } });
  const unreadable = cache.add({ crate: "unreadable", files: { c: "333" } });
  cache.add({ crate: "sound", files: { d: "4444" } });
  rmSync(cache.layout.blob(digestOf("1")));
  writeFileSync(cache.layout.blob(digestOf("22")), "2");
  writeFileSync(cache.layout.meta(unreadable), "{");
  const found = verifyStore(cache.layout, false);
  expect(found).toMatchObject({ entries: 4, missing: 2 });
  expect(found.damaged.map(({ key }) => key).sort()).toEqual([gone, short, unreadable].sort());
  expect(repairStore(cache.layout, found).entries).toBe(3);
  expect(isSound(verifyStore(cache.layout, true))).toBe(true);
  expect(existsSync(cache.layout.entryDir(unreadable))).toBe(false);
});

test("other bytes of the same size are found only with checksums", () => {
  cache.add({ crate: "a", files: { a: "12345" } });
  writeFileSync(cache.layout.blob(digestOf("12345")), "12X45");
  expect(isSound(verifyStore(cache.layout, false))).toBe(true);
  const found = verifyStore(cache.layout, true);
  expect([found.failed.length, found.damaged.length]).toEqual([1, 1]);
  repairStore(cache.layout, found);
  expect(verifyStore(cache.layout, true)).toMatchObject({ entries: 0, blobs: 0 });
});

test("an orphan is garbage and no damage", () => {
  cache.add({ crate: "a", files: { a: "1" } });
  cache.addBlob("nobody's");
  const found = verifyStore(cache.layout, true);
  expect([found.orphans, isSound(found)]).toEqual([1, true]);
});
