// The table of the negative control is in order: each rule's text stands where it says, once, and the case that is to
// fail without it is there. Whether it fails, `npm run negative` shows.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suiteFile } from "./negative/rule.ts";
import { RULES } from "./negative/rules.ts";

const root = join(import.meta.dir, "..");

/**
 * Names are put together of a group's and a case's, and of what a table holds: so many words in a row are one's own, and
 * of a short name one word.
 */
const WORDS_IN_A_ROW = 3;

/** Whether some words in a row of a case's name stand in a suite. */
function isNamed(name: string, suite: string): boolean {
  const words = name.split(" ");
  const count = words.length > WORDS_IN_A_ROW ? WORDS_IN_A_ROW : 1;
  return words.some((_, at) => {
    const row = words.slice(at, at + count);
    return row.length === count && suite.includes(row.join(" "));
  });
}

test("each rule has a name of its own", () => {
  const names = RULES.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});

/** The sources as the rules before have changed them: no two may share a text. */
const sources = new Map<string, string>();

describe("a rule's texts and case are there:", () => {
  for (const { name, also, suite, test: wanted, ...patch } of RULES) {
    test(name, () => {
      for (const { file, text, weakened } of [patch, ...(also ?? [])]) {
        const parts = (sources.get(file) ?? readFileSync(join(root, "src", file), "utf8")).split(
          text,
        );
        expect([file, parts.length - 1]).toEqual([file, 1]);
        sources.set(file, parts.join(weakened));
      }
      const path = join(root, suiteFile(suite));
      expect([path, existsSync(path)]).toEqual([path, true]);
      expect([wanted, isNamed(wanted, readFileSync(path, "utf8"))]).toEqual([wanted, true]);
    });
  }
});
