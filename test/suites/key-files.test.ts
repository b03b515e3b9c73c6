// Every file that the key or an input set covers, with its pair: sources, extern crates, declared inputs,
// target specifications, profiles, argument files. Editing one misses, anything else hits.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, testPairs } from "../support/pair.ts";
import { type RustcCall, worldFor, type World } from "../support/rig.ts";
import { realRustc } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("key-files");

describe("sources", () => {
  testPairs(world, [
    {
      fact: "one byte of the crate root counts",
      second: "misses",
      edit: { "src/lib.rs": "pub fn answer() -> u32 { 43 }\n" },
    },
    {
      fact: "a module's content counts",
      second: "misses",
      files: { "src/lib.rs": "pub mod part;\n", "src/part.rs": "pub const N: u8 = 1;\n" },
      edit: { "src/part.rs": "pub const N: u8 = 2;\n" },
    },
    {
      fact: "a module behind #[path] counts",
      second: "misses",
      files: {
        "src/lib.rs": '#[path = "../elsewhere.rs"] pub mod part;\n',
        "elsewhere.rs": "pub const N: u8 = 1;\n",
      },
      edit: { "elsewhere.rs": "pub const N: u8 = 2;\n" },
    },
    {
      fact: "a file taken in by include_str! counts",
      second: "misses",
      files: { "src/lib.rs": 'pub const T: &str = include_str!("t.txt");\n', "src/t.txt": "one" },
      edit: { "src/t.txt": "two" },
    },
    {
      fact: "a file taken in by include_bytes! counts, whatever its bytes",
      second: "misses",
      files: {
        "src/lib.rs": 'pub const T: &[u8] = include_bytes!("t.bin");\n',
        "src/t.bin": Uint8Array.of(0, 255, 10),
      },
      edit: { "src/t.bin": Uint8Array.of(0, 254, 10) },
    },
    {
      fact: "a file taken in by inline assembly counts",
      second: "misses",
      files: {
        "src/lib.rs": `core::arch::global_asm!(".pushsection .rodata\\n.incbin \\"t.bin\\"\\n.popsection");\n`,
        "t.bin": "one",
      },
      edit: { "t.bin": "two" },
    },
    {
      fact: "a file taken in by inline assembly that comes from another crate's macro counts",
      second: "misses",
      files: {
        "src/lib.rs": "bytes::bytes!();\n",
        "bytes.rs": `#[macro_export] macro_rules! bytes { () => {
          core::arch::global_asm!(".pushsection .rodata\\n.incbin \\"t.bin\\"\\n.popsection");
        } }\n`,
        "t.bin": "one",
      },
      prepare: (project) => {
        const args = ["--crate-name", "bytes", "--crate-type", "lib", "--edition", "2021"];
        const made = Bun.spawnSync([realRustc, ...args, "bytes.rs"], { cwd: project });
        expect(made.exitCode).toBe(0);
      },
      first: { args: ["--extern", "bytes=libbytes.rlib"] },
      edit: { "t.bin": "two" },
    },
    {
      fact: "a file taken in by include! counts",
      second: "misses",
      files: { "src/lib.rs": 'include!("gen.in");\n', "src/gen.in": "pub const N: u8 = 1;\n" },
      edit: { "src/gen.in": "pub const N: u8 = 2;\n" },
    },
    {
      fact: "a file with an odd name counts",
      second: "misses",
      files: {
        "src/lib.rs": 'pub const T: &str = include_str!("../o d#d: na\\\\me/$t%.txt");\n',
        "o d#d: na\\me/$t%.txt": "one",
      },
      edit: { "o d#d: na\\me/$t%.txt": "two" },
    },
    {
      fact: "a file behind a symbolic link counts",
      second: "misses",
      files: { "src/lib.rs": 'pub const T: &str = include_str!("link.txt");\n', "real.txt": "one" },
      prepare: (project) => {
        symlinkSync("../real.txt", join(project, "src/link.txt"));
      },
      edit: { "real.txt": "two" },
    },
    {
      fact: "a doc comment from a file counts",
      second: "misses",
      files: { "src/lib.rs": '#![doc = include_str!("../README.md")]\n', "README.md": "# One\n" },
      edit: { "README.md": "# Two\n" },
    },
    {
      fact: "an unrelated file beside the sources is noise",
      second: "hits",
      edit: { "src/unused.rs": "not even Rust", "notes.txt": "new" },
    },
    {
      fact: "a touched but unchanged source is noise",
      second: "hits",
      disturb: (project) => {
        utimesSync(join(project, "src/lib.rs"), 1_600_000_000, 1_600_000_000);
      },
    },
    {
      fact: "a source rewritten with the same bytes is noise",
      second: "hits",
      disturb: (project) => {
        const path = join(project, "src/lib.rs");
        writeFileSync(path, readFileSync(path));
      },
    },
  ]);
});

function makeDependency(body: string, more: RustcCall = { emit: "link" }) {
  return (project: string, in_: World): void => {
    mkdirSync(join(project, "deps"), { recursive: true });
    writeFileSync(join(project, "dep.rs"), body);
    const call = { name: "dep", source: "dep.rs", outDir: "deps", ...more };
    mustSucceed(in_.plainRustc(project, call));
  };
}

/** A library whose metadata, generic code among it, lies beside it and not in it. */
function makeSplitDependency(n: number) {
  return makeDependency(`pub fn n<T: From<u8>>() -> T { T::from(${n}) }\n`, {
    emit: "metadata,link",
    args: ["-Zembed-metadata=no"],
    env: { RUSTC_BOOTSTRAP: "1" },
  });
}

const DEPENDENCY = "pub fn n() -> u8 { 1 }\n";
const USES_DEPENDENCY = { "src/lib.rs": "pub fn twice() -> u8 { dep::n() * 2 }\n" };
const EXTERN = ["--extern", "dep=deps/libdep.rlib"];

describe("extern crates", () => {
  testPairs(world, [
    {
      fact: "an extern's bytes count",
      second: "misses",
      oneWay: true,
      files: USES_DEPENDENCY,
      prepare: makeDependency(DEPENDENCY),
      first: { args: EXTERN },
      disturb: makeDependency("pub fn n() -> u8 { 2 }\n"),
    },
    {
      fact: "an extern rebuilt to the same bytes is noise",
      second: "hits",
      files: USES_DEPENDENCY,
      prepare: makeDependency(DEPENDENCY),
      first: { args: EXTERN },
      disturb: makeDependency(DEPENDENCY),
    },
    {
      fact: "an extern found along -L without a path counts by its bytes",
      second: "misses",
      oneWay: true,
      files: USES_DEPENDENCY,
      prepare: makeDependency(DEPENDENCY),
      first: { args: ["--extern", "dep", "-L", "crate=deps"] },
      disturb: makeDependency("pub fn n() -> u8 { 2 }\n"),
    },
    {
      fact: "an extern whose metadata lies beside it counts by what that says",
      second: "misses",
      oneWay: true,
      files: { "src/lib.rs": "pub fn twice() -> u8 { dep::n::<u8>() * 2 }\n" },
      prepare: makeSplitDependency(1),
      first: { args: [...EXTERN, "--extern", "dep=deps/libdep.rmeta"] },
      disturb: makeSplitDependency(2),
    },
    {
      fact: "an extern's name counts",
      second: "misses",
      files: { "src/lib.rs": "" },
      prepare: makeDependency(DEPENDENCY),
      first: { args: EXTERN },
      changed: { args: ["--extern", "other=deps/libdep.rlib"] },
    },
    {
      fact: "-L dependency of a directory that is not there is noise",
      second: "hits",
      files: USES_DEPENDENCY,
      prepare: makeDependency(DEPENDENCY),
      first: { args: [...EXTERN, "-L", "dependency=deps"] },
      changed: { args: [...EXTERN, "-L", "dependency=deps", "-L", "dependency=no/such"] },
    },
  ]);
});

const WITH_MANIFEST = {
  "Cargo.toml": '[package]\nname = "declared"\n',
  "kache.toml": 'extra_inputs = ["data"]\n',
  "data/value.txt": "one",
};

describe("declared and named files", () => {
  testPairs(world, [
    {
      fact: "a file declared in kache.toml counts",
      second: "misses",
      files: WITH_MANIFEST,
      edit: { "data/value.txt": "two" },
    },
    {
      fact: "a new file in a declared directory counts",
      second: "misses",
      files: WITH_MANIFEST,
      edit: { "data/more.txt": "" },
    },
    {
      fact: "a renamed file in a declared directory counts",
      second: "misses",
      files: WITH_MANIFEST,
      edit: { "data/value.txt": undefined, "data/renamed.txt": "one" },
    },
    {
      fact: "any edit of a kache.toml that cannot be understood counts",
      second: "misses",
      files: { ...WITH_MANIFEST, "kache.toml": "surprise = 1\n" },
      edit: { "kache.toml": "surprise = 2\n" },
    },
    {
      fact: "a kache.toml that declares nothing is noise",
      second: "hits",
      files: { "Cargo.toml": '[package]\nname = "declared"\n' },
      edit: { "kache.toml": "extra_inputs = []\n" },
    },
    {
      fact: "files outside the declared ones are noise",
      second: "hits",
      files: WITH_MANIFEST,
      edit: { "other/value.txt": "two" },
    },
    {
      fact: "the content of a target specification counts",
      second: "misses",
      files: { ...targetSpecification("one"), "src/lib.rs": BARE },
      first: customTarget(),
      edit: targetSpecification("two"),
    },
    {
      fact: "a target specification found along RUST_TARGET_PATH counts by its content",
      second: "misses",
      files: { ...targetSpecification("one"), "src/lib.rs": BARE },
      first: {
        ...customTarget(),
        env: { RUSTC_BOOTSTRAP: "1", RUST_TARGET_PATH: "." },
        args: ["--target", "custom", "-Zunstable-options"],
      },
      edit: targetSpecification("two"),
    },
    {
      fact: "the content of a profile counts",
      second: "misses",
      files: { "merged.profdata": "one" },
      first: { args: ["-O", "-C", "profile-use=merged.profdata"] },
      edit: { "merged.profdata": "two" },
    },
    {
      fact: "the arguments in an argument file count",
      second: "misses",
      files: { "more.args": "--cfg\nspecial\n" },
      first: { args: ["@more.args"] },
      edit: { "more.args": "--cfg\nordinary\n" },
    },
    {
      fact: "arguments from a file and on the command line are one",
      second: "hits",
      files: { "more.args": "--cfg\nspecial\n" },
      first: { args: ["@more.args"] },
      changed: { args: ["--cfg", "special"] },
    },
  ]);
});

/** Needs no standard library, which a target of one's own does not have. */
const BARE = "#![feature(no_core)]\n#![no_core]\n";

/** The host's own specification under another vendor, so that editing it is harmless. */
function targetSpecification(vendor: string) {
  const bootstrap = { ...process.env, RUSTC_BOOTSTRAP: "1" };
  const words = [realRustc, "-Zunstable-options", "--print", "target-spec-json"];
  const text = Bun.spawnSync(words, { env: bootstrap }).stdout.toString();
  const specification: unknown = text === "" ? {} : JSON.parse(text);
  const own = Object.assign({}, specification, { vendor, "is-builtin": undefined });
  return { "custom.json": JSON.stringify(own) };
}

function customTarget() {
  return {
    env: { RUSTC_BOOTSTRAP: "1" },
    emit: "dep-info,metadata",
    args: ["--target", "custom.json", "-Zunstable-options"],
  };
}
