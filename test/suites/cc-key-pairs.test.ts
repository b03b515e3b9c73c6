// Every input of a C or C++ compile counts, and noise does not: rows of two compiles.
import { describe, setDefaultTimeout } from "bun:test";
import { chmodSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CcPair, testCcPairs } from "../support/cc-pair.ts";
import { worldFor } from "../support/rig.ts";
import { missing } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-pairs");

const BASE = ["-c", "src/x.c", "-o", "out/x.o", "-Iinc"];
const flags = (...args: string[]) => ({ args: [...args, ...BASE] });

function flagRow(flag: string, second: CcPair["second"] = "misses"): CcPair {
  return { fact: `${flag} ${String(second)}`, second, first: flags(), changed: flags(flag) };
}

describe("arguments that count", () => {
  testCcPairs(
    world,
    [
      ..."-O2 -O3 -Os -g -g3 -fPIC -std=c99 -DX=1 -UX -Wall -Werror -w -pedantic -m32".split(" "),
      ..."-ffast-math -fno-common -fvisibility=hidden -fstack-protector -mtune=native".split(" "),
      ..."-march=native -fsanitize=address -flto -pthread -frandom-seed=7 -finput-charset=latin1".split(
        " ",
      ),
      ..."-Wp,-D_FORTIFY_SOURCE=2 -Wa,--noexecstack -ffunction-sections -frecord-gcc-switches".split(
        " ",
      ),
    ]
      .filter((flag) => flag !== "-m32")
      .map((flag) => flagRow(flag)),
  );
  testCcPairs(world, [
    {
      fact: "the order of warning flags counts",
      second: "misses",
      first: flags("-Wall", "-Wno-unused"),
      changed: flags("-Wno-unused", "-Wall"),
    },
    {
      fact: "another compiler's name counts",
      second: "misses",
      changed: { compiler: "g++" },
    },
    {
      fact: "a directory that is searched counts",
      second: "misses",
      first: flags(),
      changed: flags("-Iother"),
    },
  ]);
});

describe("arguments that are noise", () => {
  testCcPairs(world, [
    flagRow("-pipe", "hits"),
    flagRow("-fdiagnostics-color=always", "hits"),
    {
      fact: "joined and separate values are one",
      second: "hits",
      first: flags("-D", "A"),
      changed: flags("-DA"),
    },
    {
      fact: "a dependency file's place is noise",
      second: "hits",
      first: flags("-MMD", "-MP", "-MF", "out/one.d"),
      changed: flags("-MMD", "-MP", "-MF", "out/two.d"),
    },
    {
      fact: "a dependency file's target is noise",
      second: "hits",
      first: flags("-MD", "-MT", "a", "-MT", "b"),
      changed: flags("-MD", "-MT", "a/rather/long/name/that/changes/where/all/the/lines/break.o"),
    },
  ]);
});

describe("flags that are not cached", () => {
  for (const [flag, why] of [
    ["-save-temps", /-save-temps/],
    ["-fdump-tree-all", /-fdump-/],
    ["--no-such-flag", /unsupported flag --no-such-flag/],
    ["-fmodules-ts", /-fmodules-ts/],
    ["-Wa,-a=list", /-Wa,-a=list/],
  ] as const) {
    testCcPairs(world, [
      { fact: `${flag} is named`, kept: why, second: why, first: flags(flag), oneWay: true },
    ]);
  }
  testCcPairs(world, [
    {
      fact: "a flag the user vouches for counts as text",
      second: "misses",
      first: { ...flags("-specs=/dev/null"), env: { KACHE_CC_EXTRA_ALLOWLIST_FLAGS: "-x-y" } },
      changed: flags(),
    },
  ]);
});

describe("variables", () => {
  const row = (name: string, value: string, second: CcPair["second"]): CcPair => ({
    fact: `${name} ${second === "hits" ? "is noise" : "counts"}`,
    second,
    changed: { env: { [name]: value } },
  });
  testCcPairs(world, [
    row("CPATH", "inc", "misses"),
    row("C_INCLUDE_PATH", "inc", "misses"),
    row("LC_ALL", "C", "misses"),
    row("COMPILER_PATH", "/nonexistent", "misses"),
    row("UNRELATED", "1", "hits"),
    row("MAKEFLAGS", " -j --jobserver-auth=fifo:/nonexistent", "hits"),
    row("SOURCE_DATE_EPOCH", "1", "hits"),
    row("KACHE_KEY_SALT", "other", "misses"),
    row("KACHE_CC_PATH_NORMALIZE", "off", "misses"),
    row("DEPENDENCIES_OUTPUT", "deps", /passthrough: .*DEPENDENCIES_OUTPUT is set/),
    row("LD_AUDIT", "/nonexistent.so", /passthrough: .*LD_AUDIT is set/),
    row("LD_DEBUG", "statistics", /passthrough: .*LD_DEBUG is set/),
  ]);
});

describe("files that count by content", () => {
  const list = "fun:foo\n";
  testCcPairs(world, [
    { fact: "a header", second: "misses", edit: { "inc/x.h": "#define ANSWER 43\n" } },
    {
      fact: "-include",
      second: "misses",
      files: { "pre.h": "#define PRE 1\n" },
      first: flags("-include", "pre.h"),
      edit: { "pre.h": "#define PRE 2\n" },
    },
    {
      fact: "-imacros",
      second: "misses",
      files: { "pre.h": "#define PRE 1\n" },
      first: flags("-imacros", "pre.h"),
      edit: { "pre.h": "#define PRE 2\n" },
    },
    {
      fact: "-specs",
      second: "misses",
      files: { "my.specs": "*cc1_options:\n+ -DONE\n" },
      first: flags("-specs=my.specs"),
      edit: { "my.specs": "*cc1_options:\n+ -DTWO\n" },
    },
    {
      fact: "a response file",
      second: "misses",
      files: { args: "-DONE" },
      first: flags("@args"),
      edit: { args: "-DTWO" },
    },
    {
      fact: ".incbin",
      second: "misses",
      files: { "data.bin": "one", "src/x.c": '__asm__(".data\\n.incbin \\"data.bin\\"");\n' },
      edit: { "data.bin": "two" },
    },
    {
      fact: ".include of an assembler source",
      second: "misses",
      files: { "part.inc": ".byte 1\n", "src/x.S": '.data\n.include "part.inc"\n' },
      first: { args: ["-c", "src/x.S", "-o", "out/x.o"] },
      edit: { "part.inc": ".byte 2\n" },
    },
  ]);
  const clang = missing("clang");
  if (clang === undefined) {
    testCcPairs(world, [
      {
        fact: "a sanitizer's list",
        second: "misses",
        files: { list },
        first: { compiler: "clang", ...flags("-fsanitize=address", "-fsanitize-ignorelist=list") },
        edit: { list: "fun:bar\n" },
      },
    ]);
  }
});

describe("times", () => {
  testCcPairs(world, [
    {
      fact: "a touched but unchanged header is still a hit",
      second: "hits",
      disturb: (project) => {
        utimesSync(join(project, "inc/x.h"), 1, 1);
      },
    },
    {
      fact: "__TIME__ is not kept",
      kept: /skipped: the output holds the time/,
      second: /skipped/,
      oneWay: true,
      files: { "src/x.c": "const char *t = __TIME__;\n" },
    },
    {
      fact: "__DATE__ is kept for the day",
      second: "hits",
      files: { "src/x.c": "const char *t = __DATE__;\n" },
    },
    {
      fact: "__DATE__ with SOURCE_DATE_EPOCH counts by it",
      second: "misses",
      files: { "src/x.c": "const char *t = __DATE__ __TIME__;\n" },
      first: { env: { SOURCE_DATE_EPOCH: "86400" } },
      changed: { env: { SOURCE_DATE_EPOCH: "864000000" } },
    },
    {
      fact: "__TIMESTAMP__ is not kept",
      kept: /skipped: the output holds the time/,
      second: /skipped/,
      oneWay: true,
      files: { "src/x.c": "const char *t = __TIMESTAMP__;\n" },
    },
    {
      fact: "a pasted __TIME__ is seen all the same",
      kept: /skipped: the output holds the time/,
      second: /skipped/,
      oneWay: true,
      files: { "src/x.c": "#define P(a, b) a##b\nconst char *t = P(__TI, ME__);\n" },
    },
  ]);
});

describe("the compiler is its bytes", () => {
  const wrapper = (line: string) => `#!/bin/sh\n${line}\nexec gcc "$@"\n`;
  testCcPairs(world, [
    {
      fact: "a script in front of the compiler counts by its text",
      second: "misses",
      files: { "bin/gcc": wrapper("# one") },
      first: { compiler: "bin/gcc" },
      disturb: (project) => {
        writeFileSync(join(project, "bin/gcc"), wrapper("# two"));
      },
      oneWay: true,
    },
  ]);
  testCcPairs(
    world,
    [
      {
        fact: "a variable that a script may read counts",
        second: "misses",
        files: { "bin/gcc": wrapper(": $FLAVOUR") },
        first: { compiler: "bin/gcc", env: { FLAVOUR: "sweet" } },
        changed: { env: { FLAVOUR: "sour" } },
      },
    ].map((row) => ({ ...row, second: "misses" as const })),
  );
});

// Scripts out of a table are written without the executable bit.
const writeProject = world.project.bind(world);
world.project = (name, files) => {
  const dir = writeProject(name, files);
  if ("bin/gcc" in files) chmodSync(join(dir, "bin/gcc"), 0o755);
  return dir;
};
