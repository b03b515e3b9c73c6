// Nothing stale is ever served: module lookups, edits during a compile, branches to and fro, tightened
// lints, failures.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type RustcCall, worldFor } from "../support/rig.ts";
import { digestFile, fileMatching, type Files, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("stale");
let projects = 0;

/** A project of its own, so that no other test's entry can be found. */
function project(files: Files): { dir: string; call: RustcCall } {
  projects += 1;
  const name = `stale${projects}`;
  return { dir: world.project(name, files), call: { name, emit: "dep-info,metadata,link" } };
}

function built(dir: string, call: RustcCall): string {
  return outcomeOf(mustSucceed(world.rustc(dir, call)));
}

describe("module lookup", () => {
  const body = "pub const N: u8 = 1;\n";

  for (const [there, arriving] of [
    ["src/part.rs", "src/part/mod.rs"],
    ["src/part/mod.rs", "src/part.rs"],
  ] as const) {
    test(`${arriving} arriving beside ${there} is the compiler's error, not a hit`, () => {
      const { dir, call } = project({ "src/lib.rs": "pub mod part;\n", [there]: body });
      expect(built(dir, call)).toBe("misses");
      writeTree(dir, { [arriving]: body });
      const ambiguous = world.rustc(dir, call);
      expect(ambiguous.exitCode).toBe(1);
      expect(ambiguous.stderr).toContain("E0761");
      expect(ambiguous.events[0]?.result).toBe("error");
      writeTree(dir, { [arriving]: undefined });
      expect(built(dir, call)).toBe("hits");
    });
  }

  test("a module that moves to the other spelling is compiled", () => {
    const { dir, call } = project({ "src/lib.rs": "pub mod part;\n", "src/part.rs": body });
    expect(built(dir, call)).toBe("misses");
    writeTree(dir, { "src/part.rs": undefined, "src/part/mod.rs": body });
    expect(built(dir, call)).toBe("misses");
    expect(readFileSync(join(dir, `out/${call.name ?? ""}.d`), "utf8")).toContain(
      "src/part/mod.rs",
    );
  });

  test("two modules that swap their bodies are compiled", () => {
    const one = 'pub const NAME: &str = "one";\n';
    const two = 'pub const NAME: &str = "two";\n';
    const main = 'mod a; mod b;\nfn main() { println!("{} {}", a::NAME, b::NAME); }\n';
    const { dir, call } = project({ "src/main.rs": main, "src/a.rs": one, "src/b.rs": two });
    const program: RustcCall = { ...call, source: "src/main.rs", type: "bin", emit: "link" };
    expect(built(dir, program)).toBe("misses");
    const path = join(dir, "out", call.name ?? "");
    expect(world.run([path]).stdout).toBe("one two\n");
    writeTree(dir, { "src/a.rs": two, "src/b.rs": one });
    expect(built(dir, program)).toBe("misses");
    expect(world.run([path]).stdout).toBe("two one\n");
  });
});

describe("branches", () => {
  test("two branches to and fro hit on both sides from the third build on", () => {
    const { dir, call } = project({ "src/lib.rs": "pub mod part;\n", "src/part.rs": "" });
    const branches = ["pub fn a() {}\n", "pub fn b() {}\n"];
    const outcomes = [0, 1, 0, 1, 0].map((branch) => {
      writeTree(dir, { "src/part.rs": branches[branch] });
      return built(dir, call);
    });
    expect(outcomes).toEqual(["misses", "misses", "hits", "hits", "hits"]);
  });

  test("a reverted edit hits and gives the first bytes", () => {
    const { dir, call } = project({ "src/lib.rs": "pub fn a() {}\n" });
    expect(built(dir, call)).toBe("misses");
    const first = digestFile(fileMatching(join(dir, "out"), /\.rlib$/));
    writeTree(dir, { "src/lib.rs": "pub fn b() {}\n" });
    expect(built(dir, call)).toBe("misses");
    writeTree(dir, { "src/lib.rs": "pub fn a() {}\n" });
    expect(built(dir, call)).toBe("hits");
    expect(digestFile(fileMatching(join(dir, "out"), /\.rlib$/))).toBe(first);
  });
});

describe("lints and failures", () => {
  test("a tightened lint is not answered from the cache", () => {
    const { dir, call } = project({ "src/lib.rs": "fn unused() {}\n" });
    expect(built(dir, call)).toBe("misses");
    expect(built(dir, call)).toBe("hits");
    const strict = world.rustc(dir, { ...call, args: ["-D", "warnings"] });
    expect(strict.exitCode).toBe(1);
    expect(strict.stderr).toContain("never used");
    expect(strict.events[0]?.result).toBe("error");
  });

  test("a failing compile fails again and is never stored", () => {
    const { dir, call } = project({ "src/lib.rs": "pub fn broken( {}\n" });
    for (let round = 0; round < 2; round += 1) {
      const run = world.rustc(dir, call);
      expect(run.exitCode).toBe(1);
      expect(run.events.map(({ result }) => result)).toEqual(["error"]);
      expect(run.compiles).toHaveLength(1);
    }
    writeTree(dir, { "src/lib.rs": "pub fn mended() {}\n" });
    expect(built(dir, call)).toBe("misses");
    expect(built(dir, call)).toBe("hits");
  });

  test("a source that vanished is the compiler's error", () => {
    const { dir, call } = project({ "src/lib.rs": "pub mod part;\n", "src/part.rs": "" });
    expect(built(dir, call)).toBe("misses");
    writeTree(dir, { "src/part.rs": undefined });
    const run = world.rustc(dir, call);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain("E0583");
  });
});

/** A compiler that does something just before or after it compiles, and nothing for queries. */
function meddlingCompiler(dir: string, before: string, after: string): string[] {
  const path = join(dir, "rustc-that-meddles");
  const lines = [
    "#!/bin/sh",
    `case "$*" in *--crate-name*) ;; *) exec ${world.rustcPath} "$@" ;; esac`,
    before,
    `${world.rustcPath} "$@" || exit $?`,
    after,
  ];
  writeFileSync(path, `${lines.join("\n")}\n`);
  chmodSync(path, 0o755);
  return [path];
}

interface Meddling {
  readonly fact: string;
  readonly files?: Files;
  readonly args?: readonly string[];
  readonly before?: string;
  readonly after?: string;
}

const EDITED = "pub fn edited() {}";
const MEDDLINGS: readonly Meddling[] = [
  {
    fact: "the source is rewritten before the compiler reads it",
    before: `echo '${EDITED}' > src/lib.rs`,
  },
  {
    fact: "the source is rewritten after the compiler read it",
    after: `echo '${EDITED}' > src/lib.rs`,
  },
  {
    fact: "the source is rewritten and its time set back",
    after: `echo '${EDITED}' > src/lib.rs; touch -d '2020-01-01' src/lib.rs`,
  },
  {
    fact: "the source is replaced by an older file",
    files: { "other.rs": `${EDITED}\n` },
    after: "touch -d '2020-01-01' other.rs; mv other.rs src/lib.rs",
  },
  {
    fact: "an included file is rewritten",
    files: { "src/lib.rs": 'pub const T: &str = include_str!("t.txt");\n', "src/t.txt": "one" },
    after: "echo two > src/t.txt",
  },
  {
    fact: "an argument file is rewritten",
    files: { flags: "--cfg=one\n" },
    args: ["@flags"],
    after: "echo --cfg=two > flags",
  },
  {
    fact: "an extern is replaced before the compiler reads it",
    files: { "src/lib.rs": "pub const N: u8 = dep::N;\n" },
    args: ["--extern", "dep=deps/libdep.rlib"],
    before: "cp deps/new.rlib deps/libdep.rlib",
  },
  {
    fact: "a bundled static library is replaced before the compiler reads it",
    args: ["-l", "static=part", "-L", "native=deps"],
    before: "cp deps/new.a deps/libpart.a",
  },
  {
    fact: "a declared extra input is replaced",
    files: { "Cargo.toml": "", "kache.toml": 'extra_inputs = ["value.txt"]\n', "value.txt": "one" },
    before: "echo two > value.txt",
  },
];

/** Two versions of an rlib and of a static library, the second of each beside its place. */
function makeDependencies(dir: string): void {
  writeTree(dir, {
    "old.rs": "pub const N: u8 = 1;\n",
    "new.rs": "pub const N: u8 = 2;\n",
    "old.c": "int part(void) { return 1; }\n",
    "new.c": "int part(void) { return 2; }\n",
  });
  for (const [version, rlib, archive] of [
    ["new", "new.rlib", "new.a"],
    ["old", "libdep.rlib", "libpart.a"],
  ] as const) {
    const call = { name: "dep", source: `${version}.rs`, emit: "link", outDir: "deps" };
    mustSucceed(world.plainRustc(dir, call));
    if (rlib !== "libdep.rlib") renameSync(join(dir, "deps/libdep.rlib"), join(dir, "deps", rlib));
    const script = `cc -c ${version}.c -o part.o && ar rcs deps/${archive} part.o && rm part.o`;
    mustSucceed(world.run(["sh", "-c", script], { cwd: dir }));
  }
}

describe("inputs that change while the compiler runs are not stored:", () => {
  for (const { fact, files, args, before, after } of MEDDLINGS) {
    test(fact, () => {
      const { dir, call } = project({ "src/lib.rs": "pub fn plain() {}\n", ...files });
      makeDependencies(dir);
      const compiler = meddlingCompiler(dir, before ?? "", after ?? "");
      const run = mustSucceed(world.rustc(dir, { ...call, compiler, args: args ?? [] }));
      expect(run.events.map(({ result }) => result)).toEqual(["skipped"]);
    });
  }
});

describe("a success with a warning that the output is degraded is not stored:", () => {
  test("no jobserver to be had", () => {
    const { dir, call } = project({ "src/lib.rs": "pub fn plain() {}\n" });
    const env = { CARGO_MAKEFLAGS: "-j --jobserver-fds=197,198 --jobserver-auth=197,198" };
    for (let round = 0; round < 2; round += 1) {
      const run = mustSucceed(world.rustc(dir, { ...call, env }));
      expect(run.stderr).toContain("jobserver");
      expect(run.events[0]?.not_stored).toContain("degraded");
    }
    expect(built(dir, call)).toBe("misses");
  });

  test("a program that could not be stripped", () => {
    const { dir, call } = project({ "src/lib.rs": "pub fn plain() {}\n" });
    const warning = "warning: stripping debug info with `strip` failed: exit status: 1";
    const compiler = meddlingCompiler(dir, "", `echo '${warning}' >&2`);
    for (let round = 0; round < 2; round += 1) {
      const run = mustSucceed(world.rustc(dir, { ...call, compiler }));
      expect(run.compiles).toHaveLength(1);
      expect(run.events[0]?.not_stored).toContain("degraded");
    }
  });
});
