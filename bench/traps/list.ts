// The traps: what each changes between two builds, and what must follow from it.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runChecked } from "../measure.ts";
import { C_TRAPS } from "./c-list.ts";
import { COMPILERS } from "./compilers-list.ts";
import { manifest, program, variables, withReader, withReexportedReader } from "./sources.ts";
import type { Situation, Trap } from "./trap.ts";

const MACROS: readonly Trap[] = [
  {
    name: "a macro reads a file that another checkout has with other content",
    before: { files: { ...withReader('reader::read!("note.txt")'), "note.txt": "one" } },
    after: { files: { "note.txt": "two" } },
    elsewhere: true,
  },
  {
    name: "a macro reads a file that is edited",
    before: { files: { ...withReader('reader::read!("note.txt")'), "note.txt": "one" } },
    after: { files: { "note.txt": "two" } },
  },
  {
    name: "a macro asks for a variable (`std::env::var`) that changes",
    before: {
      files: withReader("reader::variable!(TRAP_MODE)"),
      ...variables({ TRAP_MODE: "one" }),
    },
    after: variables({ TRAP_MODE: "two" }),
  },
  {
    name: "a macro walks the environment (`std::env::vars`), a variable is added",
    before: { files: withReader("reader::variables!(TRAP_)") },
    after: variables({ TRAP_MODE: "two" }),
  },
  {
    name: "a macro lists a directory that gets a file",
    before: { files: { ...withReader('reader::names!("notes")'), "notes/one": "" } },
    after: { files: { "notes/two": "" } },
  },
  {
    name: "a macro tests for a file that appears",
    before: { files: withReader('reader::exists!("note.txt")') },
    after: { files: { "note.txt": "" } },
  },
  {
    name: "a macro runs a program that reads a file",
    before: { files: { ...withReader('reader::child!("note.txt")'), "note.txt": "one" } },
    after: { files: { "note.txt": "two" } },
  },
  {
    name: "a macro reached through a re-exporting library reads a file",
    before: { files: { ...withReexportedReader('front::read!("note.txt")'), "note.txt": "one" } },
    after: { files: { "note.txt": "two" } },
  },
  {
    name: "a macro reached through a re-exporting library lists a directory",
    before: { files: { ...withReexportedReader('front::names!("notes")'), "notes/one": "" } },
    after: { files: { "notes/two": "" } },
  },
];

const SCRIPTED = (body: string): string =>
  `fn main() {\n    println!("cargo:rerun-if-changed=build.rs");\n    ${body}\n}\n`;

const BUILD_SCRIPTS: readonly Trap[] = [
  {
    name: "a build script reads a file outside its package that it does not declare",
    before: {
      files: {
        ...program('env!("TRAP_NOTE")'),
        "build.rs": SCRIPTED(
          'println!("cargo:rustc-env=TRAP_NOTE={}", std::fs::read_to_string("../../beside/note").unwrap());',
        ),
        "beside/note": "one",
      },
    },
    after: { files: { "beside/note": "two" } },
  },
  {
    name: "a build script asks for a variable that it does not declare",
    before: {
      files: {
        ...program('env!("TRAP_NOTE")'),
        "build.rs": SCRIPTED(
          'println!("cargo:rustc-env=TRAP_NOTE={}", std::env::var("TRAP_MODE").unwrap());',
        ),
      },
      ...variables({ TRAP_MODE: "one" }),
    },
    after: variables({ TRAP_MODE: "two" }),
  },
  {
    name: '`env!("OUT_DIR").len()` in another checkout',
    before: {
      files: {
        ...program(
          'env!("OUT_DIR").len()',
          "",
          'include!(concat!(env!("OUT_DIR"), "/made.rs"));\n',
        ),
        "build.rs": SCRIPTED(
          'std::fs::write(std::env::var("OUT_DIR").unwrap() + "/made.rs", "").unwrap();',
        ),
      },
    },
    after: {},
    elsewhere: true,
    observe: ({ checkout }) => {
      const run = Bun.spawnSync([join(checkout, "target", "debug", "trap")]);
      return outDirLength(checkout, Number(run.stdout.toString()));
    },
  },
];

/** Each tool puts its target elsewhere, so what counts is whether the number is this OUT_DIR's. */
async function outDirLength(checkout: string, said: number): Promise<string> {
  const build = join(checkout, "target", "debug", "build");
  const found: string[] = [];
  for await (const path of new Bun.Glob("trap-*/out/made.rs").scan(build)) {
    found.push(join(build, path, ".."));
  }
  const place = checkout.includes("/another/") ? "second" : "first";
  return `${place}: ${found.some((path) => path.length === said) ? "its own" : "not its own"}`;
}

const SOURCES: readonly Trap[] = [
  {
    name: "`note.rs` is there, `note/mod.rs` appears",
    before: {
      files: {
        ...program("note::NOTE", "", "mod note;\n"),
        "src/note.rs": 'pub const NOTE: &str = "one";\n',
      },
    },
    after: { files: { "src/note/mod.rs": 'pub const NOTE: &str = "two";\n' } },
  },
  {
    name: "`option_env!` of a variable that is set",
    before: { files: program('option_env!("TRAP_MODE").unwrap_or("unset")') },
    after: variables({ TRAP_MODE: "two" }),
  },
  {
    name: "a file taken in by `include_str!` is edited",
    before: { files: { ...program('include_str!("note.txt")'), "src/note.txt": "one" } },
    after: { files: { "src/note.txt": "two" } },
  },
  {
    name: "a lint is tightened",
    before: { files: program('"built"', "", "fn unused() {}\n") },
    after: { files: { "Cargo.toml": manifest("trap", '[lints.rust]\ndead_code = "deny"\n') } },
  },
  {
    name: "`clippy.toml` is edited",
    before: {
      files: {
        ...program(
          '"built"',
          "",
          "#![deny(clippy::too_many_arguments)]\npub fn three(_: u8, _: u8, _: u8) {}\n",
        ),
        "clippy.toml": "too-many-arguments-threshold = 5\n",
      },
    },
    after: { files: { "clippy.toml": "too-many-arguments-threshold = 2\n" } },
    cargo: ["clippy"],
    observe: () => Promise.resolve("clean"),
  },
];

/** A static library from one line of C. */
function archive(value: number): Situation {
  return {
    make: async ({ checkout, beside }) => {
      const object = join(beside, "trap.o");
      const directory = join(checkout, "native");
      const library = join(directory, "libtrapped.a");
      await mkdir(directory, { recursive: true });
      await rm(library, { force: true });
      await Bun.write(join(beside, "trap.c"), `int trapped(void) { return ${value}; }\n`);
      const environment = { PATH: process.env["PATH"] ?? "" };
      const run = (argv: readonly string[]) => runChecked({ argv, cwd: beside, environment });
      await run(["cc", "-c", "-o", object, "trap.c"]);
      await run(["ar", "crD", library, object]);
    },
  };
}

const CALLS_C = 'extern "C" {\n    fn trapped() -> i32;\n}\n';
const LINKS_NATIVE =
  'println!("cargo:rustc-link-search=native={}/native", std::env::var("CARGO_MANIFEST_DIR").unwrap());';

const LINKS: readonly Trap[] = [
  {
    name: "a static native library bundled in a dependency's rlib is replaced",
    before: {
      files: {
        "low/Cargo.toml": manifest("low"),
        "low/build.rs": SCRIPTED(
          `${LINKS_NATIVE.replace("/native", "/../native")}\n    println!("cargo:rustc-link-lib=static=trapped");`,
        ),
        "low/src/lib.rs": `${CALLS_C}pub fn value() -> i32 {\n    unsafe { trapped() }\n}\n`,
        ...program("low::value()", '[dependencies]\nlow = { path = "low" }\n'),
      },
      ...archive(1),
    },
    after: archive(2),
  },
  {
    name: "a native library that only the final link names is replaced",
    before: {
      files: {
        ...program("unsafe { trapped() }", "", CALLS_C),
        "build.rs": SCRIPTED(`${LINKS_NATIVE}\n    println!("cargo:rustc-link-arg=-ltrapped");`),
      },
      ...archive(1),
    },
    after: archive(2),
  },
  {
    name: "a linker script is edited",
    before: {
      files: {
        ...program("unsafe { trapped }", "", 'extern "C" {\n    static trapped: u8;\n}\n'),
        "build.rs": SCRIPTED(
          'println!("cargo:rustc-link-arg=-Wl,-T,{}/trap.ld", std::env::var("CARGO_MANIFEST_DIR").unwrap());',
        ),
        "trap.ld": "SECTIONS { .trap : { trapped = .; BYTE(1) } } INSERT AFTER .rodata;\n",
      },
    },
    after: {
      files: {
        "trap.ld": "SECTIONS { .trap : { trapped = .; BYTE(2) } } INSERT AFTER .rodata;\n",
      },
    },
  },
];

/** Every trap, by what overlooks it. */
export const TRAPS: readonly { readonly topic: string; readonly traps: readonly Trap[] }[] = [
  { topic: "what macros read", traps: MACROS },
  { topic: "what build scripts read", traps: BUILD_SCRIPTS },
  { topic: "sources and settings", traps: SOURCES },
  { topic: "native libraries and links", traps: LINKS },
  { topic: "compilers and their files", traps: COMPILERS },
  { topic: "compiles of C", traps: C_TRAPS },
];
