// Real projects built by cargo: cold, again in a second checkout at another path and depth, and once more
// with nothing to do. Compiles are counted by process; executables are compared with a cold build in the
// same place from an empty cache.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { besidesHits, manifest } from "../support/checkouts.ts";
import { mustSucceed } from "../support/pair.ts";
import { resultsOf, type Run, type Variables, World, worldFor } from "../support/rig.ts";
import { hostTriple } from "../support/toolchain.ts";
import { copyCheckout, digestFile, type Files, filesBelow, writeTree } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("cargo");

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

let projects = 0;

function checkout(files: Files): string {
  projects += 1;
  return world.project(`first${projects}/checkout`, files);
}

/** The same files at another path and depth. */
function twin(dir: string): string {
  const other = world.path(`second${projects}`, "much", "deeper", "tree");
  copyCheckout(dir, other);
  return other;
}

function build(dir: string, args: readonly string[], env: Variables = {}): Run {
  return mustSucceed(world.cargo(dir, args, env));
}

/** No wrapper is started when nothing changed: cargo finds everything fresh. */
function expectNoop(dir: string, args: readonly string[], env: Variables = {}): void {
  const again = build(dir, [...args, "-v"], env);
  expect(again.events).toEqual([]);
  expect(again.stderr).not.toMatch(/^ +(Compiling|Checking|Dirty|Running \`.*rustc)/m);
  expect(again.stderr).toContain("Fresh");
}

/** Cold here, then a second checkout: nothing is compiled there, and then nothing is even asked. */
function expectServed(
  files: Files,
  args: readonly string[],
  env: Variables = {},
): { first: string; second: string } {
  const first = checkout(files);
  const cold = build(first, args, env);
  expect(resultsOf(cold)).not.toContain("passthrough");
  expect(resultsOf(cold)).not.toContain("skipped");
  expect(cold.stderr).not.toContain("warning");
  expectNoop(first, args, env);
  const second = twin(first);
  const warm = build(second, args, env);
  expect(besidesHits(warm)).toEqual([]);
  expect(warm.events.length).toBeGreaterThan(0);
  expect(warm.compiles).toEqual([]);
  expectNoop(second, args, env);
  return { first, second };
}

/** Digests of the artifacts users take away, by name. */
function artifacts(dir: string, profile: string): Record<string, string> {
  const target = join(dir, "target", profile);
  const own = filesBelow(target).filter((path) =>
    /^(examples\/)?(app|show|lib(native|shared)\.(so|a))$/.test(path),
  );
  return Object.fromEntries(own.map((path) => [path, digestFile(join(target, path))]));
}

/** What a cold build in the same place gives, from an empty cache. */
function coldArtifacts(
  dir: string,
  args: readonly string[],
  profile: string,
): Record<string, string> {
  const fresh = new World("cold");
  try {
    rmSync(join(dir, "target"), { recursive: true });
    const words = ["cargo", ...args, "--offline"];
    const env = world.cargoVariables({ KACHE_CACHE_DIR: fresh.cacheDir });
    mustSucceed(world.run(words, { cwd: dir, env }));
    return artifacts(dir, profile);
  } finally {
    fresh.remove();
  }
}

describe("a second checkout at another path and depth compiles nothing:", () => {
  for (const [args, profile] of [
    [["build"], "debug"],
    [["build", "--release"], "release"],
    [["build", "--target", hostTriple], `${hostTriple}/debug`],
  ] as const) {
    test(`cargo ${args.join(" ")}, and the artifacts are those of a cold build`, () => {
      const { second } = expectServed(WORKSPACE, args);
      const app = join(second, "target", profile, "app");
      expect(world.run([app]).stdout).toBe("thing 7 from-the-script\n");
      const warm = artifacts(second, profile);
      expect(Object.keys(warm)).toEqual(["app", "libnative.a", "libnative.so", "libshared.so"]);
      expect(warm).toEqual(coldArtifacts(second, args, profile));
    });
  }

  for (const args of [
    ["check"],
    ["check", "--all-targets"],
    ["clippy", "--all-targets"],
    ["test", "--no-run"],
    ["bench", "--no-run"],
    ["build", "--examples"],
  ]) {
    test(`cargo ${args.join(" ")}`, () => {
      expectServed(WORKSPACE, args);
    });
  }

  test("cargo test, and the restored test programs run", () => {
    const first = checkout(WORKSPACE);
    expect(build(first, ["test"]).stdout).toContain("test whole ... ok");
    const second = twin(first);
    const warm = build(second, ["test"]);
    expect(besidesHits(warm).filter((line) => !line.includes("--print"))).toEqual([]);
    expect(warm.stdout).toContain("test whole ... ok");
    expect(warm.stdout).toContain("test tests::unit ... ok");
  });

  test("in directories with blanks and letters beyond ASCII", () => {
    const first = world.project("mit Leerzeichen/größe 1", WORKSPACE);
    build(first, ["build"]);
    expectNoop(first, ["build"]);
    const second = world.path("żółć", "b c", "größe 2");
    copyCheckout(first, second);
    const warm = build(second, ["build"]);
    expect(besidesHits(warm)).toEqual([]);
    expect(warm.compiles).toEqual([]);
    expect(world.run([join(second, "target/debug/app")]).stdout).toBe("thing 7 from-the-script\n");
    expectNoop(second, ["build"]);
  });

  test("with a target directory elsewhere for each", () => {
    const first = checkout(WORKSPACE);
    build(first, ["build"], { CARGO_TARGET_DIR: world.path("targets", "one") });
    const second = twin(first);
    const env = { CARGO_TARGET_DIR: world.path("targets", "below", "two") };
    const warm = build(second, ["build"], env);
    expect(besidesHits(warm)).toEqual([]);
    expectNoop(second, ["build"], env);
  });

  test("with the checkout's own path remapped by RUSTFLAGS", () => {
    const flags = (dir: string) => ({ RUSTFLAGS: `--remap-path-prefix=${dir}/=/remapped-src/` });
    const first = checkout(WORKSPACE);
    build(first, ["build", "--release"], flags(first));
    expectNoop(first, ["build", "--release"], flags(first));
    const second = twin(first);
    const warm = build(second, ["build", "--release"], flags(second));
    expect(besidesHits(warm)).toEqual([]);
    const program = digestFile(join(second, "target/release/app"));
    expect(program).toBe(digestFile(join(first, "target/release/app")));
  });
});

describe("the same checkout", () => {
  test("is served after its target directory was removed", () => {
    const dir = checkout(WORKSPACE);
    const cold = build(dir, ["build"]);
    rmSync(join(dir, "target"), { recursive: true });
    const warm = build(dir, ["build"]);
    expect(besidesHits(warm)).toEqual([]);
    expect(warm.events).toHaveLength(cold.events.length);
  });

  test("goes on without the cache where the cache left off", () => {
    const first = checkout(WORKSPACE);
    build(first, ["build"]);
    const dir = twin(first);
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
    const dir = checkout(WORKSPACE);
    build(dir, ["build"]);
    writeTree(dir, {
      "core/src/lib.rs": String(WORKSPACE["core/src/lib.rs"])
        .replace("INNER", "INNER")
        .replace("{ inner::MADE }", "{ inner::MADE + 1 }"),
    });
    const run = build(dir, ["build"]);
    expect(run.events.map(({ crate_name }) => crate_name).sort()).toEqual(["app", "core_part"]);
    expect(resultsOf(run)).toEqual(["miss", "miss"]);
    expect(world.run([join(dir, "target/debug/app")]).stdout).toBe("thing 8 from-the-script\n");
  });
});
