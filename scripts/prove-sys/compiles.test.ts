// Processes of a build → what they compiled.
import { expect, test } from "bun:test";
import { sortCompiles } from "./compiles.ts";

function run(words: string, environment: Record<string, string> = {}) {
  return { argv: words.split(" "), cwd: "/", environment };
}

test("an object is its assembler's, whoever wrote the assembly", () => {
  const execs = [
    run("cc -c x.c -o x.o"),
    run("/usr/lib/gcc/cc1 -quiet x.c -o /tmp/ccabcdef.s"),
    run("as --64 -o x.o /tmp/ccabcdef.s"),
    run("/usr/lib/gcc/cc1 -E -lang-asm y.S -o /tmp/ccabcdeg.s"),
    run("x86_64-linux-gnu-as -o y.o /tmp/ccabcdeg.s"),
    run("/usr/lib/llvm/bin/clang -c z.c -o z.o"),
  ];
  const { objects, preprocessed, tried } = sortCompiles(execs);
  expect(objects).toEqual(["x.o", "y.o", "z.o"]);
  expect([...preprocessed, ...tried]).toEqual([]);
});

test("preprocessing for its own sake is told apart", () => {
  const execs = [run("cc1 -E -quiet -MM x.c -o x.d"), run("cc1 -E -quiet x.h")];
  expect(sortCompiles(execs).preprocessed).toEqual(["x.c", "x.h"]);
});

test("what is only tried does not count as made", () => {
  const execs = [
    run("as -o conftest.o /tmp/ccabcdef.s"),
    run("as -o /b/out/flag_check /tmp/ccabcdef.s"),
    run("as -o /tmp/ccabcdef.o /tmp/ccabcdef.s"),
    run("as -o CMakeFiles/cmTC_1a2b3.dir/x.c.o /tmp/ccabcdef.s"),
    run("cc1 -E -quiet /b/out/123detect_compiler_family.c"),
    run("as -v -o /dev/null /tmp/ccabcdef.s"),
    run("as --help -o null.1529.o /dev/null"),
    run("cc1 -E -quiet -dM /dev/null"),
    run("cc1 -E -quiet /tmp/cgeFDimt/dummy.c"),
    run("cc1 -E -quiet - -dM"),
  ];
  const { objects, preprocessed, tried } = sortCompiles(execs);
  expect([...objects, ...preprocessed]).toEqual([]);
  expect(tried).toHaveLength(10);
});

test("a program whose libraries the loader lists does not run", () => {
  expect(sortCompiles([run("as", { LD_TRACE_LOADED_OBJECTS: "1" })]).objects).toEqual([]);
});

test("crates are cargo's", () => {
  const crate = { CARGO_CRATE_NAME: "a" };
  const execs = [
    run("rustc --crate-name a src/lib.rs", crate),
    run("rustc --crate-name probe - "),
    run("rustc -vV", crate),
  ];
  expect(sortCompiles(execs).crates).toEqual(["a"]);
});
