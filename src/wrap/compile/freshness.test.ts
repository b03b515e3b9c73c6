import { expect, test } from "bun:test";
import { statPath } from "../../base/file.ts";
import { isModifiedBefore, isOlder, mayBeOlder } from "./freshness.ts";

const stat = statPath("/");
const at = (sec: number, nsec: number) => {
  if (typeof stat === "string") throw new Error(stat);
  return { ...stat, mtimeSec: sec, mtimeNsec: nsec, ctimeSec: sec, ctimeNsec: nsec };
};

test("times with parts of a second are taken as they are told", () => {
  expect(isOlder(at(99, 900_000_000), at(100, 1))).toBe(true);
  expect(isOlder(at(100, 2), at(100, 1))).toBe(false);
});

test("times of whole seconds may be two seconds later than they say", () => {
  expect(isOlder(at(99, 0), at(100, 500_000_000))).toBe(false);
  expect(isModifiedBefore(at(99, 0), at(100, 500_000_000))).toBe(false);
  expect(isOlder(at(98, 0), at(100, 500_000_000))).toBe(true);
});

test("an output of such a time may have been there before", () => {
  expect(mayBeOlder(at(100, 0), at(100, 500_000_000))).toBe(true);
});
