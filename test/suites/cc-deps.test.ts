// Dependency files: every spelling leaves the file that the compiler alone would leave, byte for byte,
// whether the object was compiled or served.
import { expect, setDefaultTimeout } from "bun:test";
import { appendFileSync, chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Case, served, testCases, unserved } from "../support/cc-twin.ts";
import { CLANG, COMPILE } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-deps");

const WITH_SYSTEM = {
  "x.c": '#include <stddef.h>\n#include "x.h"\nsize_t x(void) { return X; }\n',
};

const depfiles: readonly Case[] = [
  {
    fact: "D1 the file lies beside the object",
    files: { "out/": "" },
    steps: served(["-MD", "-c", "x.c", "-o", "out/x.o"]),
  },
  { fact: "D1 without -o the file is named after the source", steps: served(["-MD", "-c", "x.c"]) },
  { fact: "D1 system headers are in it", files: WITH_SYSTEM, steps: served(["-MD", ...COMPILE]) },
  {
    fact: "D1 an object without an extension, or with two",
    steps: [
      ...served(["-MD", "-c", "x.c", "-o", "object"]),
      { args: ["-MD", "-c", "x.c", "-o", "x.y.o"], fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "D1 an object whose name is an extension, after another one",
    steps: [
      ...served(["-MD", ...COMPILE]),
      { args: ["-MD", "-c", "x.c", "-o", ".hidden"], fresh: true, outcome: "hits" },
      { args: ["-MD", "-c", "x.c", "-o", ".x.o"], fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "D1 what clang leaves beside such an object is called otherwise than gcc's",
    compilers: CLANG,
    steps: [
      ...served(["-fstack-usage", ...COMPILE]),
      ...unserved(["-fstack-usage", "-c", "x.c", "-o", ".hidden"], /^not stored: /),
    ],
  },
  {
    fact: "D2 -MMD leaves system headers out",
    files: WITH_SYSTEM,
    steps: [
      ...served(["-MMD", ...COMPILE]),
      { args: ["-MD", ...COMPILE], fresh: true, outcome: /^(hits|misses)$/ },
      { fresh: true, outcome: "hits" },
      { args: COMPILE, fresh: true, outcome: /^(hits|misses)$/ },
    ],
  },
  { fact: "D3 -MF separate", steps: served(["-MD", "-MF", "deps.mk", ...COMPILE]) },
  { fact: "D3 -MF joined", steps: served(["-MD", "-MFdeps.mk", ...COMPILE]) },
  {
    fact: "D3 -MF= is a name with an equal sign",
    steps: served(["-MD", "-MF=deps.mk", ...COMPILE]),
  },
  {
    fact: "D3 -MF without -MD",
    steps: unserved(["-MF", "deps.mk", ...COMPILE], /^(misses|hits|fails|passes: .*)$/),
  },
  {
    fact: "D3 -MF, -MT and -MQ without -MD, where the object is there already",
    literal: true,
    files: { "x.s": ".globl x\n" },
    steps: [
      { args: COMPILE, outcome: "misses" },
      ...[
        ["-MF", "deps.mk"],
        ["-MT", "target"],
        ["-MQ", "target"],
      ].map((words) => ({
        args: [...words, ...COMPILE],
        fresh: true,
        outcome: /^(misses|fails)$/,
      })),
      { args: ["-MD", "-c", "x.s", "-o", "s.o"], fresh: true, outcome: "misses" },
      { args: ["-MD", "-MF", "x.d", "-c", "x.s", "-o", "s.o"], fresh: true, outcome: "misses" },
    ],
  },
  {
    fact: "D3 -MF beside the preprocessor's own -MD",
    steps: [
      { args: ["-Wp,-MD,one.d", ...COMPILE], outcome: "misses" },
      ...unserved(["-Wp,-MD,one.d", "-MF", "two.d", ...COMPILE], /^passes: /),
    ],
  },
  {
    fact: "D3 -MF is the object",
    steps: [
      ...unserved(["-MD", "-MF", "x.o", ...COMPILE], "passes: output x.o is two of them"),
      ...unserved(["-MD", "-MF", "./x.o", ...COMPILE], "passes: output ./x.o is two of them"),
    ],
  },
  { fact: "D4 -MF to the null device", steps: served(["-MD", "-MF", "/dev/null", ...COMPILE]) },
  {
    fact: "D5 -MF in a missing directory is the compiler's error",
    steps: [
      { args: ["-MD", "-MF", "missing/x.d", ...COMPILE], outcome: "fails" },
      ...served(["-MD", "-MF", "x.d", ...COMPILE]),
      { args: ["-MD", "-MF", "missing/x.d", ...COMPILE], fresh: true, outcome: "fails" },
    ],
  },
  { fact: "D6 one -MT", steps: served(["-MD", "-MT", "target", ...COMPILE]) },
  { fact: "D6 two -MT, one joined", steps: served(["-MD", "-MT", "one", "-MTtwo", ...COMPILE]) },
  { fact: "D6 -MT with several words", steps: served(["-MD", "-MT", "one two$three", ...COMPILE]) },
  {
    fact: "D6 -MQ quotes what make would read",
    steps: served(["-MD", "-MQ", "a $b", "-MQc#d", ...COMPILE]),
  },
  {
    fact: "D8 another -MT shows in the file",
    steps: [
      ...served(["-MD", "-MT", "one", ...COMPILE]),
      { args: ["-MD", "-MT", "two", ...COMPILE], fresh: true, outcome: /^(hits|misses)$/ },
      { args: ["-MD", "-MT", "two", ...COMPILE], fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "D9 another object is another target",
    files: { "out/": "" },
    steps: [
      ...served(["-MD", ...COMPILE]),
      { args: ["-MD", "-c", "x.c", "-o", "out/y.o"], fresh: true, outcome: "hits" },
      { args: ["-MMD", "-c", "x.c", "-o", "y.o"], fresh: true, outcome: /^(hits|misses)$/ },
    ],
  },
  {
    fact: "D10 another -MF is another file",
    steps: [
      ...served(["-MD", "-MF", "one.d", ...COMPILE]),
      { args: ["-MD", "-MF", "two.d", ...COMPILE], fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "D11 -MP gives every header a target",
    files: WITH_SYSTEM,
    steps: served(["-MD", "-MP", ...COMPILE]),
  },
  {
    fact: "D11 -MMD -MP -MF -MT as CMake writes them",
    steps: served(["-MMD", "-MP", "-MT", "x.o", "-MF", "x.o.d", ...COMPILE]),
  },
  {
    fact: "D12 -MP with a warning that is an error",
    files: { "x.c": "int x(void) { int unused; return 1; }\n" },
    steps: unserved(["-MD", "-MP", "-Wall", "-Werror", ...COMPILE], "fails"),
  },
  {
    // Clang names the file after the source all the same, which is one file too many to be stored.
    fact: "D14 -Wp,-MMD,file,-MT,target of clang",
    compilers: CLANG,
    steps: unserved(["-Wp,-MMD,deps.mk,-MT,target", ...COMPILE], /^not stored: /),
  },
  {
    fact: "D14 -Wp,-MMD,file,-MT,target",
    compilers: ["gcc"],
    steps: served(["-Wp,-MMD,deps.mk,-MT,target", ...COMPILE]),
  },
  { fact: "D14 -Wp,-MD,file", steps: served(["-Wp,-MD,deps.mk", ...COMPILE]) },
  {
    fact: "D14 -Wp,-MP with -MF",
    steps: served(["-MMD", "-Wp,-MP", "-MF", "deps.mk", ...COMPILE]),
  },
  {
    fact: "D15 -Wp,-MMD,file and -MF",
    steps: unserved(
      ["-Wp,-MMD,one.d", "-MF", "two.d", ...COMPILE],
      /^(misses|hits|passes: .*|not stored: .*)$/,
    ),
  },
  { fact: "D17 -M", files: WITH_SYSTEM, steps: served(["-M", "x.c"]) },
  {
    fact: "D17 -MM, by the targets it is asked for",
    files: WITH_SYSTEM,
    steps: [
      ...served(["-MM", "x.c"]),
      { args: ["-MM", "-MT", "one", "x.c"], outcome: "misses" },
      { args: ["-MM", "-MT", "two", "x.c"], outcome: "misses" },
      { args: ["-MM", "-MQ", "two", "x.c"], outcome: "misses" },
      { args: ["-MM", "-MT", "one", "x.c"], outcome: "hits" },
    ],
  },
  {
    fact: "D17 -M into a file",
    files: WITH_SYSTEM,
    steps: served(["-M", "x.c", "-MF", "x.d"]),
  },
  {
    fact: "D17 -MM into the output, as jemalloc's makefile asks",
    files: { "src/x.c": '#include "x.h"\n', "src/x.h": "" },
    steps: [
      ...served(["-MM", "-MT", "src/x.o", "-o", "src/x.d", "src/x.c"]),
      { edit: { "src/x.h": '#include "y.h"\n', "src/y.h": "" }, outcome: "misses" },
      { args: ["-MM", "-o", "src/x.d", "src/x.c"], fresh: true, outcome: "hits" },
      { args: ["-M", "-o", "src/x.d", "src/x.c"], fresh: true, outcome: "misses" },
    ],
  },
  {
    fact: "D17 a header of rules alone that is made later",
    steps: [
      ...served(["-MM", "-MG", "-o", "x.d", "x.c"]),
      { args: ["-MM", "-o", "x.d", "x.c"], edit: { "x.h": undefined }, outcome: "fails" },
      { args: ["-MM", "-MG", "-o", "x.d", "x.c"], outcome: "misses" },
    ],
  },
  {
    fact: "D17 rules beside another output pass",
    steps: [
      ...unserved(["-MM", "-c", "x.c", "-o", "x.o"], /^passes: /),
      ...unserved(["-M", "-MD", "x.c", "-o", "x.d"], /^passes: /),
    ],
  },
  {
    fact: "D18 -MG with a header that is not there",
    files: { "x.c": '#include "made-later.h"\nint x(void) { return 1; }\n' },
    steps: served(["-MM", "-MG", "x.c"]),
  },
  {
    fact: "D19 -MJ",
    compilers: CLANG,
    steps: unserved(["-MJ", "x.json", ...COMPILE], /^passes: /),
  },
  {
    fact: "D20 -MD for an assembly source makes no file and keeps a stale one out",
    files: { "y.s": ".globl y\ny: ret\n" },
    steps: [
      {
        args: ["-MD", "-c", "y.s", "-o", "y.o"],
        edit: { "y.d": "stale\n" },
        outcome: /^(misses|passes: .*)$/,
      },
      { edit: { "y.d": undefined }, fresh: true, outcome: /^(hits|passes: .*)$/ },
    ],
  },
  {
    fact: "D21 two sources with one text each name themselves",
    files: { "a/y.c": "int y(void) { return 1; }\n", "b/y.c": "int y(void) { return 1; }\n" },
    steps: [
      ...served(["-MMD", "-c", "a/y.c", "-o", "a/y.o"]),
      { args: ["-MMD", "-c", "b/y.c", "-o", "b/y.o"], fresh: true, outcome: /^(hits|misses)$/ },
      { fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "D22 a header with one text in two places is named where it was used",
    files: {
      "a/x.h": "#define X 2\n",
      "b/x.h": "#define X 2\n",
      "y.c": "#include <x.h>\nint y(void) { return X; }\n",
    },
    steps: [
      ...served(["-MD", "-Ia", "-c", "y.c"]),
      { args: ["-MD", "-Ib", "-c", "y.c"], fresh: true, outcome: "misses" },
      { fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "D23 one source with other headers in another directory",
    files: {
      "a/y.h": "#define Y 1\n",
      "b/y.h": '#include "z.h"\n',
      "b/z.h": "#define Y 2\n",
      "y.c": "#include <y.h>\nint y(void) { return Y; }\n",
    },
    steps: [
      ...served(["-MD", "-I.", "-c", "../y.c"], { cwd: "a" }),
      { args: ["-MD", "-I.", "-c", "../y.c"], cwd: "b", outcome: "misses" },
      { cwd: "a", fresh: true, outcome: "hits" },
      { cwd: "b", fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "D24 a read-only dependency file is replaced as the compiler does",
    steps: [
      ...served(["-MD", ...COMPILE]),
      {
        disturb: (dir) => {
          chmodSync(join(dir, "x.d"), 0o444);
        },
        outcome: /^passes: output x\.d is read-only$/,
      },
    ],
  },
  {
    fact: "D26 what a tool does to the file later is not served",
    steps: [
      ...served(["-MD", ...COMPILE]),
      {
        disturb: (dir) => {
          appendFileSync(join(dir, "x.d"), "# rewritten in place\n");
          appendFileSync(join(dir, "x.o"), "rewritten in place\n");
        },
        outcome: "hits",
      },
      { fresh: true, outcome: "hits" },
    ],
  },
  ...(["DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES"] as const).flatMap((name) =>
    ["deps.mk", "deps.mk target"].map((value) => ({
      fact: `D27 ${name}="${value}"`,
      env: { [name]: value },
      steps: unserved(COMPILE, /^passes: .*(?:DEPENDENCIES_OUTPUT|SUNPRO_DEPENDENCIES) is set$/, {
        check: (dir) => {
          expect(existsSync(join(dir, "x.o"))).toBe(true);
        },
      }),
    })),
  ),
  {
    fact: "D27 a dependency file of the environment is appended to",
    env: { DEPENDENCIES_OUTPUT: "deps.mk" },
    steps: [
      { args: COMPILE, outcome: /^passes: .*(?:DEPENDENCIES_OUTPUT|SUNPRO_DEPENDENCIES) is set$/ },
      { outcome: /^passes: .*(?:DEPENDENCIES_OUTPUT|SUNPRO_DEPENDENCIES) is set$/ },
    ],
  },
  {
    fact: "D28 /sourceDependencies",
    steps: [],
    skip: "clang does not know it and cl does not run here: G31 has the flag",
  },
  {
    fact: "D28 /showIncludes notes are said again",
    compilers: CLANG,
    files: WITH_SYSTEM,
    steps: [
      {
        args: ["--driver-mode=cl", "/Brepro", "/showIncludes", "/c", "x.c", "/Fox.obj"],
        outcome: /^(misses|passes: .*)$/,
      },
      { fresh: true, outcome: /^(hits|passes: .*)$/ },
    ],
  },
  {
    fact: "D29 long lists are wrapped as by each compiler",
    files: {
      "y.c": `${Array.from({ length: 12 }, (_, n) => `#include "a-rather-long-name-of-a-header-${n}.h"\n`).join("")}int y;\n`,
      ...Object.fromEntries(
        Array.from({ length: 12 }, (_, n) => [`a-rather-long-name-of-a-header-${n}.h`, "\n"]),
      ),
    },
    steps: served(["-MD", "-MP", "-c", "y.c"]),
  },
  {
    fact: "D30 a base directory leaves the file's paths alone",
    steps: served(["-MD", ...COMPILE], { wrappedEnv: { KACHE_BASE_DIR: "/tmp" } }),
  },
  {
    fact: "D30 absolute paths in the file are those of this checkout",
    files: { "inc/y.h": "#define Y 1\n", "y.c": "#include <y.h>\nint y(void) { return Y; }\n" },
    steps: [
      {
        args: ["-c", "@args"],
        disturb: (dir) => {
          writeFileSync(join(dir, "args"), `-MD -I${dir}/inc ${dir}/y.c -o ${dir}/y.o`);
        },
        outcome: "misses",
      },
      { outcome: "hits" },
    ],
  },
];

testCases(world, depfiles);
