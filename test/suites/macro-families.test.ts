// Macros of crates.io that read files, list directories or ask the environment: what they looked at counts
// and why-miss names it, other things do not; another checkout with equal content is served, one with
// other content gets its own. test/families is the workspace, one package a family.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { FAMILIES, type Family, packageOf, SOURCE } from "../support/macro-family-table.ts";
import { mustSucceed } from "../support/pair.ts";
import { type Run, testUnless, type Variables, worldFor } from "../support/rig.ts";
import { kache } from "../support/toolchain.ts";
import { type Files, writeTree } from "../support/tree.ts";

setDefaultTimeout(600_000);
/** The whole workspace is built twice, the first time from nothing. */
const BUILDS_MS = 1_800_000;

const world = worldFor("families");
const here = world.path("here/families");
const there = world.path("there/at/another/depth/families");

// Crates are downloaded once; everything after that is offline.
const fetched = world.run(["cargo", "fetch", "--locked"], { cwd: SOURCE });
const unavailable = fetched.exitCode === 0 ? undefined : "the crates cannot be downloaded";

/** Build scripts that date what they write give the same day every time. */
const BUILD_VARIABLES: Variables = {
  CARGO_INCREMENTAL: "0",
  GITHUB_ACTIONS: undefined,
  CI: undefined,
  SOURCE_DATE_EPOCH: "86400",
};

/** Builds one family in a checkout; its root is touched, so that cargo asks. */
function build(checkout: string, family: Family, env: Variables, wrapped: boolean): Run {
  const root = join(checkout, packageOf(family), "src/main.rs");
  const now = new Date();
  utimesSync(root, now, now);
  // The whole workspace, of which the rest is fresh: a selection would give dependencies other features.
  const args = ["build", "--bins", "--examples"];
  const variables = { ...BUILD_VARIABLES, ...env };
  if (wrapped) return mustSucceed(world.cargo(checkout, args, variables));
  // Plain cargo in the same target directory: only this package is compiled again.
  const plain = { ...variables, RUSTC: world.rustcPath };
  return mustSucceed(world.run(["cargo", ...args, "--offline"], { cwd: checkout, env: plain }));
}

function resultOf(run: Run, family: Family): string {
  const own = run.events.filter(({ crate_name }) => crate_name === family.crate);
  return own.map(({ result }) => (result === "dup" ? "miss" : result)).join(" ");
}

function printed(checkout: string, family: Family): string {
  const path = join(checkout, "target/debug", family.program ?? packageOf(family));
  const held = family.holds === undefined ? null : readFileSync(path, "latin1").match(family.holds);
  return [mustSucceed(world.run([path])).stdout, ...(held ?? [])].join("\n");
}

/** Builds through kache and plainly; the program must print the same. */
function buildBoth(checkout: string, family: Family, env: Variables = {}) {
  const run = build(checkout, family, env, true);
  const said = printed(checkout, family);
  build(checkout, family, env, false);
  expect(printed(checkout, family)).toBe(said);
  return { result: resultOf(run, family), said };
}

function touch(path: string, seconds: number): void {
  utimesSync(path, seconds, seconds);
}

/** What puts these files back as they were: a directory that an edit made goes away as a whole. */
function original(family: Family, names: readonly string[]): Files {
  const dir = join(SOURCE, packageOf(family));
  return Object.fromEntries(
    names.map((name) => {
      const path = join(dir, name);
      if (existsSync(path)) return [name, readFileSync(path)];
      const parts = name.split("/");
      const missing = parts.findIndex((_, at) => !existsSync(join(dir, ...parts.slice(0, at + 1))));
      return [parts.slice(0, missing + 1).join("/"), undefined];
    }),
  );
}

beforeAll(() => {
  if (unavailable !== undefined) return;
  for (const checkout of [here, there]) cpSync(SOURCE, checkout, { recursive: true });
  const args = ["build", "--bins", "--examples"];
  mustSucceed(world.cargo(here, args, BUILD_VARIABLES));
  mustSucceed(world.cargo(there, args, BUILD_VARIABLES));
}, BUILDS_MS);

for (const family of FAMILIES) {
  describe(family.name, () => {
    const impossible = unavailable ?? family.missing;
    for (const change of family.changes) {
      testUnless(impossible, `${change.fact} counts, and is named`, () => {
        const dir = join(here, packageOf(family));
        const before = buildBoth(here, family);
        writeTree(dir, change.edit ?? {});
        if (change.touch !== undefined) touch(join(dir, change.touch), 1_000_000_000);
        const after = buildBoth(here, family, change.set);
        writeTree(dir, original(family, Object.keys(change.edit ?? {})));
        expect([before.result, after.result]).toEqual(["local_hit", "miss"]);
        const why = world.run([kache, "why-miss", family.crate]);
        expect(why.stdout).toMatch(change.named);
        const again = buildBoth(here, family);
        if (family.timesCount === undefined) expect(again).toEqual(before);
      });
    }

    testUnless(impossible, "other files and variables do not count", () => {
      const dir = join(here, packageOf(family));
      const noise = { "notes.txt": "edited", "new.txt": "new", ...family.noise };
      writeTree(dir, noise);
      const first = buildBoth(here, family).result;
      const second = buildBoth(here, family, { UNRELATED: "set" }).result;
      writeTree(dir, original(family, Object.keys(noise)));
      expect(first).toBe(family.packageCounts === undefined ? "local_hit" : "miss");
      expect(second).toBe(family.environmentCounts === undefined ? "local_hit" : "miss");
    });

    if (family.timesCount !== undefined) {
      testUnless(impossible, "another checkout's files have their own times", () => {
        // It would say the day of the build instead of the file's.
        const env = { SOURCE_DATE_EPOCH: undefined };
        const before = buildBoth(there, family, env).said;
        touch(join(there, packageOf(family), "assets/a.txt"), 1_100_000_000);
        const after = buildBoth(there, family, env);
        expect(after.result).toBe("miss");
        expect(after.said).not.toBe(before);
      });
      return;
    }

    testUnless(
      impossible,
      "another checkout is served, and gets its own content when it differs",
      () => {
        const before = buildBoth(here, family).said;
        const equal = buildBoth(there, family);
        expect(equal).toEqual({ result: "local_hit", said: before });
        const [change] = family.changes;
        writeTree(join(there, packageOf(family)), change?.edit ?? {});
        const other = buildBoth(there, family, change?.set);
        expect(buildBoth(here, family)).toEqual({ result: "local_hit", said: before });
        writeTree(
          join(there, packageOf(family)),
          original(family, Object.keys(change?.edit ?? {})),
        );
        if (family.sameWords !== true) expect(other.said).not.toBe(before);
      },
    );
  });
}

testUnless(
  unavailable,
  "what cargo reads for the network's sake does not count for num_enum",
  () => {
    const family = FAMILIES.find(({ name }) => name === "num-enum");
    if (family === undefined) throw new Error("the family is not in the table");
    const before = buildBoth(here, family);
    writeTree(world.home, { ".gitconfig": "[user]\nname = somebody\n", ".config/git/config": "" });
    const after = buildBoth(here, family);
    writeTree(world.home, { ".gitconfig": undefined, ".config": undefined });
    expect([before.result, after.result]).toEqual(["local_hit", "local_hit"]);
  },
);

testUnless(
  unavailable,
  "a package.json whose path wasm-bindgen writes down is each checkout's own",
  () => {
    const family = FAMILIES.find(({ name }) => name === "wasm-bindgen");
    if (family === undefined) throw new Error("the family is not in the table");
    const results = [here, there].map((checkout) => {
      const dir = join(checkout, packageOf(family));
      writeTree(dir, { "package.json": '{"name":"part"}' });
      const { result } = buildBoth(checkout, family);
      writeTree(dir, { "package.json": undefined });
      return result;
    });
    expect(results).toEqual(["miss", "miss"]);
  },
);

testUnless(unavailable, "an optimised program of askama 0.14 is compiled in each checkout", () => {
  // Its code is a text with full paths, whose length optimised programs show in names of symbols.
  const optimised = ["--config", "profile.dev.package.askama-family.opt-level=1"];
  const args = ["build", "--bins", "--examples", ...optimised];
  const results = [here, there].map((checkout) => {
    const run = mustSucceed(world.cargo(checkout, args, BUILD_VARIABLES));
    return run.events.flatMap(({ crate_name, result }) =>
      crate_name === "askama_family" ? [result === "dup" ? "miss" : result] : [],
    );
  });
  expect(results).toEqual([["miss"], ["miss"]]);
});

test("the second checkout is served from the first, apart from what is bound to its place", () => {
  if (unavailable !== undefined) return;
  const third = world.path("third/one/families");
  cpSync(SOURCE, third, { recursive: true });
  const run = mustSucceed(world.cargo(third, ["build", "--bins"], BUILD_VARIABLES));
  const compiled = run.events.filter(({ result }) => result !== "local_hit");
  const bound = FAMILIES.filter((one) => (one.placeCounts ?? one.timesCount) !== undefined);
  const expected = new Set([...bound.map(({ crate }) => crate), "crate_name_family", "mime_guess"]);
  expect(
    compiled.map(({ crate_name }) => crate_name).filter((name) => !expected.has(name)),
  ).toEqual([]);
});
