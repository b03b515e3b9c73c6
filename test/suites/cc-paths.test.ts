// Two places, one project: compiles are shared between checkouts where the bytes allow it, and no object,
// rule or message of one checkout ever names another.
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Arguments, type Case, type Step, testCases } from "../support/cc-twin.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-paths");

const CLANG = ["clang"];
const COMPILE = ["-c", "x.c", "-o", "x.o"];
const SOURCE = '#include "x.h"\nint x(void) { int unused; return X; }\n';
const HEADER = "#define X 1\n";

/** One project in two places. */
const places = (one: string, two: string, files: Readonly<Record<string, string>> = {}) => {
  const all = { "x.c": SOURCE, "x.h": HEADER, ...files };
  const at = (place: string) =>
    Object.entries(all).map(([name, text]): [string, string] => [`${place}/${name}`, text]);
  return { "x.c": undefined, "x.h": undefined, ...Object.fromEntries([...at(one), ...at(two)]) };
};
const TWO = places("one", "two");

/** Compiles in one place and then in the other. */
function both(
  args: Arguments = COMPILE,
  second: Step["outcome"] = "hits",
  step: Partial<Step> = {},
): Step[] {
  return [
    { args, ...step, cwd: "one", outcome: "misses" },
    { ...step, cwd: "two", outcome: second },
    { ...step, cwd: "one", outcome: "hits" },
    { ...step, cwd: "two", outcome: "hits" },
  ];
}

const here = (args: (dir: string) => readonly string[]) => args;

const shared: readonly Case[] = [
  { fact: "F1 two directories without debug information", files: TWO, steps: both() },
  {
    fact: "F1 two directories with paths kept as they are",
    literal: true,
    files: TWO,
    steps: both(COMPILE, "misses"),
  },
  {
    fact: "F2 two directories with debug information that is mapped",
    mapped: true,
    files: TWO,
    steps: both(["-g", ...COMPILE]),
  },
  {
    fact: "F2 two directories with debug information that is not mapped",
    literal: true,
    files: TWO,
    steps: both(["-g", ...COMPILE], "misses"),
  },
  ...[["-g", "-g0"], ["-gz"], ["-ggdb3"], ["-g1"], ["-g", "-gdwarf-4"], ["-gline-tables-only"]].map(
    (flags) => ({
      fact: `F3 two directories with ${flags.join(" ")}, mapped`,
      ...(flags[0] === "-gline-tables-only" ? { compilers: CLANG } : {}),
      mapped: true,
      files: TWO,
      steps: both([...flags, ...COMPILE]),
    }),
  ),
  {
    fact: "F3 -g -g0 leaves no directory in the object",
    literal: true,
    files: TWO,
    steps: both(["-g", "-g0", ...COMPILE], /^(hits|misses)$/),
  },
  {
    fact: "F4 a debug map of one's own for the working directory",
    literal: true,
    files: TWO,
    steps: [
      {
        args: here((dir) => ["-g", `-fdebug-prefix-map=${dir}/one=.`, ...COMPILE]),
        cwd: "one",
        outcome: "misses",
      },
      {
        args: here((dir) => ["-g", `-fdebug-prefix-map=${dir}/two=.`, ...COMPILE]),
        cwd: "two",
        outcome: /^(hits|misses)$/,
      },
      {
        args: here((dir) => ["-g", `-fdebug-prefix-map=${dir}/one=.`, ...COMPILE]),
        cwd: "one",
        outcome: "hits",
      },
    ],
  },
  {
    fact: "F4 a debug map of one's own, with the executable's maps around it",
    files: TWO,
    mapped: true,
    steps: [
      {
        args: here((dir) => ["-g", `-fdebug-prefix-map=${dir}/one=.`, ...COMPILE]),
        cwd: "one",
        outcome: "misses",
      },
      {
        args: here((dir) => ["-g", `-fdebug-prefix-map=${dir}/two=.`, ...COMPILE]),
        cwd: "two",
        outcome: "hits",
      },
    ],
  },
  {
    fact: "F5 of several maps the last that fits wins",
    literal: true,
    files: TWO,
    steps: [
      {
        args: here((dir) => [
          "-g",
          `-fdebug-prefix-map=${dir}=/a`,
          `-fdebug-prefix-map=${dir}/one=/b`,
          ...COMPILE,
        ]),
        cwd: "one",
        outcome: "misses",
      },
      {
        args: here((dir) => [
          "-g",
          `-fdebug-prefix-map=${dir}/one=/b`,
          `-fdebug-prefix-map=${dir}=/a`,
          ...COMPILE,
        ]),
        cwd: "one",
        outcome: "misses",
      },
      {
        args: here((dir) => [
          "-g",
          `-fdebug-prefix-map=${dir}=/a`,
          `-fdebug-prefix-map=${dir}/one=/b`,
          ...COMPILE,
        ]),
        cwd: "one",
        outcome: "hits",
      },
    ],
  },
  ...["-ffile-prefix-map", "-fmacro-prefix-map"].map((flag) => ({
    fact: `F6 ${flag} of one's own for the working directory`,
    files: places("one", "two", { "x.c": "const char *x(void) { return __FILE__; }\n" }),
    literal: true,
    steps: [
      {
        args: here((dir) => [`${flag}=${dir}/one=/p`, "-c", `${dir}/one/x.c`, "-o", "x.o"]),
        cwd: "one",
        outcome: "misses" as const,
      },
      {
        args: here((dir) => [`${flag}=${dir}/two=/p`, "-c", `${dir}/two/x.c`, "-o", "x.o"]),
        cwd: "two",
        outcome: /^(hits|misses)$/,
      },
      { fresh: true, cwd: "two", outcome: "hits" as const },
    ],
  })),
  {
    fact: "F6 -fcoverage-prefix-map",
    compilers: CLANG,
    literal: true,
    files: TWO,
    steps: both(
      ["-fprofile-instr-generate", "-fcoverage-mapping", "-fcoverage-prefix-map=/a=/b", ...COMPILE],
      /^(hits|misses)$/,
    ),
  },
  ...["-fdebug-compilation-dir=.", "-ffile-compilation-dir=.", "-fcoverage-compilation-dir=."].map(
    (flag) => ({
      fact: `F7 ${flag}`,
      compilers: CLANG,
      literal: true,
      files: TWO,
      steps: both(["-g", flag, ...COMPILE], /^(hits|misses)$/),
    }),
  ),
  {
    fact: "F8 absolute paths with paths kept as they are",
    literal: true,
    files: TWO,
    steps: [
      { args: here((dir) => ["-c", `${dir}/one/x.c`, "-o", "x.o"]), cwd: "one", outcome: "misses" },
      { args: here((dir) => ["-c", `${dir}/two/x.c`, "-o", "x.o"]), cwd: "two", outcome: "misses" },
    ],
  },
  {
    fact: "F9 absolute paths in every argument, and rules of this place",
    files: places("one", "two", {
      "inc/y.h": "#define Y 1\n",
      "x.c": "#include <y.h>\nint x(void) { return Y; }\n",
    }),
    steps: [
      { args: everywhere("one"), cwd: "one", outcome: "misses" },
      { args: everywhere("two"), cwd: "two", outcome: "hits" },
      { args: everywhere("two"), cwd: "two", fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "F9 absolute paths below a base directory",
    files: places("one", "two", {
      "inc/y.h": "#define Y 1\n",
      "x.c": "#include <y.h>\nint x(void) { return Y; }\n",
    }),
    steps: [
      {
        args: everywhere("one"),
        cwd: "one",
        outcome: "misses",
        wrappedEnv: { KACHE_BASE_DIR: "/tmp" },
      },
      {
        args: everywhere("one"),
        cwd: "one",
        fresh: true,
        outcome: "hits",
        wrappedEnv: { KACHE_BASE_DIR: "/tmp" },
      },
    ],
  },
  ...["/", "/tmp:/", "/nonexistent:/tmp"].map((dirs) => ({
    fact: `F10 the base directories ${dirs}`,
    files: TWO,
    steps: both(
      here((dir) => ["-Wall", "-MD", `-I${dir}`, ...COMPILE]),
      /^(hits|misses)$/,
      { wrappedEnv: { KACHE_BASE_DIR: dirs } },
    ),
  })),
  {
    fact: "F11 a path with more slashes and dots than it needs",
    files: TWO,
    steps: [
      {
        args: here((dir) => ["-MD", "-c", `/${dir}/./two/../one//x.c`, "-o", "x.o"]),
        cwd: "one",
        outcome: "misses",
      },
      {
        args: here((dir) => ["-MD", "-c", `/${dir}/./two/../one//x.c`, "-o", "x.o"]),
        cwd: "one",
        fresh: true,
        outcome: "hits",
      },
    ],
  },
  {
    fact: "F11 dots do not lead through links",
    files: { "far/away/dir/": "", "far/away/x.h": "#define X 2\n", "x.h": "#define X 1\n" },
    steps: [
      {
        args: ["-Ilink/..", "-c", "y.c"],
        edit: { "y.c": "#include <x.h>\nint y(void) { return X; }\n" },
        disturb: link("far/away/dir", "link"),
        outcome: "misses",
      },
      { fresh: true, disturb: link("far/away/dir", "link"), outcome: "hits" },
      {
        fresh: true,
        disturb: (dir) => {
          mkdirSync(join(dir, "link"));
        },
        outcome: "misses",
      },
    ],
  },
  {
    fact: "F13 a build directory that is a link out of the sources",
    files: {
      "src/x.c": SOURCE,
      "src/x.h": HEADER,
      "elsewhere/": "",
      "x.c": undefined,
      "x.h": undefined,
    },
    mapped: false,
    steps: [
      {
        args: ["-Wall", "-MD", "-I../src", "-c", "../src/x.c", "-o", "x.o"],
        cwd: "src/build",
        disturb: link("../build", "src/build", "build"),
        outcome: /^(misses|fails)$/,
      },
      {
        fresh: true,
        cwd: "src/build",
        disturb: link("../build", "src/build", "build"),
        outcome: /^(hits|fails)$/,
      },
    ],
  },
  {
    fact: "F13 sources that are a link out of the build directory",
    files: {
      "far/src/x.c": SOURCE,
      "far/src/x.h": HEADER,
      "x.c": undefined,
      "x.h": undefined,
      "build/": "",
    },
    steps: [
      {
        args: ["-Wall", "-MD", "-c", "src/x.c", "-o", "x.o"],
        cwd: "build",
        disturb: link("../far/src", "build/src"),
        outcome: "misses",
      },
      { fresh: true, cwd: "build", disturb: link("../far/src", "build/src"), outcome: "hits" },
    ],
  },
  {
    fact: "F14 warnings name the place they are read in",
    files: TWO,
    steps: [
      {
        args: here((dir) => ["-Wall", "-c", `${dir}/one/x.c`, "-o", "x.o"]),
        cwd: "one",
        outcome: "misses",
      },
      {
        args: here((dir) => ["-Wall", "-c", `${dir}/two/x.c`, "-o", "x.o"]),
        cwd: "two",
        outcome: "hits",
      },
      { fresh: true, cwd: "two", outcome: "hits" },
    ],
  },
  {
    fact: "F16 a working directory that is gone",
    skip: "the runtime does not start in a directory that is gone",
    files: { "kept/": "" },
    steps: [
      {
        args: here((dir) => ["-c", join(dir, "x.c"), "-o", join(dir, "x.o")]),
        cwd: "kept",
        around: (words, dir) => [
          "sh",
          "-c",
          'mkdir gone && cd gone && rmdir ../gone && exec "$@" 2>/dev/null',
          "sh",
          ...words,
          `-I${dir}`,
        ],
        outcome: /./,
      },
    ],
  },
  {
    fact: "F17 __FILE__ of an absolute source, mapped",
    mapped: true,
    files: places("one", "two", { "x.c": "const char *x(void) { return __FILE__; }\n" }),
    steps: [
      { args: here((dir) => ["-c", `${dir}/one/x.c`, "-o", "x.o"]), cwd: "one", outcome: "misses" },
      { args: here((dir) => ["-c", `${dir}/two/x.c`, "-o", "x.o"]), cwd: "two", outcome: "hits" },
    ],
  },
  {
    fact: "F17 __FILE__ of an absolute source below a base directory never names another checkout",
    files: places("one", "two", { "x.c": "const char *x(void) { return __FILE__; }\n" }),
    literal: true,
    steps: [
      {
        args: here((dir) => ["-c", `${dir}/one/x.c`, "-o", "x.o"]),
        cwd: "one",
        outcome: "misses",
        wrappedEnv: { KACHE_BASE_DIR: "/tmp" },
      },
      {
        args: here((dir) => ["-c", `${dir}/two/x.c`, "-o", "x.o"]),
        cwd: "two",
        outcome: "misses",
        wrappedEnv: { KACHE_BASE_DIR: "/tmp" },
      },
    ],
  },
  {
    fact: "F18 -fbuild-session-file",
    compilers: CLANG,
    files: { session: "" },
    steps: [
      {
        args: here((dir) => [`-fbuild-session-file=${dir}/session`, ...COMPILE]),
        outcome: /^(misses|passes: .*)$/,
      },
      { fresh: true, outcome: /^(hits|passes: .*)$/ },
    ],
  },
  {
    fact: "F18 -fprofile-generate with an absolute directory",
    literal: true,
    steps: [
      {
        args: here((dir) => ["-frandom-seed=x", `-fprofile-generate=${dir}/profile`, ...COMPILE]),
        outcome: /^(misses|passes: .*)$/,
      },
      { fresh: true, outcome: /^(hits|passes: .*)$/ },
    ],
  },
  {
    fact: "F19 the rule's target is the object as it was given",
    files: TWO,
    steps: [
      {
        args: here((dir) => ["-MD", "-c", "x.c", "-o", `${dir}/one/x.o`]),
        cwd: "one",
        outcome: "misses",
      },
      { args: ["-MD", "-c", "x.c", "-o", "./x.o"], cwd: "one", outcome: "hits" },
      {
        args: here((dir) => ["-MD", "-c", "x.c", "-o", `${dir}/two/x.o`]),
        cwd: "two",
        outcome: "hits",
      },
    ],
  },
  {
    fact: "F20 places with names of different lengths",
    mapped: true,
    files: places("one", "a/much/deeper/place", {
      "x.c": '#include "x.h"\n#include <stddef.h>\nconst char *x(void) { return __FILE__; }\n',
    }),
    steps: [
      {
        args: here((dir) => ["-g", "-MD", "-c", `${dir}/one/x.c`, "-o", "x.o"]),
        cwd: "one",
        outcome: "misses",
      },
      {
        args: here((dir) => ["-g", "-MD", "-c", `${dir}/a/much/deeper/place/x.c`, "-o", "x.o"]),
        cwd: "a/much/deeper/place",
        outcome: "hits",
      },
    ],
  },
  {
    fact: "F21 names on a file system that ignores case",
    steps: [],
    skip: "no such file system here",
  },
];

function everywhere(place: string) {
  return (dir: string): string[] => {
    const at = (name: string) => join(dir, place, name);
    return [
      `-I${at("inc")}`,
      "-MD",
      "-MF",
      at("x.d"),
      "-MT",
      at("x.o"),
      "-MQ",
      at("y.o"),
      "-c",
      at("x.c"),
      "-o",
      at("x.o"),
    ];
  };
}

function link(target: string, name: string, made?: string) {
  return (dir: string): void => {
    if (made !== undefined) mkdirSync(join(dir, made), { recursive: true });
    rmSync(join(dir, name), { recursive: true, force: true });
    symlinkSync(target, join(dir, name));
  };
}

testCases(world, shared);

testUnless(missing("gdb"), "F2 a debugger in each checkout finds that checkout's sources", () => {
  for (const place of ["gdb/one", "gdb/far/two"]) {
    const dir = world.project(place, {
      "x.c": "int main(void) {\n  return 0; /* the line */\n}\n",
    });
    expect(world.run([kache, "gcc", "-g", "-c", "x.c", "-o", "x.o"], { cwd: dir }).exitCode).toBe(
      0,
    );
    expect(world.run(["gcc", "x.o", "-o", "x"], { cwd: dir }).exitCode).toBe(0);
    const listed = world.run(["gdb", "-batch", "-nx", "-ex", "list main", "./x"], { cwd: dir });
    expect(listed.stdout).toContain("the line");
  }
});

const LIBRARY = {
  "CMakeLists.txt":
    "cmake_minimum_required(VERSION 3.10)\nproject(p C)\nadd_library(p STATIC src/x.c src/sub/y.c)\ntarget_include_directories(p PRIVATE include)\n",
  "src/x.c": '#include "x.h"\nconst char *x(void) { return __FILE__; }\n',
  "src/sub/y.c": '#include "x.h"\nint y(void) { return X; }\n',
  "include/x.h": "#define X 1\n",
};

testUnless(
  missing("cmake") ?? missing("ninja"),
  "a CMake build out of the tree hits in another checkout, with debug information",
  () => {
    const build = (place: string): { events: string[]; objects: Buffer[] } => {
      const dir = world.project(place, LIBRARY);
      const build = join(dir, "out/build");
      const words = [
        "cmake",
        "-G",
        "Ninja",
        "-S",
        dir,
        "-B",
        build,
        "-DCMAKE_BUILD_TYPE=Debug",
        `-DCMAKE_C_COMPILER_LAUNCHER=${kache}`,
      ];
      expect(world.run(words, { cwd: dir }).exitCode).toBe(0);
      const run = world.run(["ninja", "-C", build], { cwd: dir });
      expect(run.exitCode).toBe(0);
      expect(world.run(["ninja", "-C", build], { cwd: dir }).stdout).toContain("no work to do");
      const objects = ["src/x.c.o", "src/sub/y.c.o"].map((name) =>
        readFileSync(join(build, "CMakeFiles/p.dir", name)),
      );
      return { events: run.events.map(({ result }) => result), objects };
    };
    const first = build("cmake/one");
    const second = build("cmake/much/deeper/two");
    expect(first.events.filter((result) => result === "miss")).toHaveLength(2);
    expect(second.events.filter((result) => result === "local_hit")).toHaveLength(2);
    expect(second.objects).toEqual(first.objects);
  },
);

test("an assertion's text in a second checkout is that of a relative path", () => {
  for (const place of ["assert/one", "assert/deeper/two"]) {
    const dir = world.project(place, {
      "src/x.c":
        "#include <assert.h>\nint main(int n, char **a) { (void)a; assert(n == 2); return 0; }\n",
      "build/": "",
    });
    const compile = [kache, "gcc", "-c", join(dir, "src/x.c"), "-o", "x.o"];
    expect(world.run(compile, { cwd: join(dir, "build") }).exitCode).toBe(0);
    expect(world.run(["gcc", "x.o", "-o", "x"], { cwd: join(dir, "build") }).exitCode).toBe(0);
    const said = world.run(["./x"], { cwd: join(dir, "build") }).stderr;
    expect(said).toContain("x.c:2: main: Assertion");
    expect(said).not.toContain(dirname(dir));
  }
});

testUnless(missing("cmake"), "what CMake only tries in a repository is compiled once", () => {
  const lists =
    "cmake_minimum_required(VERSION 3.10)\nproject(p C)\ninclude(CheckCSourceCompiles)\n" +
    'check_c_source_compiles("int main(void) { return 0; }" IT_WORKS)\n';
  const shims = world.path("try-shims");
  expect(world.run([kache, "shims", "--dir", shims]).exitCode).toBe(0);
  const outcomes = ["try/one", "try/much/deeper/two"].map((place) => {
    const dir = world.project(place, { "CMakeLists.txt": lists, ".git/HEAD": "" });
    const run = world.run(["cmake", "-B", "build", `-DCMAKE_C_COMPILER=${shims}/cc`], {
      cwd: dir,
      env: { KACHE_CACHE_DIR: world.path("try-cache") },
    });
    expect(run.stdout).toContain("IT_WORKS - Success");
    const tried = run.events.filter(({ crate_name }) => crate_name === "src.c");
    return tried.map(({ result }) => result).filter((result) => result !== "passthrough");
  });
  expect(outcomes).toEqual([["miss"], ["local_hit"]]);
});
