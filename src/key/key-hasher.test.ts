// How inputs enter the hash of a key: none can imitate two, and the recipe is the one its version stands for.
import { expect, test } from "bun:test";
import { KeyHasher } from "./key-hasher.ts";

function hashed(...fields: readonly (readonly [label: string, value: string])[]): string {
  const hasher = new KeyHasher("test");
  for (const [label, value] of fields) hasher.add(label, value);
  return hasher.finish();
}

test("neither a value nor a label can imitate the boundary of inputs", () => {
  const two = hashed(["a", "1"], ["b", "2"]);
  for (const one of [
    hashed(["a", "1\n1:b:1:2"]),
    hashed(["a:1:1\n1:b", "2"]),
    hashed(["a:1:1\nb", "2"]),
    hashed(["a", "1b"], ["", "2"]),
    hashed(["b", "2"], ["a", "1"]),
    hashed(["a", "1"], ["b", "2"], ["", ""]),
  ]) {
    expect(one).not.toBe(two);
  }
});

test("notes count for nothing", () => {
  const hasher = new KeyHasher("test");
  hasher.note("toolchain version", "rustc 1.95");
  expect(String(hasher.finish())).toBe(hashed());
  expect(hasher.fields).toHaveLength(1);
});

test("an input that is not UTF-8 is named", () => {
  const hasher = new KeyHasher("test");
  hasher.add("a", "1");
  expect(hasher.damaged).toBeUndefined();
  hasher.add("env RAW", "caf\uFFFD");
  hasher.add("b", "\uFFFD");
  expect(hasher.damaged).toBe("env RAW");
});

test("another recipe has another version: this is the digest of version 3", () => {
  expect(hashed(["label", "value"], ["länger", "☃"])).toBe(
    "f620479876117c50a68357fac2e3071083df023ca0e948e0cef7665c054ec4e5",
  );
});
