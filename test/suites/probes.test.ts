// What build scripts ask of rustc to learn what it can do: sources through standard input, under names
// drawn at random, many of which are meant to fail.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Checkouts } from "../support/checkouts.ts";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type Run, testUnless, type Variables, worldFor } from "../support/rig.ts";
import { kache } from "../support/toolchain.ts";
import type { Files } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("probes");
let probes = 0;

interface Probe {
  readonly text: string;
  readonly name?: string;
  readonly emit?: string;
  readonly args?: readonly string[];
  readonly env?: Variables;
}

/** Directories of build scripts; each probe text is made its own by a comment. */
function outDir(): string {
  probes += 1;
  const dir = world.path(`probe${probes}`, "out");
  mkdirSync(dir, { recursive: true });
  return dir;
}

function words(dir: string, { name, emit, args }: Probe): string[] {
  return [
    world.rustcPath,
    ...["--crate-name", name ?? randomName(0), "--crate-type=lib", "--out-dir", dir],
    ...[`--emit=${emit ?? "llvm-ir"}`, ...(args ?? []), "-"],
  ];
}

let names = 0;

/** A name as autocfg draws them: never the same one twice. */
function randomName(count: number): string {
  names += 1;
  return `autocfg_${(0xabcdef * names).toString(16).padStart(16, "0")}_${count}`;
}

function probe(dir: string, asked: Probe): Run {
  const env = { OUT_DIR: dir, ...asked.env };
  return world.run([kache, ...words(dir, asked)], { stdin: asked.text, env, cwd: dir });
}

describe("a source from standard input is served again", () => {
  for (const emit of ["llvm-ir", "asm", "obj", "metadata", "dep-info,metadata"]) {
    test(`with --emit=${emit}`, () => {
      const dir = outDir();
      const asked = { text: `pub fn probe() {} // ${emit}\n`, name: "steady", emit };
      expect(outcomeOf(mustSucceed(probe(dir, asked)))).toBe("misses");
      const files = new Bun.Glob("*").scanSync(dir);
      const before = [...files].map((file) => [file, readFileSync(join(dir, file), "latin1")]);
      expect(before.length).toBe(emit.split(",").length);
      rmSync(dir, { recursive: true });
      mkdirSync(dir);
      expect(outcomeOf(mustSucceed(probe(dir, asked)))).toBe("hits");
      for (const [file, text] of before)
        expect(readFileSync(join(dir, file ?? ""), "latin1")).toBe(text ?? "");
    });
  }

  test("and compiled again when one letter of it differs", () => {
    const dir = outDir();
    const one = { text: "pub fn probe() -> u8 { 1 }\n", name: "steady" };
    mustSucceed(probe(dir, one));
    expect(outcomeOf(probe(dir, { ...one, text: "pub fn probe() -> u8 { 2 }\n" }))).toBe("misses");
    expect(outcomeOf(probe(dir, one))).toBe("hits");
  });

  test("and compiled again when a variable or file it takes in differs", () => {
    const dir = outDir();
    const reads = { text: 'pub const A: &str = env!("ASKED");\n', env: { ASKED: "1" } };
    expect(outcomeOf(mustSucceed(probe(dir, reads)))).toBe("misses");
    expect(outcomeOf(mustSucceed(probe(dir, reads)))).toBe("hits");
    expect(outcomeOf(mustSucceed(probe(dir, { ...reads, env: { ASKED: "2" } })))).toBe("misses");
    const takesIn = {
      text: 'pub const A: &str = include_str!(env!("PART"));\n',
      env: { PART: join(dir, "part.txt") },
    };
    world.project(`probe${probes}/out`, { "part.txt": "1" });
    expect(outcomeOf(mustSucceed(probe(dir, takesIn)))).toBe("misses");
    world.project(`probe${probes}/out`, { "part.txt": "2" });
    expect(outcomeOf(mustSucceed(probe(dir, takesIn)))).toBe("misses");
  });
});

describe("names drawn at random", () => {
  test("do not matter, and the output lies under the name that was asked for", () => {
    const dir = outDir();
    const text = "pub fn probe(a: u8) -> u8 { a }\n";
    const [first, second] = [randomName(3), randomName(3)];
    expect(outcomeOf(mustSucceed(probe(dir, { text, name: first })))).toBe("misses");
    expect(outcomeOf(mustSucceed(probe(dir, { text, name: second })))).toBe("hits");
    const [one, two] = [first, second].map((name) => readFileSync(join(dir, `${name}.ll`), "utf8"));
    expect(one).toBe(two ?? "");
    expect([...new Bun.Glob("*").scanSync(dir)]).toHaveLength(2);
  });

  test("matter to a text that knows its own name", () => {
    const dir = outDir();
    const name = randomName(0);
    const text = `pub fn f() -> bool { module_path!() == "${name}" }\n`;
    expect(outcomeOf(mustSucceed(probe(dir, { text, name })))).toBe("misses");
    expect(readFileSync(join(dir, `${name}.ll`), "latin1")).toContain(`'${name}.`);
    expect(outcomeOf(probe(dir, { text, name: randomName(0) }))).toBe("misses");
  });

  test("matter to a crate, which others load by name", () => {
    const dir = outDir();
    const text = "pub fn probe() -> i8 { 1 }\n";
    for (const name of [randomName(0), randomName(0)]) {
      expect(outcomeOf(probe(dir, { text, name, emit: "metadata" }))).toBe("misses");
      expect(existsSync(join(dir, `lib${name}.rmeta`))).toBe(true);
    }
  });
});

describe("a probe that fails as it is meant to", () => {
  for (const [fact, text] of [
    ["for want of a path", "use std::mem::nope;"],
    ["for want of a macro", "pub fn f() { nope!() }"],
    ["by its types", "pub fn f() -> u8 { 1u16 }"],
    ["for want of a feature", "#![feature(nope)]"],
  ] as const) {
    test(`${fact} fails again from the cache, in the same words`, () => {
      const dir = outDir();
      const once = () => {
        const run = probe(dir, { text: `${text} // fails\n`, name: randomName(1) });
        return { status: [run.exitCode, run.compiles.length], stderr: run.stderr };
      };
      const first = once();
      expect(first.status).toEqual([1, 1]);
      expect(first.stderr).toContain("<anon>:1");
      expect(once()).toEqual({ status: [1, 0], stderr: first.stderr });
    });
  }

  test("for want of a file is asked again: the file may come to be", () => {
    const dir = outDir();
    const env = { PART: join(dir, "part.rs") };
    for (const text of ["pub mod part;\n", 'include!(env!("PART"));\n']) {
      world.project(`probe${probes}/out`, { "part.rs": undefined });
      expect(probe(dir, { text, name: "wants", env }).exitCode).toBe(1);
      world.project(`probe${probes}/out`, { "part.rs": "pub fn part() {}\n" });
      expect(probe(dir, { text, name: "wants", env }).exitCode).toBe(0);
    }
  });
});

describe("what rustc reads from standard input", () => {
  test("is all of it, also when it is too much to be a probe", () => {
    const dir = outDir();
    const text = `${"// no probe\n".repeat(100_000)}pub fn last() {}\n`;
    const asked = { text, name: "large" };
    const run = mustSucceed(probe(dir, asked));
    expect(
      run.events.map(({ result, passthrough_reason }) => [result, passthrough_reason]),
    ).toEqual([["passthrough", "refused: source from standard input"]]);
    expect(readFileSync(join(dir, "large.ll"), "utf8")).toContain("last");
  });

  test("reaches it when the cache cannot be used", () => {
    const dir = outDir();
    const asked = { text: "pub fn probe() {}\n", name: "unstored" };
    const env = { KACHE_CACHE_DIR: "/proc/no-such-place", OUT_DIR: dir };
    const run = world.run([kache, ...words(dir, asked)], { stdin: asked.text, env, cwd: dir });
    expect([run.exitCode, run.stderr, run.compiles.length]).toEqual([0, "", 1]);
    expect(existsSync(join(dir, "unstored.ll"))).toBe(true);
  });

  test("may be nothing", () => {
    const dir = outDir();
    expect(outcomeOf(mustSucceed(probe(dir, { text: "", name: "empty" })))).toBe("misses");
    expect(outcomeOf(mustSucceed(probe(dir, { text: "", name: "empty" })))).toBe("hits");
  });
});

const GRAPH: Files = {
  "Cargo.toml": `[package]\nname = "asks"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]
num-traits = "0.2"\nanyhow = "1"\nthiserror = "2"\n`,
  "src/main.rs": 'fn main() { println!("{}", num_traits::pow(2, 3)); }\n',
};

testUnless(
  world.unfetchable("fetch", GRAPH),
  "crates whose build scripts ask rustc start no compile in a second checkout",
  () => {
    const [first, second] = new Checkouts(world).fetched("fetch");
    expect(mustSucceed(world.cargo(first, ["build"])).events.length).toBeGreaterThan(10);
    const warm = mustSucceed(world.cargo(second, ["build"]));
    expect(warm.events.filter(({ result }) => result !== "local_hit")).toEqual([]);
    expect(warm.compiles).toEqual([]);
    expect(mustSucceed(world.cargo(second, ["build"])).events).toEqual([]);
  },
);

describe("a source without a crate name, written to a named file in OUT_DIR", () => {
  const asked = (dir: string) => [
    ...[kache, world.rustcPath, "--crate-type=rlib", "--emit=metadata"],
    ...["-o", join(dir, "can_compile"), "-"],
  ];

  for (const [fact, text, status] of [
    ["is served again, file and all", "pub fn nameless() {}\n", 0],
    ["is served again when it fails", "pub fn nameless() -> u8 { missing() }\n", 1],
  ] as const) {
    test(`${fact}, also in another checkout`, () => {
      const places = [outDir(), outDir()].map((dir) => {
        const run = world.run(asked(dir), { stdin: text, env: { OUT_DIR: dir } });
        expect(run.exitCode).toBe(status);
        const file = join(dir, "can_compile");
        const bytes = existsSync(file) ? readFileSync(file, "latin1") : undefined;
        return { outcome: run.events[0]?.result, bytes };
      });
      expect(places.map(({ outcome }) => outcome)).toEqual(["miss", "local_hit"]);
      expect(places[1]?.bytes).toBe(places[0]?.bytes);
      expect(places[0]?.bytes !== undefined).toBe(status === 0);
    });
  }
});
