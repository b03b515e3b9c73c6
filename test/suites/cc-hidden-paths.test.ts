// What depends on a checkout's path though no path stands in the output, on how long a name is, and on arguments that
// gcc writes down: two calls that look alike and make different objects.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Arguments, type Case, recorded, type Step, testCases } from "../support/cc-twin.ts";
import { CLANG, COMPILE, GNU, SEED } from "../support/cc-words.ts";
import { kache, missing } from "../support/toolchain.ts";
import { testUnless, worldFor } from "../support/rig.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-hidden-paths");

const SOURCE = "int f(int *a) { return *a; }\n";
const SHIFTS =
  "static inline int f(int a, int b) { return a << b; }\nint g(int a) { return f(a, a); }\n";
const TWO = { "one/x.c": SOURCE, "two/x.c": SOURCE };

/** A call in each of two directories, of which the second must be compiled, and in the first again. */
function apart(args: (cwd: string) => Arguments): Step[] {
  return [
    { args: args("one"), cwd: "one", outcome: "misses" },
    { args: args("two"), cwd: "two", outcome: "misses" },
    { args: args("one"), cwd: "one", fresh: true, outcome: "hits" },
  ];
}

/** The source by its full path, and flags that are the same in both places. */
function full(...flags: readonly string[]): (cwd: string) => Arguments {
  return (cwd) => (dir) => [...flags, "-c", `${dir}/${cwd}/x.c`, "-o", "x.o"];
}

const patterns: readonly Case[] = [
  {
    fact: "F20 files that are left out of instrumentation by a part of their path",
    compilers: GNU,
    files: TWO,
    steps: apart(full("-finstrument-functions", "-finstrument-functions-exclude-file-list=/one/")),
  },
  {
    fact: "F20 a sanitizer's list that names a directory",
    compilers: CLANG,
    files: { ...TWO, list: "[address]\nsrc:*/one/*\n" },
    steps: apart(full("-fsanitize=address", "-fsanitize-ignorelist=../list")),
  },
  {
    fact: "F20 a list for the coverage of a sanitizer that names a directory",
    compilers: CLANG,
    files: { ...TWO, list: "src:*/one/*\n" },
    steps: apart(
      full("-fsanitize-coverage=trace-pc-guard", "-fsanitize-coverage-ignorelist=../list"),
    ),
  },
  {
    fact: "F20 parts of the path that are left out of the object, or left in it",
    compilers: CLANG,
    files: { "one/x.c": SHIFTS, "two/x.c": SHIFTS },
    steps: apart(full("-fsanitize=undefined", "-fsanitize-undefined-strip-path-components=-2")),
  },
  {
    fact: "F20 a list that a configuration file names",
    compilers: CLANG,
    files: {
      ...TWO,
      list: "[address]\nsrc:*/one/*\n",
      "my.cfg": "-fsanitize=address -fsanitize-ignorelist=../list\n",
    },
    steps: [
      {
        args: (dir) => [
          "--config",
          `${dir}/my.cfg`,
          ...(full()("one") as (dir: string) => string[])(dir),
        ],
        cwd: "one",
        outcome: /^not stored: .* gives the compiler -fsanitize-ignorelist/,
      },
    ],
  },
];

const ASSEMBLY = ".globl f\nf:\n nop\n";

const innerMaps: readonly Case[] = [
  {
    fact: "F25 a map of a directory above for the inner compiler",
    compilers: ["clang", "clang-19"],
    files: TWO,
    steps: apart(() => (dir) => ["-g", "-Xclang", `-fdebug-prefix-map=${dir}=/zz`, ...COMPILE]),
  },
  ...["--debug-prefix-map", "--debug-pref", "-debug-prefix-map"].map((flag) => ({
    fact: `F25 a map of a directory above for the assembler, ${flag}`,
    compilers: GNU,
    files: { "one/x.s": ASSEMBLY, "two/x.s": ASSEMBLY },
    steps: apart(() => (dir) => ["-g", `-Wa,${flag}=${dir}=/zz`, "-c", "x.s", "-o", "x.o"]),
  })),
];

/** Whether gcc keeps code for other machines' compilers. */
function offloads(): boolean {
  if (missing("gcc") !== undefined) return false;
  return Bun.spawnSync(["gcc", "-v"]).stderr.toString().includes("--enable-offload-targets");
}

const NAMED = "const char *f(void) { return __FILE__; }\n";
const named = { "one/x.c": NAMED, "two/x.c": NAMED };

const maps: readonly Case[] = [
  {
    fact: "F21 a map of one's own for the directory that the checkouts lie in",
    literal: false,
    files: { ...named, "one/.git/HEAD": "", "two/.git/HEAD": "" },
    steps: apart((cwd) => (dir) => [
      `-ffile-prefix-map=${dir}=X`,
      "-c",
      `${dir}/${cwd}/x.c`,
      "-o",
      "x.o",
    ]),
  },
  {
    fact: "F21 a map of one's own for the beginning of one checkout's name",
    mapped: true,
    files: { ...named, "one/.git/HEAD": "", "two/.git/HEAD": "" },
    compilers: GNU,
    steps: apart((cwd) => (dir) => [
      `-ffile-prefix-map=${dir}/on=X`,
      "-c",
      `${dir}/${cwd}/x.c`,
      "-o",
      "x.o",
    ]),
  },
  {
    fact: "F21 what gcc keeps for the link's optimiser",
    compilers: GNU,
    mapped: true,
    files: { ...TWO, "one/.git/HEAD": "", "two/.git/HEAD": "" },
    steps: apart(() => ["-flto", SEED, ...COMPILE]),
  },
  ...[
    ["-fopenmp", "omp target"],
    ["-fopenacc", "acc parallel"],
  ].map(([flag = "", pragma]): Case => ({
    fact: `F21 what gcc keeps for a device's compiler, ${flag}`,
    compilers: GNU,
    skip: offloads() ? undefined : "gcc makes nothing for devices",
    mapped: true,
    files: {
      "one/x.c": `int f(int n) {\n#pragma ${pragma}\n  { n += 1; }\n  return n;\n}\n`,
      "two/x.c": `int f(int n) {\n#pragma ${pragma}\n  { n += 1; }\n  return n;\n}\n`,
      "one/.git/HEAD": "",
      "two/.git/HEAD": "",
    },
    steps: apart(() => [flag, SEED, ...COMPILE]),
  })),
  ...[["-flto"], ["-emit-llvm"]].map((flags): Case => ({
    fact: `F21 a header's path in LLVM's code, whose letters are no bytes (${flags.join(" ")})`,
    compilers: CLANG,
    mapped: true,
    files: {
      "one/x.c": '#include "x.h"\n',
      "two/x.c": '#include "x.h"\n',
      "one/inc/x.h": SHIFTS,
      "two/inc/x.h": SHIFTS,
      "one/.git/HEAD": "",
      "two/.git/HEAD": "",
    },
    steps: apart((cwd) => (dir) => [
      ...flags,
      "-fsanitize=undefined",
      `-I${dir}/${cwd}/inc`,
      ...COMPILE,
    ]),
  })),
];

/** Makes the searched directory's header a link. */
function leadTo(target: string): (dir: string) => void {
  return (dir) => {
    mkdirSync(join(dir, "include/longer"), { recursive: true });
    rmSync(join(dir, "include/longer/y.h"), { force: true });
    symlinkSync(`../../${target}/y.h`, join(dir, "include/longer/y.h"));
  };
}

const UNUSED = "int x(int argument_of_some_length) { int unused; return 1; }\n";
const HEADER = "static inline const char *g(void) { return __FILE__; }\n";
const LINKED: Arguments = (dir) => ["-isystem", `${dir}/include/longer`, ...COMPILE];

const LAMBDA =
  "template <class T> constexpr unsigned size(T) { return sizeof(__PRETTY_FUNCTION__); }\n" +
  "unsigned x = size([] { return 1; });\n";

/** The same in directories of two lengths, the second of which must be compiled. */
function longer(name: string, flags: readonly string[]): Step[] {
  return ["one", "long/er", "one"].map((cwd, at) => ({
    args: (dir) => [...flags, "-c", `${dir}/${cwd}/${name}`, "-o", "x.o"],
    cwd,
    fresh: true,
    outcome: at < 2 ? "misses" : "hits",
  }));
}

const UNNAMED = "namespace { __attribute__((noinline)) int g(int a) { return a + 1; } }\n";
/** Without it the object holds the time. */
const UNTIMED = "-mno-incremental-linker-compatible";

const lengths: readonly Case[] = [
  {
    fact: "F22 an unnamed namespace, of which Microsoft's rules make a digest of the path",
    compilers: ["clang++", "clang++-19"],
    mapped: true,
    files: {
      "one/x.cc": `${UNNAMED}int f(int a) { return g(a); }\n`,
      "long/er/x.cc": `${UNNAMED}int f(int a) { return g(a); }\n`,
      "one/.git/HEAD": "",
      "long/er/.git/HEAD": "",
    },
    steps: longer("x.cc", ["--target=x86_64-windows-msvc", UNTIMED]),
  },
  {
    fact: "F22 the length of a function's name, in which clang names a lambda by its place",
    compilers: ["clang++"],
    mapped: true,
    files: {
      "one/x.cc": LAMBDA,
      "long/er/x.cc": LAMBDA,
      "one/.git/HEAD": "",
      "long/er/.git/HEAD": "",
    },
    steps: longer("x.cc", []),
  },
  {
    fact: "F22 messages that are broken behind a path",
    compilers: GNU,
    mapped: true,
    files: {
      "one/x.c": UNUSED,
      "long/er/x.c": UNUSED,
      "one/.git/HEAD": "",
      "long/er/.git/HEAD": "",
    },
    steps: longer("x.c", ["-Wall", "-fmessage-length=70"]),
  },
];

const names: readonly Case[] = [
  ...[[], ["-g"], ["-MD"]].map((more): Case => ({
    fact: `F22 a system header's link, of which gcc shows where it leads if that is shorter ${more.join("")}`,
    compilers: ["gcc", "clang"],
    literal: true,
    files: {
      "x.c": "#include <y.h>\nconst char *f(void) { return g(); }\n",
      "a/very/very/very/long/way/y.h": HEADER,
      "s/y.h": HEADER,
      "t/u/y.h": HEADER,
    },
    steps: [
      {
        args: (dir) => [...more, ...(LINKED as (dir: string) => string[])(dir)],
        disturb: leadTo("a/very/very/very/long/way"),
        outcome: "misses",
      },
      { disturb: leadTo("s"), fresh: true, outcome: /^(misses|hits)$/ },
      { disturb: leadTo("t/u"), fresh: true, outcome: /^(misses|hits)$/ },
      { disturb: leadTo("s"), fresh: true, outcome: "hits" },
    ],
  })),
];

const GIVES_LTO = /^not stored: .* gives the compiler -flto/;

const written: readonly Case[] = [
  ...[
    ["--target=x86_64-w64-windows-gnu", "-g", "-gcodeview"],
    ["--target=x86_64-windows-msvc", "-g"],
  ].map((flags): Case => ({
    fact: `F23 the object's name in Microsoft's debug information, ${flags.join(" ")}`,
    compilers: ["clang", "clang-19"],
    steps: ["x.o", "y.o", "x.o"].map((output, at) => ({
      args: [...flags, UNTIMED, "-c", "x.c", "-o", output],
      fresh: true,
      outcome: at < 2 ? "misses" : "hits",
    })),
  })),
  ...["-fmessage-length=0", "-fdiagnostics-urls=never", "-fdiagnostics-generate-patch"].map(
    (flag): Case => ({
      fact: `F23 ${flag}, which gcc writes into debug information`,
      compilers: GNU,
      literal: true,
      steps: [
        { args: ["-g", ...COMPILE], outcome: "misses" },
        { args: ["-g", flag, ...COMPILE], fresh: true, outcome: "misses" },
        { fresh: true, outcome: "hits" },
      ],
    }),
  ),
  {
    fact: "F24 a directory for configuration files in the home directory",
    compilers: ["clang-16"],
    skip: missing("clang-16"),
    files: { "h1/c/clang.cfg": "-DQ=1\n", "h2/c/clang.cfg": "-DQ=2\n", "x.c": "int q = Q;\n" },
    steps: ["h1", "h2"].map((home) => ({
      args: ["--config-user-dir=~/c", ...COMPILE],
      around: (words, dir) => ["env", `HOME=${dir}/${home}`, ...words],
      outcome: /^not stored: --config-user-dir=~\/c depends on the home directory$/,
    })),
  },
  {
    fact: "F24 specs that ask for a variable",
    compilers: GNU,
    files: {
      "h1/q.h": "#define Q 1\n",
      "h2/q.h": "#define Q 2\n",
      "x.c": "#include <q.h>\nint q = Q;\n",
      s: "*cpp:\n%{!zz:-I%:getenv(HOME /)}\n\n",
    },
    steps: ["h1", "h2"].map((home) => ({
      args: ["-specs=./s", ...COMPILE],
      around: (words, dir) => ["env", `HOME=${dir}/${home}`, ...words],
      outcome: /^not stored: .* gives the compiler %:getenv/,
    })),
  },
  {
    fact: "F24 specs that gcc takes by itself",
    compilers: GNU,
    files: { "B/specs": "*cc1:\n+ -flto\n\n" },
    steps: [{ args: ["-BB/", SEED, ...COMPILE], outcome: GIVES_LTO }],
  },
  {
    fact: "F24 specs that others take in",
    compilers: GNU,
    files: { s: "%include <more>\n", more: "*cc1:\n+ -flto\n\n" },
    steps: [{ args: ["-specs=./s", SEED, ...COMPILE], outcome: GIVES_LTO }],
  },
];

const OFFLOADED = "int f(int n) {\n#pragma omp target\n  { n += 1; }\n  return n;\n}\n";

for (const compiler of ["clang", "clang-19"]) {
  testUnless(missing(compiler), `a file's inode that stands in a name (${compiler})`, () => {
    const dir = world.project(`inode-${compiler}`, { "x.c": OFFLOADED });
    const run = world.run([kache, compiler, "-fopenmp", ...COMPILE], { cwd: dir });
    expect(recorded(run.events)).toBe(
      "not stored: an offloaded region is named by its file's inode",
    );
  });
}

for (const compiler of ["clang", "clang-19"]) {
  testUnless(missing(compiler), `a call that a configuration file has kept (${compiler})`, () => {
    const files = { "x.c": SOURCE, "my.cfg": "-g -gcodeview --target=x86_64-w64-windows-gnu\n" };
    const dir = world.project(`called-${compiler}`, files);
    const words = [kache, compiler, "--config", `${dir}/my.cfg`, ...COMPILE];
    const run = world.run(words, { cwd: dir });
    expect(recorded(run.events)).toBe("not stored: debug information holds the call");
  });
}

describe("what is compared with full paths", () => {
  testCases(world, patterns);
});
describe("maps", () => {
  testCases(world, maps);
  testCases(world, innerMaps);
});
describe("names by their length", () => {
  testCases(world, names);
  testCases(world, lengths);
});
describe("what is written down, and what variables bring in", () => {
  testCases(world, written);
});
