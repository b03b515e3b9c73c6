// Inputs that are no plain files of an ordinary directory: projects in places that look like the system's, files
// that the kernel makes up, pipes and descriptors, and options by which a compiler reads or writes files unseen.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ccOutcome, ccRun, testCcPairs } from "../support/cc-pair.ts";
import { mustSucceed, outcomeOf, testPairs } from "../support/pair.ts";
import { testUnless, type Variables, worldFor } from "../support/rig.ts";
import { kache } from "../support/toolchain.ts";
import { writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("odd-inputs");
const macros = world.path("macros", "out");
const UNOBSERVED: Variables = { KACHE_OBSERVE: "0" };

beforeAll(() => {
  const text = `extern crate proc_macro; use proc_macro::{Literal, TokenStream, TokenTree};
#[proc_macro] pub fn file(i: TokenStream) -> TokenStream {
    let path = i.to_string().trim_matches('"').to_string();
    TokenStream::from(TokenTree::from(Literal::string(&std::fs::read_to_string(path).unwrap())))
}\n`;
  const dir = world.project("macros", { "reader.rs": text });
  const call = { name: "reader", type: "proc-macro", source: "reader.rs", emit: "link" };
  mustSucceed(world.plainRustc(dir, call));
});

/** A unit whose macro reads one file. */
function readerCall(path: string) {
  const source = `pub const SAID: &str = reader::file!("${path}");\n`;
  const args = ["--extern", `reader=${join(macros, "libreader.so")}`];
  return { files: { "src/lib.rs": source }, call: { name: "reads", emit: "metadata", args } };
}

/** A directory of our own in a place; undefined where there is none to be had. */
function directoryIn(place: string): string | undefined {
  try {
    const dir = mkdtempSync(`${place}/kache-`);
    afterAll(() => {
      rmSync(dir, { recursive: true, force: true });
    });
    return dir;
  } catch (fault) {
    if (fault instanceof Error) return undefined;
    throw fault;
  }
}

for (const place of ["/dev/shm", "/run"]) {
  const dir = directoryIn(place);
  describe(`a project in ${place}`, () => {
    for (const env of [{}, UNOBSERVED]) {
      const how = "KACHE_OBSERVE" in env ? "without the observer" : "with the observer";
      const name = how.replaceAll(" ", "-");
      const unusable = dir === undefined ? "it cannot be written to" : undefined;
      testUnless(unusable, `is compiled again when a header changes, ${how}`, () => {
        const project = join(dir ?? "", `c-${name}`);
        const files = { "src/x.c": '#include "x.h"\nint x = X;\n', "inc/x.h": "#define X 1\n" };
        writeTree(project, { ...files, "out/.keep": "" });
        const call = { env };
        expect(ccOutcome(ccRun(world, project, call))).toBe("misses");
        expect(ccOutcome(ccRun(world, project, call))).toBe("hits");
        writeTree(project, { "inc/x.h": "#define X 2\n" });
        expect(ccOutcome(ccRun(world, project, call))).toBe("misses");
      });
      testUnless(unusable, `is compiled again when what a macro read changes, ${how}`, () => {
        const project = join(dir ?? "", `rust-${name}`);
        const { files, call } = readerCall("words/one.txt");
        writeTree(project, { ...files, "Cargo.toml": "", "words/one.txt": "one" });
        const own = { ...env, CARGO_MANIFEST_DIR: project, KACHE_KEY_SALT: `${place} ${how}` };
        const build = () => outcomeOf(mustSucceed(world.rustc(project, { ...call, env: own })));
        expect(build()).toBe("misses");
        writeTree(project, { "words/one.txt": "two" });
        expect(build()).toBe("misses");
      });
    }
  });
}

describe("a directory of translations", () => {
  const { files, call } = readerCall("locale/de.txt");
  testPairs(world, [
    {
      fact: "called locale counts when a macro read it",
      second: "misses",
      files: { ...files, "locale/de.txt": "eins" },
      first: call,
      edit: { "locale/de.txt": "zwei" },
    },
  ]);
});

test("a source whose name holds a line's end is read every time: dep-info names another file", () => {
  const files = { "src/lib.rs": '#[path = "a\\nb.rs"] pub mod x;\n', "src/a": "" };
  const dir = world.project("two-lines", { ...files, "src/a\nb.rs": "pub const X: u8 = 1;\n" });
  for (let round = 0; round < 2; round += 1) {
    const outcome = outcomeOf(mustSucceed(world.rustc(dir, { name: "two_lines" })));
    expect(outcome).toBe(
      "skipped after 1 compiles: the compiler's dep-info is missing or degraded",
    );
  }
});

describe("files that the kernel makes up", () => {
  const UUID = "/proc/sys/kernel/random/uuid";
  test("count by their content of the moment, whatever their times say", () => {
    const text = `pub const ID: &str = include_str!("${UUID}");\n`;
    const dir = world.project("uuid", { "src/lib.rs": text });
    for (let round = 0; round < 3; round += 1) {
      const run = mustSucceed(world.rustc(dir, { name: "uuid" }));
      expect(run.compiles.length).toBe(1);
    }
  });

  test("count when a macro reads one", () => {
    const { files, call } = readerCall(UUID);
    const dir = world.project("uuid-macro", files);
    for (let round = 0; round < 3; round += 1) {
      expect(mustSucceed(world.rustc(dir, call)).compiles.length).toBe(1);
    }
  });

  test("serve while they say the same, also behind a link and a name in /proc", () => {
    const text = '0\n#include "limit.h"\n#include "/proc/self/cwd/own.h"\n';
    const dir = world.project("limit", {
      "src/x.c": `long x[] = {\n${text}};\n`,
      "own.h": ", 1\n",
      "inc/.keep": "",
      "out/.keep": "",
    });
    symlinkSync("/proc/sys/kernel/pid_max", join(dir, "inc/limit.h"));
    expect(ccOutcome(mustSucceed(ccRun(world, dir)))).toBe("misses");
    expect(ccOutcome(ccRun(world, dir))).toBe("hits");
    expect(ccOutcome(ccRun(world, dir))).toBe("hits");
    writeTree(dir, { "own.h": ", 2\n" });
    expect(ccOutcome(ccRun(world, dir))).toBe("misses");
  });
});

describe("what can be read once", () => {
  const files = { "src/x.c": "int x = X;\n", "out/.keep": "" };
  for (const compiler of ["gcc", "clang"]) {
    for (const [fact, script] of [
      ["a shell's own pipe", 'exec bash -c \'"$0" "$@" -include <(echo "#define X $X")\' "$@"'],
      ["standard input by name", 'echo "#define X $X" | "$@" -include /dev/stdin'],
      [
        "a pipe with a name",
        // A writer whom nobody hears must not keep the case from ending.
        'rm -f pipe; mkfifo pipe; (echo "#define X $X" >pipe) >&- 2>&- & ' +
          '"$@" -include ./pipe; status=$?; kill $! 2>&-; exit $status',
      ],
    ] as const) {
      test(`${fact} reaches ${compiler} and is not served`, () => {
        const dir = world.project(`once/${compiler}/${fact.replaceAll(" ", "-")}`, files);
        const words = [kache, compiler, "-c", "src/x.c", "-o", "out/x.o"];
        for (const value of ["1", "1", "2"]) {
          const env = { X: value };
          const run = world.run(["sh", "-c", script, "sh", ...words], { cwd: dir, env });
          expect([run.exitCode, run.stderr]).toEqual([0, ""]);
          expect(run.events.map(({ result }) => result)).not.toContain("local_hit");
          const data = world.run(["objdump", "-s", "-j", ".data", "out/x.o"], { cwd: dir });
          expect(data.stdout).toContain(` 0${value}000000`);
        }
      });
    }
  }

  test("an argument file behind a shell's pipe reaches rustc", () => {
    const dir = world.project("once/rustc", { "src/lib.rs": "pub fn f() {}\n" });
    mkdirSync(join(dir, "out"));
    const words = [kache, ...world.rustcWords({ name: "once" })];
    const script = 'exec bash -c \'"$0" "$@" @<(echo --cfg; echo special)\' "$@"';
    const run = mustSucceed(world.run(["sh", "-c", script, "sh", ...words], { cwd: dir }));
    expect(run.events.map(({ result }) => result)).toEqual(["passthrough"]);
    expect(readFileSync(join(dir, "out/libonce.rlib")).length).toBeGreaterThan(0);
  });
});

describe("a library that a macro brings along", () => {
  test("counts by its bytes", () => {
    const dir = world.project("brought", {
      "one.c": "int part(void) { return 1; }\n",
      "two.c": "int part(void) { return 2; }\n",
      "m.rs": `extern crate proc_macro; use proc_macro::TokenStream;
#[link(name = "part")] extern "C" { fn part() -> i32; }
#[proc_macro] pub fn part_of(_: TokenStream) -> TokenStream { unsafe { part() }.to_string().parse().unwrap() }\n`,
      "src/lib.rs": "pub const PART: i32 = m::part_of!();\n",
      "nat/.keep": "",
    });
    const provide = (name: string) =>
      mustSucceed(
        world.run(["gcc", "-shared", "-fPIC", `${name}.c`, "-o", "nat/libpart.so"], { cwd: dir }),
      );
    provide("one");
    const args = ["-L", "native=nat", "-C", `link-arg=-Wl,-rpath,${dir}/nat`];
    const shape = { name: "m", type: "proc-macro", source: "m.rs", emit: "link" };
    mustSucceed(world.plainRustc(dir, { ...shape, args }));
    const call = { name: "brings", args: ["--extern", "m=out/libm.so"], outDir: "made" };
    const build = () => outcomeOf(mustSucceed(world.rustc(dir, call)));
    expect([build(), build()]).toEqual(["misses", "hits"]);
    provide("two");
    expect(build()).toBe("misses");
  });
});

describe("options of LLVM's own", () => {
  const text = { "src/lib.rs": "pub fn f(x: u32) -> u32 { x + 1 }\n" };
  const llvm = (value: string) => ["-C", "opt-level=2", "-C", `llvm-args=${value}`];
  for (const value of [
    "-forceattrs-csv-path=names.csv",
    "-stats -info-output-file=stats.txt",
    "-cgscc-inline-replay=remarks",
  ]) {
    test(`${value}, which reads or writes a file, is not cached`, () => {
      const name = `llvm${value.length}`;
      const dir = world.project(name, { ...text, "names.csv": "f,cold\n", remarks: "" });
      const run = mustSucceed(world.rustc(dir, { name, args: llvm(value) }));
      expect(run.events.map((event) => event.passthrough_reason)).toEqual([
        `refused: -C llvm-args=${value.split(" ").find((word) => /file|csv|stats|replay/.test(word)) ?? ""}`,
      ]);
    });
  }
  testPairs(world, [
    {
      fact: "that steer how it compiles count",
      second: "misses",
      files: text,
      first: { args: llvm("-inline-threshold=200") },
      changed: { args: llvm("-inline-threshold=100 -align-all-functions=5") },
    },
  ]);
});

describe("archives that only name their members", () => {
  const PART = 'extern "C" { fn part() -> i32; }\npub fn f() -> i32 { unsafe { part() } }\n';
  for (const env of [{}, UNOBSERVED]) {
    const how = "KACHE_OBSERVE" in env ? "without the observer" : "with the observer";
    test(`count by what those hold, ${how}`, () => {
      const name = `thin_${Object.keys(env).length}`;
      const dir = world.project(name, { "src/lib.rs": PART, "nat/.keep": "" });
      const provide = (value: number) => {
        writeTree(dir, { "nat/part.c": `int part(void) { return ${value}; }\n` });
        const script = "gcc -fPIC -c part.c && { [ -e libpart.a ] || ar rcsT libpart.a part.o; }";
        mustSucceed(world.run(["sh", "-c", script], { cwd: join(dir, "nat") }));
      };
      provide(1);
      const args = ["-l", "static=part", "-L", "native=nat"];
      const build = () => outcomeOf(mustSucceed(world.rustc(dir, { name, args, env })));
      expect([build(), build()]).toEqual(["misses", "hits"]);
      provide(2);
      expect(build()).toBe("misses");
    });
  }
});

describe("a header that is a pipe's name no more", () => {
  testCcPairs(world, [
    {
      fact: "a plain file of the same name is served",
      second: "hits",
      disturb: (dir) => {
        mustSucceed(world.run(["mkfifo", "inc/unread"], { cwd: dir }));
      },
    },
  ]);
});
