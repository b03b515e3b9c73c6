// KACHE_VERIFY: hits compiled beside the restore and compared. What the user gets comes from the cache, and
// only strict mode lets a difference show.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed } from "../support/pair.ts";
import {
  type LoggedEvent,
  type Run,
  type RustcCall,
  testUnless,
  worldFor,
} from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { copyCheckout, digestFile, fileMatching, filesBelow, type Files } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("verify");

const manifest = (name: string, more = "") =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`;

const WORKSPACE: Files = {
  "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["app", "made", "macros", "shared"]\n',
  "app/Cargo.toml": manifest(
    "app",
    '[dependencies]\nmade = { path = "../made" }\nmacros = { path = "../macros" }\n',
  ),
  "app/src/main.rs": `fn unused() {}
fn main() { println!("{} {} {}", made::MADE, macros::read!(), env!("CARGO_MANIFEST_DIR")); }
#[cfg(test)] mod tests { #[test] fn unit() {} }
`,
  "app/data.txt": "read by a macro",
  "made/Cargo.toml": manifest("made"),
  "made/build.rs": `fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/made.rs"), "pub const MADE: u32 = 7;").unwrap();
}
`,
  "made/src/lib.rs": 'include!(concat!(env!("OUT_DIR"), "/made.rs"));\n',
  "macros/Cargo.toml": manifest("macros", "[lib]\nproc-macro = true\n"),
  "macros/src/lib.rs": `#[proc_macro]
pub fn read(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let dir = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    format!("{:?}", std::fs::read_to_string(format!("{dir}/data.txt")).unwrap()).parse().unwrap()
}
`,
  "shared/Cargo.toml": manifest("shared", '[lib]\ncrate-type = ["cdylib", "staticlib", "rlib"]\n'),
  "shared/src/lib.rs": '#[no_mangle] pub extern "C" fn answer() -> u32 { 42 }\n',
};

const VERIFY = { KACHE_VERIFY: "1" };

/** What a run's hits showed, by crate. */
function shown(run: Run): string[] {
  return run.events
    .filter(({ result }) => result === "local_hit")
    .map(({ crate_name, verified, verify_detail }) =>
      [crate_name, verified, verify_detail].filter((part) => part !== undefined).join(" "),
    );
}

describe("every hit of a workspace is confirmed", () => {
  const dir = world.project("space/one", WORKSPACE);
  const other = world.path("space", "deeper", "two");
  copyCheckout(dir, other);
  const WAYS = [["build"], ["build", "--release"], ["test", "--no-run"], ["check"], ["clippy"]];
  for (const args of WAYS) {
    test(`in another checkout by cargo ${args.join(" ")}`, () => {
      const cold = mustSucceed(world.cargo(dir, args));
      expect(cold.events.filter(({ result }) => result === "skipped")).toEqual([]);
      const run = mustSucceed(world.cargo(other, args, VERIFY));
      const hits = shown(run);
      expect(hits.length).toBeGreaterThan(2);
      expect(hits.filter((text) => !text.endsWith(" same"))).toEqual([]);
      // One compile a hit, none of them seen by cargo.
      if (args[0] !== "clippy") expect(run.compiles.length).toBe(run.events.length);
      expect(mustSucceed(world.cargo(other, args)).events).toEqual([]);
    });
  }

  test("which report and stats count", () => {
    const stats = mustSucceed(world.run([kache, "stats"])).stdout;
    expect(stats).toMatch(
      /Verified: +\d+ hits compared with a compile: 0 differ in content, 0 in debug/,
    );
    const json: unknown = JSON.parse(world.run([kache, "report", "--format", "json"]).stdout);
    expect(json).toMatchObject({
      summary: { diverged_content: 0, diverged_path_debug: 0, unverified: 0 },
      divergences: [],
    });
  });
});

const CALL: RustcCall = { name: "one", emit: "dep-info,metadata,link" };

/** Two crates that differ: the first's entry is made to hold an output of the second's. */
function poisoned(name: string, call: RustcCall = {}): { dir: string; call: RustcCall } {
  const own: RustcCall = { ...CALL, ...call, name };
  const dir = world.project(name, { "src/lib.rs": "pub fn one() -> u32 { 1 }\n" });
  mustSucceed(world.rustc(dir, own));
  const before = entryFile(name);
  writeFileSync(join(dir, "src/lib.rs"), "pub fn one() -> u32 { 2 }\n");
  mustSucceed(world.rustc(dir, own));
  const wrong = entryFile(name, before.path).link;
  writeFileSync(before.path, JSON.stringify({ ...before.meta, files: before.with(wrong) }));
  writeFileSync(join(dir, "src/lib.rs"), "pub fn one() -> u32 { 1 }\n");
  rmSync(join(dir, "out"), { recursive: true });
  return { dir, call: own };
}

interface FileRow {
  readonly executable: boolean;
  readonly kind: string;
  readonly hash: string;
  readonly size: number;
}

function entryFile(crate: string, except = "") {
  const store = join(world.cacheDir, "store");
  for (const name of readdirSync(store)) {
    const path = join(store, name, "meta.json");
    if (name.length !== 64 || path === except) continue;
    const meta = JSON.parse(readFileSync(path, "utf8")) as {
      crate_name: string;
      files: readonly FileRow[];
    };
    const link = meta.files.find(({ kind }) => kind === "link");
    if (meta.crate_name !== crate || link === undefined) continue;
    const others = meta.files.filter(({ kind }) => kind !== "link");
    return { path, meta, link, with: (file: FileRow) => [...others, file] };
  }
  throw new Error(`no entry of ${crate}`);
}

function only(run: Run): LoggedEvent {
  const [event] = run.events;
  if (event === undefined) throw new Error(`no event: ${run.stderr}`);
  return event;
}

describe("an entry that holds something else", () => {
  test("is noticed, named, and kept with both sides; the build goes on", () => {
    const { dir, call } = poisoned("wrong");
    const run = mustSucceed(world.rustc(dir, { ...call, env: VERIFY }));
    expect(run.stderr + run.stdout).toBe("");
    const event = only(run);
    expect([event.result, event.verified]).toEqual(["local_hit", "content"]);
    expect(event.verify_detail).toBe("libwrong.rlib: content, differs");
    const evidence = event.verify_evidence ?? "";
    expect(filesBelow(evidence)).toEqual(["cached/libwrong.rlib", "compiled/libwrong.rlib"]);
    // The user's output is the cache's.
    const output = digestFile(join(dir, "out/libwrong.rlib"));
    expect(digestFile(join(evidence, "cached/libwrong.rlib"))).toBe(output);
    expect(digestFile(join(evidence, "compiled/libwrong.rlib"))).not.toBe(output);
    const report = mustSucceed(world.run([kache, "report"])).stdout;
    expect(report).toContain("1 in content, 0 in debug or paths");
    expect(report).toContain(evidence);
  });

  test("is noticed where the file may be executed on one side only", () => {
    const call: RustcCall = { ...CALL, name: "runnable", type: "cdylib" };
    const dir = world.project("runnable", { "src/lib.rs": "" });
    mustSucceed(world.rustc(dir, call));
    const { path, meta, link, with: withFile } = entryFile("runnable");
    expect(link.executable).toBe(true);
    const files = withFile({ ...link, executable: false });
    writeFileSync(path, JSON.stringify({ ...meta, files }));
    rmSync(join(dir, "out"), { recursive: true });
    const event = only(mustSucceed(world.rustc(dir, { ...call, env: VERIFY })));
    expect([event.result, event.verified, event.verify_detail]).toEqual([
      "local_hit",
      "content",
      "librunnable.so: content, may be executed on one side only",
    ]);
  });

  test("fails the unit in strict mode, with a message that says where to look", () => {
    const { dir, call } = poisoned("strictly");
    const run = world.rustc(dir, { ...call, env: { KACHE_VERIFY: "strict" } });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toStartWith(
      "error: kache: the cached result of strictly is not what the compiler makes " +
        "(libstrictly.rlib: content, differs); both sides are in ",
    );
    expect(only(run).verified).toBe("content");
  });

  test("is told apart when only debug information differs", () => {
    const call = { type: "bin", emit: "link", source: "src/main.rs", args: ["-g"] };
    const dir = world.project("debugged", { "src/main.rs": "fn main() {}\n" });
    const own = { ...CALL, ...call, name: "debugged" };
    mustSucceed(world.rustc(dir, own));
    const { path, meta, link, with: exchange } = entryFile("debugged");
    const binary = world.path("changed");
    const bytes = readFileSync(join(dir, "out/debugged"));
    // The producer's name stands in .debug_str.
    bytes.write("CLANG", bytes.indexOf("clang LLVM (rustc"));
    writeFileSync(binary, bytes);
    const hash = digestFile(binary);
    const blob = join(world.cacheDir, "store/blobs", hash.slice(0, 2), hash);
    mustSucceed(world.run(["install", "-D", "-m", "444", binary, blob]));
    const files = exchange({ ...link, hash, size: bytes.length });
    writeFileSync(path, JSON.stringify({ ...meta, files }));
    const event = only(mustSucceed(world.rustc(dir, { ...own, env: VERIFY })));
    expect([event.verified, event.verify_detail]).toEqual([
      "path-debug",
      "debugged: path-debug, differs",
    ]);
  });

  test("of which no more than twenty are kept", () => {
    const { dir, call } = poisoned("often");
    const evidence = join(world.cacheDir, "verify");
    for (let run = 0; run < 20; run += 1) {
      expect(only(world.rustc(dir, { ...call, env: VERIFY })).verified).toBe("content");
    }
    expect(readdirSync(evidence)).toHaveLength(20);
    expect(readdirSync(evidence).filter((name) => !name.includes("-often-"))).toEqual([]);
  });
});

describe("a verified hit leaves no trace", () => {
  const WARNS = { "src/lib.rs": "fn unused() {}\npub fn said() {}\n" };
  const CALLS: readonly (readonly [string, RustcCall])[] = [
    ["in the output directory", {}],
    [
      "beside an output with its own path",
      { outDir: undefined, args: ["-o", "out/named.rlib"], emit: "link" },
    ],
    ["with a path for each kind", { emit: "link=out/a/x,metadata=out/b/x,dep-info=out/x.d" }],
    ["in a relative directory with JSON", { args: ["--error-format=json", "--json=artifacts"] }],
    [
      "for an rlib without dep-info",
      { emit: "link", args: ["--error-format=json", "--json=artifacts"] },
    ],
  ];
  for (const [index, [fact, call]] of CALLS.entries()) {
    test(fact, () => {
      const name = `quiet${index}`;
      const dir = world.project(name, { ...WARNS, "out/a/.keep": "", "out/b/.keep": "" });
      const own = { ...CALL, ...call, name };
      const first = mustSucceed(world.rustc(dir, own));
      const files = filesBelow(dir).map((path) => [path, digestFile(join(dir, path))]);
      const again = mustSucceed(world.rustc(dir, { ...own, env: VERIFY }));
      const event = only(again);
      expect([event.result, event.verified, event.verify_detail]).toEqual([
        "local_hit",
        "same",
        undefined,
      ]);
      expect([again.stdout, again.stderr]).toEqual([first.stdout, first.stderr]);
      const plain = mustSucceed(world.plainRustc(dir, own));
      expect(again.stderr).toBe(plain.stderr);
      const left = filesBelow(dir).map((path) => [path, digestFile(join(dir, path))]);
      expect(left.map(([path]) => path)).toEqual(files.map(([path]) => path));
      expect(readdirSync(join(world.cacheDir, "scratch"))).toEqual([]);
    });
  }
});

test("a unit whose outputs name their directory is not verified, and says so", () => {
  const dir = world.project("split", { "src/main.rs": "fn main() {}\n" });
  const args = ["-g", "-C", "split-debuginfo=packed"];
  const call = { name: "split", type: "bin", source: "src/main.rs", emit: "link", args };
  mustSucceed(world.rustc(dir, call));
  const run = mustSucceed(world.rustc(dir, { ...call, env: { KACHE_VERIFY: "strict" } }));
  expect([only(run).verified, only(run).verify_detail]).toEqual([
    "unverified",
    "the outputs name the directory they are written to",
  ]);
});

test("one hit in many is verified when that is asked", () => {
  const dir = world.project("seldom", { "src/lib.rs": "" });
  mustSucceed(world.rustc(dir, { name: "seldom" }));
  const often = (every: string) => {
    const call = { name: "seldom", env: { KACHE_VERIFY: every } };
    const seen = Array.from({ length: 24 }, () => only(world.rustc(dir, call)).verified ?? "no");
    return seen.filter((verified) => verified === "same").length;
  };
  expect(often("1000000")).toBe(0);
  const half = often("2");
  expect(half).toBeGreaterThan(0);
  expect(half).toBeLessThan(24);
});

test("the setting can stand in the file, and a wrong one is refused with what to write", () => {
  const dir = world.project("configured", {
    "src/lib.rs": "",
    "kache.toml": '[cache]\nverify = "strict"\n',
    "wrong.toml": '[cache]\nverify = "sometimes"\n',
  });
  const env = { KACHE_CONFIG: join(dir, "kache.toml") };
  mustSucceed(world.rustc(dir, { name: "configured" }));
  expect(only(mustSucceed(world.rustc(dir, { name: "configured", env }))).verified).toBe("same");
  const wrong = { KACHE_CONFIG: join(dir, "wrong.toml"), KACHE_VERIFY: "maybe" };
  const run = world.run([kache, "config", "--check"], { env: wrong });
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain("wrong.toml:2: `verify` must be true, false, a number");
  expect(run.stderr).toContain(
    "`maybe` is not known; write 1, a number (one hit in so many) or strict",
  );
});

test("outputs are found where the call wants them", () => {
  const dir = world.project("placed", { "src/lib.rs": "" });
  mustSucceed(world.rustc(dir, { name: "placed" }));
  rmSync(join(dir, "out"), { recursive: true });
  mustSucceed(world.rustc(dir, { name: "placed", env: VERIFY }));
  expect(fileMatching(join(dir, "out"), /\.rlib$/)).toEndWith("libplaced.rlib");
});

describe("a C compile", () => {
  const SOURCES = {
    "src/part.c":
      '#include "part.h"\nstatic int unused(void) { return 1; }\nint part(void) { return N; }\n',
    "include/part.h": "#define N 7\n",
  };
  const CALLS: readonly (readonly [string, readonly string[]])[] = [
    ["with an object and rules of its own naming", ["-MD", "-c", "src/part.c", "-o", "o/part.o"]],
    ["with rules in a named file", ["-MMD", "-MF", "o/p.dep", "-c", "src/part.c", "-oo/part.o"]],
    [
      "with targets and phony ones",
      ["-MD", "-MP", "-MT", "x y", "-c", "src/part.c", "-o", "o/part.o"],
    ],
    ["into the working directory", ["-g", "-O2", "-c", "src/part.c"]],
    ["to assembly", ["-S", "src/part.c", "-o", "o/part.s"]],
  ];
  for (const [index, compiler] of ["gcc", "clang"].entries()) {
    const why = missing(compiler);
    for (const [at, [fact, args]] of CALLS.entries()) {
      testUnless(why, `by ${compiler} ${fact} is confirmed and leaves no trace`, () => {
        const dir = world.project(`c${index}${at}`, { ...SOURCES, "o/.keep": "" });
        const words = [kache, compiler, "-Wall", "-Iinclude", ...args];
        const first = mustSucceed(world.run(words, { cwd: dir }));
        expect(only(first).result).toMatch(/^(miss|dup)$/);
        const files = filesBelow(dir).map((path) => [path, digestFile(join(dir, path))]);
        const again = mustSucceed(world.run(words, { cwd: dir, env: VERIFY }));
        const { result, verified, verify_detail } = only(again);
        expect([result, verified, verify_detail]).toEqual(["local_hit", "same", undefined]);
        expect(again.stderr).toBe(first.stderr);
        expect(filesBelow(dir).map((path) => [path, digestFile(join(dir, path))])).toEqual(files);
      });
    }
  }

  const UNVERIFIABLE = [
    ["that names its place in the output", ["-g", "-gsplit-dwarf"]],
    ["whose make rules the preprocessor was asked for", ["-Wp,-MD,o/p.dd"]],
  ] as const;
  for (const [at, [fact, args]] of UNVERIFIABLE.entries()) {
    test(`${fact} is not verified`, () => {
      const dir = world.project(`c-un${at}`, { ...SOURCES, "o/.keep": "" });
      const words = [kache, "gcc", "-Iinclude", ...args, "-c", "src/part.c"];
      mustSucceed(world.run(words, { cwd: dir }));
      const event = only(mustSucceed(world.run(words, { cwd: dir, env: VERIFY })));
      expect([event.result, event.verified]).toEqual(["local_hit", "unverified"]);
    });
  }

  test("from a wrong entry is noticed", () => {
    const dir = world.project("c-wrong", SOURCES);
    const words = [kache, "gcc", "-Iinclude", "-c", "src/part.c"];
    mustSucceed(world.run(words, { cwd: dir }));
    const store = join(world.cacheDir, "store");
    const own = only(mustSucceed(world.run(words, { cwd: dir }))).cache_key;
    const path = join(store, own, "meta.json");
    const meta = JSON.parse(readFileSync(path, "utf8")) as { files: readonly FileRow[] };
    const wrong = join(dir, "wrong");
    writeFileSync(wrong, "no object at all");
    const hash = digestFile(wrong);
    mustSucceed(world.run(["install", "-D", wrong, join(store, "blobs", hash.slice(0, 2), hash)]));
    const files = meta.files.map((row) => ({ ...row, hash, size: "no object at all".length }));
    writeFileSync(path, JSON.stringify({ ...meta, files }));
    const event = only(mustSucceed(world.run(words, { cwd: dir, env: VERIFY })));
    expect([event.verified, event.verify_detail]).toEqual(["content", "object: content, differs"]);
  });
});
