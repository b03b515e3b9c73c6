// What compiles leave beside their object: exactly the files that the compiler alone leaves, whether
// compiled or served. Several architectures and devices.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { existsSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import {
  type Arguments,
  type Case,
  type Outcome,
  served,
  type Step,
  testCases,
  unserved,
  perhapsServed,
} from "../support/cc-twin.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-outputs");

const GNU = ["gcc"];
const CLANG = ["clang"];
const COMPILE = ["-c", "x.c", "-o", "x.o"];
/** Without it gcc names sections and stamps notes at random. */
const SEED = "-frandom-seed=x";
const OTHER = "#define X 2\n";
const CALLS =
  '#include "x.h"\nint y(int);\nint x(int n) { char room[64]; room[n] = X; return y(room[0]); }\n';

/** A compile that is served; and an edited header that makes other files. */
function sides(fact: string, args: Arguments, more: Partial<Case> = {}): Case {
  return {
    fact,
    literal: true,
    files: { "x.c": CALLS },
    ...more,
    steps: [
      ...served(args),
      { edit: { "x.h": OTHER }, fresh: true, outcome: "misses" },
      { edit: { "x.h": "#define X 1\n" }, outcome: "hits" },
    ],
  };
}

/** Syntax trees hold the times of their sources. */
function backdate(dir: string): void {
  const LONG_AGO = 1_600_000_000;
  for (const name of ["x.c", "x.h"]) utimesSync(join(dir, name), LONG_AGO, LONG_AGO);
}

function perhaps(
  fact: string,
  args: Arguments,
  more: Partial<Case> = {},
  step: Partial<Step> = {},
): Case {
  const steps = perhapsServed(args, step);
  return { fact, literal: true, files: { "x.c": CALLS }, ...more, steps };
}

function passed(
  fact: string,
  args: Arguments,
  more: Partial<Case> = {},
  outcome: Outcome = /^passes: /,
): Case {
  return { fact, literal: true, files: { "x.c": CALLS }, ...more, steps: unserved(args, outcome) };
}

const PROFILED =
  '#include "x.h"\n#include <stdlib.h>\nint main(int n, char **a) { int s = 0; for (int i = 0; i < (n > 1 ? atoi(a[1]) : 3); i++) s += i % 2 ? i : X; return s == 77; }\n';

/** Builds an instrumented program plainly and runs it some rounds, so that its counters lie there. */
function profile(flags: string, rounds: number, collect = ""): Partial<Step> {
  return {
    disturb: (dir) => {
      const script = `rm -f *.gcda *.profraw && $CC ${flags} x.c -o prog && ./prog ${rounds} ${collect} && rm -f prog *.gcno`;
      const child = Bun.spawnSync(["sh", "-c", script], {
        cwd: dir,
        env: { ...process.env, CC: flags.includes("instr") ? "clang" : "gcc" },
      });
      expect(child.exitCode).toBe(0);
    },
  };
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
      { cwd: "two", outcome: /^(hits|misses)$/ },
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
        outcome: /^(hits|misses)$/,
      },
      { fresh: true, cwd: "two", outcome: "hits" },
    ],
  },
];

const coverage: readonly Case[] = [
  ...[
    ["--coverage"],
    ["-ftest-coverage"],
    ["-fprofile-arcs", "-ftest-coverage"],
    ["-fprofile-arcs"],
  ].map((flags) => sides(`G7 ${flags.join(" ")}`, [...flags, SEED, ...COMPILE])),
  sides("G7 coverage of an object elsewhere", ["--coverage", SEED, "-c", "x.c", "-o", "out/y.o"], {
    files: { "x.c": CALLS, "out/": "" },
  }),
  sides("G7 coverage without -o", ["--coverage", SEED, "-c", "x.c"]),
  {
    fact: "G9 coverage in two places",
    files: {
      "one/x.c": CALLS,
      "one/x.h": "#define X 1\n",
      "two/x.c": CALLS,
      "two/x.h": "#define X 1\n",
    },
    literal: true,
    steps: [
      { args: ["--coverage", SEED, ...COMPILE], cwd: "one", outcome: "misses" },
      { cwd: "two", outcome: "misses" },
      { cwd: "one", fresh: true, outcome: "hits" },
    ],
  },
  ...[
    ["-fprofile-dir=here"],
    ["-fprofile-abs-path"],
    ["-fprofile-prefix-path=here"],
    ["-fprofile-update=atomic"],
  ].map((flags): Case => ({
    fact: `G10 ${flags.join(" ")} counts`,
    compilers: GNU,
    literal: true,
    files: { "x.c": CALLS },
    steps: [
      { args: ["--coverage", SEED, ...COMPILE], outcome: "misses" },
      {
        args: ["--coverage", SEED, ...flags, ...COMPILE],
        fresh: true,
        outcome: /^(misses|passes: .*)$/,
      },
      { fresh: true, outcome: /^(hits|passes: .*)$/ },
    ],
  })),
  perhaps("G11 a profile that is not there", [
    "-O2",
    "-fprofile-use",
    "-Wmissing-profile",
    ...COMPILE,
  ]),
  perhaps(
    "G11 a named profile that is not there",
    ["-O2", "-fprofile-use=missing.profdata", ...COMPILE],
    { compilers: CLANG },
  ),
  {
    fact: "G12 a directory of profiles that changes",
    compilers: GNU,
    literal: true,
    files: { "x.c": PROFILED, "p/": "" },
    steps: [
      {
        args: ["-O2", SEED, "-fprofile-use=p", ...COMPILE],
        ...collected(3),
        outcome: /^(misses|passes: .*)$/,
      },
      { ...collected(3), fresh: true, outcome: /^(hits|passes: .*)$/ },
      { ...collected(30_000), fresh: true, outcome: /^(misses|passes: .*)$/ },
    ],
  },
  {
    fact: "G13 -fprofile-instr-use with a profile that changes",
    compilers: CLANG,
    files: { "x.c": PROFILED },
    steps: [
      {
        args: ["-O2", "-fprofile-instr-use=p.profdata", ...COMPILE],
        ...profile(
          "-fprofile-instr-generate -O1",
          3,
          "&& llvm-profdata merge default.profraw -o p.profdata && rm default.profraw",
        ),
        outcome: "misses",
      },
      {
        ...profile(
          "-fprofile-instr-generate -O1",
          30_000,
          "&& llvm-profdata merge default.profraw -o p.profdata && rm default.profraw",
        ),
        fresh: true,
        outcome: "misses",
      },
      {
        ...profile(
          "-fprofile-instr-generate -O1",
          3,
          "&& llvm-profdata merge default.profraw -o p.profdata && rm default.profraw",
        ),
        fresh: true,
        outcome: "hits",
      },
    ],
  },
  {
    fact: "G13 -fprofile-sample-use with a profile that changes",
    compilers: CLANG,
    files: { "x.c": PROFILED, "p.prof": "main:100:10\n 1: 10\n" },
    steps: [
      { args: ["-O2", "-g", "-fprofile-sample-use=p.prof", ...COMPILE], outcome: "misses" },
      { edit: { "p.prof": "main:900000:90000\n 1: 90000\n" }, fresh: true, outcome: "misses" },
      { edit: { "p.prof": "main:100:10\n 1: 10\n" }, fresh: true, outcome: "hits" },
    ],
    literal: true,
  },
  perhaps("G13 -fauto-profile", ["-O2", "-fauto-profile=p.afdo", ...COMPILE], { compilers: GNU }),
  sides("G14 -fprofile-generate and another source", ["-fprofile-generate", SEED, ...COMPILE]),
];

function collected(rounds: number): Partial<Step> {
  return {
    disturb: (dir) => {
      const script =
        "rm -rf p b && mkdir p b && gcc -O2 -frandom-seed=x -fprofile-generate -fprofile-update=single -c x.c -o x.o && gcc -fprofile-generate x.o -o b/prog && GCOV_PREFIX=p GCOV_PREFIX_STRIP=99 ./b/prog $0; mv p/*.gcda p/$(pwd | tr / '#')#x.gcda; rm -rf b x.o";
      Bun.spawnSync(["sh", "-c", script, String(rounds)], { cwd: dir });
    },
  };
}

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
  perhaps("G18 an assembler's listing in a file", ["-pipe", "-Wa,-a=x.lst", ...COMPILE], {
    compilers: GNU,
  }),
  perhaps(
    "G18 an assembler's listing on standard output",
    ["-Wa,-a", SEED, ...COMPILE],
    { compilers: GNU },
    { around: (words) => ["bash", "-c", '"$@" | sed "s,/tmp/[^ ]*,T,g"', "bash", ...words] },
  ),
  passed(
    "G19 tree dumps",
    ["-fdump-tree-original", ...COMPILE],
    { compilers: GNU },
    /^passes: .*-fdump-/,
  ),
  passed("G19 dumps of passes between procedures", ["-O1", "-fdump-ipa-cgraph", ...COMPILE], {
    compilers: GNU,
    skip: "the dump tells addresses that change from run to run",
  }),
  passed("G19 dumps by -d", ["-dA", "-S", "x.c"], { compilers: GNU }, /^(passes: .*|misses|hits)$/),
  passed("G20 kept temporary files", ["-save-temps", ...COMPILE], {}, /^passes: .*-save-temps/),
  passed(
    "G20 kept temporary files beside the object",
    ["-save-temps=obj", "-c", "x.c", "-o", "out/x.o"],
    { files: { "x.c": CALLS, "out/": "" } },
    /^passes: .*-save-temps/,
  ),
  sides("G21 serialized diagnostics", ["-Wall", "--serialize-diagnostics", "x.dia", ...COMPILE], {
    compilers: CLANG,
    files: { "x.c": '#include "x.h"\nint x(void) { int unused; return X; }\n' },
  }),
  {
    fact: "G21 serialized diagnostics of a failing compile",
    compilers: CLANG,
    files: { "x.c": "int x(void) { return }\n" },
    steps: unserved(["--serialize-diagnostics", "x.dia", ...COMPILE], /^(fails|passes: .*)$/),
  },
  perhaps("G23 -fsave-optimization-record", ["-O2", "-fsave-optimization-record", ...COMPILE], {
    compilers: CLANG,
  }),
  perhaps(
    "G23 -foptimization-record-file",
    ["-O2", "-foptimization-record-file=x.opt", ...COMPILE],
    { compilers: CLANG },
  ),
  perhaps("G24 diagnostics as JSON", ["-Wall", "-fdiagnostics-format=json", ...COMPILE], {
    compilers: GNU,
    files: { "x.c": "int x(void) { int unused; return 1; }\n" },
  }),
  perhaps("G24 diagnostics as a file, where that is known", [
    "-Wall",
    "-fdiagnostics-format=json-file",
    ...COMPILE,
  ]),
  perhaps("G25 -fdiagnostics-add-output, where that is known", [
    "-fdiagnostics-add-output=sarif",
    ...COMPILE,
  ]),
  perhaps("G26 -emit-llvm", ["-emit-llvm", "-c", "x.c"], { compilers: CLANG }),
  perhaps("G26 -emit-llvm to text", ["-emit-llvm", "-S", "x.c"], { compilers: CLANG }),
  perhaps("G26 -emit-ast", ["-emit-ast", "x.c"], { compilers: CLANG }, { disturb: backdate }),
  perhaps("G26 --analyze", ["--analyze", "x.c"], { compilers: CLANG }),
  perhaps("G26 an index store, where that is known", ["-index-store-path", "index", ...COMPILE], {
    compilers: CLANG,
  }),
  perhaps("G27 -fthinlto-index", ["-fthinlto-index=missing.bc", "-c", "x.bc", "-o", "x.o"], {
    compilers: CLANG,
  }),
  sides("G28 link-time optimization", ["-O2", "-flto", SEED, ...COMPILE]),
  sides("G28 thin link-time optimization", ["-O2", "-flto=thin", ...COMPILE], { compilers: CLANG }),
  perhaps(
    "G29 modules of C++20",
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
  perhaps("G30 /Z7 in the dialect of cl", ["--driver-mode=cl", "/Z7", "/Brepro", "/c", "x.c"], {
    compilers: CLANG,
  }),
  {
    fact: "G30 /Zi with /Fd in the dialect of cl",
    compilers: CLANG,
    steps: [
      {
        args: ["--driver-mode=cl", "/Zi", "/Brepro", "/Fdx.pdb", "/c", "x.c", "/Fox.obj"],
        outcome: /^(misses|passes: .*)$/,
      },
      { fresh: true, outcome: /^(hits|passes: .*)$/ },
    ],
  },
  perhaps("G31 /Fa", ["--driver-mode=cl", "/Brepro", "/Fax.asm", "/c", "x.c"], {
    compilers: CLANG,
  }),
  {
    fact: "G31 /doc and /sourceDependencies",
    steps: [],
    skip: "clang-cl 14 does not know them and cl does not run here",
  },
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
  {
    fact: "H10 /Yc and /Yu",
    steps: [],
    skip: "cl does not run here: covered by the parser's table",
  },
  perhaps(
    "H11 H12 -arch",
    ["-arch", "x86_64", "-arch", "arm64", ...COMPILE],
    {},
    { around: quiet },
  ),
  { fact: "H13 nvcc", steps: [], skip: "nvcc is not installed" },
  passed(
    "H14 CUDA by clang",
    ["-x", "cuda", "-nocudainc", "-nocudalib", "--cuda-gpu-arch=sm_35", "-c", "x.c", "-o", "x.o"],
    { compilers: CLANG, files: { "x.c": "int x;\n" } },
    /^(passes: .*|fails)$/,
  ),
  passed(
    "H14 HIP by clang",
    ["-x", "hip", "-nogpuinc", "-nogpulib", "--offload-arch=gfx900", "-c", "x.c", "-o", "x.o"],
    { compilers: CLANG, files: { "x.c": "int x;\n" } },
    /^(passes: .*|fails)$/,
  ),
];

function quiet(words: readonly string[]): string[] {
  return ["bash", "-c", '"$@" 2>/dev/null', "bash", ...words];
}

describe("debug information", () => {
  testCases(world, debug);
});
describe("coverage and profiles", () => {
  testCases(world, coverage);
});
describe("other files", () => {
  testCases(world, files);
});
describe("architectures and devices", () => {
  testCases(world, headers);
});
