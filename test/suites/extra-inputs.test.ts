// Declared inputs under cargo: an edit, a new file and a removed one make cargo build the crate again, in the place
// that compiled it and in one that was served; nothing else does.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed } from "../support/pair.ts";
import { type Variables, worldFor } from "../support/rig.ts";
import { type Files, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("extra-inputs");

/** A program with declared files of every kind. */
const FILES: Files = {
  "Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n',
  "src/main.rs": "fn main() {}\n",
  "kache.toml": 'extra_inputs = ["data", "queries/**/*.sql", "*.json", "one file.txt"]\n',
  "data/deep/a.txt": "one",
  "queries/q.sql": "one",
  "top.json": "1",
  "one file.txt": "one",
  "other.txt": "one",
};

/** Results of one build's units; none where cargo found everything fresh. */
function build(dir: string, env: Variables = {}): string[] {
  const run = mustSucceed(world.cargo(dir, ["build"], env));
  return run.events.map(({ result }) => (result === "dup" ? "miss" : result));
}

describe("cargo builds a crate again when", () => {
  const first = world.project("first", FILES);
  const second = world.project("deep/second", FILES);

  test("a declared file is edited, comes or goes, and otherwise not", () => {
    expect([build(first), build(first)]).toEqual([["miss"], []]);
    expect([build(second), build(second)]).toEqual([["local_hit"], []]);
    for (const dir of [first, second]) {
      const again = dir === first ? "miss" : "local_hit";
      const steps: readonly (readonly [Files, string | undefined])[] = [
        [{ "data/deep/a.txt": "two" }, again],
        [{ "data/deep/b.txt": "new" }, again],
        [{ "data/other/c.txt": "new" }, again],
        [{ "data/deep/b.txt": undefined }, again],
        [{ "queries/q.sql": "two" }, again],
        [{ "queries/r.sql": "new" }, again],
        [{ "top.json": "2" }, again],
        [{ "one file.txt": "two" }, again],
        [{ "other.txt": "two" }, undefined],
        [{ "kache.toml": 'extra_inputs = ["data"]\n' }, again],
        [{ "queries/q.sql": "three" }, undefined],
      ];
      for (const [edit, result] of steps) {
        // Cargo compares times; a build's own is as fine as the clock that files are stamped with.
        Bun.sleepSync(20);
        writeTree(dir, edit);
        const outcome = build(dir);
        expect([edit, outcome]).toEqual([edit, result === undefined ? [] : [result]]);
        expect([edit, build(dir)]).toEqual([edit, []]);
      }
    }
  });

  test("its target directory was removed, and is served with its own paths", () => {
    rmSync(join(second, "target"), { recursive: true });
    expect([build(second), build(second)]).toEqual([["local_hit"], []]);
  });
});
