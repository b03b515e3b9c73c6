// Nothing stale is ever served for clang-cl either, with the observer and without it: after each change the
// object is the one that clang-cl alone makes, and after the change is undone the first one is served.
import { describe, setDefaultTimeout } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { BOTH_WAYS, type Case, type Outcome, type Step, testCases } from "../support/cc-twin.ts";
import { worldFor } from "../support/rig.ts";
import type { Files } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-cl-traps");

// The case's own link, so that clang reads its arguments as cl does.
mkdirSync(world.path("bin"), { recursive: true });
const clangCl = world.path("bin", "clang-cl");
symlinkSync(Bun.which("clang") ?? "/usr/bin/clang", clangCl);

/** Without `/Brepro` an object holds the second in which it was made. */
const COMPILE = ["/nologo", "/Brepro", "/c", "x.c"];
const guessed = (why: string): Outcome =>
  `not stored: inputs cannot be known (no observer): ${why}`;

/** A compile, a second one, a change after which the compiler must run, and the way back. */
interface Trap {
  readonly fact: string;
  readonly files: Files;
  readonly args?: readonly string[];
  readonly edit: Files;
  /** What takes the edit back, where that is more than the old files. */
  readonly undo?: Files;
  /** How each step is recorded without the observer, where that differs. */
  readonly unobserved?: Outcome;
}

const X = "int x(void) { return Y; }\n";
const SOURCE = `#include "y.h"\n${X}`;

function trap({ fact, files, args = [], edit, undo, unobserved }: Trap): Case {
  const before: Record<string, string | Uint8Array | undefined> = {};
  for (const name of Object.keys(edit)) before[name] = files[name];
  const step: Partial<Step> = { compiler: [clangCl], unobserved };
  const all = [...args, ...COMPILE];
  return {
    fact,
    compilers: ["clang"],
    files,
    steps: [
      { args: all, ...step, outcome: "misses" },
      { ...step, fresh: true, again: true, outcome: "hits" },
      { ...step, edit, fresh: true, outcome: "misses" },
      { ...step, edit: undo ?? before, fresh: true, outcome: "hits" },
    ],
  };
}

const headers: readonly Case[] = [
  trap({
    fact: "a header that is edited",
    files: { "x.c": SOURCE, "y.h": "#define Y 1\n" },
    edit: { "y.h": "#define Y 2\n" },
  }),
  trap({
    fact: "a new header in an earlier /I directory",
    files: { "x.c": `#include <y.h>\n${X}`, "a/": "", "b/y.h": "#define Y 1\n" },
    args: ["/Ia", "/I", "b"],
    edit: { "a/y.h": "#define Y 2\n" },
  }),
  trap({
    fact: "a new header in an earlier /imsvc directory",
    files: { "x.c": `#include <y.h>\n${X}`, "a/": "", "b/y.h": "#define Y 1\n" },
    args: ["/imsvca", "/imsvcb"],
    edit: { "a/y.h": "#define Y 2\n" },
  }),
  trap({
    fact: "a directory of /external:I that is made later",
    files: { "x.c": `#include <y.h>\n${X}`, "b/y.h": "#define Y 1\n" },
    args: ["/external:I", "a", "/external:Ib"],
    edit: { "a/y.h": "#define Y 2\n" },
    undo: { a: undefined },
  }),
  trap({
    fact: "a directory behind /clang:-isystem",
    files: { "x.c": `#include <y.h>\n${X}`, "a/": "", "b/y.h": "#define Y 1\n" },
    args: ["/clang:-isystema", "/clang:-isystem", "/clang:b"],
    edit: { "a/y.h": "#define Y 2\n" },
  }),
  trap({
    fact: "a new header beside the source",
    files: { "x.c": SOURCE, "b/y.h": "#define Y 1\n" },
    args: ["/Ib"],
    edit: { "y.h": "#define Y 2\n" },
  }),
  trap({
    fact: "a new header beside the file that includes the one which asks",
    files: {
      "x.c": `#include "a/z.h"\n${X}`,
      "a/z.h": '#include "c/w.h"\n',
      "a/c/w.h": '#include "y.h"\n',
      "b/y.h": "#define Y 1\n",
    },
    args: ["/Ib"],
    edit: { "a/y.h": "#define Y 2\n" },
  }),
  trap({
    fact: "a name with backslashes",
    files: { "x.c": `#include <sub\\y.h>\n${X}`, "a/sub/": "", "b/sub/y.h": "#define Y 1\n" },
    args: ["/Ia", "/Ib"],
    edit: { "a/sub/y.h": "#define Y 2\n" },
  }),
  trap({
    fact: "__has_include of a header that comes later",
    files: { "x.c": "#if __has_include(<y.h>)\nint x = 2;\n#else\nint x = 1;\n#endif\n" },
    args: ["/I."],
    edit: { "y.h": "" },
  }),
  trap({
    fact: "a header that /FI takes in",
    files: { "x.c": X, "y.h": "#define Y 1\n" },
    args: ["/FIy.h"],
    edit: { "y.h": "#define Y 2\n" },
  }),
  trap({
    fact: "a header of /FI that comes earlier",
    files: { "x.c": X, "b/y.h": "#define Y 1\n", "a/": "" },
    args: ["/FIy.h", "/Ia", "/Ib"],
    edit: { "a/y.h": "#define Y 2\n" },
  }),
  trap({
    fact: "arguments from a file",
    files: { "x.c": X, args: "/DY=1\n" },
    args: ["@args"],
    edit: { args: "/DY=2\n" },
  }),
  trap({
    fact: "a header named by a macro",
    files: {
      "x.c": `#define H <y.h>\n#include H\n${X}`,
      "a/": "",
      "b/y.h": "#define Y 1\n",
    },
    args: ["/Ia", "/Ib"],
    edit: { "a/y.h": "#define Y 2\n" },
    unobserved: guessed("an #include names its file by a macro"),
  }),
  trap({
    fact: "a name that a pragma turns into another",
    files: {
      "x.c": `#pragma include_alias("z.h", "y.h")\n#include "z.h"\n${X}`,
      "y.h": "#define Y 1\n",
    },
    edit: { "y.h": "#define Y 2\n" },
    unobserved: /^not stored: .*x\.c has #pragma include_alias$/,
  }),
  trap({
    fact: "a file that assembly in the source takes in",
    files: { "x.c": '__asm__(".incbin \\"data\\"");\n', data: "one" },
    edit: { data: "two" },
    unobserved: /^not stored: .*x\.c may make the assembler read files$/,
  }),
];

const surroundings: readonly Case[] = [
  {
    fact: "INCLUDE leads to another directory",
    compilers: ["clang"],
    files: { "x.c": `#include <y.h>\n${X}`, "a/y.h": "#define Y 1\n", "b/y.h": "#define Y 2\n" },
    steps: ["a", "b", "a"].map((INCLUDE, index) => ({
      args: COMPILE,
      compiler: [clangCl],
      fresh: true,
      env: { INCLUDE },
      outcome: index === 2 ? "hits" : "misses",
    })),
  },
  {
    fact: "a new header in a directory that INCLUDE names",
    compilers: ["clang"],
    files: { "x.c": `#include <y.h>\n${X}`, "a/": "", "b/y.h": "#define Y 1\n" },
    env: { INCLUDE: "a;b" },
    steps: [
      { args: COMPILE, compiler: [clangCl], outcome: "misses" },
      { compiler: [clangCl], fresh: true, outcome: "hits" },
      { compiler: [clangCl], fresh: true, edit: { "a/y.h": "#define Y 2\n" }, outcome: "misses" },
    ],
  },
  {
    fact: "the time of day",
    compilers: ["clang"],
    files: { "x.c": "const char *x = __TIME__;\n" },
    env: { SOURCE_DATE_EPOCH: undefined },
    steps: [
      {
        args: ["/nologo", "/Brepro", "/Zs", "x.c"],
        compiler: [clangCl],
        outcome: /^not stored: .*the output holds the time \(time\)$/,
        unobserved: /^not stored: .*the output may hold the time \(time\)$/,
      },
    ],
  },
  {
    fact: "include notes and warnings come back",
    compilers: ["clang"],
    files: { "x.c": `#include "y.h"\nint x(void) { int n; return Y; }\n`, "y.h": "#define Y 1\n" },
    steps: [
      {
        args: ["/W4", "-Wunused-variable", "/showIncludes", ...COMPILE],
        compiler: [clangCl],
        outcome: "misses",
      },
      { compiler: [clangCl], fresh: true, again: true, outcome: "hits" },
    ],
  },
  {
    fact: "make rules beside the object",
    compilers: ["clang"],
    files: { "x.c": SOURCE, "y.h": "#define Y 1\n", "out/": "" },
    steps: [
      {
        args: ["/clang:-MD", "/clang:-MF", "/clang:x.d", "/Foout/", ...COMPILE],
        compiler: [clangCl],
        outcome: "misses",
      },
      { compiler: [clangCl], fresh: true, again: true, outcome: "hits" },
      { compiler: [clangCl], edit: { "y.h": "#define Y 2\n" }, fresh: true, outcome: "misses" },
    ],
  },
  {
    fact: "debug information",
    compilers: ["clang"],
    files: { "x.c": SOURCE, "y.h": "#define Y 1\n" },
    steps: [
      { args: ["/Z7", ...COMPILE], compiler: [clangCl], outcome: "misses" },
      { compiler: [clangCl], fresh: true, again: true, outcome: "hits" },
    ],
  },
  {
    fact: "a source that is not there is the compiler's error",
    compilers: ["clang"],
    files: {},
    steps: [{ args: ["/nologo", "/c", "no.c"], compiler: [clangCl], outcome: "fails" }],
  },
];

describe("headers of clang-cl", () => {
  testCases(world, headers, BOTH_WAYS);
});

describe("surroundings of clang-cl", () => {
  testCases(world, surroundings, BOTH_WAYS);
});
