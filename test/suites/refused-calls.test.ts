// Calls that rustc refuses although every word in them that makes a difference to outputs is that of a stored
// compile, and words that make it print more: the compiler has its say.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type RustcCall, worldFor } from "../support/rig.ts";
import { rustProjects } from "../support/rust-project.ts";

setDefaultTimeout(120_000);

const world = worldFor("refused-calls");
const project = rustProjects(world, "refused");

const JSON_FORMAT = "--error-format=json";

describe("a variable that rustc refuses is refused after the same compile was stored", () => {
  for (const [name, value] of [
    ["RUST_MIN_STACK", "8M"],
    ["RUSTC_LOG_COLOR", "bogus"],
    ["RUSTC_LOG_WRAPTREE", "bogus"],
  ] as const) {
    test(name, () => {
      const { dir, call } = project();
      mustSucceed(world.rustc(dir, call));
      expect(outcomeOf(mustSucceed(world.rustc(dir, call)))).toBe("hits");
      const second = { ...call, env: { [name]: value } };
      const plain = world.plainRustc(dir, second);
      expect(plain.exitCode).not.toBe(0);
      const { exitCode, stderr } = world.rustc(dir, second);
      expect({ exitCode, stderr }).toEqual({ exitCode: plain.exitCode, stderr: plain.stderr });
    });
  }

  test("but the size of a stack makes no difference", () => {
    const { dir, call } = project();
    mustSucceed(world.rustc(dir, call));
    const sized = { ...call, env: { RUST_MIN_STACK: " 16777216 " } };
    expect(outcomeOf(mustSucceed(world.rustc(dir, sized)))).toBe("hits");
  });
});

describe("what rustc refuses is refused after the same compile was stored", () => {
  const rows: readonly (readonly [fact: string, stored: string[], refused: string[]])[] = [
    ["--color given twice", ["--color=auto"], ["--color=auto", "--color=auto"]],
    ["--color of no meaning", [], ["--color=bogus"]],
    ["--color of nothing", [], ["--color="]],
    ["--error-format given twice", [], ["--error-format=short", "--error-format=short"]],
    ["--error-format of no meaning", [], ["--error-format=bogus"]],
    ["an unstable --error-format", [], ["--error-format=human-unicode"]],
    ["another unstable --error-format", [], ["--error-format", "pretty-json"]],
    ["--json without --error-format", [], ["--json=diagnostic-short"]],
    ["--json beside --color", [JSON_FORMAT], [JSON_FORMAT, "--json=artifacts", "--color=auto"]],
    ["--json of no meaning", [JSON_FORMAT], [JSON_FORMAT, "--json=bogus"]],
    ["--json of nothing", [JSON_FORMAT], [JSON_FORMAT, "--json="]],
    ["an unstable --json", [JSON_FORMAT], [JSON_FORMAT, "--json=timings"]],
    ["--diagnostic-width given twice", [], ["--diagnostic-width=80", "--diagnostic-width=80"]],
    ["--diagnostic-width of no number", [], ["--diagnostic-width=wide"]],
    ["--diagnostic-width that is too large", [], [`--diagnostic-width=${"9".repeat(23)}`]],
    ["-v given twice", [], ["-v", "-v"]],
    ["-v in both spellings", [], ["-v", "--verbose"]],
    ["-C incremental without a directory", ["-Cincremental=state"], ["-Cincremental"]],
    ["-C linker without a program", [], ["-C", "linker"]],
    ["-C extra-filename without text", ["-Cextra-filename="], ["-Cextra-filename"]],
    ["-C link-args without arguments", ["-Clink-args="], ["-Clink-args"]],
    ["-C llvm-args without arguments", ["-Cllvm-args="], ["--codegen=llvm-args"]],
    ["-C save-temps of no meaning", [], ["-Csave-temps=bogus"]],
    ["-C save-temps=0", ["-Csave-temps=no"], ["-Csave-temps=0"]],
    ["-L of nothing", [], ["-Ldependency="]],
  ];
  for (const [fact, stored, refused] of rows) {
    test(fact, () => {
      const { dir, call } = project();
      const first = { ...call, args: stored };
      const build = () => outcomeOf(mustSucceed(world.rustc(dir, first)));
      expect([build(), build()]).toEqual(["misses", "hits"]);
      const second = { ...call, args: refused };
      const plain = world.plainRustc(dir, second);
      const { exitCode, stdout, stderr, events } = world.rustc(dir, second);
      expect(plain.exitCode).toBe(1);
      expect({ exitCode, stdout, stderr }).toEqual({
        exitCode: 1,
        stdout: plain.stdout,
        stderr: plain.stderr,
      });
      expect(events.filter(({ result }) => result === "local_hit")).toEqual([]);
    });
  }
});

describe("messages that only some words let rustc print are printed", () => {
  const INCOMPATIBLE = `#![allow(warnings)]
macro_rules! semicolon { () => { 1; } }
pub fn f() -> i32 { let x = semicolon!(); x }
`;
  const NO_WORD = [JSON_FORMAT, "--cap-lints=allow"];

  /** Stores a compile, then makes it with other words, and says what each printed. */
  function told(dir: string, first: RustcCall, second: RustcCall) {
    const stored = mustSucceed(world.rustc(dir, first));
    const other = mustSucceed(world.rustc(dir, second));
    const plain = mustSucceed(world.plainRustc(dir, second));
    expect(other.stderr).toBe(plain.stderr);
    expect(other.stderr).not.toBe(stored.stderr);
    expect([outcomeOf(stored), outcomeOf(other)]).toEqual(["misses", "misses"]);
    const again = world.rustc(dir, second);
    expect(again.stderr).toBe(plain.stderr);
    expect(outcomeOf(again)).toBe("hits");
  }

  test("a report of future incompatibilities", () => {
    const { dir, call } = project({ "src/lib.rs": INCOMPATIBLE });
    const args = [...NO_WORD, "--json=future-incompat"];
    told(dir, { ...call, args: NO_WORD }, { ...call, args });
  });

  test("crates that were not used", () => {
    const { dir, call } = project({ "dep.rs": "pub fn d() {}\n" });
    const dep = { name: "dep", source: "dep.rs", emit: "link" };
    mustSucceed(world.plainRustc(dir, dep));
    const lint = ["-Wunused-crate-dependencies", "--extern", `dep=${join(dir, "out/libdep.rlib")}`];
    const words = "--json=unused-externs-silent";
    const silent = [JSON_FORMAT, ...lint];
    told(dir, { ...call, args: silent }, { ...call, args: [...silent, words] });
  });

  test("an --out-dir that -o makes void", () => {
    const { dir, call } = project();
    const named = { ...call, emit: "link", args: ["-o", "out/libnamed.rlib"] };
    told(dir, { ...named, outDir: undefined }, named);
  });
});

describe("a place without a name", () => {
  test("--out-dir of nothing is the working directory, and the compiler's to find", () => {
    const { dir, call } = project();
    const link = { ...call, emit: "link" };
    expect(outcomeOf(mustSucceed(world.rustc(dir, link)))).toBe("misses");
    const run = mustSucceed(world.rustc(dir, { ...link, outDir: "" }));
    expect(outcomeOf(run)).toContain("--out-dir of nothing");
    expect(world.run(["ls", `lib${call.name ?? ""}.rlib`], { cwd: dir }).exitCode).toBe(0);
  });
});
