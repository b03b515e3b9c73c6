// Explaining misses: which difference, of which unit, through which extern crates.
import { expect, test } from "bun:test";
import { blankEvent, type Event } from "../event/event.ts";
import type { InputMember, Inputs } from "../store/entry-inputs.ts";
import { compareInputs } from "./differences.ts";
import { explainMisses, type WhyMiss } from "./why-miss.ts";

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

function explain(events: readonly Event[], known: Readonly<Record<string, Inputs>> = {}): WhyMiss {
  return explainMisses("app", { events, inputsOf: (key) => known[key] });
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
    differences: ["extern crate dep changed"],
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

test("arguments and the toolchain are told by what they mean", () => {
  const fields = (level: string, toolchain: string) => [
    { label: "toolchain", value: toolchain },
    { label: "-C opt-level", value: level },
    { label: "--cfg", value: "a" },
  ];
  const { words } = compareInputs(
    inputs([], fields("0", "1")),
    inputs([], [...fields("3", "2"), { label: "--cfg", value: "b" }]),
  );
  expect(words).toEqual([
    "the compiler or its standard library changed",
    '-C opt-level: "0" -> "3"',
    '--cfg gained "b"',
  ]);
});
