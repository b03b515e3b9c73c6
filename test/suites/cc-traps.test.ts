// Nothing stale is ever served for C: after each change the object is the one that the compiler alone
// makes, with the observer and without it, and after the change is undone the first object is served.
import { describe, expect, setDefaultTimeout } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BOTH_WAYS,
  type Case,
  type Outcome,
  served,
  type Step,
  testCases,
  unserved,
} from "../support/cc-twin.ts";
import { worldFor } from "../support/rig.ts";
import { compileC } from "../support/toolchain.ts";
import type { Files } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-traps");

const GNU = ["gcc"];
const CLANG = ["clang"];
const COMPILE = ["-c", "x.c", "-o", "x.o"];
const LATIN = ["-finput-charset=latin1", ...COMPILE];
const SOURCE = "int x(void) { return 1; }\n";

/** How a compile is recorded whose inputs cannot be known without the observer. */
const guessed = (why: string): Outcome =>
  `not stored: inputs cannot be known (no observer): ${why}`;
const AROUND = guessed("the compiler is a program around another");

/** A change after which the compiler must run, and which may be undone. */
interface Trap extends Omit<Case, "steps"> {
  readonly args?: readonly string[];
  /** What every step has. */
  readonly step?: Partial<Step>;
  /** The change: files, variables, arguments or something done. */
  readonly change: Partial<Step>;
  readonly then?: Outcome;
  /** How every step is recorded without the observer, where that differs. */
  readonly unobserved?: Outcome;
  /** How it is undone; missing when it cannot be. */
  readonly undo?: Partial<Step>;
}

function trap(one: Trap): Case {
  const { args = COMPILE, change, then = "misses", undo, unobserved, ...rest } = one;
  const step = { ...one.step, unobserved };
  return {
    ...rest,
    steps: [
      { args, outcome: "misses", ...step },
      { fresh: true, again: true, ...step, outcome: "hits" },
      { ...step, ...change, fresh: true, outcome: then },
      ...(undo === undefined
        ? []
        : [{ args, ...step, ...undo, fresh: true, outcome: "hits" as const }]),
    ],
  };
}

/** A change of files that is undone by putting the old ones back. */
function edited(fact: string, files: Files, edit: Files, more: Partial<Trap> = {}): Case {
  const before: Record<string, string | Uint8Array | undefined> = {};
  const all: Files = {
    "x.c": '#include "x.h"\nint x(void) { return X; }\n',
    "x.h": "#define X 1\n",
    ...files,
  };
  for (const name of Object.keys(edit)) before[name] = all[name];
  return trap({ fact, files, change: { edit }, undo: { edit: before }, ...more });
}

const touch = (dir: string, name: string, text: string, mtime: Date): void => {
  writeFileSync(join(dir, name), text);
  utimesSync(join(dir, name), mtime, mtime);
};

const timed = (name: string, text: string, mtime: (dir: string) => Date) => ({
  disturb: (dir: string): void => {
    touch(dir, name, text, mtime(dir));
  },
});
const sameTime =
  (name: string) =>
  (dir: string): Date =>
    statSync(join(dir, name)).mtime;
const LONG_AGO = new Date("2001-01-01T00:00:00Z");

const headers: readonly Case[] = [
  trap({
    fact: "E1 a header edited with its size and time kept",
    change: timed("x.h", "#define X 2\n", sameTime("x.h")),
    undo: timed("x.h", "#define X 1\n", sameTime("x.h")),
  }),
  {
    fact: "E1 a header edited with its size and time kept to the last digit",
    steps: [
      {
        args: COMPILE,
        ...timed("x.h", "#define X 1\n", () => LONG_AGO),
        outcome: "misses",
      },
      // Long enough after the edit for a digest to be remembered by the file's times.
      {
        fresh: true,
        again: true,
        disturb: () => {
          Bun.sleepSync(60);
        },
        outcome: "hits",
      },
      { fresh: true, again: true, outcome: "hits" },
      { ...timed("x.h", "#define X 2\n", () => LONG_AGO), fresh: true, outcome: "misses" },
      { ...timed("x.h", "#define X 1\n", () => LONG_AGO), fresh: true, outcome: "hits" },
    ],
  },
  trap({
    fact: "E2 a header edited with an older time",
    change: timed("x.h", "#define X 2\n", () => LONG_AGO),
    undo: timed("x.h", "#define X 1\n", () => LONG_AGO),
  }),
  edited(
    "E a header in a directory called locale",
    { "x.c": '#include "locale/y.h"\nint x(void) { return Y; }\n', "locale/y.h": "#define Y 1\n" },
    { "locale/y.h": "#define Y 2\n" },
  ),
  edited("E3 a header that is deleted", {}, { "x.h": undefined }, { then: "fails" }),
  trap({
    fact: "E4 a header replaced by renaming another one",
    files: { "other.h": "#define X 2\n" },
    change: {
      disturb: (dir) => {
        renameSync(join(dir, "x.h"), join(dir, "kept.h"));
        renameSync(join(dir, "other.h"), join(dir, "x.h"));
      },
    },
    undo: { edit: { "x.h": "#define X 1\n" } },
  }),
  edited("E a source that is edited", {}, { "x.c": SOURCE }),
  edited(
    "E a header of a header that is edited",
    { "x.h": '#include "y.h"\n#define X Y\n', "y.h": "#define Y 1\n" },
    { "y.h": "#define Y 2\n" },
  ),
  edited(
    "E5 a new header in an earlier directory",
    { "a/": "", "b/y.h": "#define Y 1\n", "x.c": "#include <y.h>\nint x(void) { return Y; }\n" },
    { "a/y.h": "#define Y 2\n" },
    { args: ["-Ia", "-Ib", ...COMPILE] },
  ),
  edited(
    "E5 a new header in an earlier -isystem directory",
    { "a/": "", "b/y.h": "#define Y 1\n", "x.c": "#include <y.h>\nint x(void) { return Y; }\n" },
    { "a/y.h": "#define Y 2\n" },
    { args: ["-isystem", "a", "-isystem", "b", ...COMPILE] },
  ),
  edited(
    "E5 a new header that hides one of the system",
    { "a/": "", "x.c": "#include <limits.h>\nint x(void) { return INT_MAX; }\n" },
    { "a/limits.h": "#define INT_MAX 2\n" },
    { args: ["-Ia", ...COMPILE] },
  ),
  edited(
    "E6 an earlier directory that is made later",
    { "b/y.h": "#define Y 1\n", "x.c": "#include <y.h>\nint x(void) { return Y; }\n" },
    { "a/y.h": "#define Y 2\n" },
    { args: ["-Ia", "-Ib", ...COMPILE], undo: { edit: { a: undefined } } },
  ),
  edited(
    "E6 a directory of a longer path that is made later",
    {
      "b/sub/y.h": "#define Y 1\n",
      "a/": "",
      "x.c": "#include <sub/y.h>\nint x(void) { return Y; }\n",
    },
    { "a/sub/y.h": "#define Y 2\n" },
    { args: ["-Ia", "-Ib", ...COMPILE], undo: { edit: { "a/sub": undefined } } },
  ),
  edited(
    "E7 a new header beside the source",
    { "b/y.h": "#define Y 1\n", "x.c": '#include "y.h"\nint x(void) { return Y; }\n' },
    { "y.h": "#define Y 2\n" },
    { args: ["-Ib", ...COMPILE] },
  ),
  edited(
    "E7 a new header beside a header",
    {
      "a/z.h": '#include "y.h"\n',
      "b/y.h": "#define Y 1\n",
      "x.c": '#include "a/z.h"\nint x(void) { return Y; }\n',
    },
    { "a/y.h": "#define Y 2\n" },
    { args: ["-Ib", ...COMPILE] },
  ),
  edited(
    "E7 a new header in an earlier -iquote directory",
    { "a/": "", "b/y.h": "#define Y 1\n", "x.c": '#include "y.h"\nint x(void) { return Y; }\n' },
    { "a/y.h": "#define Y 2\n" },
    { args: ["-iquote", "a", "-iquote", "b", ...COMPILE] },
  ),
  edited(
    "E8 __has_include of a header that comes later",
    {
      "x.c":
        "#if __has_include(<y.h>)\n#include <y.h>\n#else\n#define Y 1\n#endif\nint x(void) { return Y; }\n",
    },
    { "y.h": "#define Y 2\n" },
    { args: ["-I.", ...COMPILE] },
  ),
  edited(
    "E8 __has_include of a quoted header that is only tested for",
    { "x.c": 'int x(void) {\n#if __has_include("y.h")\nreturn 2;\n#else\nreturn 1;\n#endif\n}\n' },
    { "y.h": "" },
  ),
  edited(
    "E8 __has_include of a header that goes away",
    {
      "y.h": "",
      "x.c": 'int x(void) {\n#if __has_include("y.h")\nreturn 2;\n#else\nreturn 1;\n#endif\n}\n',
    },
    { "y.h": undefined },
  ),
  edited(
    "E8 __has_include_next",
    {
      "a/y.h": "#if __has_include_next(<y.h>)\n#include_next <y.h>\n#else\n#define Y 1\n#endif\n",
      "b/": "",
      "x.c": "#include <y.h>\nint x(void) { return Y; }\n",
    },
    { "b/y.h": "#define Y 2\n" },
    { args: ["-Ia", "-Ib", ...COMPILE] },
  ),
  edited(
    "E #include_next finds a header that comes between",
    {
      "a/y.h": "#include_next <y.h>\n",
      "b/": "",
      "c/y.h": "#define Y 1\n",
      "x.c": "#include <y.h>\nint x(void) { return Y; }\n",
    },
    { "b/y.h": "#define Y 2\n" },
    { args: ["-Ia", "-Ib", "-Ic", ...COMPILE] },
  ),
  trap({
    fact: "E10 a header that becomes a link to another file",
    files: { "other.h": "#define X 2\n" },
    change: {
      disturb: (dir) => {
        rmSync(join(dir, "x.h"));
        symlinkSync("other.h", join(dir, "x.h"));
      },
    },
  }),
  trap({
    fact: "E10 a header that is a link which turns to another file",
    files: {
      "one.h": "#define Z 1\n",
      "two.h": "#define Z 2\n",
      "x.c": '#include "z.h"\nint x(void) { return Z; }\n',
    },
    step: {
      disturb: (dir) => {
        rmSync(join(dir, "z.h"), { force: true });
        symlinkSync("one.h", join(dir, "z.h"));
      },
    },
    change: {
      disturb: (dir) => {
        rmSync(join(dir, "z.h"), { force: true });
        symlinkSync("two.h", join(dir, "z.h"));
      },
    },
    undo: {},
  }),
  trap({
    fact: "E11 a hard-linked header edited through its other name",
    change: {
      disturb: (dir) => {
        const mtime = statSync(join(dir, "x.h")).mtime;
        linkSync(join(dir, "x.h"), join(dir, "alias.h"));
        touch(dir, "alias.h", "#define X 2\n", mtime);
      },
    },
    undo: timed("x.h", "#define X 1\n", sameTime("x.h")),
  }),
  {
    fact: "E12 E37 a header that goes to and fro without a pause",
    steps: [
      ...served(COMPILE),
      { edit: { "x.h": "#define X 2\n" }, outcome: "misses" },
      { edit: { "x.h": "#define X 1\n" }, outcome: "hits" },
      { edit: { "x.h": "#define X 2\n" }, outcome: "hits" },
      { edit: { "x.h": "#define X 1\n" }, outcome: "hits" },
    ],
  },
  {
    fact: "E13 a header that changes during the compile",
    files: {
      "bin/gcc":
        '#!/bin/sh\n/usr/bin/gcc "$@"\nstatus=$?\ncase "$*" in *x.c*) echo "#define X 2" > x.h ;; esac\nexit $status\n',
    },
    compilers: GNU,
    steps: [
      {
        args: COMPILE,
        compiler: ["bin/gcc"],
        disturb: runnable,
        outcome: /^not stored: the compiler left .*x\.h, which is not among its outputs$/,
        unobserved: AROUND,
      },
      {
        compiler: ["bin/gcc"],
        disturb: runnable,
        edit: { "x.h": "#define X 1\n" },
        fresh: true,
        outcome: /^not stored: the compiler left .*x\.h, which is not among its outputs$/,
        unobserved: AROUND,
      },
    ],
  },
  {
    fact: "E14 a header from the future",
    steps: unserved(
      COMPILE,
      /^not stored: .*x\.h changed while the compiler ran$/,
      timed("x.h", "#define X 1\n", () => new Date(Date.now() + 3_600_000)),
    ),
  },
];

function runnable(dir: string): void {
  chmodSync(join(dir, "bin/gcc"), 0o755);
}

const EPOCH = { SOURCE_DATE_EPOCH: "1000000000" };
const NEXT_DAY = { SOURCE_DATE_EPOCH: "1000100000" };
const says = (macro: string) => ({ "x.c": `const char *x(void) { return ${macro}; }\n` });

/** Compiles twice with more than a second between: the objects must tell different times. */
function timeCase(fact: string, files: Files): Case {
  const outcome = "not stored: the output holds the time (time)";
  const unobserved = guessed("the output may hold the time (time)");
  // The object is put out of sight, because the two sides compile at different times.
  const keep = (dir: string): void => {
    writeFileSync(`${dir}.object`, readFileSync(join(dir, "x.o")));
    rmSync(join(dir, "x.o"));
  };
  const compare = (dir: string): void => {
    expect(readFileSync(join(dir, "x.o")).equals(readFileSync(`${dir}.object`))).toBe(false);
    rmSync(join(dir, "x.o"));
  };
  const pause = (): void => {
    Bun.sleepSync(1_100);
  };
  return {
    fact,
    files,
    steps: [
      { args: COMPILE, check: keep, outcome, unobserved },
      { check: compare, disturb: pause, outcome, unobserved },
    ],
  };
}

const times: readonly Case[] = [
  timeCase("E15 __TIME__ in a source", says("__TIME__")),
  timeCase("E15 __TIME__ in a header", {
    ...says("T"),
    "x.c": '#include "x.h"\nconst char *x(void) { return T; }\n',
    "x.h": "#define T __TIME__\n",
  }),
  {
    fact: "E16 __DATE__ is served on the same day at most",
    files: says("__DATE__"),
    steps: [
      { args: COMPILE, outcome: "misses" },
      { fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "E17 __TIMESTAMP__ and a touched source",
    files: says("__TIMESTAMP__"),
    steps: [LONG_AGO, new Date("2002-02-02T02:02:02Z"), LONG_AGO].map((time) => ({
      args: COMPILE,
      ...timed("x.c", "const char *x(void) { return __TIMESTAMP__; }\n", () => time),
      fresh: true,
      outcome: "not stored: the output holds the time (timestamp)",
      unobserved: guessed("the output may hold the time (timestamp)"),
    })),
  },
  {
    fact: "E18 a header with __DATE__ edited with its size kept",
    files: { "x.c": '#include "x.h"\nconst char *x(void) { return X; }\n' },
    env: EPOCH,
    steps: [
      {
        args: COMPILE,
        ...timed("x.h", '#define X __DATE__ "1"\n', () => LONG_AGO),
        outcome: "misses",
      },
      { fresh: true, again: true, outcome: "hits" },
      {
        ...timed("x.h", '#define X __DATE__ "2"\n', () => LONG_AGO),
        fresh: true,
        outcome: "misses",
      },
      { ...timed("x.h", '#define X __DATE__ "1"\n', () => LONG_AGO), fresh: true, outcome: "hits" },
    ],
  },
  ...["__DATE__", "__TIME__", "__DATE__ __TIME__"].map((macro) =>
    trap({
      // Clang 14 does not know the variable.
      compilers: GNU,
      fact: `E19 ${macro} and another SOURCE_DATE_EPOCH`,
      files: says(macro),
      step: { env: EPOCH },
      change: { env: NEXT_DAY },
      undo: { env: EPOCH },
    }),
  ),
  {
    fact: "E19 SOURCE_DATE_EPOCH does not count where no time is asked for",
    steps: [
      ...served(COMPILE, { env: EPOCH }),
      { env: NEXT_DAY, fresh: true, outcome: "hits" },
      { env: { SOURCE_DATE_EPOCH: undefined }, fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "E19 __DATE__ with SOURCE_DATE_EPOCH taken away",
    compilers: GNU,
    files: says("__DATE__"),
    steps: [
      ...served(COMPILE, { env: EPOCH }),
      {
        env: { SOURCE_DATE_EPOCH: undefined },
        fresh: true,
        outcome: "misses",
      },
    ],
  },
  trap({
    fact: "E20 __DATE__ made by pasting tokens",
    compilers: GNU,
    unobserved: guessed("__DATE__ may be pasted together"),
    files: {
      "x.c": "#define PASTE(a, b) a##b\nconst char *x(void) { return PASTE(__DA, TE__); }\n",
    },
    step: { env: EPOCH },
    change: { env: NEXT_DAY },
    undo: { env: EPOCH },
  }),
  {
    fact: "E20 the name of a time macro in a comment or string",
    files: { "x.c": '/* __TIME__ */\nconst char *x(void) { return "__DATE__"; }\n' },
    steps: [
      {
        args: COMPILE,
        outcome: "misses",
        unobserved: guessed("the output may hold the time (time)"),
      },
      {
        fresh: true,
        outcome: "hits",
        unobserved: guessed("the output may hold the time (time)"),
      },
    ],
  },
];

const INCBIN = '__asm__(".globl y\\ny: .incbin \\"data.bin\\"\\n");\n';
const ASSEMBLER_READS =
  /^not stored: inputs cannot be known \(no observer\): .* may make the assembler read files$/;
/** GNU's assembler tells what it reads, clang's own does not. */
const readByAssembler = (compilers: readonly string[]) =>
  compilers === CLANG ? { unobserved: ASSEMBLER_READS } : {};

const inputs: readonly Case[] = [
  ...[GNU, CLANG].map((compilers) =>
    edited(
      "E21 a file taken in by .incbin",
      { "x.c": INCBIN, "data.bin": "one" },
      { "data.bin": "two" },
      { compilers, ...readByAssembler(compilers) },
    ),
  ),
  ...[GNU, CLANG].map((compilers) =>
    edited(
      "E21 a file taken in by .incbin of an assembly source",
      { "y.S": '.globl y\ny: .incbin "data.bin"\n', "data.bin": "one" },
      { "data.bin": "two" },
      {
        compilers,
        args: ["-c", "y.S"],
        ...readByAssembler(compilers),
      },
    ),
  ),
  ...[GNU, CLANG].map((compilers) =>
    edited(
      "E21 a file taken in by .incbin along -I",
      { "y.S": '.globl y\ny: .incbin "data.bin"\n', "a/": "", "b/data.bin": "one" },
      { "a/data.bin": "two" },
      {
        compilers,
        args: ["-Ia", "-Ib", "-c", "y.S"],
        ...readByAssembler(compilers),
      },
    ),
  ),
  ...[GNU, CLANG].map((compilers) =>
    edited(
      "E21 a file taken in by .include",
      { "y.s": '.include "z.inc"\n', "z.inc": ".globl y\ny: .long 1\n" },
      { "z.inc": ".globl y\ny: .long 2\n" },
      {
        compilers,
        args: ["-c", "y.s"],
        ...readByAssembler(compilers),
      },
    ),
  ),
  { fact: "E23 #embed", steps: [], skip: "no installed compiler knows #embed" },
  edited(
    "E24 a file forced in by -include",
    { "f.h": "#define F 1\n", "x.c": "int x(void) { return F; }\n" },
    { "f.h": "#define F 2\n" },
    { args: ["-include", "f.h", ...COMPILE] },
  ),
  edited(
    "E24 a file forced in by -imacros",
    { "f.h": "#define F 1\n", "x.c": "int x(void) { return F; }\n" },
    { "f.h": "#define F 2\n" },
    { args: ["-imacros", "f.h", ...COMPILE] },
  ),
  ...["CPATH", "C_INCLUDE_PATH"].map((name) =>
    trap({
      fact: `E25 ${name} with other directories`,
      files: {
        "a/y.h": "#define Y 1\n",
        "b/y.h": "#define Y 2\n",
        "x.c": "#include <y.h>\nint x(void) { return Y; }\n",
      },
      step: { env: { [name]: "a" } },
      change: { env: { [name]: "b" } },
      undo: { env: { [name]: "a" } },
    }),
  ),
  trap({
    fact: "E25 CPLUS_INCLUDE_PATH with other directories",
    compilers: ["g++", "clang++"],
    files: {
      "a/y.h": "#define Y 1\n",
      "b/y.h": "#define Y 2\n",
      "y.cc": "#include <y.h>\nint y() { return Y; }\n",
    },
    args: ["-c", "y.cc"],
    step: { env: { CPLUS_INCLUDE_PATH: "a" } },
    change: { env: { CPLUS_INCLUDE_PATH: "b" } },
    undo: { env: { CPLUS_INCLUDE_PATH: "a" } },
  }),
  edited(
    "E25 a new header in a directory of CPATH",
    { "a/": "", "b/y.h": "#define Y 1\n", "x.c": "#include <y.h>\nint x(void) { return Y; }\n" },
    { "a/y.h": "#define Y 2\n" },
    { env: { CPATH: "a:b" } },
  ),
  trap({
    fact: "E26 PATH with another assembler",
    compilers: GNU,
    files: { "tools/": "" },
    change: {
      disturb: (dir) => {
        compileC(AS_FRONT, join(dir, "tools/as"));
        rmSync(join(dir, "tools/as.c"));
      },
      around: (words, dir) => ["env", `PATH=${dir}/tools:${process.env["PATH"] ?? ""}`, ...words],
    },
    undo: {},
  }),
  trap({
    fact: "E26 the same compiler at another place, with other headers of its own",
    compilers: CLANG,
    files: {
      "one/lib/clang/14.0.6/include/y.h": "#define Y 1\n",
      "two/lib/clang/14.0.6/include/y.h": "#define Y 2\n",
      "x.c": "#include <y.h>\nint x(void) { return Y; }\n",
    },
    step: { compiler: ["one/bin/clang"], disturb: installClang },
    change: { compiler: ["two/bin/clang"], disturb: installClang },
    undo: {},
  }),
  trap({
    fact: "E26 COMPILER_PATH with another assembler",
    compilers: GNU,
    files: { "tools/as": '#!/bin/sh\nexec /usr/bin/as --defsym other=1 "$@"\n' },
    change: {
      env: { COMPILER_PATH: "tools" },
      disturb: (dir) => {
        chmodSync(join(dir, "tools/as"), 0o755);
      },
    },
    undo: {},
  }),
  trap({
    fact: "E26 GCC_EXEC_PREFIX that leads elsewhere",
    compilers: GNU,
    change: { env: { GCC_EXEC_PREFIX: "/nonexistent/" } },
    then: "fails",
    undo: {},
  }),
  {
    fact: "E26 LIBRARY_PATH",
    steps: [...served(COMPILE), { env: { LIBRARY_PATH: "/opt" }, fresh: true, outcome: "misses" }],
  },
  {
    fact: "E27 a directory that holds nothing of use",
    files: { "a/": "" },
    steps: [...served(COMPILE), { args: ["-Ia", ...COMPILE], fresh: true, outcome: "misses" }],
  },
  {
    fact: "E28 a macro that nobody uses",
    steps: [
      ...served(COMPILE),
      { args: ["-DUNUSED=1", ...COMPILE], fresh: true, outcome: "misses" },
    ],
  },
  edited("E29 a comment in a header", {}, { "x.h": "#define X 1 /* one */\n" }),
  edited(
    "E29 a comment line in a header of a debug compile",
    {},
    { "x.h": "/* one */\n#define X 1\n" },
    { args: ["-g", ...COMPILE], literal: true },
  ),
  edited(
    "E30 a comment line above a warning",
    { "x.c": "int x(void) { int unused; return 1; }\n" },
    { "x.c": "/* moved */\nint x(void) { int unused; return 1; }\n" },
    { args: ["-Wall", ...COMPILE] },
  ),
  edited(
    "E31 a comment's mark within a string",
    { "x.c": 'const char *x = "//one";\n' },
    { "x.c": 'const char *x = "//two";\n' },
  ),
  edited(
    "E32 blanks only",
    { "x.c": "int x(void) { return 1; }\n" },
    { "x.c": "int  x(void)  { return 1; }\n" },
  ),
  trap({
    fact: "E33 one text under another name that __FILE__ tells",
    files: {
      "x.c": "const char *x(void) { return __FILE__; }\n",
      "y.c": "const char *x(void) { return __FILE__; }\n",
    },
    change: { args: ["-c", "y.c", "-o", "x.o"] },
    undo: {},
  }),
  {
    fact: "E34 #line to files that are not there",
    files: {
      "x.c": '#line 7 "/no/such/dir/odd \\"name\\".y"\nint x(void) { int unused; return 1; }\n',
    },
    steps: served(["-Wall", ...COMPILE]),
  },
  {
    fact: "E34 #line with nothing but a number",
    files: { "x.c": "#line 7\nint x(void) { return __LINE__; }\n" },
    steps: served(COMPILE),
  },
  {
    fact: "E35 one absolute source and a relative directory, from another place",
    files: {
      "a/inc/y.h": "#define Y 1\n",
      "b/inc/y.h": "#define Y 2\n",
      args: "",
      "y.c": "#include <y.h>\nint y(void) { return Y; }\n",
    },
    steps: [
      {
        args: ["-Iinc", "-c", "@../args", "-o", "y.o"],
        cwd: "a",
        disturb: (dir) => {
          writeFileSync(join(dir, "args"), `${dir}/y.c`);
        },
        outcome: "misses",
      },
      { cwd: "b", outcome: "misses" },
      { cwd: "a", outcome: "hits" },
      { cwd: "b", outcome: "hits" },
    ],
  },
  edited(
    "E41 a specs file",
    { "my.specs": "*cpp:\n+ -DS=1\n", "x.c": "int x(void) { return S; }\n" },
    { "my.specs": "*cpp:\n+ -DS=2\n" },
    {
      compilers: GNU,
      args: ["-specs=my.specs", ...COMPILE],
      unobserved: guessed("-specs= my.specs"),
    },
  ),
  {
    fact: "E41 a plugin",
    compilers: GNU,
    steps: unserved(["-fplugin=./missing.so", ...COMPILE], "fails"),
  },
  {
    fact: "E41 -B with a compiler proper of one's own",
    compilers: GNU,
    files: {
      "tools/cc1": '#!/bin/sh\nexec $(/usr/bin/gcc -print-prog-name=cc1) -DS=1 "$@"\n',
      "x.c": "int x(void) { return S; }\n",
    },
    steps: [
      {
        args: ["-Btools", ...COMPILE],
        disturb: proper,
        outcome: "misses",
        unobserved: guessed("-B tools"),
      },
      {
        fresh: true,
        edit: { "tools/cc1": '#!/bin/sh\nexec $(/usr/bin/gcc -print-prog-name=cc1) -DS=2 "$@"\n' },
        disturb: proper,
        outcome: "misses",
        unobserved: guessed("-B tools"),
      },
    ],
  },
  edited(
    "E42 a sanitizer's list",
    { "list.txt": "fun:y\n", "x.c": "int x(int *p) { return *p; }\n" },
    { "list.txt": "fun:x\n" },
    {
      compilers: CLANG,
      args: ["-fsanitize=address", "-fsanitize-ignorelist=list.txt", ...COMPILE],
    },
  ),
  edited(
    "E42 the second of two lists",
    { "one.txt": "fun:y\n", "two.txt": "fun:z\n", "x.c": "int x(int *p) { return *p; }\n" },
    { "two.txt": "fun:x\n" },
    {
      compilers: CLANG,
      args: [
        "-fsanitize=address",
        "-fsanitize-ignorelist=one.txt",
        "-fsanitize-ignorelist=two.txt",
        ...COMPILE,
      ],
    },
  ),
  {
    fact: "E42 a list that is not there",
    compilers: CLANG,
    steps: unserved(
      ["-fsanitize=address", "-fsanitize-ignorelist=missing.txt", ...COMPILE],
      "fails",
    ),
  },
  { fact: "E43 --warning-suppression-mappings", steps: [], skip: "clang 14 does not know it" },
  {
    fact: "E44 -fmodule-file",
    compilers: CLANG,
    steps: unserved(
      ["-fmodule-file=missing.pcm", ...COMPILE],
      "passes: refused: cc: -fmodule-file=missing.pcm",
    ),
  },
  {
    fact: "E45 -ivfsoverlay",
    compilers: CLANG,
    files: { "vfs.yaml": "{'version': 0, 'roots': []}\n" },
    steps: unserved(["-ivfsoverlay", "vfs.yaml", ...COMPILE], /^passes: .*-ivfsoverlay/),
  },
  {
    fact: "E46 -fmodules",
    compilers: CLANG,
    steps: unserved(
      ["-fmodules", "-fmodules-cache-path=cache", ...COMPILE],
      /^passes: .*-fmodules/,
    ),
  },
  edited(
    "E47 a configuration file",
    { "my.cfg": "-DS=1\n", "x.c": "int x(void) { return S; }\n" },
    { "my.cfg": "-DS=2\n" },
    {
      compilers: CLANG,
      args: ["--config", "./my.cfg", ...COMPILE],
      unobserved: guessed("--config ./my.cfg"),
    },
  ),
  {
    fact: "E47 CCC_OVERRIDE_OPTIONS",
    compilers: CLANG,
    files: { "x.c": "int x(void) { return S; }\n" },
    steps: [
      {
        args: COMPILE,
        env: { CCC_OVERRIDE_OPTIONS: "# +-DS=1" },
        outcome: "passes: refused: cc: CCC_OVERRIDE_OPTIONS is set",
      },
      {
        fresh: true,
        env: { CCC_OVERRIDE_OPTIONS: "# +-DS=2" },
        outcome: "passes: refused: cc: CCC_OVERRIDE_OPTIONS is set",
      },
    ],
  },
  { fact: "E48 -march=native", steps: served(["-march=native", ...COMPILE]) },
  {
    fact: "E48 another CPU",
    steps: [],
    skip: "one CPU only: the CPU's part of the key has a unit test",
  },
  trap({
    fact: "E49 -frandom-seed",
    args: ["-frandom-seed=one", ...COMPILE],
    change: { args: ["-frandom-seed=two", ...COMPILE] },
    undo: {},
  }),
  { fact: "E50 an empty source", files: { "x.c": "" }, steps: served(COMPILE) },
  {
    fact: "E50 an empty header",
    files: { "x.h": "", "x.c": '#include "x.h"\nint x;\n' },
    steps: served(COMPILE),
  },
  {
    fact: "E51 line ends of another system",
    files: { "x.c": "int x(void) {\r\n  return 1; // one \\\r\n}\r\n}\r\n" },
    steps: served(COMPILE),
  },
  {
    fact: "E51 a zero byte in a comment and a byte order mark",
    files: { "x.c": "\ufeffint x(void) { return 1; } // \0\n" },
    steps: served(COMPILE),
  },
  {
    fact: "E52 another input charset",
    compilers: GNU,
    files: {
      "x.c": Buffer.from([...Buffer.from('const char *x = "'), 0xe9, ...Buffer.from('";\n')]),
    },
    steps: [
      { args: LATIN, outcome: "misses", unobserved: guessed("-finput-charset=latin1") },
      { fresh: true, outcome: "hits", unobserved: guessed("-finput-charset=latin1") },
      { args: COMPILE, fresh: true, outcome: "misses" },
      { args: LATIN, fresh: true, outcome: "hits", unobserved: guessed("-finput-charset=latin1") },
    ],
  },
  trap({
    fact: "E53 -frecord-gcc-switches records other switches",
    literal: true,
    args: ["-frecord-gcc-switches", "-DA=1", ...COMPILE],
    change: { args: ["-frecord-gcc-switches", "-DA=2", ...COMPILE] },
    undo: {},
  }),
  trap({
    fact: "E54 warning flags in another order",
    files: { "x.c": "int x(void) { int unused; return 1; }\n" },
    args: ["-Wall", "-Wno-unused", ...COMPILE],
    change: { args: ["-Wno-unused", "-Wall", "-Wunused", ...COMPILE] },
    undo: {},
  }),
  {
    fact: "E55 flags for the compiler proper are not reported as unused",
    compilers: CLANG,
    steps: served([
      "-Werror",
      "-Weverything",
      "-Wno-missing-prototypes",
      "-mno-red-zone",
      "-fno-stack-protector",
      ...COMPILE,
    ]),
  },
  {
    fact: "E55 flags for the linker are reported as by the compiler",
    steps: served(["-Wl,-z,now", "-lm", ...COMPILE]),
  },
];

/** An assembler that leaves a mark. */
const AS_FRONT =
  '#include <unistd.h>\nint main(int n, char **a) { char *all[n + 3]; for (int i = 0; i < n; i++) all[i] = a[i]; all[n] = "--defsym"; all[n + 1] = "other=1"; all[n + 2] = 0; execv("/usr/bin/as", all); return 127; }\n';

function installClang(dir: string): void {
  for (const place of ["one", "two"]) {
    mkdirSync(join(dir, place, "bin"), { recursive: true });
    copyFileSync(realpathSync(Bun.which("clang") ?? ""), join(dir, place, "bin/clang"));
  }
}

function proper(dir: string): void {
  chmodSync(join(dir, "tools/cc1"), 0o755);
}

/** A compiler that adds a macro: a program, so that its bytes can change with its size and times kept. */
const FRONT =
  '#include <unistd.h>\nint main(int n, char **a) { a[0] = "gcc"; char *all[n + 2]; for (int i = 0; i < n; i++) all[i] = a[i]; all[n] = "-DS=1"; all[n + 1] = 0; execv("/usr/bin/gcc", all); return 127; }\n';

function replaceFront(keepTimes: boolean) {
  return (dir: string): void => {
    const path = join(dir, "bin/gcc");
    const { atime, mtime } = statSync(path);
    const bytes = readFileSync(path);
    bytes.write("-DS=2", bytes.indexOf("-DS=1"));
    writeFileSync(path, bytes);
    if (keepTimes) utimesSync(path, atime, mtime);
  };
}

function buildFront(dir: string): void {
  mkdirSync(join(dir, "bin"), { recursive: true });
  compileC(FRONT, join(dir, "bin/gcc"));
  rmSync(join(dir, "bin/gcc.c"));
}

const replaced: readonly Case[] = [
  ...[false, true].map((keepTimes): Case => ({
    fact: `${keepTimes ? "E39" : "E38"} a compiler replaced ${keepTimes ? "with its size and time kept" : "in place"}`,
    compilers: GNU,
    files: { "bin/": "", "x.c": "int x(void) { return S; }\n" },
    steps: [
      {
        args: COMPILE,
        compiler: ["bin/gcc"],
        disturb: buildFront,
        outcome: "misses",
        unobserved: AROUND,
      },
      {
        compiler: ["bin/gcc"],
        disturb: replaceFront(keepTimes),
        outcome: "misses",
        unobserved: AROUND,
      },
    ],
  })),
  {
    fact: "E40 a compiler that is a script around another",
    compilers: GNU,
    files: {
      "bin/gcc": '#!/bin/sh\nexec $(dirname $0)/inner "$@"\n',
      "bin/inner": '#!/bin/sh\nexec /usr/bin/gcc -DS=1 "$@"\n',
      "x.c": "int x(void) { return S; }\n",
    },
    steps: [
      {
        args: COMPILE,
        compiler: ["bin/gcc"],
        disturb: scripts,
        outcome: "misses",
        unobserved: AROUND,
      },
      {
        compiler: ["bin/gcc"],
        edit: { "bin/inner": '#!/bin/sh\nexec /usr/bin/gcc -DS=2 "$@"\n' },
        disturb: scripts,
        outcome: "misses",
        unobserved: AROUND,
      },
      {
        compiler: ["bin/gcc"],
        edit: { "bin/inner": '#!/bin/sh\nexec /usr/bin/gcc -DS=1 "$@"\n' },
        disturb: scripts,
        outcome: "hits",
        unobserved: AROUND,
      },
    ],
  },
];

function scripts(dir: string): void {
  for (const name of ["gcc", "inner"]) chmodSync(join(dir, "bin", name), 0o755);
}

describe("headers", () => {
  testCases(world, headers, BOTH_WAYS);
});
describe("times", () => {
  testCases(world, times, BOTH_WAYS);
});
describe("other inputs", () => {
  testCases(world, inputs, BOTH_WAYS);
});
describe("compilers that are replaced", () => {
  testCases(world, replaced, BOTH_WAYS);
});
