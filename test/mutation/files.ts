// Knobs → the files, variables and arguments of one checkout. Seven crates of a few lines: a library, a
// macro, a library that hands the macro on, a user of it, one with a build script that compiles C, a
// program with a test, a path dependency outside the workspace, and a vendored package in two versions.
import type { Files } from "../support/tree.ts";
import type { Variables } from "../support/rig.ts";
import type { Knobs } from "./knobs.ts";

/** The workspace's place in a checkout; what it depends on lies beside it. */
export const WORKSPACE = "ws";

function manifest(name: string, more = "", edition = "2021"): string {
  return `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "${edition}"\n${more}`;
}

const LINTED = "[lints]\nworkspace = true\n";

function rootManifest(knobs: Knobs): string {
  const profile = `opt-level = ${knobs.optLevel}
debug = ${knobs.debug}
overflow-checks = ${String(knobs.overflowChecks)}
panic = "${knobs.panic}"
codegen-units = ${knobs.codegenUnits}
`;
  return `[workspace]
resolver = "2"
members = ["base", "macros", "hand", "user", "made", "app"]
[workspace.lints.rust]
unused = "${knobs.manifestLint}"
unexpected_cfgs = { level = "warn", check-cfg = ["cfg(special)"] }
[profile.dev]
${profile}[profile.release]
${profile}`;
}

const LOCAL = ["base", "macros", "hand", "user", "made", "app", "outside"];
const DEPENDENCIES: Readonly<Record<string, readonly string[]>> = {
  hand: ["macros"],
  user: ["hand"],
  base: ["tiny"],
  app: ["base", "hand", "made", "outside", "user"],
};

function lockFile(knobs: Knobs): string {
  const source = 'source = "registry+https://github.com/rust-lang/crates.io-index"\n';
  const packages = [...LOCAL, "tiny"].sort().map((name) => {
    const version = name === "tiny" ? knobs.tiny : "0.1.0";
    const needs = DEPENDENCIES[name]?.map((one) => ` "${one}",\n`).join("");
    const list = needs === undefined ? "" : `dependencies = [\n${needs}]\n`;
    const origin = name === "tiny" ? source : "";
    return `\n[[package]]\nname = "${name}"\nversion = "${version}"\n${origin}${list}`;
  });
  return `version = 4\n${packages.join("")}`;
}

function flagsOf(knobs: Knobs): string[] {
  return [
    ...(knobs.special ? ["--cfg", "special"] : []),
    ...(knobs.lints === "" ? [] : [knobs.lints]),
  ];
}

function cargoConfig(knobs: Knobs): string {
  const flags = knobs.flagsIn === "config" ? flagsOf(knobs) : [];
  return `[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "../vendor"
[build]
rustflags = ${JSON.stringify(flags)}
`;
}

const comments = (count: number) => "// a line of comment\n".repeat(count);
const unusedIf = (warns: boolean) => (warns ? "fn nobody_calls_this() {}\n" : "");
const errorIf = (breaks: boolean) => (breaks ? 'pub fn broken() -> u32 { "no number" }\n' : "");

function baseFiles(knobs: Knobs): Files {
  const part = `pub const PART: &str = "${knobs.more ? "more" : "part"}";\n`;
  const bodies = ['pub const NAME: &str = "first";\n', 'pub const NAME: &str = "second";\n'];
  if (knobs.swapped) bodies.reverse();
  const isAt = (place: Knobs["part"]) => knobs.part === place || knobs.part === "both";
  return {
    "base/Cargo.toml": manifest(
      "base",
      `[features]\nloud = []\n[dependencies]\ntiny = "1"\n${LINTED}`,
    ),
    "base/src/lib.rs": `${comments(knobs.baseComment)}pub mod part;
mod a;
mod b;
${knobs.more ? "mod more;\n" : ""}${unusedIf(knobs.baseWarns)}${errorIf(knobs.breaks === "base")}
pub fn tell() -> String {
    let overflow = std::hint::black_box(255u8).checked_add(1).is_none();
    format!("base {} {} {} {} {:?} loud={} special={} debug={} {} {:?} {}",
        ${knobs.baseNumber}, part::PART, a::NAME, b::NAME, include_str!("${knobs.dataAt}"),
        cfg!(feature = "loud"), cfg!(special), cfg!(debug_assertions), overflow,
        option_env!("WORD"), tiny::VERSION)
}
pub fn generic<T: Default>(value: Option<T>) -> T { value.unwrap_or_default() }
pub fn unwinds() -> bool { cfg!(panic = "unwind") }
`,
    "base/src/part.rs": isAt("part.rs") ? part : undefined,
    "base/src/part/mod.rs": isAt("part/mod.rs") ? part : undefined,
    "base/src/a.rs": bodies[0],
    "base/src/b.rs": bodies[1],
    "base/src/more.rs": knobs.more
      ? "pub const MORE: u8 = 1;\npub fn more() -> u8 { MORE }\n"
      : undefined,
    "base/src/stray.rs": knobs.stray === 0 ? undefined : `not rust at all ${knobs.stray}`,
    "base/src/data.txt": knobs.dataAt === "data.txt" ? knobs.data : undefined,
    "base/src/text/data.txt": knobs.dataAt === "text/data.txt" ? knobs.data : undefined,
  };
}

function macroFiles(knobs: Knobs): Files {
  return {
    "macros/Cargo.toml": manifest("macros", "[lib]\nproc-macro = true\n[features]\nshout = []\n"),
    "macros/src/lib.rs": `use proc_macro::TokenStream;
fn here(input: TokenStream) -> std::path::PathBuf {
    let dir = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    std::path::Path::new(&dir).join(input.to_string().trim_matches('"'))
}
fn say(text: String) -> TokenStream {
    let text = if cfg!(feature = "shout") { text.to_uppercase() } else { text };
    format!("\\"{} {}\\"", ${knobs.macroNumber}, text.escape_default()).parse().unwrap()
}
#[proc_macro] pub fn read(input: TokenStream) -> TokenStream {
    ${knobs.breaks === "macro" ? 'panic!("the macro gives up");' : ""}
    say(format!("{:?}", std::fs::read_to_string(here(input)).ok()))
}
#[proc_macro] pub fn list(input: TokenStream) -> TokenStream {
    let mut names: Vec<_> = std::fs::read_dir(here(input)).into_iter().flatten().flatten()
        .map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    say(names.join(","))
}
#[proc_macro] pub fn exists(input: TokenStream) -> TokenStream { say(here(input).exists().to_string()) }
#[proc_macro] pub fn variable(input: TokenStream) -> TokenStream {
    say(format!("{:?}", std::env::var(input.to_string().trim_matches('"')).ok()))
}
`,
    "hand/Cargo.toml": manifest("hand", '[dependencies]\nmacros = { path = "../macros" }\n'),
    "hand/src/lib.rs": "pub use macros::*;\n",
  };
}

function userFiles(knobs: Knobs): Files {
  const kept = { "user/listed/kept": "" };
  const listed = Object.fromEntries(
    ["a", "b"].map((name) => [`user/listed/${name}`, knobs.listed.includes(name) ? "" : undefined]),
  );
  return {
    "user/Cargo.toml": manifest("user", `[dependencies]\nhand = { path = "../hand" }\n${LINTED}`),
    "user/src/lib.rs": `${unusedIf(knobs.userWarns)}${errorIf(knobs.breaks === "user")}
pub const NUMBER: u32 = ${knobs.userNumber};
pub fn tell() -> String {
    [hand::read!("watched.txt"), hand::list!("listed"), hand::exists!("probed"), hand::variable!("SECRET"),
        env!("CARGO_MANIFEST_DIR")].join(" ")
}
`,
    "user/watched.txt": knobs.watched,
    "user/probed": knobs.probed ? "" : undefined,
    ...kept,
    ...listed,
  };
}

/** C whose headers may be hidden by others, asked for in vain, or absent. */
function cFiles(knobs: Knobs): Files {
  const header = (value: number) => `#define HEADER ${value}\n`;
  const extra = knobs.cExtra;
  return {
    "made/c/part.c": `#include <stdio.h>
#include "header.h"
#if __has_include("extra.h")
#include "extra.h"
#else
#define EXTRA 0
#endif
#ifndef FLAG
#define FLAG 0
#endif
__asm__(".section .rodata\\n.global blob\\nblob: .incbin \\"c/blob\\"\\n.byte 0\\n.previous");
extern const char blob[];
const char *tell_c(void) {
    static char text[200];
    snprintf(text, sizeof text, "%d %d %d %d %s %s", ${knobs.cNumber}, HEADER, EXTRA, FLAG, blob, __FILE__);
    return text${knobs.breaks === "c" ? "" : ";"}
}
`,
    "made/c/late/header.h": header(knobs.cHeader),
    "made/c/early/keep": "",
    "made/c/early/header.h": knobs.cEarlier ? header(20) : undefined,
    "made/c/header.h": knobs.cBeside ? header(30) : undefined,
    "made/c/late/extra.h": extra === undefined ? undefined : `#define EXTRA ${extra}\n`,
    "made/c/blob": knobs.cBlob,
  };
}

function madeFiles(knobs: Knobs): Files {
  return {
    "made/Cargo.toml": manifest("made"),
    "made/build.rs": `fn main() {
    println!("cargo:rerun-if-changed=input.txt");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=STAMP");
    println!("cargo:rustc-check-cfg=cfg(two)");
    let input = std::fs::read_to_string("input.txt").unwrap();
    if input == "two" { println!("cargo:rustc-cfg=two"); }
    println!("cargo:rustc-env=STAMPED={:?}", std::env::var("STAMP").ok());
    let code = format!("pub const MADE: &str = {:?};\\npub const NUMBER: u32 = ${knobs.scriptNumber};\\n", input);
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/made.rs"), code).unwrap();
    compile_c(&out);
}
fn compile_c(out: &str) {
    println!("cargo:rerun-if-changed=c");
    println!("cargo:rerun-if-env-changed=CFLAGS");
    let compiler = std::env::var("CC").unwrap();
    let flags = std::env::var("CFLAGS").unwrap_or_default();
    let object = format!("{out}/part.o");
    let archive = format!("{out}/libpart.a");
    let words = compiler.split(' ').chain(flags.split_whitespace());
    let compile = ["-g", "-fPIC", "-Ic/early", "-Ic/late", "-c", "c/part.c", "-o", &object];
    run(words.chain(compile).collect());
    let _ = std::fs::remove_file(&archive);
    run(vec!["ar", "crD", &archive, &object]);
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static=part");
}
fn run(words: Vec<&str>) {
    let status = std::process::Command::new(words[0]).args(&words[1..]).status().unwrap();
    assert!(status.success(), "{words:?}");
}
`,
    ...cFiles(knobs),
    "made/input.txt": knobs.input,
    "made/src/lib.rs": `include!(concat!(env!("OUT_DIR"), "/made.rs"));
extern "C" { fn tell_c() -> *const std::ffi::c_char; }
pub fn tell() -> String {
    let native = unsafe { std::ffi::CStr::from_ptr(tell_c()) };
    format!("made {MADE} {NUMBER} {} {} {native:?}", env!("STAMPED"), cfg!(two))
}
`,
  };
}

function appFiles(knobs: Knobs): Files {
  const needs = ["base", "hand", "made", "user"].map((one) => `${one} = { path = "../${one}" }\n`);
  return {
    "app/Cargo.toml": manifest(
      "app",
      `[features]\nloud = ["base/loud"]\nshout = ["macros/shout"]
[dependencies]\n${needs.join("")}outside = { path = "../../outside" }
macros = { path = "../macros" }\n${LINTED}`,
    ),
    "app/src/main.rs": `${errorIf(knobs.breaks === "app")}
fn main() {
    println!("app ${knobs.appNumber} {} {}", base::generic(Some(outside::NUMBER)), user::NUMBER);
    println!("{}\\n{}\\n{}", base::tell(), user::tell(), made::tell());
    println!("{} {}", hand::variable!("SECRET"), base::unwinds());
    #[allow(arithmetic_overflow)]
    let sum = std::hint::black_box(255u8) + std::hint::black_box(1);
    println!("{sum}");
}
`,
    "app/tests/it.rs": `#[test] fn numbers() { assert_eq!(base::generic(Some(outside::NUMBER)), 1); }
#[test] fn told() { println!("{}", base::tell()); assert!(base::tell().contains("base 1")); }
`,
  };
}

function besideFiles(knobs: Knobs): Files {
  const vendored = ["1.0.0", "1.1.0"].map((version): Files => {
    const dir = `vendor/tiny-${version}`;
    return {
      [`${dir}/Cargo.toml`]: `[package]\nname = "tiny"\nversion = "${version}"\nedition = "2021"\n`,
      [`${dir}/src/lib.rs`]: `pub const VERSION: &str = "${version}";\n`,
      [`${dir}/.cargo-checksum.json`]: '{"files":{},"package":null}',
    };
  });
  return {
    ...vendored[0],
    ...vendored[1],
    "outside/Cargo.toml": manifest("outside", "", knobs.edition),
    "outside/src/lib.rs": `pub const NUMBER: u32 = ${knobs.outsideNumber};
pub const async_word: u32 = 0;
`,
  };
}

/** Every file of a checkout; those that the knobs leave out are undefined. */
export function filesOf(knobs: Knobs): Files {
  const inWorkspace: Files = {
    "Cargo.toml": rootManifest(knobs),
    "Cargo.lock": lockFile(knobs),
    ".cargo/config.toml": cargoConfig(knobs),
    ...baseFiles(knobs),
    ...macroFiles(knobs),
    ...userFiles(knobs),
    ...madeFiles(knobs),
    ...appFiles(knobs),
  };
  const placed = Object.entries(inWorkspace).map(([name, content]) => [
    `${WORKSPACE}/${name}`,
    content,
  ]);
  return { ...(Object.fromEntries(placed) as Files), ...besideFiles(knobs) };
}

/** A crate's directory in a checkout and its root source. */
export const ROOTS: readonly (readonly [dir: string, root: string])[] = [
  ...["base", "macros", "hand", "user", "made"].map(
    (name) => [`${WORKSPACE}/${name}`, "src/lib.rs"] as const,
  ),
  [`${WORKSPACE}/app`, "src/main.rs"],
  ["outside", "src/lib.rs"],
];

/** Variables that cargo does not know to be inputs, by the crates whose macros ask for them. */
export function untrackedOf(dir: string, knobs: Knobs): string {
  return /user|app/.test(dir) ? JSON.stringify([knobs.secret ?? null]) : "";
}

/** The environment of a build. */
export function variablesOf(knobs: Knobs): Variables {
  const flags = knobs.flagsIn === "environment" ? flagsOf(knobs) : [];
  return {
    SECRET: knobs.secret,
    WORD: knobs.word,
    STAMP: knobs.scriptVariable,
    CFLAGS: knobs.cFlag,
    RUSTFLAGS: flags.length > 0 ? flags.join(" ") : undefined,
  };
}

/** Cargo's arguments for a build. */
export function argumentsOf(knobs: Knobs, verb: "build" | "check" | "test"): string[] {
  const features = [...(knobs.loud ? ["app/loud"] : []), ...(knobs.shout ? ["app/shout"] : [])];
  return [
    ...(verb === "test" ? ["build", "--all-targets"] : [verb]),
    "--workspace",
    // One failing crate must not decide by chance which others are looked at.
    "--keep-going",
    "--message-format=json",
    ...(knobs.release ? ["--release"] : []),
    ...(features.length > 0 ? ["--features", features.join(",")] : []),
  ];
}
