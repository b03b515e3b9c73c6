// What compiles leave beside their object: exactly the files that the compiler alone leaves, whether
// compiled or served. Several architectures and devices.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { existsSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { type Case, served, testCases, unserved } from "../support/cc-twin.ts";
import { CALLS, sides, twice } from "../support/cc-sides.ts";
import { CLANG, COMPILE, GNU, SEED } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-outputs");

/** Syntax trees hold the times of their sources. */
function backdate(dir: string): void {
  const LONG_AGO = 1_600_000_000;
  for (const name of ["x.c", "x.h"]) utimesSync(join(dir, name), LONG_AGO, LONG_AGO);
}

const debug: readonly Case[] = [
  sides("G1 split debug information beside the object", ["-g", "-gsplit-dwarf", ...COMPILE]),
  sides(
    "G1 split debug information of an object elsewhere",
    ["-g", "-gsplit-dwarf", "-c", "x.c", "-o", "out/x.o"],
    { files: { "x.c": CALLS, "out/": "" } },
  ),
  sides("G1 split debug information without -o", ["-g", "-gsplit-dwarf", "-c", "x.c"]),
  {
    fact: "G1 split debug information in two places, mapped",
    mapped: true,
    files: {
      "one/x.c": CALLS,
      "one/x.h": "#define X 1\n",
      "two/x.c": CALLS,
      "two/x.h": "#define X 1\n",
    },
    steps: [
      { args: ["-g", "-gsplit-dwarf", ...COMPILE], cwd: "one", outcome: "misses" },
      { cwd: "two", outcome: "hits" },
      { cwd: "two", fresh: true, outcome: "hits" },
    ],
  },
  sides("G3 split debug information of which there is little", [
    "-gsplit-dwarf",
    "-g1",
    ...COMPILE,
  ]),
  sides("G4 split debug information of an object without an extension", [
    "-g",
    "-gsplit-dwarf",
    "-c",
    "x.c",
    "-o",
    "test",
  ]),
  sides("G4 split debug information of an object with two extensions", [
    "-g",
    "-gsplit-dwarf",
    "-c",
    "x.c",
    "-o",
    "test.x.o",
  ]),
  sides(
    "G5 split debug information in the object itself",
    ["-g", "-gsplit-dwarf=single", ...COMPILE],
    { compilers: CLANG },
  ),
  sides("G5 split debug information that is taken back", [
    "-g",
    "-gsplit-dwarf",
    "-gno-split-dwarf",
    ...COMPILE,
  ]),
  {
    fact: "G6 split debug information with a map of one's own, in two places",
    literal: true,
    files: {
      "one/x.c": CALLS,
      "one/x.h": "#define X 1\n",
      "two/x.c": CALLS,
      "two/x.h": "#define X 1\n",
    },
    steps: [
      {
        args: (dir) => ["-g", "-gsplit-dwarf", `-fdebug-prefix-map=${dir}/one=.`, ...COMPILE],
        cwd: "one",
        outcome: "misses",
      },
      {
        args: (dir) => ["-g", "-gsplit-dwarf", `-fdebug-prefix-map=${dir}/two=.`, ...COMPILE],
        cwd: "two",
        outcome: "misses",
      },
      { fresh: true, cwd: "two", outcome: "hits" },
    ],
  },
];

const files: readonly Case[] = [
  sides("G15 stack usage", ["-fstack-usage", ...COMPILE]),
  sides("G15 stack usage of an object elsewhere", ["-fstack-usage", "-c", "x.c", "-o", "out/y.o"], {
    files: { "x.c": CALLS, "out/": "" },
  }),
  sides("G15 stack usage with -flto, which makes none", [
    "-fstack-usage",
    "-flto",
    SEED,
    ...COMPILE,
  ]),
  sides("G15 call graph information", ["-fcallgraph-info", ...COMPILE], { compilers: GNU }),
  sides("G15 call graph information of every kind", ["-fcallgraph-info=su,da", ...COMPILE], {
    compilers: GNU,
  }),
  sides("G15 declarations by -aux-info", ["-aux-info", "x.X", ...COMPILE], { compilers: GNU }),
  twice(
    "G18 an assembler's listing in a file",
    "passes: refused: cc: -Wa,-a=x.lst",
    ["-pipe", "-Wa,-a=x.lst", ...COMPILE],
    {
      compilers: GNU,
    },
  ),
  twice(
    "G18 an assembler's listing on standard output",
    "passes: refused: cc: -Wa,-a",
    ["-Wa,-a", SEED, ...COMPILE],
    { compilers: GNU },
    { around: (words) => ["bash", "-c", '"$@" | sed "s,/tmp/[^ ]*,T,g"', "bash", ...words] },
  ),
  twice(
    "G19 tree dumps",
    "passes: refused: cc: -fdump-tree-original",
    ["-fdump-tree-original", ...COMPILE],
    { compilers: GNU },
  ),
  twice(
    "G19 dumps of passes between procedures",
    "passes: refused: cc: -fdump-ipa-cgraph",
    ["-O1", "-fdump-ipa-cgraph", ...COMPILE],
    {
      compilers: GNU,
      skip: "the dump tells addresses that change from run to run",
    },
  ),
  twice("G19 dumps by -d", "passes: refused: cc: -dA", ["-dA", "-S", "x.c"], { compilers: GNU }),
  twice(
    "G20 kept temporary files",
    "passes: refused: cc: -save-temps",
    ["-save-temps", ...COMPILE],
    {},
  ),
  twice(
    "G20 kept temporary files beside the object",
    "passes: refused: cc: -save-temps=obj",
    ["-save-temps=obj", "-c", "x.c", "-o", "out/x.o"],
    { files: { "x.c": CALLS, "out/": "" } },
  ),
  sides("G21 serialized diagnostics", ["-Wall", "--serialize-diagnostics", "x.dia", ...COMPILE], {
    compilers: CLANG,
    files: { "x.c": '#include "x.h"\nint x(void) { int unused; return X; }\n' },
  }),
  {
    fact: "G21 serialized diagnostics below a base directory",
    compilers: CLANG,
    files: { "x.c": '#include "x.h"\nint x(void) { int unused; return X; }\n' },
    steps: served(["-Wall", "--serialize-diagnostics", "x.dia", ...COMPILE], {
      wrappedEnv: { KACHE_BASE_DIR: world.dir },
    }),
  },
  {
    fact: "G21 serialized diagnostics of a failing compile",
    compilers: CLANG,
    files: { "x.c": "int x(void) { return }\n" },
    steps: unserved(["--serialize-diagnostics", "x.dia", ...COMPILE], "fails"),
  },
  twice(
    "G23 -fsave-optimization-record",
    "passes: refused: cc: -fsave-optimization-record",
    ["-O2", "-fsave-optimization-record", ...COMPILE],
    {
      compilers: CLANG,
    },
  ),
  twice(
    "G23 -foptimization-record-file",
    "passes: refused: cc: -foptimization-record-file=x.opt",
    ["-O2", "-foptimization-record-file=x.opt", ...COMPILE],
    { compilers: CLANG },
  ),
  twice(
    "G23 -foptimization-record-passes, which asks for the record as well",
    "passes: refused: cc: -foptimization-record-passes=inline",
    ["-O2", "-foptimization-record-passes=inline", ...COMPILE],
    { compilers: CLANG },
  ),
  twice("G24 diagnostics as JSON", "served", ["-Wall", "-fdiagnostics-format=json", ...COMPILE], {
    compilers: GNU,
    files: { "x.c": "int x(void) { int unused; return 1; }\n" },
  }),
  twice(
    "G24 diagnostics as a file, where that is known",
    "passes: refused: cc: -fdiagnostics-format=json-file",
    ["-Wall", "-fdiagnostics-format=json-file", ...COMPILE],
  ),
  twice(
    "G25 -fdiagnostics-add-output, where that is known",
    "passes: refused: cc: -fdiagnostics-add-output=sarif",
    ["-fdiagnostics-add-output=sarif", ...COMPILE],
  ),
  twice(
    "G26 -emit-llvm",
    "passes: refused: cc: -emit-llvm without -o",
    ["-emit-llvm", "-c", "x.c"],
    { compilers: CLANG },
  ),
  sides("G26 -emit-llvm with a name", ["-g", "-emit-llvm", "-c", "x.c", "-o", "x.bc"], {
    compilers: CLANG,
  }),
  sides("G26 -emit-llvm to text", ["-g", "-emit-llvm", "-S", "x.c", "-o", "x.ll"], {
    compilers: CLANG,
  }),
  sides("G26 -emit-llvm to text that is shown", ["-emit-llvm", "-S", "x.c", "-o", "-"], {
    compilers: CLANG,
  }),
  twice(
    "G26 -emit-ast",
    "passes: refused: cc: -emit-ast",
    ["-emit-ast", "x.c"],
    { compilers: CLANG },
    { disturb: backdate },
  ),
  twice("G26 --analyze", "passes: refused: cc: --analyze", ["--analyze", "x.c"], {
    compilers: CLANG,
  }),
  twice(
    "G26 an index store, where that is known",
    "passes: refused: cc: -index-store-path index",
    ["-index-store-path", "index", ...COMPILE],
    {
      compilers: CLANG,
    },
  ),
  twice(
    "G27 -fthinlto-index",
    "passes: refused: cc: x.bc is no source file",
    ["-fthinlto-index=missing.bc", "-c", "x.bc", "-o", "x.o"],
    {
      compilers: CLANG,
    },
  ),
  sides("G28 link-time optimization", ["-O2", "-flto", SEED, ...COMPILE]),
  sides("G28 thin link-time optimization", ["-O2", "-flto=thin", ...COMPILE], { compilers: CLANG }),
  twice(
    "G29 modules of C++20",
    "passes: refused: cc: -fmodules-ts",
    ["-std=c++20", "-fmodules-ts", "-c", "m.cc"],
    {
      compilers: ["g++"],
      files: { "m.cc": "export module m;\nexport int m() { return 1; }\n" },
    },
    {
      check: (dir) => {
        // It holds the time.
        expect(existsSync(join(dir, "gcm.cache/m.gcm"))).toBe(true);
        rmSync(join(dir, "gcm.cache/m.gcm"));
      },
    },
  ),
  {
    fact: "G29 -ftime-trace",
    compilers: CLANG,
    literal: true,
    steps: served(["-ftime-trace", ...COMPILE], {
      check: (dir) => {
        // Times differ from run to run.
        expect(existsSync(join(dir, "x.json"))).toBe(true);
        rmSync(join(dir, "x.json"));
      },
    }),
  },
  {
    fact: "G30 a program database of cl",
    steps: [],
    skip: "cl does not run here: covered by the parser's table",
  },
  twice(
    "G30 /Z7 in the dialect of cl",
    "served",
    ["--driver-mode=cl", "/Z7", "/Brepro", "/c", "x.c"],
    {
      compilers: CLANG,
    },
  ),
  {
    fact: "G30 /Zi with /Fd in the dialect of cl",
    compilers: CLANG,
    steps: [
      {
        args: ["--driver-mode=cl", "/Zi", "/Brepro", "/Fdx.pdb", "/c", "x.c", "/Fox.obj"],
        outcome: "misses",
      },
      { fresh: true, outcome: "hits" },
    ],
  },
  twice(
    "G31 /Fa",
    "passes: refused: cc: /Fax.asm",
    ["--driver-mode=cl", "/Brepro", "/Fax.asm", "/c", "x.c"],
    {
      compilers: CLANG,
    },
  ),
  ...["/sourceDependencies", "/doc"].map((flag) =>
    twice(
      `G31 ${flag}, where that is known`,
      `passes: refused: cc: ${flag}`,
      ["--driver-mode=cl", "/Brepro", flag, "/c", "x.c"],
      { compilers: CLANG },
    ),
  ),
  {
    fact: "a side file that the compiler removes does not stay behind",
    compilers: CLANG,
    literal: true,
    files: { "x.c": CALLS },
    steps: [
      { args: ["-g", "-gsplit-dwarf", ...COMPILE], outcome: "misses" },
      { args: ["-g", ...COMPILE], outcome: "misses" },
      { outcome: "hits" },
    ],
  },
];

const headers: readonly Case[] = [
  ...["/Ycx.h", "/Yux.h"].map((flag) =>
    twice(
      `H10 ${flag} in the dialect of cl`,
      `passes: refused: cc: precompiled header (${flag.slice(0, 3)})`,
      ["--driver-mode=cl", "/Brepro", flag, "/Fpx.pch", "/c", "x.c"],
      { compilers: CLANG },
      {
        check: (dir) => {
          rmSync(join(dir, "x.pch"), { force: true });
        },
      },
    ),
  ),
  twice(
    "H11 H12 -arch",
    "passes: refused: cc: several architectures (x86_64 arm64)",
    ["-arch", "x86_64", "-arch", "arm64", ...COMPILE],
    {},
    { around: quiet },
  ),
  ...[["gcc", "fails"] as const, ["clang", "served"] as const].map(([compiler, outcome]) =>
    twice(
      "H12 -arch with one architecture twice",
      outcome,
      [...["-arch", "x86_64", "-arch", "x86_64"], ...COMPILE],
      { compilers: [compiler] },
    ),
  ),
  twice(
    "H11 a macro for one architecture",
    "passes: refused: cc: -Xarch_x86_64",
    ["-Xarch_x86_64", "-DX=2", ...COMPILE],
    { compilers: CLANG },
  ),
  { fact: "H13 nvcc", steps: [], skip: "nvcc is not installed" },
  twice(
    "H14 CUDA by clang",
    "passes: refused: cc: unsupported flag -nocudainc",
    ["-x", "cuda", "-nocudainc", "-nocudalib", "--cuda-gpu-arch=sm_35", "-c", "x.c", "-o", "x.o"],
    { compilers: CLANG, files: { "x.c": "int x;\n" } },
  ),
  twice(
    "H14 HIP by clang",
    "passes: refused: cc: -x hip",
    ["-x", "hip", "-nogpuinc", "-nogpulib", "--offload-arch=gfx900", "-c", "x.c", "-o", "x.o"],
    { compilers: CLANG, files: { "x.c": "int x;\n" } },
  ),
];

function quiet(words: readonly string[]): string[] {
  return ["bash", "-c", '"$@" 2>/dev/null', "bash", ...words];
}

describe("debug information", () => {
  testCases(world, debug);
});
describe("other files", () => {
  testCases(world, files);
});
describe("architectures and devices", () => {
  testCases(world, headers);
});
