// Settings and kinds of a cargo build: switched off, excluded, executables off, incremental kept, coverage, crates
// from the registry, changed units.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { manifest } from "../support/checkouts.ts";
import { mustSucceed } from "../support/pair.ts";
import { byCrate, PROGRAM, Programs } from "../support/programs.ts";
import { resultsOf, testUnless, World, worldFor } from "../support/rig.ts";
import { hostTriple } from "../support/toolchain.ts";
import { digestFile, type Files, filesBelow, writeTree } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("cargo-settings");
const programs = new Programs(world);

describe("switched off", () => {
  for (const value of ["1", "true"]) {
    test(`by KACHE_DISABLED=${value}, rustc runs and nothing is recorded or stored`, () => {
      const own = new World("disabled");
      try {
        const dir = own.project("checkout", PROGRAM);
        for (let round = 0; round < 2; round += 1) {
          rmSync(join(dir, "target"), { recursive: true, force: true });
          const run = mustSucceed(own.cargo(dir, ["build"], { KACHE_DISABLED: value }));
          expect([run.events, run.compiles.length]).toEqual([[], 2]);
        }
        expect(existsSync(join(own.cacheDir, "store"))).toBe(false);
      } finally {
        own.remove();
      }
    });
  }
});

describe("excluded sources are compiled and not stored,", () => {
  for (const pattern of ["src/main.rs", "**/main.rs", "src/*", "*/src/main.rs"]) {
    test(`by ${pattern}`, () => {
      const dir = programs.make({
        ...PROGRAM,
        ".kache.toml": `[cache]\nexclude = ["${pattern}"]\n`,
      });
      const env = { KACHE_CONFIG: undefined };
      const first = programs.build(dir, env);
      const reason = first.events.find(
        ({ crate_name }) => crate_name === "program",
      )?.passthrough_reason;
      expect(reason).toBe("source excluded: src/main.rs");
      expect(byCrate(programs.rebuild(dir, env))).toEqual({
        part: "local_hit",
        program: "passthrough",
      });
    });
  }
});

test("with executables switched off, libraries are cached and programs are not", () => {
  const dir = programs.make();
  const env = { KACHE_CACHE_EXECUTABLES: "0" };
  const first = programs.build(dir, env);
  expect(byCrate(first)).toEqual({ part: "miss", program: "passthrough" });
  const reason = first.events.find(({ result }) => result === "passthrough")?.passthrough_reason;
  expect(reason).toBe("user-facing executable (cache_executables=false)");
  const second = programs.twin(dir);
  expect(byCrate(programs.build(second, env))).toEqual({
    part: "local_hit",
    program: "passthrough",
  });
  expect(digestFile(join(second, "target/debug/program"))).toBe(
    digestFile(join(dir, "target/debug/program")),
  );
});

test("an excluded library does not make its dependents miss elsewhere", () => {
  const dir = programs.make({ ...PROGRAM, ".kache.toml": '[cache]\nexclude = ["part/*"]\n' });
  // What rustc compiles incrementally differs from place to place by itself.
  const env = { KACHE_CONFIG: undefined, CARGO_INCREMENTAL: "0" };
  expect(byCrate(programs.build(dir, env))).toEqual({ part: "passthrough", program: "miss" });
  expect(byCrate(programs.build(programs.twin(dir), env))).toEqual({
    part: "passthrough",
    program: "local_hit",
  });
});

describe("incremental state", () => {
  test("is left out of cached units", () => {
    const dir = programs.make();
    const run = programs.build(dir, { CARGO_INCREMENTAL: "1" });
    expect(byCrate(run)).toEqual({ part: "miss", program: "miss" });
    expect(run.compiles.flat().filter((word) => word.startsWith("incremental="))).toEqual([]);
    expect(filesBelow(join(dir, "target/debug/incremental"))).toEqual([]);
  });

  test("is left to rustc when the configuration says keep", () => {
    const dir = programs.make({ ...PROGRAM, ".kache.toml": '[cache]\nincremental = "keep"\n' });
    const run = programs.build(dir, { CARGO_INCREMENTAL: "1", KACHE_CONFIG: undefined });
    expect(byCrate(run)).toEqual({ part: "passthrough", program: "passthrough" });
    expect(filesBelow(join(dir, "target/debug/incremental")).length).toBeGreaterThan(0);
    expect(programs.outputOf(dir)).toBe("word false");
  });
});

describe("coverage", () => {
  const env = { RUSTFLAGS: "-C instrument-coverage" };

  test("builds keep real paths, so checkouts do not share and one checkout is served again", () => {
    const dir = programs.make();
    expect(byCrate(programs.build(dir, env))).toEqual({ part: "miss", program: "miss" });
    expect(byCrate(programs.rebuild(dir, env))).toEqual({
      part: "local_hit",
      program: "local_hit",
    });
    const second = programs.twin(dir);
    const there = programs.build(second, env);
    expect(resultsOf(there)).not.toContain("local_hit");
    const program = readFileSync(join(second, "target/debug/program"), "latin1");
    expect(program).not.toContain(`${dir}/`);
  });

  test("with and without it are different units", () => {
    const dir = programs.make();
    programs.build(dir);
    expect(resultsOf(programs.rebuild(dir, env))).not.toContain("local_hit");
  });
});

test("programs name no directory of this machine", () => {
  const dir = programs.make({
    ...PROGRAM,
    "src/main.rs":
      'fn main() { if std::env::args().count() > 5 { panic!("x"); } println!("{}", part::word()); }\n',
  });
  programs.build(dir, {}, ["build", "--release"]);
  const program = readFileSync(join(dir, "target/release/program"), "latin1");
  for (const path of [world.dir, world.environment()["CARGO_HOME"] ?? "?", world.home]) {
    expect(program).not.toContain(path);
  }
});

describe("a unit that depends on a changed one", () => {
  test("is served when the change is undone, through the whole graph", () => {
    const dir = programs.make();
    programs.build(dir);
    const original = readFileSync(join(dir, "part/src/lib.rs"), "utf8");
    const edited = 'pub fn word() -> &\'static str { "other" }\n';
    writeTree(dir, { "part/src/lib.rs": edited });
    expect(byCrate(programs.build(dir))).toEqual({ part: "miss", program: "miss" });
    expect(programs.outputOf(dir)).toBe("other false");
    for (const [text, word] of [
      [original, "word"],
      [edited, "other"],
    ]) {
      writeTree(dir, { "part/src/lib.rs": text ?? "" });
      expect(byCrate(programs.build(dir))).toEqual({ part: "local_hit", program: "local_hit" });
      expect(programs.outputOf(dir)).toBe(`${word ?? ""} false`);
    }
  });
});

const DECLARES = `use proc_macro::TokenStream;
#[proc_macro] pub fn value(_: TokenStream) -> TokenStream {
    let dir = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    format!("{:?}", std::fs::read_to_string(format!("{dir}/data/value.txt")).unwrap().trim()).parse().unwrap()
}
`;

test("a macro that reads a file of the package: served elsewhere, compiled when it is edited", () => {
  const files = {
    "Cargo.toml": manifest("program", '[dependencies]\nmacros = { path = "macros" }\n'),
    "src/main.rs": 'fn main() { println!("{}", macros::value!()); }\n',
    "data/value.txt": "one\n",
    "kache.toml": 'extra_inputs = ["data"]\n',
    "macros/Cargo.toml": manifest("macros", "[lib]\nproc-macro = true\n"),
    "macros/src/lib.rs": DECLARES,
  };
  const dir = programs.make(files);
  programs.build(dir);
  expect(programs.outputOf(dir)).toBe("one");
  rmSync(join(dir, "target"), { recursive: true });
  writeTree(dir, { "data/value.txt": "two\n" });
  expect(byCrate(programs.build(dir))).toEqual({ macros: "local_hit", program: "miss" });
  expect(programs.outputOf(dir)).toBe("two");
  const second = programs.twin(dir);
  writeTree(second, { "data/value.txt": "three\n" });
  expect(byCrate(programs.build(second))["program"]).toBe("miss");
  expect(programs.outputOf(second)).toBe("three");
});

const REGISTRY: Files = {
  "Cargo.toml": manifest(
    "program",
    '[dependencies]\nserde = { version = "1", features = ["derive"] }\nlibc = "0.2"\n',
  ),
  "src/main.rs": `#[derive(serde::Serialize)] struct Thing { n: u8 }
fn main() { let t = Thing { n: 1 }; println!("{} {}", t.n, libc::SIGKILL); }
`,
};

testUnless(
  world.unfetchable("fetch", REGISTRY),
  "crates from the registry with build scripts and derive macros are served elsewhere",
  () => {
    const [first, second] = programs.fetched("fetch");
    programs.build(first);
    const warm = programs.build(second);
    expect(warm.events.filter(({ result }) => result !== "local_hit")).toEqual([]);
    expect(warm.compiles).toEqual([]);
    expect(programs.outputOf(second)).toBe("1 9");
    expect(programs.build(second).events).toEqual([]);
    expect(digestFile(join(second, "target/debug/program"))).toBe(
      digestFile(join(first, "target/debug/program")),
    );
    const cross = programs.build(second, {}, ["build", "--release", "--target", hostTriple]);
    expect(resultsOf(cross)).not.toContain("skipped");
    expect(programs.outputOf(second, `${hostTriple}/release`)).toBe("1 9");
  },
);

test("checking a benchmark without a harness is cached, though its metadata is empty", () => {
  const dir = world.project("bench-check", {
    "Cargo.toml":
      '[package]\nname = "timed"\nversion = "0.1.0"\nedition = "2021"\n' +
      '[[bench]]\nname = "speed"\nharness = false\n',
    "src/lib.rs": "",
    "benches/speed.rs": "fn main() {}\n",
  });
  const check = ["check", "--all-targets"];
  const run = mustSucceed(world.cargo(dir, check));
  expect(run.events.map(({ not_stored }) => not_stored)).toEqual([undefined, undefined, undefined]);
  rmSync(join(dir, "target"), { recursive: true });
  const again = mustSucceed(world.cargo(dir, check));
  expect(again.events.map(({ result }) => result)).toEqual(["local_hit", "local_hit", "local_hit"]);
});
