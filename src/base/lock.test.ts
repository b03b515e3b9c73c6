// Locks on real files.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lock, takeLock } from "./lock.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "kache-lock-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function taken(path: string): Lock {
  const lock = takeLock(path, 0);
  if (typeof lock === "string") throw new Error(`the lock is ${lock}`);
  return lock;
}

test("what is published under a lock is whole, and the lock is free with it", () => {
  const path = join(dir, "key.lock");
  const to = join(dir, "made", "key.json");
  const lock = taken(path);
  expect(takeLock(path, 0)).toBe("busy");
  expect(lock.publish(to, new TextEncoder().encode("all of it"))).toBe(true);
  expect(readFileSync(to, "utf8")).toBe("all of it");
  expect(existsSync(path)).toBe(false);
  const next = taken(path);
  // Given up once more by whoever cleans up after itself: nothing of the next holder's is touched.
  lock.release(true);
  expect(lock.publish(to, new Uint8Array())).toBe(false);
  expect(takeLock(path, 0)).toBe("busy");
  next.release(true);
  expect(readdirSync(dir)).toEqual(["made"]);
  expect(readFileSync(to, "utf8")).toBe("all of it");
});

test("a lock names who holds it now, and not who was killed holding it", () => {
  const path = join(dir, "key.lock");
  writeFileSync(path, "123456789\n");
  taken(path).release();
  expect(readFileSync(path, "utf8")).toBe(`${process.pid}\n`);
});

test("a lock that cannot be published is still held", () => {
  const path = join(dir, "key.lock");
  const lock = taken(path);
  expect(lock.publish("/proc/no/such/place", new Uint8Array(1))).toBe(false);
  expect(takeLock(path, 0)).toBe("busy");
  lock.release(true);
  expect(readdirSync(dir)).toEqual([]);
});
