// What build scripts hand on: metadata of `links` packages to the scripts of dependents, and link arguments
// that name a file. The outcome is asserted, and what the program says.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { besidesHits, type Checkout, Checkouts, manifest } from "../support/checkouts.ts";
import { mustSucceed } from "../support/pair.ts";
import { worldFor } from "../support/rig.ts";
import { writeTree } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("build-scripts");
const checkouts = new Checkouts(world);

/** Builds from nothing; tells how the unit went and what the program says. */
function build(project: string, crate: string) {
  rmSync(join(project, "target"), { recursive: true, force: true });
  const run = mustSucceed(world.cargo(project, ["build"]));
  const results = run.events.filter(({ crate_name }) => crate_name === crate);
  const said = mustSucceed(world.run([join(project, "target/debug", crate)])).stdout.trim();
  return { result: results.map(({ result }) => result).join(" "), said };
}

test("what a links package tells a dependent's build script counts where it arrives", () => {
  const told = (words: string) => `fn main() { println!("cargo::metadata=words=${words}"); }\n`;
  const project = world.project("metadata", {
    "Cargo.toml": manifest("told", '[dependencies]\nnative = { path = "native" }\n[workspace]\n'),
    "build.rs":
      'fn main() { println!("cargo::rustc-env=TOLD={}", std::env::var("DEP_THING_WORDS").unwrap()); }\n',
    "src/main.rs": 'fn main() { println!("{}", env!("TOLD")); }\n',
    "native/Cargo.toml": manifest("native", 'links = "thing"\n'),
    "native/build.rs": told("one"),
    "native/src/lib.rs": "",
  });
  expect(build(project, "told")).toEqual({ result: "miss", said: "one" });
  expect(build(project, "told")).toEqual({ result: "local_hit", said: "one" });
  writeTree(project, { "native/build.rs": told("two") });
  expect(build(project, "told")).toEqual({ result: "miss", said: "two" });
  writeTree(project, { "native/build.rs": told("one") });
  expect(build(project, "told")).toEqual({ result: "local_hit", said: "one" });
});

test("a linker script that a build script names counts by its bytes", () => {
  const script = (value: number) => `SECTIONS { } INSERT AFTER .text;\nscripted = ${value};\n`;
  const project = world.project("script", {
    "Cargo.toml": manifest("scripted_program", "[workspace]\n"),
    "build.rs":
      'fn main() { println!("cargo::rustc-link-arg=-T{}/more.ld", std::env::var("CARGO_MANIFEST_DIR").unwrap()); }\n',
    "src/main.rs":
      'extern "C" { static scripted: u8; }\nfn main() { println!("{}", &raw const scripted as usize & 0xff); }\n',
    "more.ld": script(1),
    ".cargo/config.toml":
      '[build]\nrustflags = ["-Clink-arg=-no-pie", "-Crelocation-model=static", "-Clink-arg=-fuse-ld=bfd"]\n',
  });
  expect(build(project, "scripted_program")).toEqual({ result: "miss", said: "1" });
  expect(build(project, "scripted_program")).toEqual({ result: "local_hit", said: "1" });
  writeTree(project, { "more.ld": script(2) });
  expect(build(project, "scripted_program")).toEqual({ result: "miss", said: "2" });
  writeTree(project, { "more.ld": script(1) });
  expect(build(project, "scripted_program")).toEqual({ result: "local_hit", said: "1" });
});

/** A program whose build script gives the linker these arguments. */
function linkedWith(...args: readonly string[]) {
  const said = args.map((arg) => `println!("cargo::rustc-link-arg=${arg}");`).join("\n");
  return {
    "Cargo.toml": manifest("linked", "[workspace]\n"),
    "build.rs": `fn main() {
    let dir = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::copy("part.c", format!("{out}/part.c")).unwrap();
    std::process::Command::new("cc").current_dir(&out).args(["-c", "part.c"]).status().unwrap();
    std::fs::write(format!("{out}/names.list"), "{ part; };").unwrap();
    ${said}
    println!("cargo::rerun-if-changed={dir}/part.c");
}\n`,
    "part.c": "int part(void) { return 1; }\n",
    "src/main.rs":
      'extern "C" { fn part() -> i32; }\nfn main() { println!("{}", unsafe { part() }); }\n',
    "lib/x": "",
  };
}

function at(dir: string): Checkout {
  return { args: ["build"], dir, target: join(dir, "target") };
}

describe("what a build script names for the linker by a full path", () => {
  test("is each checkout's own: files count by what they hold", () => {
    const one = checkouts.make(
      linkedWith("{out}/part.o", "-Wl,--dynamic-list={out}/names.list,--build-id=none"),
    );
    const two = checkouts.twin(one);
    checkouts.expectServed(at(one), at(two));
    writeTree(two, { "part.c": "int part(void) { return 2; }\n" });
    const edited = checkouts.build(at(two), two);
    expect(besidesHits(edited).map((line) => line.split(":")[0])).toEqual(["miss linked"]);
    expect(world.run([join(two, "target/debug/linked")]).stdout.trim()).toBe("2");
  });

  test("is the output's own where the linker writes it down", () => {
    const one = checkouts.make(linkedWith("{out}/part.o", "-Wl,-rpath,{dir}/lib"));
    const two = checkouts.twin(one);
    checkouts.build(at(one), one);
    const other = checkouts.build(at(two), two);
    expect(besidesHits(other).map((line) => line.split(":")[0])).toEqual(["miss linked"]);
    const program = readFileSync(join(two, "target/debug/linked")).toString("latin1");
    expect(program).toContain(`${two}/lib`);
    expect(program).not.toContain(`${one}/lib`);
  });
});
