// What a macro asks of the call and the place it runs in: the compiler's arguments, the working directory, by whichever
// library it asks and whoever answers for it.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type RustcCall, worldFor } from "../support/rig.ts";
import { hostTriple, sysroot } from "../support/toolchain.ts";
import { writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("asked-places");

/** A macro that says what an expression comes to. */
function macroText(expression: string): string {
  return `use proc_macro::{Literal, TokenStream, TokenTree};
#[proc_macro] pub fn ask(_: TokenStream) -> TokenStream {
    let said: String = ${expression};
    TokenTree::from(Literal::string(&said)).into()
}\n`;
}

/** Compiles it, and gives its library. */
function macro(name: string, expression: string, ...args: string[]): string {
  const dir = world.project(name, { "macro.rs": macroText(expression) });
  const call = { name, type: "proc-macro", source: "macro.rs", emit: "link" };
  mustSucceed(world.plainRustc(dir, { ...call, args: ["--extern", "proc_macro", ...args] }));
  return join(dir, "out", `lib${name}.so`);
}

/** A program in a place of its own that prints what the macro says. */
function build(library: string, place: string, call: RustcCall = {}) {
  const dir = world.path("places", place);
  writeTree(dir, { "src/main.rs": 'fn main() { print!("{}", asks::ask!()); }\n' });
  const args = ["--extern", `asks=${library}`];
  const shape = { name: "program", type: "bin", source: "src/main.rs", emit: "dep-info,link" };
  const outDir = join(dir, "out");
  const run = mustSucceed(world.rustc(dir, { ...shape, outDir, args, ...call }));
  return [outcomeOf(run), world.run([join(call.outDir ?? outDir, "program")]).stdout];
}

describe("the compiler's arguments, asked for by a macro,", () => {
  const LENGTH = "std::env::args().map(|one| one.len()).sum::<usize>().to_string()";

  test("are those of each place", () => {
    const library = macro("asks", LENGTH);
    const [first, again] = [build(library, "args/one"), build(library, "args/one")];
    const second = build(library, "args/another");
    expect([first[0], again[0], second[0]]).toEqual(["misses", "hits", "misses"]);
    expect([again[1], second[1] === first[1]]).toEqual([first[1], false]);
  });

  test("are those of each call", () => {
    const library = macro("asks", `${LENGTH} + " in all"`);
    const outDir = world.path("places/calls/longer-out");
    const calls = [{}, { outDir }, {}].map((call) => build(library, "calls", call)[0]);
    expect(calls).toEqual(["misses", "misses", "hits"]);
  });
});

describe("where a macro's own library lies, which is beside the outputs,", () => {
  const ASKS = `{
    #[repr(C)] struct Info { name: *const std::ffi::c_char, others: [usize; 3] }
    extern "C" { fn dladdr(code: *const std::ffi::c_void, info: *mut Info) -> i32; }
    let mut info = Info { name: std::ptr::null(), others: [0; 3] };
    unsafe { dladdr(ask as *const std::ffi::c_void, &mut info) };
    unsafe { std::ffi::CStr::from_ptr(info.name) }.to_str().unwrap().len().to_string()
  }`;

  test("is that of each place when it asks the loader", () => {
    const library = macro("asks", ASKS);
    const said = ["one", "another"].map((place) => {
      const own = world.path("places/own", place, "libasks.so");
      writeTree(dirname(own), { "libasks.so": readFileSync(library) });
      return [own.length.toString(), ...build(own, `own/${place}`)];
    });
    expect(said.map(([, outcome]) => outcome)).toEqual(["misses", "misses"]);
    for (const [length, , told] of said) expect(told).toBe(length ?? "");
  });

  test("is asked anew when it looks among what the process holds", () => {
    const text = 'std::fs::read_to_string("/proc/self/maps").unwrap().len().min(1).to_string()';
    const library = macro("asks", text);
    for (const [outcome] of [build(library, "maps"), build(library, "maps")])
      expect(outcome).toBe("skipped after 1 compiles: /proc/self/maps was read");
  });
});

describe("a macro that asks the kernel where it is", () => {
  const LEADS = "unwrap().as_os_str().len().to_string()";
  const FD = "std::os::fd::AsRawFd::as_raw_fd(&dir)";
  for (const [fact, expression] of [
    ["by the link to the working directory", `std::fs::read_link("/proc/self/cwd").${LEADS}`],
    ["by what lies behind that", `std::fs::canonicalize("/proc/thread-self/cwd").${LEADS}`],
    [
      "by a descriptor's name",
      `{ let dir = std::fs::File::open(".").unwrap(); std::fs::read_link(format!("/proc/self/fd/{}", ${FD})).${LEADS} }`,
    ],
  ] as const) {
    test(`is told the working directory of each place ${fact}`, () => {
      const library = macro("asks", expression);
      const places = ["kernel/one", "kernel/another", "kernel/another"];
      const lengths = places.map((place) => String(world.path("places", place).length));
      const said = places.map((place) => build(library, place));
      expect(said.map(([outcome]) => outcome)).toEqual(["misses", "misses", "hits"]);
      expect(said.map(([, told]) => told)).toEqual(lengths);
    });
  }
});

describe("a macro that asks by a library which it brings along", () => {
  const libraries = [join(sysroot, "lib/rustlib", hostTriple, "lib"), world.path("brought/out")];
  const env = { LD_LIBRARY_PATH: libraries.join(":") };
  const dynamic = ["-C", "prefer-dynamic"];
  const ASKS = `pub fn here() -> usize { std::env::current_dir().unwrap().as_os_str().len() }
pub fn time(path: &str) -> u64 {
    let time = std::fs::metadata(path).unwrap().modified().unwrap();
    time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}\n`;

  /** Such a macro; the library lies where the loader looks for it and rustc does not. */
  function bringing(expression: string): string {
    const dir = world.project("brought", { "brought.rs": ASKS });
    const call = { name: "brought", type: "dylib", source: "brought.rs", emit: "link" };
    mustSucceed(world.plainRustc(dir, { ...call, args: dynamic }));
    const library = join(dir, "out", "libbrought.so");
    return macro("asks", expression, ...dynamic, "--extern", `brought=${library}`);
  }

  test("is told the working directory of each place", () => {
    const library = bringing("brought::here().to_string()");
    const places = ["brought/one", "brought/another"];
    const lengths = places.map((place) => String(world.path("places", place).length));
    const built = places.map((place) => build(library, place, { env }));
    expect(built).toEqual(lengths.map((length) => ["misses", length]));
  });

  test("is told the working directory of each place, also by one of C", () => {
    const HERE =
      "#include <unistd.h>\nint here(void) { char path[4096]; getcwd(path, 4096); return __builtin_strlen(path); }\n";
    const dir = world.project("native", { "here.c": HERE });
    const words = ["cc", "-shared", "-fPIC", "here.c", "-o", "libhere.so"];
    mustSucceed(world.run(words, { cwd: dir }));
    const library = macro(
      "asks",
      'unsafe { #[link(name = "here")] extern "C" { fn here() -> i32; } here() }.to_string()',
      ...["-L", `native=${dir}`],
    );
    const places = ["native/one", "native/another"];
    const lengths = places.map((place) => String(world.path("places", place).length));
    const built = places.map((place) => build(library, place, { env: { LD_LIBRARY_PATH: dir } }));
    expect(built).toEqual(lengths.map((length) => ["misses", length]));
  });

  test("is told a file's time as it is", () => {
    const library = bringing('brought::time("data").to_string()');
    writeTree(world.path("places/dated"), { data: "" });
    const at = (seconds: number) => {
      utimesSync(world.path("places/dated/data"), seconds, seconds);
      return build(library, "dated", { env })[1];
    };
    expect([at(1000), at(2000)]).toEqual(["1000", "2000"]);
  });
});

test("a macro that only finds files is given its path as it is where patterns would read it otherwise", () => {
  const home = world.path("cargo-home");
  const dir = join(home, "registry/src/index.crates.io-00/automod-1.0.16");
  const text = 'std::env::var("CARGO_MANIFEST_DIR").unwrap().contains("[").to_string()';
  writeTree(dir, { "macro.rs": macroText(text) });
  const call = { name: "asks", type: "proc-macro", source: join(dir, "macro.rs") };
  const extern = ["--extern", "proc_macro"];
  mustSucceed(world.plainRustc(dir, { ...call, emit: "dep-info,link", args: extern }));
  const library = join(dir, "out/libasks.so");
  const built = ["plain", "as-plain", "[odd]"].map((name) => {
    const env = { CARGO_HOME: home, CARGO_MANIFEST_DIR: world.path("places/found", name) };
    return build(library, `found/${name}`, { env });
  });
  expect(built).toEqual([
    ["misses", "false"],
    ["hits", "false"],
    ["misses", "true"],
  ]);
});

test("a program that a macro starts is told by PWD where it was called", () => {
  const pwd = 'std::process::Command::new("printenv").arg("PWD").output().unwrap().stdout';
  const library = macro("asks", `String::from_utf8(${pwd}).unwrap()`);
  const builds = ["/usr", "/usr/lib", "/usr"].map((PWD) =>
    build(library, "called", { env: { PWD } }),
  );
  expect(builds).toEqual([
    ["misses", "/usr\n"],
    ["misses", "/usr/lib\n"],
    ["hits", "/usr\n"],
  ]);
});
