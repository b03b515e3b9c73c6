// Two places, one project: compiles are shared between checkouts where the bytes allow it, and no object,
// rule or message of one checkout ever names another.
import { setDefaultTimeout } from "bun:test";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Case, testCases, unserved } from "../support/cc-twin.ts";
import { both, HEADER, here, link, places, SOURCE, TWO } from "../support/cc-places.ts";
import { CLANG, COMPILE } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";
import { kache } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-paths");

const shared: readonly Case[] = [
  {
    fact: "F8 absolute paths with paths kept as they are",
    literal: true,
    files: TWO,
    steps: [
      { args: here((dir) => ["-c", `${dir}/one/x.c`, "-o", "x.o"]), cwd: "one", outcome: "misses" },
      { args: here((dir) => ["-c", `${dir}/two/x.c`, "-o", "x.o"]), cwd: "two", outcome: "misses" },
    ],
  },
  ...[
    ["a=b", "c=d"],
    ["a\\b", "c\\d"],
  ].map(([one = "", two = ""]): Case => {
    const args = ["-g", "-MD", "-c", "x.c", "-o", "x.o"];
    return {
      fact: `F8 no map is made of ${one}, which compilers would read differently`,
      files: places(one, two),
      steps: [
        { args, cwd: one, outcome: "misses" },
        { cwd: one, fresh: true, outcome: "hits" },
        { cwd: two, outcome: "misses" },
        { cwd: two, fresh: true, outcome: "hits" },
      ],
    };
  }),
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
  {
    fact: "F9 absolute paths in two checkouts below a base directory around both",
    files: places("one", "two", {
      "inc/y.h": "#define Y 1\n",
      "x.c": "#include <y.h>\nint x(void) { return Y; }\n",
    }),
    steps: ["one", "two"].map((place) => ({
      args: everywhere(place),
      cwd: place,
      outcome: place === "one" ? "misses" : "hits",
      wrappedEnv: { KACHE_BASE_DIR: "/tmp" },
    })),
  },
  {
    fact: "F9 headers beside the checkout, below a base directory around both",
    files: {
      "beside/y.h": "#define Y 1\n",
      ...places("one", "two", { "x.c": "#include <y.h>\nint x(void) { return Y; }\n" }),
    },
    steps: ["one", "one"].map((place, at) => ({
      args: here((dir) => [`-I${dir}/beside`, "-c", `${dir}/${place}/x.c`, "-o", "x.o"]),
      cwd: place,
      fresh: at > 0,
      outcome: at === 0 ? "misses" : "hits",
      wrappedEnv: { KACHE_BASE_DIR: "/tmp" },
    })),
  },
  ...["/", "/tmp:/", "/nonexistent:/tmp"].map((dirs) => ({
    fact: `F10 the base directories ${dirs}`,
    files: TWO,
    steps: both(
      here((dir) => ["-Wall", "-MD", `-I${dir}`, ...COMPILE]),
      "misses",
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
        outcome: "misses",
      },
      {
        fresh: true,
        cwd: "src/build",
        disturb: link("../build", "src/build", "build"),
        outcome: "hits",
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
  ...(["called behind it", "called through a link"] as const).map((how): Case => ({
    fact: `F16 a working directory that is gone is the compiler's own business, ${how}`,
    files: { "kept/": "", "bin/": "" },
    steps: unserved(
      here((dir) => ["-g0", `-I${dir}`, "-c", join(dir, "x.c"), "-o", join(dir, "x.o")]),
      /^no event$/,
      {
        cwd: "kept",
        around: (words) => [
          "sh",
          "-c",
          'mkdir gone && cd gone && rmdir ../gone && exec "$@"',
          "sh",
          ...words,
        ],
        ...(how === "called behind it" ? {} : { wrapped: asLink }),
        check: (dir) => {
          rmSync(join(dir, "bin"), { recursive: true });
          mkdirSync(join(dir, "bin"));
        },
      },
    ),
  })),
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
    fact: "F17 __FILE__ of an absolute source below a base directory around both checkouts, mapped",
    files: places("one", "two", { "x.c": "const char *x(void) { return __FILE__; }\n" }),
    mapped: true,
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
        outcome: "hits",
        wrappedEnv: { KACHE_BASE_DIR: "/tmp" },
      },
    ],
  },
  {
    fact: "F17 the name of an absolute source in LLVM's code",
    compilers: CLANG,
    literal: true,
    files: TWO,
    steps: ["one", "two", "one"].map((place, at) => ({
      args: here((dir) => ["-emit-llvm", "-c", `${dir}/${place}/x.c`, "-o", "x.bc"]),
      cwd: place,
      outcome: at < 2 ? ("misses" as const) : ("hits" as const),
    })),
  },
  {
    fact: "F17 the name of an absolute source in LLVM's code, with the executable's maps",
    compilers: CLANG,
    files: TWO,
    steps: ["one", "two", "one"].map((place, at) => ({
      args: here((dir) => ["-emit-llvm", "-c", `${dir}/${place}/x.c`, "-o", "x.bc"]),
      cwd: place,
      outcome: at < 2 ? ("misses" as const) : ("hits" as const),
    })),
  },
  {
    fact: "F18 -fbuild-session-file",
    compilers: CLANG,
    files: { session: "" },
    steps: [
      {
        args: here((dir) => [`-fbuild-session-file=${dir}/session`, ...COMPILE]),
        outcome: "misses",
      },
      { fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "F18 -fprofile-generate with an absolute directory",
    literal: true,
    steps: [
      {
        args: here((dir) => ["-frandom-seed=x", `-fprofile-generate=${dir}/profile`, ...COMPILE]),
        outcome: "misses",
      },
      { fresh: true, outcome: "hits" },
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

/** Calls a link to the executable that has the compiler's name. */
function asLink([name = "", ...args]: readonly string[], dir: string): string[] {
  symlinkSync(kache, join(dir, "bin", name));
  return [join(dir, "bin", name), ...args];
}

testCases(world, shared);
