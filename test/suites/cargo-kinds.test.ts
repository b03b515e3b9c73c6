// Everything that cargo can be asked for: profiles, passes of its own, linkers, several toolchains. A second
// checkout is served, with the bytes of a cold build there; what tells one call from another counts.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  artifacts,
  besidesHits,
  type Checkout,
  Checkouts,
  manifest,
} from "../support/checkouts.ts";
import { mustSucceed } from "../support/pair.ts";
import { testUnless, type Variables, worldFor } from "../support/rig.ts";
import { ask, hostTriple, missing, missingToolchain } from "../support/toolchain.ts";
import { type Files, writeTree } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("cargo-kinds");
const checkouts = new Checkouts(world);

const PART = `pub fn word<T: std::fmt::Debug>(all: &[T]) -> String { format!("{:?}", all.first().unwrap()) }
#[cfg(feature = "more")] pub fn more() -> u8 { 2 }
#[test] fn unit() { assert_eq!(word(&[1]), "1"); }
`;
const PROGRAM: Files = {
  "Cargo.toml": `[workspace]\nmembers = ["app", "part"]\nresolver = "2"\n`,
  "app/Cargo.toml": manifest("app", '[dependencies]\npart = { path = "../part" }\n'),
  "app/src/main.rs": 'fn main() { println!("{}", part::word(&[1, 2])); }\n',
  "app/examples/show.rs": 'fn main() { println!("{}", part::word(&["x"])); }\n',
  "app/tests/whole.rs": '#[test] fn whole() { assert_eq!(part::word(&[3]), "3"); }\n',
  "part/Cargo.toml": manifest("part", "[features]\nmore = []\n"),
  "part/src/lib.rs": PART,
};

interface Kind {
  readonly fact: string;
  readonly args: readonly string[];
  readonly env?: Variables;
  readonly files?: Files;
  readonly skip?: string | undefined;
  /** Where below the target directory the artifacts lie. */
  readonly channel?: string;
}

/** A release build with other settings of its profile. */
function profile(fact: string, settings: Variables): Kind {
  const env = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`CARGO_PROFILE_RELEASE_${name}`, value]),
  );
  return { fact, args: ["build", "--release"], env };
}

function flags(fact: string, rustflags: string, skip?: string): Kind {
  return { fact, args: ["build"], env: { RUSTFLAGS: rustflags }, skip };
}

const TARGET_LINKER = `CARGO_TARGET_${hostTriple.toUpperCase().replaceAll("-", "_")}_LINKER`;
const nightly = missingToolchain("nightly");

const KINDS: readonly Kind[] = [
  profile("a release build that panics by abort", { PANIC: "abort" }),
  profile("thin link-time optimisation", { LTO: "thin" }),
  profile("fat link-time optimisation", { LTO: "fat" }),
  profile("one codegen unit and full debug information", { CODEGEN_UNITS: "1", DEBUG: "2" }),
  profile("stripped symbols and a small program", { STRIP: "symbols", OPT_LEVEL: "z" }),
  profile("packed debug information", { DEBUG: "1", SPLIT_DEBUGINFO: "packed" }),
  profile("unpacked debug information of which there is none", {
    DEBUG: "0",
    SPLIT_DEBUGINFO: "unpacked",
  }),
  { fact: "all targets with all features", args: ["build", "--all-targets", "--all-features"] },
  { fact: "cargo check with all of them", args: ["check", "--all-targets", "--all-features"] },
  { fact: "an example", args: ["build", "--example", "show"] },
  {
    fact: "rustc's own arguments",
    args: ["rustc", "-p", "app", "--bin", "app", "--", "-C", "target-cpu=native"],
  },
  {
    fact: "clippy with warnings denied",
    args: ["clippy", "--", "-D", "warnings"],
    skip: missing("cargo-clippy"),
  },
  {
    fact: "the current directory remapped",
    args: ["build"],
    env: { RUSTFLAGS: "-Zremap-cwd-prefix=.", RUSTC_BOOTSTRAP: "1" },
  },
  {
    fact: "metadata in files of their own",
    args: ["-Zno-embed-metadata", "build", "--all-targets"],
    env: { RUSTC_BOOTSTRAP: "1" },
  },
  {
    fact: "a directory of its own for each unit",
    args: ["-Zbuild-dir-new-layout", "build", "--all-targets"],
    env: { RUSTC_BOOTSTRAP: "1" },
  },
  flags("the host's own CPU", "-C target-cpu=native"),
  flags("objects for the linker's own optimiser", "-C linker-plugin-lto -C panic=abort"),
  flags("instrumented profiling", "-C profile-generate=/tmp/no-such-place"),
  flags("lld behind clang", "-C linker=clang -C link-arg=-fuse-ld=lld", missing("ld.lld")),
  flags("mold behind clang", "-C linker=clang -C link-arg=-fuse-ld=mold", missing("mold")),
  flags("the binutils' linker", "-C link-arg=-fuse-ld=bfd -C linker-features=-lld"),
  {
    fact: "a linker named by a variable",
    args: ["build"],
    env: { [TARGET_LINKER]: "clang" },
    skip: missing("clang"),
  },
];

function calls(kind: Kind, dir: string): Checkout {
  const { args, env } = kind;
  return { args, dir, target: join(dir, "target"), ...(env === undefined ? {} : { env }) };
}

describe("a second checkout is served with what a cold build there gives:", () => {
  for (const kind of KINDS) {
    testUnless(kind.skip, kind.fact, () => {
      const one = checkouts.make(kind.files ?? PROGRAM);
      const two = checkouts.twin(one);
      checkouts.expectServed(calls(kind, one), calls(kind, two));
    });
  }
});

/** Several cargo runs over one checkout and its twin, for what must not be shared or must be told apart. */
function build(dir: string, args: readonly string[], env: Variables = {}) {
  return mustSucceed(world.cargo(dir, args, env));
}

function rebuild(dir: string, args: readonly string[], env: Variables = {}) {
  rmSync(join(dir, "target"), { recursive: true, force: true });
  return build(dir, args, env);
}

describe("what leaves real paths in the outputs keeps checkouts apart, and is rustc's own work:", () => {
  const TRIM = 'cargo-features = ["trim-paths"]\n[profile.dev]\ntrim-paths = "object"\n';
  for (const [fact, env, files, skip] of [
    [
      "a remapping without diagnostics",
      (dir: string) => ({
        RUSTFLAGS: `--remap-path-prefix=${dir}=/src --remap-path-scope=object`,
      }),
      PROGRAM,
      undefined,
    ],
    [
      "a remapping of macros alone",
      () => ({ RUSTFLAGS: "--remap-path-scope=macro" }),
      PROGRAM,
      undefined,
    ],
    [
      "unpacked debug information",
      () => ({ CARGO_PROFILE_DEV_SPLIT_DEBUGINFO: "unpacked" }),
      PROGRAM,
      undefined,
    ],
    ["remapping switched off", () => ({ KACHE_RUSTC_PATH_NORMALIZE: "0" }), PROGRAM, undefined],
    [
      "trimmed paths in a profile",
      () => ({ RUSTC_BOOTSTRAP: "1" }),
      {
        ...PROGRAM,
        "Cargo.toml": `${TRIM}${String(PROGRAM["Cargo.toml"])}`,
      },
      undefined,
    ],
  ] as const) {
    testUnless(skip, fact, () => {
      // Incremental state, which cached units never have, would show in the names.
      const own = (dir: string) => ({ ...env(dir), CARGO_INCREMENTAL: "0" });
      const one = checkouts.make(files);
      const two = checkouts.twin(one);
      const target = join(two, "target");
      build(one, ["build"], own(one));
      expect(besidesHits(rebuild(one, ["build"], own(one)))).toEqual([]);
      const there = build(two, ["build"], own(two));
      expect(there.events.map(({ result }) => result)).not.toContain("local_hit");
      const made = artifacts(target);
      expect(besidesHits(rebuild(two, ["build"], own(two)))).toEqual([]);
      rmSync(target, { recursive: true });
      const plain = { ...own(two), RUSTC_WRAPPER: undefined };
      build(two, ["build"], plain);
      expect(artifacts(target)).toEqual(made);
    });
  }
});

describe("clippy", () => {
  const LINTED: Files = {
    "Cargo.toml": manifest("linted"),
    "src/lib.rs": "pub fn f(a: u8, b: u8) -> u8 { return a + b; }\n",
  };
  const lint = (dir: string, args: readonly string[] = []) => {
    const run = rebuild(dir, ["clippy", "--", ...args]);
    const warned = [...run.stderr.matchAll(/clippy::([a-z_-]+)/g)].map(([, name]) =>
      name?.replaceAll("-", "_"),
    );
    return { results: run.events.map(({ result }) => result), warned: [...new Set(warned)].sort() };
  };

  testUnless(missing("cargo-clippy"), "answers for its arguments and its configuration", () => {
    const dir = checkouts.make(LINTED);
    expect(lint(dir)).toEqual({ results: ["miss"], warned: ["needless_return"] });
    const more = ["-W", "clippy::arithmetic_side_effects"];
    const both = ["arithmetic_side_effects", "needless_return"];
    expect(lint(dir, more).warned).toEqual(both);
    writeTree(dir, { "clippy.toml": "too-many-arguments-threshold = 1\n" });
    const configured = ["needless_return", "too_many_arguments"];
    expect(lint(dir)).toEqual({ results: ["miss"], warned: configured });
    expect(lint(dir)).toEqual({ results: ["local_hit"], warned: configured });
    writeTree(dir, { "clippy.toml": undefined });
    expect(lint(dir, more)).toEqual({ results: ["local_hit"], warned: both });
    expect(lint(dir)).toEqual({ results: ["local_hit"], warned: ["needless_return"] });
    expect(world.cargo(dir, ["clippy", "--", "-D", "warnings"]).exitCode).not.toBe(0);
    // Its outputs and rustc's are not each other's.
    expect(rebuild(dir, ["check"]).events.map(({ result }) => result)).not.toContain("local_hit");
  });
});

describe("clippy without dependencies", () => {
  for (const env of [{}, { KACHE_OBSERVE: "0" }]) {
    const how = "KACHE_OBSERVE" in env ? "with nobody watching" : "watched";
    testUnless(missing("cargo-clippy"), `lints the package that was asked for, ${how}`, () => {
      const dir = checkouts.make({
        ...PROGRAM,
        "part/src/lib.rs": `${PART}pub fn f(a: u8, b: u8) -> u8 { return a + b; }\n`,
      });
      const lint = (name: string) => {
        const { stderr } = rebuild(dir, ["clippy", "-p", name, "--", "--no-deps"], env);
        return stderr.includes("needless_return");
      };
      expect(["app", "part", "app", "part"].map(lint)).toEqual([false, true, false, true]);
    });
  }
});

describe("with the nightly toolchain", () => {
  const inNightly = (dir: string, args: readonly string[], env: Variables = {}) =>
    mustSucceed(
      world.run(["cargo", "+nightly", ...args, "--offline"], {
        cwd: dir,
        env: world.cargoVariables({ RUSTC: undefined, ...env }),
      }),
    );

  testUnless(
    nightly,
    "a sanitizer's program is served in a second checkout and tells its faults",
    () => {
      const one = checkouts.make({
        "Cargo.toml": manifest("faulty"),
        "src/main.rs": `fn main() {
    let freed = { let b = Box::new(7u8); &*b as *const u8 };
    println!("{}", unsafe { *freed });
}
`,
      });
      const two = checkouts.twin(one);
      const env = { RUSTFLAGS: "-Zsanitizer=address" };
      const args = ["build", "--target", hostTriple];
      expect(besidesHits(inNightly(one, args, env))).not.toEqual([]);
      expect(besidesHits(inNightly(two, args, env))).toEqual([]);
      const run = world.run([join(two, "target", hostTriple, "debug/faulty")]);
      expect(run.stderr).toContain("heap-use-after-free");
      const plain = inNightly(two, args);
      expect(besidesHits(plain)).not.toEqual([]);
    },
  );

  testUnless(
    nightly,
    "a program that another package takes in as an artifact is right in each",
    () => {
      const one = checkouts.make({
        "Cargo.toml": '[workspace]\nmembers = ["outer", "inner"]\nresolver = "2"\n',
        "outer/Cargo.toml": manifest(
          "outer",
          '[dependencies]\ninner = { path = "../inner", artifact = "bin" }\n',
        ),
        "outer/src/main.rs": `static INNER: &[u8] = include_bytes!(env!("CARGO_BIN_FILE_INNER"));
fn main() { println!("{} {}", INNER.len(), env!("CARGO_BIN_FILE_INNER")); }
`,
        "inner/Cargo.toml": manifest("inner"),
        "inner/src/main.rs": "fn main() {}\n",
      });
      const two = checkouts.twin(one);
      const args = ["build", "-Zbindeps"];
      inNightly(one, args);
      inNightly(two, args);
      for (const dir of [one, two]) {
        const [size, path] = world
          .run([join(dir, "target/debug/outer")])
          .stdout.trim()
          .split(" ");
        expect(path?.startsWith(`${dir}/`)).toBe(true);
        expect(readFileSync(path ?? "").length).toBe(Number(size));
      }
    },
  );
});

test("a linker that is a script of the checkout's own is run and right in each", () => {
  const one = checkouts.make({
    ...PROGRAM,
    ".cargo/config.toml": `[target.${hostTriple}]\nlinker = "tools/own-cc"\n`,
    "tools/own-cc": '#!/bin/sh\nexec cc "$@" "-Wl,-rpath,$OWN_PLACE"\n',
  });
  chmodSync(join(one, "tools/own-cc"), 0o755);
  const runPath = (dir: string) =>
    /R(?:UN)?PATH.*\[(.*)\]/.exec(ask("readelf", "-d", join(dir, "target/debug/app")) ?? "")?.[1];
  for (const place of ["/one", "/two", "/one"]) {
    rebuild(one, ["build"], { OWN_PLACE: place });
    expect(runPath(one)).toBe(place);
  }
  const two = checkouts.twin(one);
  build(two, ["build"], { OWN_PLACE: "/one" });
  expect(runPath(two)).toBe("/one");
});

test("documentation's tests run against libraries that were served", () => {
  const files = {
    "Cargo.toml": manifest("told"),
    "src/lib.rs": "/// ```\n/// assert_eq!(told::two(), 2);\n/// ```\npub fn two() -> u8 { 2 }\n",
  };
  const first = checkouts.make(files);
  build(first, ["test"]);
  const second = checkouts.twin(first);
  const run = build(second, ["test"]);
  expect(besidesHits(run)).toEqual([]);
  expect(run.stdout).toMatch(/src\/lib\.rs - two \(line 1\) \.\.\. ok/);
});

test("builds and checks at the same time, in two checkouts, do not disturb each other", async () => {
  const one = checkouts.make(PROGRAM);
  const two = checkouts.twin(one);
  const start = (cwd: string, args: readonly string[]) =>
    world.start(["cargo", ...args, "--offline"], { cwd, env: world.cargoVariables() });
  const ends = await Promise.all([
    start(one, ["build", "--all-targets"]),
    start(one, ["check", "--all-targets", "--target-dir", "checked"]),
    start(two, ["build", "--all-targets"]),
  ]);
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  for (const dir of [one, two]) {
    expect(build(dir, ["build", "--all-targets"]).events).toEqual([]);
    expect(world.run([join(dir, "target/debug/app")]).stdout).toBe("1\n");
  }
});
