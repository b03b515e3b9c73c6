// Directories that crates two below are looked for in: which they are counts, for a crate of one name and hash may
// lie in each of them with other bytes, or in none.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type RustcCall, worldFor } from "../support/rig.ts";

setDefaultTimeout(120_000);

const world = worldFor("dependency-dirs");
let dir = "";

const LOW = `#[link(name = "native", kind = "static")] extern "C" { fn answer() -> i32; }
pub fn low() -> i32 { unsafe { answer() } }
`;

/** The crate two below, with a native library of its own in each directory. */
function makeLow(place: string, answer: number): void {
  const shell = `mkdir -p ${place} && echo 'int answer(void) { return ${answer}; }' > n.c &&
    cc -c n.c -o n.o && rm -f libnative.a && ar cr libnative.a n.o`;
  expect(world.run(["sh", "-c", shell], { cwd: dir }).exitCode).toBe(0);
  const call = { name: "low", source: "low.rs", emit: "link", outDir: place, args: ["-Lnative=."] };
  mustSucceed(world.plainRustc(dir, call));
}

beforeAll(() => {
  dir = world.project("crates", {
    "low.rs": LOW,
    "mid.rs": "pub fn mid() -> i32 { low::low() }\n",
    "top.rs": "pub fn top() -> i32 { mid::mid() }\n",
    "main.rs": 'fn main() { println!("{}", mid::mid()); }\n',
    "none/x": "",
  });
  makeLow("one", 1);
  makeLow("two", 2);
  const low = ["-Ldependency=one", "--extern", "low=one/liblow.rlib"];
  mustSucceed(world.plainRustc(dir, { name: "mid", source: "mid.rs", emit: "link", args: low }));
});

function call(type: "bin" | "lib", ...places: readonly string[]): RustcCall {
  const source = type === "bin" ? "main.rs" : "top.rs";
  const searched = places.map((place) => `-Ldependency=${place}`);
  const args = ["--extern", "mid=out/libmid.rlib", ...searched];
  return { name: `top_${type}`, type, source, emit: "link", args };
}

function said(): string {
  return world.run([join(dir, "out", "top_bin")]).stdout.trim();
}

describe("a directory that a crate two below comes from", () => {
  test("counts for a program, which holds that crate", () => {
    const outcomes = ["one", "one", "two", "one", "two"].map((place) => {
      const outcome = outcomeOf(mustSucceed(world.rustc(dir, call("bin", place))));
      return `${outcome} ${said()}`;
    });
    expect(outcomes).toEqual(["misses 1", "hits 1", "misses 2", "hits 1", "hits 2"]);
  });

  test("counts by its order among others", () => {
    const outcomes = [
      ["none", "one"],
      ["one", "none"],
    ].map((places) => outcomeOf(mustSucceed(world.rustc(dir, call("lib", ...places)))));
    expect(outcomes).toEqual(["misses", "misses"]);
  });

  test("counts for a library, which rustc does not compile without that crate", () => {
    const build = (...places: string[]) => world.rustc(dir, call("lib", ...places));
    expect([build("one"), build("one")].map(outcomeOf)).toEqual(["misses", "hits"]);
    const run = build("none");
    expect([run.exitCode, run.stderr.includes("can't find crate for `low`")]).toEqual([1, true]);
  });

  test("is looked at by a link, which counts each crate in it by its bytes", () => {
    const build = () => world.rustc(dir, call("bin", "same"));
    makeLow("same", 1);
    mustSucceed(build());
    expect([outcomeOf(mustSucceed(build())), said()]).toEqual(["hits", "1"]);
    makeLow("same", 3);
    expect([outcomeOf(mustSucceed(build())), said()]).toEqual(["misses", "3"]);
    rmSync(join(dir, "same", "liblow.rlib"));
    const run = build();
    expect([run.exitCode, run.stderr.includes("can't find crate for `low`")]).toEqual([1, true]);
  });

  test("does not count where it is not there", () => {
    mustSucceed(world.rustc(dir, call("lib", "one")));
    expect(outcomeOf(world.rustc(dir, call("lib", "one", "no/such")))).toBe("hits");
  });
});
