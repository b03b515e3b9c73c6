// Why a unit was compiled, from real compiles: the one thing that was changed is named in the user's words.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed } from "../support/pair.ts";
import { type RustcCall, testUnless, type Variables, worldFor } from "../support/rig.ts";
import { hostTriple, kache, missingToolchain, sysroot } from "../support/toolchain.ts";
import { copyCheckout, type Files, writeTree } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("why-miss");

/** One miss as the command's JSON gives it. */
interface Told {
  readonly diagnosis: string;
  readonly differences: readonly string[];
  readonly because: readonly string[];
}

function whyMiss(crate: string): Told {
  const run = mustSucceed(world.run([kache, "why-miss", crate, "--format", "json"]));
  const { misses } = JSON.parse(run.stdout) as { misses: readonly Told[] };
  const [first] = misses;
  if (first === undefined) throw new Error(`no miss of ${crate}: ${run.stdout}`);
  return first;
}

interface Change {
  readonly fact: string;
  readonly files?: Files;
  readonly first?: RustcCall;
  readonly changed?: RustcCall;
  readonly edit?: Files;
  readonly told: readonly string[];
}

const READS = { "src/lib.rs": 'pub const A: Option<&str> = option_env!("MODE");\n' };

const CHANGES: readonly Change[] = [
  {
    fact: "a source that changed",
    files: { "src/lib.rs": "mod part;\n", "src/part.rs": "" },
    edit: { "src/part.rs": "pub fn part() {}\n" },
    told: ["src/part.rs changed"],
  },
  {
    fact: "a file that appeared where the other spelling of a module was looked for",
    files: { "src/lib.rs": "mod part;\n", "src/part.rs": "" },
    edit: { "src/part.rs": undefined, "src/part/mod.rs": "" },
    told: ["src/part.rs is gone", "src/part/mod.rs exists now; it was looked for and not there"],
  },
  {
    fact: "a variable with both values",
    files: READS,
    first: { env: { MODE: "slow" } },
    changed: { env: { MODE: "fast" } },
    told: ['env MODE: "slow" -> "fast"'],
  },
  {
    fact: "a variable that was unset",
    files: READS,
    changed: { env: { MODE: "" } },
    told: ['env MODE: unset -> ""'],
  },
  {
    fact: "a secret without its values",
    files: { "src/lib.rs": 'pub const A: &str = env!("API_TOKEN");\n' },
    first: { env: { API_TOKEN: "hunter2" } },
    changed: { env: { API_TOKEN: "hunter3" } },
    told: ["env API_TOKEN changed (masked)"],
  },
  {
    fact: "a URL without its password",
    files: { "src/lib.rs": 'pub const A: &str = env!("DATABASE_URL");\n' },
    first: { env: { DATABASE_URL: "postgres://me:hunter2@host/a" } },
    changed: { env: { DATABASE_URL: "postgres://me:hunter2@host/b" } },
    told: ['env DATABASE_URL: "postgres://(masked)@host/a" -> "postgres://(masked)@host/b"'],
  },
  {
    fact: "an argument with both values",
    first: { args: ["-C", "opt-level=1"] },
    changed: { args: ["-C", "opt-level=2"] },
    told: ['-C opt-level: "1" -> "2"'],
  },
  {
    fact: "a feature",
    changed: { args: ["--cfg", 'feature="extra"'] },
    told: ["feature extra is on now"],
  },
];

describe("why-miss names", () => {
  for (const [index, change] of CHANGES.entries()) {
    test(change.fact, () => {
      const name = `unit${index}`;
      const dir = world.project(name, { "src/lib.rs": "", ...change.files });
      mustSucceed(world.rustc(dir, { name, ...change.first }));
      expect(whyMiss(name).diagnosis).toBe("never cached -- first build of this crate");
      writeTree(dir, change.edit ?? {});
      const [event] = mustSucceed(world.rustc(dir, { name, ...change.changed })).events;
      expect(event?.result).toMatch(/^(miss|dup)$/);
      expect([...whyMiss(name).differences].sort()).toEqual([...change.told].sort());
    });
  }

  testUnless(missingToolchain("nightly"), "both compilers' versions", () => {
    const dir = world.project("versions", { "src/lib.rs": "" });
    const call = (channel: string): RustcCall => {
      const compiler = join(sysroot, "..", `${channel}-${hostTriple}`, "bin", "rustc");
      return { name: "versions", compiler: [compiler] };
    };
    mustSucceed(world.rustc(dir, call("stable")));
    mustSucceed(world.rustc(dir, call("nightly")));
    expect(whyMiss("versions").differences).toEqual([
      expect.stringMatching(/^the compiler changed: rustc 1\.\S+ \(.*\) -> rustc 1\.\S+-nightly/),
    ]);
  });

  test("a header that a C source includes, also from another checkout", () => {
    const files = {
      "two-parts.c": '#include "part.h"\nint part(void) { return N; }\n',
      "part.h": "#define N 1\n",
    };
    const words = [kache, "gcc", "-c", "two-parts.c", "-o", "two.o"];
    const first = world.project("c/first", files);
    mustSucceed(world.run(words, { cwd: first }));
    const second = world.project("c/deeper/second", { ...files, "part.h": "#define N 2\n" });
    mustSucceed(world.run(words, { cwd: second }));
    const { diagnosis, differences } = whyMiss("two-parts.c");
    expect(diagnosis).toStartWith("key mismatch -- the same call as before");
    expect(differences).toEqual(["part.h changed"]);
  });

  test("a C source is found by its path as well", () => {
    const dir = world.project("by-path", { "src/by-path.c": "int a;\n" });
    mustSucceed(world.run([kache, "gcc", "-c", "src/by-path.c"], { cwd: dir }));
    expect(whyMiss("src/by-path.c")).toEqual(whyMiss("by-path.c"));
  });

  test("an entry that was removed", () => {
    const dir = world.project("purged", { "src/lib.rs": "" });
    mustSucceed(world.rustc(dir, { name: "purged" }));
    mustSucceed(world.run([kache, "purge", "--crate-name", "purged"]));
    mustSucceed(world.rustc(dir, { name: "purged" }));
    expect(whyMiss("purged").diagnosis).toStartWith("entry gone --");
  });
});

test("KACHE_LOG traces the inputs of a key, alike compiled and served, and nothing unless asked", () => {
  const dir = world.project("traced", {
    "src/lib.rs": 'pub const A: Option<&str> = option_env!("API_TOKEN");\n',
  });
  const call = (filter: string): RustcCall => {
    return { name: "traced", env: { KACHE_LOG: filter, API_TOKEN: "hunter2" } };
  };
  const first = mustSucceed(world.rustc(dir, call("kache::cache_key=trace,kache=warn")));
  const lines = first.stderr.trim().split("\n");
  expect(lines.every((line) => line.startsWith("[key:traced] "))).toBe(true);
  expect(lines).toContain("[key:traced] source=src/lib.rs");
  expect(lines).toContain("[key:traced] env:API_TOKEN=(masked)");
  expect(first.stderr).toMatch(/^\[key:traced\] source:src\/lib\.rs=[0-9a-f]{64}$/m);
  expect(lines.at(-1)).toBe(
    `[key:traced] final=${String(first.events[0]?.cache_key.slice(0, 16))}`,
  );
  const again = mustSucceed(world.rustc(dir, call("trace")));
  expect([again.events[0]?.result, again.stderr]).toEqual(["local_hit", first.stderr]);
  for (const filter of ["kache=warn", "debug", "other=trace"]) {
    expect(mustSucceed(world.rustc(dir, call(filter))).stderr).toBe("");
  }
  const log = world.path("keys.log");
  const env = { KACHE_LOG_FILE: "kache=trace", KACHE_LOG_FILE_PATH: log, API_TOKEN: "hunter2" };
  expect(mustSucceed(world.rustc(dir, { name: "traced", env })).stderr).toBe("");
  expect(readFileSync(log, "utf8")).toBe(first.stderr);
});

const manifest = (name: string, more = "") =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`;

const WORKSPACE: Files = {
  "Cargo.toml":
    '[workspace]\nresolver = "2"\nmembers = ["top", "middle", "bottom", "lists", "macros"]\n',
  "top/Cargo.toml": manifest("top", '[dependencies]\nmiddle = { path = "../middle" }\n'),
  "top/src/main.rs": 'fn main() { println!("{}", middle::middle()); }\n',
  "middle/Cargo.toml": manifest("middle", '[dependencies]\nbottom = { path = "../bottom" }\n'),
  "middle/src/lib.rs": "pub fn middle() -> u32 { bottom::bottom() + 1 }\n",
  "bottom/Cargo.toml": manifest("bottom"),
  "bottom/src/lib.rs": "#[inline] pub fn bottom() -> u32 { 1 }\n",
  "lists/Cargo.toml": manifest("lists", '[dependencies]\nmacros = { path = "../macros" }\n'),
  "lists/build.rs": `fn main() {
    let made = std::fs::read_to_string("seed.txt").unwrap();
    std::fs::write(format!("{}/made.rs", std::env::var("OUT_DIR").unwrap()), made).unwrap();
}
`,
  "lists/seed.txt": "pub const MADE: u32 = 1;\n",
  "lists/sql/1.sql": "",
  "lists/src/lib.rs": `include!(concat!(env!("OUT_DIR"), "/made.rs"));
pub const COUNT: usize = macros::count!();
`,
  "macros/Cargo.toml": manifest("macros", "[lib]\nproc-macro = true\n"),
  "macros/src/lib.rs": `#[proc_macro]
pub fn count(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let dir = format!("{}/sql", std::env::var("CARGO_MANIFEST_DIR").unwrap());
    format!("{}usize", std::fs::read_dir(dir).unwrap().count()).parse().unwrap()
}
`,
};

describe("in a workspace", () => {
  const dir = world.project("space/one", WORKSPACE);
  const build = (at: string, env: Variables = {}) => mustSucceed(world.cargo(at, ["build"], env));
  build(dir);

  test("a change deep below is followed through every crate to the file", () => {
    writeTree(dir, { "bottom/src/lib.rs": "#[inline] pub fn bottom() -> u32 { 2 }\n" });
    build(dir);
    const { diagnosis, differences, because } = whyMiss("top");
    expect(diagnosis).toBe("key mismatch -- the call itself or a crate it uses changed");
    expect(differences).toContain("crate middle changed");
    expect(because).toContain("middle: crate bottom changed");
    expect(because).toContain("bottom: bottom/src/lib.rs changed");
  });

  test("a file that a macro found in a directory is named", () => {
    writeTree(dir, { "lists/sql/2.sql": "" });
    // Cargo does not know what the macro listed.
    writeTree(dir, { "lists/src/lib.rs": `${String(WORKSPACE["lists/src/lib.rs"])}// touched\n` });
    build(dir);
    const { differences } = whyMiss("lists");
    expect(differences).toContain("lists/sql/2.sql appeared");
    expect(differences).toContain("lists/src/lib.rs changed");
  });

  test("a generated file is named below OUT_DIR", () => {
    writeTree(dir, { "lists/seed.txt": "pub const MADE: u32 = 2;\n" });
    build(dir);
    expect(whyMiss("lists").differences).toContain("OUT_DIR/made.rs changed");
  });

  test("a second checkout's own edit is compared with what the first one stored", () => {
    const other = world.path("space", "deeper", "two");
    copyCheckout(dir, other);
    writeTree(other, { "middle/src/lib.rs": "pub fn middle() -> u32 { bottom::bottom() + 2 }\n" });
    build(other);
    expect(whyMiss("middle").differences).toEqual(["middle/src/lib.rs changed"]);
    expect(whyMiss("top").because).toEqual(["middle: middle/src/lib.rs changed"]);
    rmSync(join(other, "target"), { recursive: true });
  });
});
