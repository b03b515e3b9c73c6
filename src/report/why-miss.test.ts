// Explaining misses: which difference, of which unit, through which extern crates.
import { expect, test } from "bun:test";
import { blankEvent, type Event } from "../event/event.ts";
import type { InputMember, Inputs } from "../store/entry-inputs.ts";
import { compareInputs } from "./differences.ts";
import { explainMisses, type StoredEntry, type WhyMiss } from "./why-miss.ts";

const UNIT = "-00000000000000aa";
const DEP_UNIT = "-00000000000000dd";

const file = (name: string, value: string): InputMember => ({ kind: "file", name, value });
const env = (name: string, value: string | undefined): InputMember => ({
  kind: "env",
  name,
  value,
});
const inputs = (members: readonly InputMember[], fields: Inputs["fields"] = []): Inputs => ({
  fields,
  members,
  details: [],
});

function event(result: Event["result"], cache_key: string, members: Partial<Event> = {}): Event {
  return {
    ...blankEvent("app", "1", result),
    cache_key,
    unit: UNIT,
    invocation_key: "i1",
    ...members,
  };
}

function explain(
  events: readonly Event[],
  known: Readonly<Record<string, Inputs>> = {},
  entries: readonly StoredEntry[] = [],
): WhyMiss {
  return explainMisses("app", {
    events,
    inputsOf: (key) => known[key],
    entriesOf: () => entries,
    makerOf: (digest) => entries.find(({ key }) => key === digest),
  });
}

function only(found: WhyMiss) {
  if (found.kind !== "missed" || found.misses[0] === undefined) throw new Error(found.kind);
  return found.misses[0];
}

test("a crate nobody built has no events", () => {
  expect(explain([]).kind).toBe("no-events");
});

test("a crate that always hit has its last five events told", () => {
  const hits = Array.from({ length: 9 }, () => event("local_hit", "k1"));
  const found = explain(hits);
  expect(found).toMatchObject({ kind: "no-miss" });
  if (found.kind === "no-miss") expect(found.recent).toHaveLength(5);
});

test("a first build is never cached", () => {
  expect(only(explain([event("miss", "k1")])).diagnosis).toBe(
    "never cached -- first build of this crate",
  );
});

test("another unit of a known crate is a first build with these inputs", () => {
  const found = explain([event("miss", "k1"), event("miss", "k2", { unit: "-other" })]);
  expect(only(found).diagnosis).toBe("first build with these inputs -- entry is now cached");
});

test("the same call with another file names the file", () => {
  const found = explain([event("miss", "k1"), event("miss", "k2")], {
    k1: inputs([file("src/main.rs", "1"), file("src/a.rs", "1")]),
    k2: inputs([file("src/main.rs", "2"), file("src/a.rs", "1")]),
  });
  expect(only(found)).toMatchObject({
    diagnosis: "key mismatch -- the same call as before, but something it reads changed",
    differences: ["src/main.rs changed"],
  });
});

test("an evicted predecessor leaves the wrapper's own words", () => {
  const changed = event("miss", "k2", { miss_reason: "inputs-changed: file src/main.rs" });
  expect(only(explain([event("miss", "k1"), changed])).differences).toEqual([
    "file src/main.rs changed",
  ]);
});

test("a result that was not kept says why", () => {
  const found = explain([
    event("skipped", "", { not_stored: "src/x.rs changed while the compiler ran" }),
  ]);
  expect(only(found).diagnosis).toContain("not stored -- src/x.rs changed while the compiler ran");
});

test("an evicted entry is told from changed inputs", () => {
  const again = event("miss", "k1", { miss_reason: "entry-gone" });
  expect(only(explain([event("miss", "k1"), again])).diagnosis).toStartWith("entry gone --");
  expect(only(explain([event("miss", "k1"), event("miss", "k1")])).diagnosis).toStartWith(
    "entry gone --",
  );
});

test("events of other units and later events are never compared", () => {
  const found = explain(
    [
      event("miss", "other", { unit: "-x" }),
      event("miss", "k1"),
      event("miss", "k2"),
      event("local_hit", "k3"),
    ],
    {
      other: inputs([file("wrong", "1")]),
      k1: inputs([file("src/main.rs", "1")]),
      k2: inputs([file("src/main.rs", "2")]),
      k3: inputs([file("src/main.rs", "3")]),
    },
  );
  expect(only(found).differences).toEqual(["src/main.rs changed"]);
});

test("a changed extern crate is followed to the file that changed it", () => {
  const artifact = (digest: string) => [
    { label: "extern :dep", value: `libdep${DEP_UNIT}.rmeta ${digest}` },
  ];
  const dep = { crate_name: "dep", unit: DEP_UNIT };
  const found = explain(
    [
      event("miss", "d1", dep),
      event("miss", "k1"),
      event("miss", "d2", dep),
      event("miss", "k2", { invocation_key: "i2" }),
    ],
    {
      d1: inputs([file("dep/src/lib.rs", "1")]),
      d2: inputs([file("dep/src/lib.rs", "2")]),
      k1: inputs([], artifact("1")),
      k2: inputs([], artifact("2")),
    },
  );
  expect(only(found)).toMatchObject({
    diagnosis: "key mismatch -- the call itself or a crate it uses changed",
    differences: ["crate dep changed"],
    chain: ["dep: dep/src/lib.rs changed"],
  });
});

test("crates that depend on each other's names end the search", () => {
  const both = (digest: string) =>
    inputs([], [{ label: "extern :app", value: `libapp${UNIT}.rmeta ${digest}` }]);
  const found = explain([event("miss", "k1"), event("miss", "k2"), event("miss", "k3")], {
    k1: both("1"),
    k2: both("2"),
    k3: both("3"),
  });
  expect(only(found).chain.length).toBeLessThan(5);
});

test("secrets are masked and other values are shown", () => {
  const { words } = compareInputs(
    inputs([env("API_TOKEN", "old"), env("MODE", "a"), env("GONE", "x")]),
    inputs([env("API_TOKEN", "new"), env("MODE", "b"), env("GONE", undefined)]),
  );
  expect(words).toEqual([
    "env API_TOKEN changed (masked)",
    'env MODE: "a" -> "b"',
    'env GONE: "x" -> unset',
  ]);
});

test("a path that was absent and now exists is one difference", () => {
  const { words } = compareInputs(
    inputs([{ kind: "absent", name: "src/x/mod.rs", value: undefined }]),
    inputs([file("src/x/mod.rs", "1")]),
  );
  expect(words).toEqual(["src/x/mod.rs exists now; it was looked for and not there"]);
});

test("arguments, features and the toolchain are told by what they mean", () => {
  const fields = (level: string, toolchain: string, version: string) => [
    { label: "toolchain", value: toolchain },
    { label: "toolchain version", value: version },
    { label: "-C opt-level", value: level },
    { label: "--cfg", value: "a" },
  ];
  const { words } = compareInputs(
    inputs([], [...fields("0", "1", "rustc 1.94.0"), { label: "env RUSTC_LOG", value: "x" }]),
    inputs([], [...fields("3", "2", "rustc 1.95.0"), { label: "--cfg", value: 'feature="b"' }]),
  );
  expect(words).toEqual([
    "the compiler changed: rustc 1.94.0 -> rustc 1.95.0",
    '-C opt-level: "0" -> "3"',
    "feature b is on now",
    'env RUSTC_LOG: "x" -> unset',
  ]);
  const patched = compareInputs(
    inputs([], fields("0", "1", "rustc 1.95.0")),
    inputs([], fields("0", "2", "rustc 1.95.0")),
  );
  expect(patched.words).toEqual([
    "the compiler or its standard library changed; both say rustc 1.95.0",
  ]);
});

test("a directory, a tree and the environment are told by the one part that changed", () => {
  const kinds = ["listing", "tree", "environ"] as const;
  const read = (lines: Readonly<Record<(typeof kinds)[number], readonly string[]>>): Inputs => ({
    fields: [],
    members: kinds.map((kind) => ({
      kind,
      name: `<WORKSPACE>/${kind}`,
      value: lines[kind].join(),
    })),
    details: kinds.map((kind) => ({ kind, name: `<WORKSPACE>/${kind}`, lines: lines[kind] })),
  });
  const { words } = compareInputs(
    read({
      listing: ["a.sql", "b.sql"],
      tree: ["a\x001", "b\x001", "dir/", "dir/c\x001"],
      environ: ["GONE\x001", "LANG\x001", "SAME\x001"],
    }),
    read({
      listing: ["b.sql", "c.sql"],
      tree: ["a\x002", "b\x001", "new/", "new/d\x001"],
      environ: ["LANG\x002", "NEW\x001", "SAME\x001"],
    }),
  );
  const ALL = "and a program read the whole environment";
  expect(words).toEqual([
    "listing/a.sql is gone",
    "listing/c.sql appeared",
    "tree/a changed",
    "tree/dir/c is gone",
    "tree/new/d appeared",
    `env GONE is unset now, ${ALL}`,
    `env LANG changed, ${ALL}`,
    `env NEW is set now, ${ALL}`,
  ]);
});

test("the nearest earlier compile is compared, not the last one", () => {
  const both = (a: string, b: string, c: string) =>
    inputs([file("a.rs", a), file("b.rs", b), file("c.rs", c)]);
  const found = explain([event("miss", "k1"), event("miss", "k2"), event("miss", "k3")], {
    k1: both("1", "1", "1"),
    k2: both("2", "2", "2"),
    k3: both("1", "1", "3"),
  });
  expect(only(found).differences).toEqual(["c.rs changed"]);
});

test("a first compile is compared with a unit of the same kind from another place", () => {
  const unit = (hash: string, more: Inputs["fields"] = []) =>
    inputs(
      [],
      [{ label: "--crate-type", value: "lib" }, { label: "-C metadata", value: hash }, ...more],
    );
  const stored = (key: string): StoredEntry => {
    return { key, crateName: "app", created: "2020-01-01T00:00:00.000Z" };
  };
  const tests = { label: "--test", value: "" };
  const found = explain(
    [event("miss", "k1", { unit: "-other" }), event("miss", "k3")],
    {
      k1: unit("1"),
      k2: unit("2", [tests]),
      k3: unit("3", [{ label: "-C opt-level", value: "3" }]),
    },
    [stored("k2"), stored("k1")],
  );
  expect(only(found)).toMatchObject({
    diagnosis: "first build with these inputs -- entry is now cached",
    differences: [
      '-C opt-level is new: "3"',
      "cargo gave the unit another hash: its place, version, features or profile differ",
    ],
  });
});

test("a changed crate is followed by its bytes, also when no event tells of it", () => {
  const uses = (digest: string) => [
    { label: "extern :dep", value: `libdep${DEP_UNIT}.rmeta ${digest}` },
  ];
  const stored = (key: string): StoredEntry => ({ key, crateName: "dep", created: "" });
  const found = explain(
    [event("miss", "k1"), event("miss", "k2", { invocation_key: "i2" })],
    {
      d1: inputs([env("MODE", "a")]),
      d2: inputs([env("MODE", "b")]),
      k1: inputs([], uses("d1")),
      k2: inputs([], uses("d2")),
    },
    [stored("d2"), stored("d1")],
  );
  expect(only(found).chain).toEqual(['dep: env MODE: "a" -> "b"']);
});

test("a crate that only a link takes in is followed too", () => {
  const links = (digest: string) =>
    inputs([file(`<TARGET>/debug/deps/libdeep${DEP_UNIT}.rlib`, digest)]);
  const stored = (key: string): StoredEntry => ({ key, crateName: "deep", created: "" });
  const found = explain(
    [event("miss", "k1"), event("miss", "k2")],
    {
      d1: inputs([file("deep/src/lib.rs", "1")]),
      d2: inputs([file("deep/src/lib.rs", "2")]),
      k1: links("d1"),
      k2: links("d2"),
    },
    [stored("d2"), stored("d1")],
  );
  expect(only(found)).toMatchObject({
    differences: ["crate deep changed"],
    chain: ["deep: deep/src/lib.rs changed"],
  });
});

test("a C source is found by its file name", () => {
  const source = { crate_name: "two-parts.c" };
  const found = explainMisses("two-parts.c", {
    events: [event("miss", "k1", source), event("miss", "k2", source)],
    inputsOf: (key) => inputs([file("include/part.h", key)]),
    entriesOf: () => [],
    makerOf: () => undefined,
  });
  expect(only(found).differences).toEqual(["include/part.h changed"]);
});
