// Where a checkout, its target directory and the homes lie, and how their paths are spelled: a second
// checkout is served whatever the layout, with the bytes of a cold build in its own place.
import { describe, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Checkout, Checkouts, gitRepository, manifest } from "../support/checkouts.ts";
import { mustSucceed } from "../support/pair.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { missing } from "../support/toolchain.ts";
import type { Files } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("roots");
const checkouts = new Checkouts(world);

const PART = `#[track_caller] pub fn place() -> &'static str { file!() }
pub fn first<T: Copy + std::fmt::Debug>(all: &[T]) -> T { *all.first().expect("none") }
`;
const PROGRAM: Files = {
  "Cargo.toml": `[workspace]\nmembers = ["app", "part"]\nresolver = "2"\n`,
  "app/Cargo.toml": manifest("app", '[dependencies]\npart = { path = "../part" }\n'),
  "app/src/main.rs": 'fn main() { println!("{} {}", part::place(), part::first(&[1, 2])); }\n',
  "part/Cargo.toml": manifest("part"),
  "part/src/lib.rs": PART,
};

/** A crate of the registry, vendored below the workspace. */
const VENDORED: Files = {
  "Cargo.toml": manifest("app", '[dependencies]\npart = "0.1.0"\n'),
  "src/main.rs": PROGRAM["app/src/main.rs"],
  "vendor/part/Cargo.toml": manifest("part"),
  "vendor/part/.cargo-checksum.json": '{"files":{}}',
  "vendor/part/src/lib.rs": PART,
  ".cargo/config.toml": `[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "vendor"
`,
};

interface Layout {
  readonly fact: string;
  readonly files?: Files;
  /** How each checkout is called, given its own directory. */
  readonly at?: (dir: string) => Partial<Checkout>;
  /** What must be there beside the checkout. */
  readonly prepare?: (dir: string) => void;
}

/** A directory that belongs to one checkout and lies outside it. */
function beside(dir: string, name: string): string {
  return join(dirname(dir), `${name}-of-its-own`);
}

function link(to: string, at: string): string {
  mkdirSync(to, { recursive: true });
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(to, at);
  return at;
}

function config(text: string): Files {
  return { ...PROGRAM, ".cargo/config.toml": text };
}

/** A member whose build script names directories that are searched for libraries. */
const SEARCHES: Files = {
  ...PROGRAM,
  "part/build.rs": `fn main() {
    println!("cargo::rerun-if-env-changed=PLACES");
    for place in std::env::var("PLACES").unwrap().split(':') {
        println!("cargo::rustc-link-search=native={place}");
    }
}
`,
};

const LAYOUTS: readonly Layout[] = [
  { fact: "an ordinary workspace" },
  {
    fact: "called from a member's directory",
    at: (dir) => ({ cwd: join(dir, "app") }),
  },
  {
    fact: "called from elsewhere by --manifest-path",
    at: (dir) => ({
      cwd: world.home,
      args: ["build", "--manifest-path", join(dir, "Cargo.toml")],
    }),
  },
  {
    fact: "a target directory of another name inside",
    at: (dir) => ({ args: ["build", "--target-dir", "made"], target: join(dir, "made") }),
  },
  {
    fact: "a target directory deep inside a member",
    at: (dir) => ({
      args: ["build", "--target-dir", "app/x/y/z"],
      target: join(dir, "app/x/y/z"),
    }),
  },
  {
    fact: "a target directory outside",
    at: (dir) => ({
      env: { CARGO_TARGET_DIR: beside(dir, "target") },
      target: beside(dir, "target"),
    }),
  },
  {
    fact: "a target directory named by .cargo/config.toml",
    files: config('[build]\ntarget-dir = "set/here"\n'),
    at: (dir) => ({ target: join(dir, "set/here") }),
  },
  {
    fact: "a build directory apart from the target directory",
    files: config('[build]\nbuild-dir = "{workspace-root}/between"\n'),
    at: (dir) => ({ target: join(dir, "between") }),
  },
  {
    fact: "a build directory outside, named by its workspace",
    at: (dir) => ({
      env: { CARGO_BUILD_BUILD_DIR: beside(dir, "build") },
      target: beside(dir, "build"),
    }),
  },
  {
    fact: "a checkout behind a symbolic link",
    at: (dir) => {
      const spelled = beside(dir, "link");
      return { cwd: spelled, args: ["build", "--manifest-path", join(spelled, "Cargo.toml")] };
    },
    prepare: (dir) => {
      link(dir, beside(dir, "link"));
    },
  },
  {
    fact: "a target directory behind a symbolic link",
    at: (dir) => ({
      env: { CARGO_TARGET_DIR: join(dir, "linked") },
      target: beside(dir, "real target"),
    }),
    prepare: (dir) => {
      link(beside(dir, "real target"), join(dir, "linked"));
    },
  },
  {
    fact: "a home and a temporary directory behind symbolic links",
    at: (dir) => ({ env: { HOME: beside(dir, "home"), TMPDIR: beside(dir, "tmp") } }),
    prepare: (dir) => {
      link(beside(dir, "real home"), beside(dir, "home"));
      link(beside(dir, "real tmp"), beside(dir, "tmp"));
    },
  },
  {
    fact: "a temporary directory inside the checkout",
    at: (dir) => ({ env: { TMPDIR: join(dir, "tmp") } }),
    prepare: (dir) => {
      mkdirSync(join(dir, "tmp"));
    },
  },
  {
    fact: "the checkout inside the home directory",
    at: (dir) => ({ env: { HOME: dirname(dir) } }),
  },
  { fact: "a vendored crate", files: VENDORED },
  {
    fact: "a vendored crate, with the target directory elsewhere",
    files: VENDORED,
    at: (dir) => ({
      env: { CARGO_TARGET_DIR: beside(dir, "target") },
      target: beside(dir, "target"),
    }),
  },
  {
    fact: "the user's own remapping of the checkout",
    at: (dir) => ({ env: { RUSTFLAGS: `--remap-path-prefix=${dir}=/src` } }),
  },
  {
    fact: "the user's own remapping of a part of it",
    at: (dir) => ({ env: { RUSTFLAGS: `--remap-path-prefix=${dir}/part=part-of-it` } }),
  },
  {
    fact: "the user's remapping of all scopes",
    at: (dir) => ({
      env: { RUSTFLAGS: `--remap-path-prefix=${dir}=/src --remap-path-scope=all` },
    }),
  },
  {
    fact: "debug information of a release build",
    at: (dir) => ({
      args: ["build", "--release"],
      env: { CARGO_PROFILE_RELEASE_DEBUG: "2", CARGO_TARGET_DIR: beside(dir, "target") },
      target: beside(dir, "target"),
    }),
  },
  {
    fact: "a base directory that a build script names",
    files: SEARCHES,
    at: (dir) => ({
      env: { KACHE_BASE_DIR: beside(dir, "base"), PLACES: beside(dir, "base") },
    }),
    prepare: (dir) => {
      mkdirSync(beside(dir, "base"));
    },
  },
  {
    fact: "two base directories, one of them spelled as a link",
    files: SEARCHES,
    at: (dir) => ({
      env: {
        KACHE_BASE_DIR: `${beside(dir, "one")}:${beside(dir, "two")}`,
        PLACES: `${beside(dir, "one")}:${beside(dir, "real two")}/x`,
      },
    }),
    prepare: (dir) => {
      mkdirSync(beside(dir, "one"));
      link(beside(dir, "real two"), beside(dir, "two"));
      mkdirSync(join(beside(dir, "two"), "x"));
    },
  },
  {
    fact: "a base directory around all checkouts, and one of each checkout's own within it",
    files: SEARCHES,
    at: (dir) => ({
      env: {
        KACHE_BASE_DIR: `${world.dir}:${beside(dir, "base")}`,
        PLACES: `${beside(dir, "base")}/x`,
      },
    }),
    prepare: (dir) => {
      mkdirSync(join(beside(dir, "base"), "x"), { recursive: true });
    },
  },
  {
    fact: "base directories of the configuration",
    files: SEARCHES,
    at: (dir) => ({
      env: { KACHE_CONFIG: `${beside(dir, "base")}.toml`, PLACES: beside(dir, "base") },
    }),
    prepare: (dir) => {
      mkdirSync(beside(dir, "base"));
      const text = `[cache]\nbase_dirs = ["/nonexistent", "${beside(dir, "base")}"]\n`;
      writeFileSync(`${beside(dir, "base")}.toml`, text);
    },
  },
];

function calls(layout: Layout, dir: string): Checkout {
  layout.prepare?.(dir);
  return { args: ["build"], target: join(dir, "target"), dir, ...layout.at?.(dir) };
}

describe("a second checkout is served, as a cold build there would make it:", () => {
  for (const layout of LAYOUTS) {
    test(layout.fact, () => {
      const first = checkouts.make(layout.files ?? PROGRAM);
      const second = checkouts.twin(first);
      checkouts.expectServed(calls(layout, first), calls(layout, second));
    });
  }
});

testUnless(
  missing("git"),
  "a home of cargo's for each checkout, one of them behind a link, is served with the bytes of its own place",
  () => {
    const repository = gitRepository(world, {
      "Cargo.toml": manifest("part"),
      "src/lib.rs": PART,
    });
    const one = checkouts.make({
      "Cargo.toml": manifest("app", `[dependencies]\npart = { git = "file://${repository}" }\n`),
      "src/main.rs": PROGRAM["app/src/main.rs"],
    });
    const call = (dir: string, home: string): Checkout => {
      const env = { CARGO_HOME: home };
      mustSucceed(world.run(["cargo", "fetch"], { cwd: dir, env }));
      return { args: ["build"], dir, target: join(dir, "target"), env };
    };
    const first = call(one, beside(one, "cargo"));
    const two = checkouts.twin(one);
    const linked = link(beside(two, "real cargo"), beside(two, "cargo"));
    checkouts.expectServed(first, call(two, linked));
  },
);
