// Real projects built by cargo: cold, again in a second checkout at another path and depth, and once more
// with nothing to do. Compiles are counted by process; executables are compared with a cold build in the
// same place from an empty cache.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { besidesHits, Checkouts, manifest } from "../support/checkouts.ts";
import { mustSucceed } from "../support/pair.ts";
import { resultsOf, type Run, type Variables, worldFor } from "../support/rig.ts";
import { hostTriple } from "../support/toolchain.ts";
import { copyCheckout, digestFile, type Files, writeTree } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("cargo");
const checkouts = new Checkouts(world);

const GENERATES = `fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/made.rs"), "pub const MADE: u32 = 7;\\n").unwrap();
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=STAMPED=from-the-script");
}
`;

/** A workspace with every kind of unit that cargo dispatches. */
const WORKSPACE: Files = {
  "Cargo.toml":
    '[workspace]\nresolver = "2"\nmembers = ["app", "core", "macros", "native", "shared"]\n',
  "app/Cargo.toml": manifest(
    "app",
    '[dependencies]\ncore-part = { path = "../core" }\nmacros = { path = "../macros" }\n',
  ),
  "app/src/main.rs": `#[derive(macros::Named)]
struct Thing;
fn main() { println!("{} {} {}", Thing::NAME, core_part::made(), core_part::STAMPED); }
#[cfg(test)] mod tests { #[test] fn unit() { assert_eq!(core_part::made(), 7); } }
`,
  "app/tests/whole.rs":
    '#[test] fn whole() { assert_eq!(core_part::STAMPED, "from-the-script"); }\n',
  "app/benches/speed.rs": "fn main() {}\n",
  "app/examples/show.rs": 'fn main() { println!("{}", core_part::made()); }\n',
  "core/Cargo.toml": manifest("core-part"),
  "core/build.rs": GENERATES,
  "core/src/lib.rs": `mod inner { include!(concat!(env!("OUT_DIR"), "/made.rs")); }
pub const STAMPED: &str = env!("STAMPED");
/// Gives what was made.
pub fn made() -> u32 { inner::MADE }
`,
  "macros/Cargo.toml": manifest("macros", "[lib]\nproc-macro = true\n"),
  "macros/src/lib.rs": `use proc_macro::TokenStream;
#[proc_macro_derive(Named)]
pub fn named(_: TokenStream) -> TokenStream {
    "impl Thing { const NAME: &'static str = \\"thing\\"; }".parse().unwrap()
}
`,
  "native/Cargo.toml": manifest("native", '[lib]\ncrate-type = ["cdylib", "staticlib"]\n'),
  "shared/Cargo.toml": manifest("shared", '[lib]\ncrate-type = ["dylib"]\n'),
  "shared/src/lib.rs": "pub fn shared() -> u32 { 3 }\n",
  "native/src/lib.rs": '#[no_mangle] pub extern "C" fn answer() -> u32 { 42 }\n',
};

function build(dir: string, args: readonly string[], env: Variables = {}): Run {
  return checkouts.build({ args, env }, dir);
}

describe("a second checkout at another path and depth compiles nothing:", () => {
  for (const [args, profile] of [
    [["build"], "debug"],
    [["build", "--release"], "release"],
    [["build", "--target", hostTriple], `${hostTriple}/debug`],
    [["build", "--examples"], undefined],
    [["check"], undefined],
    [["check", "--all-targets"], undefined],
    [["clippy", "--all-targets"], undefined],
    [["test", "--no-run"], undefined],
    [["bench", "--no-run"], undefined],
  ] as const) {
    test(`cargo ${args.join(" ")}, and the artifacts are those of a cold build`, () => {
      const first = checkouts.make(WORKSPACE);
      const second = checkouts.twin(first);
      const call = (dir: string) => ({ args, dir, target: join(dir, "target") });
      const cold = checkouts.expectServed(call(first), call(second));
      expect(cold.stderr).not.toContain("warning");
      if (profile === undefined) return;
      const app = join(second, "target", profile, "app");
      expect(world.run([app]).stdout).toBe("thing 7 from-the-script\n");
    });
  }

  test("cargo test, and the restored test programs run", () => {
    const first = checkouts.make(WORKSPACE);
    expect(build(first, ["test"]).stdout).toContain("test whole ... ok");
    const second = checkouts.twin(first);
    const warm = build(second, ["test"]);
    expect(besidesHits(warm).filter((line) => !line.includes("--print"))).toEqual([]);
    expect(warm.stdout).toContain("test whole ... ok");
    expect(warm.stdout).toContain("test tests::unit ... ok");
  });

  test("in directories with blanks and letters beyond ASCII", () => {
    const first = world.project("mit Leerzeichen/größe 1", WORKSPACE);
    build(first, ["build"]);
    checkouts.expectNothingToDo({ args: ["build"] }, first);
    const second = world.path("żółć", "b c", "größe 2");
    copyCheckout(first, second);
    const warm = build(second, ["build"]);
    expect(besidesHits(warm)).toEqual([]);
    expect(warm.compiles).toEqual([]);
    expect(world.run([join(second, "target/debug/app")]).stdout).toBe("thing 7 from-the-script\n");
    checkouts.expectNothingToDo({ args: ["build"] }, second);
  });

  test("with a target directory elsewhere for each", () => {
    const first = checkouts.make(WORKSPACE);
    build(first, ["build"], { CARGO_TARGET_DIR: world.path("targets", "one") });
    const second = checkouts.twin(first);
    const env = { CARGO_TARGET_DIR: world.path("targets", "below", "two") };
    const warm = build(second, ["build"], env);
    expect(besidesHits(warm)).toEqual([]);
    checkouts.expectNothingToDo({ args: ["build"], env }, second);
  });

  test("with the checkout's own path remapped by RUSTFLAGS", () => {
    const flags = (dir: string) => ({ RUSTFLAGS: `--remap-path-prefix=${dir}/=/remapped-src/` });
    const first = checkouts.make(WORKSPACE);
    build(first, ["build", "--release"], flags(first));
    checkouts.expectNothingToDo({ args: ["build", "--release"], env: flags(first) }, first);
    const second = checkouts.twin(first);
    const warm = build(second, ["build", "--release"], flags(second));
    expect(besidesHits(warm)).toEqual([]);
    const program = digestFile(join(second, "target/release/app"));
    expect(program).toBe(digestFile(join(first, "target/release/app")));
  });
});

describe("the same checkout", () => {
  test("is served after its target directory was removed", () => {
    const dir = checkouts.make(WORKSPACE);
    const cold = build(dir, ["build"]);
    rmSync(join(dir, "target"), { recursive: true });
    const warm = build(dir, ["build"]);
    expect(besidesHits(warm)).toEqual([]);
    expect(warm.events).toHaveLength(cold.events.length);
  });

  test("goes on without the cache where the cache left off", () => {
    const first = checkouts.make(WORKSPACE);
    build(first, ["build"]);
    const dir = checkouts.twin(first);
    build(dir, ["build"]);
    const plain = { RUSTC_WRAPPER: undefined };
    writeTree(dir, { "core/src/lib.rs": `${String(WORKSPACE["core/src/lib.rs"])}// edited\n` });
    const edited = mustSucceed(
      world.run(["cargo", "build", "--offline"], { cwd: dir, env: world.cargoVariables(plain) }),
    );
    expect(edited.stderr).toContain("Compiling core-part");
    expect(edited.stderr).not.toContain("Compiling macros");
    expect(world.run([join(dir, "target/debug/app")]).stdout).toBe("thing 7 from-the-script\n");
  });

  test("an edit compiles what depends on it and nothing else", () => {
    const dir = checkouts.make(WORKSPACE);
    build(dir, ["build"]);
    writeTree(dir, {
      "core/src/lib.rs": String(WORKSPACE["core/src/lib.rs"]).replace("::MADE }", "::MADE + 1 }"),
    });
    const run = build(dir, ["build"]);
    expect(run.events.map(({ crate_name }) => crate_name).sort()).toEqual(["app", "core_part"]);
    expect(resultsOf(run)).toEqual(["miss", "miss"]);
    expect(world.run([join(dir, "target/debug/app")]).stdout).toBe("thing 8 from-the-script\n");
  });
});
