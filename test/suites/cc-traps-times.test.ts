// Nothing stale is ever served for C: dates, times and what stands for them, and which files are one. After each change the object is the one that the
// compiler alone makes, with the observer and without it, and after the change is undone the first object is served.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { copyFileSync, linkSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BOTH_WAYS, type Case, served, testCases, unserved } from "../support/cc-twin.ts";
import { guessed, LONG_AGO, timed, touch, trap } from "../support/cc-trap.ts";
import { CLANG, COMPILE, GNU } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";
import { missing } from "../support/toolchain.ts";
import type { Files } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-traps-times");

const ONCE = "#pragma once\nextern int y[1 + 0 * __COUNTER__];\n";
/** Those that read SOURCE_DATE_EPOCH at each start; the one called clang may be older. */
const LATER_CLANGS = ["clang-16", "clang-19"];

const EPOCH = { SOURCE_DATE_EPOCH: "1000000000" };
const NEXT_DAY = { SOURCE_DATE_EPOCH: "1000100000" };
const says = (macro: string) => ({ "x.c": `const char *x(void) { return ${macro}; }\n` });

/** Why a date is not kept that may be of another clock. */
const ELSEWHEN = "a date that LD_PRELOAD may have changed";
/** Without the observer, what is preloaded may read anything. */
const PRELOADED = "LD_PRELOAD is set";
const faked = (words: readonly string[]) => ["faketime", "2020-01-01 10:00:00", ...words];

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
    fact: "E16 __DATE__ on a day that somebody preloads",
    skip: missing("faketime"),
    files: says("__DATE__"),
    steps: unserved(COMPILE, `not stored: ${ELSEWHEN}`, {
      around: faked,
      unobserved: guessed(PRELOADED),
    }),
  },
  {
    fact: "E16 no date, at a distance from the machine's clock, and at a time that stands still",
    skip: missing("faketime"),
    steps: [
      ["misses", faked] as const,
      [
        "hits",
        (words: readonly string[]) => ["faketime", "2100-01-01 11:00:00", ...words],
      ] as const,
      [
        "misses",
        (words: readonly string[]) => ["faketime", "-f", "2020-01-01 10:00:00", ...words],
      ] as const,
    ].map(([outcome, around]) => ({
      args: COMPILE,
      around,
      outcome,
      unobserved: guessed(PRELOADED),
    })),
  },
  {
    fact: "E16 __DATE__ is served on the same day at most",
    files: says("__DATE__"),
    steps: [
      { args: COMPILE, outcome: "misses" },
      { fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "E16 __DATE__ in a time zone that is no city's",
    files: { "x.c": "const char *x = __DATE__;\n" },
    // More than a day apart.
    steps: ["AAA-14", "BBB+12", "AAA-14", "BBB+12"].map((TZ, at) => ({
      args: COMPILE,
      env: { TZ },
      fresh: true,
      outcome: at < 2 ? ("misses" as const) : ("hits" as const),
    })),
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
  trap({
    compilers: LATER_CLANGS,
    unobserved: guessed("the output may hold the time (timestamp)"),
    fact: "E19 __DATE__ __TIME__ __TIMESTAMP__ of a clang that knows SOURCE_DATE_EPOCH, and another one",
    files: says("__DATE__ __TIME__ __TIMESTAMP__"),
    step: { env: EPOCH },
    change: { env: NEXT_DAY },
    undo: { env: EPOCH },
  }),
  {
    fact: "E19 SOURCE_DATE_EPOCH does not count for a clang that asks for it without need, as long as it is a time",
    compilers: LATER_CLANGS,
    steps: [
      ...served(COMPILE, { env: EPOCH }),
      { env: NEXT_DAY, fresh: true, outcome: "hits" },
      { env: { SOURCE_DATE_EPOCH: undefined }, fresh: true, outcome: "hits" },
      ...["soon", "", "-1", "253402300800"].map((value) => ({
        env: { SOURCE_DATE_EPOCH: value },
        fresh: true,
        outcome: "fails" as const,
      })),
      { env: { SOURCE_DATE_EPOCH: "253402300799" }, fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "E19 __TIMESTAMP__ beside a __DATE__ that SOURCE_DATE_EPOCH decides stays the file's time",
    compilers: GNU,
    files: says('__DATE__ " " __TIMESTAMP__'),
    env: EPOCH,
    steps: [0, 1].map((year) => ({
      args: COMPILE,
      fresh: true,
      ...timed("x.c", says('__DATE__ " " __TIMESTAMP__')["x.c"], () => new Date(2001 + year, 1)),
      outcome: "not stored: the output holds the time (timestamp)" as const,
      unobserved: guessed("the output may hold the time (timestamp)"),
    })),
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
  trap({
    fact: "E20 __DATE__ made of many pieces by a macro of another file",
    compilers: GNU,
    unobserved: guessed("__DATE__ may be pasted together"),
    files: {
      "p.h": "#define PASTE(a, b, c, d, e) a##b##c##d##e\n",
      "x.c": '#include "p.h"\nconst char *x(void) { return PASTE(__, D, A, T, E__); }\n',
    },
    step: { env: EPOCH },
    change: { env: NEXT_DAY },
    undo: { env: EPOCH },
  }),
  trap({
    fact: "E20 __DATE__ pasted together of an argument's words",
    compilers: GNU,
    unobserved: guessed("__DATE__ may be pasted together"),
    files: {
      "x.c":
        "#define P(a, b) a##b\n#define Q(a, b) P(a, b)\nconst char *x(void) { return Q(A, TE__); }\n",
    },
    args: ["-DA=__DA", ...COMPILE],
    step: { env: EPOCH },
    change: { env: NEXT_DAY },
    undo: { env: EPOCH },
  }),
  trap({
    fact: "E20 __DATE__ that stands in an argument",
    compilers: GNU,
    files: { "x.c": "const char *x(void) { return DAY; }\n" },
    args: ["-DDAY=__DATE__", ...COMPILE],
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

/** Whether `#pragma GCC dependency` warns goes by the times of two files. */
const dependency = (place: string, files: Files): Case => {
  const young = (year: number) => timed("y.h", "#define Y 1\n", () => new Date(`${year}-01-01`));
  const step = {
    fresh: true,
    outcome: "not stored: #pragma GCC dependency compares files' times",
    unobserved: /^not stored: .*#pragma GCC dependency$/,
  } as const;
  return {
    fact: `E times that a pragma in ${place} compares`,
    files: { "y.h": "", ...files },
    steps: [
      { args: COMPILE, ...young(2001), ...step },
      { ...young(new Date().getFullYear() + 2), ...step },
    ],
  };
};

const compared: readonly Case[] = [
  dependency("a source", { "x.c": '#pragma GCC dependency "y.h" old\nint x;\n' }),
  dependency("a header", {
    "x.c": '#include "x.h"\nint x;\n',
    "x.h": '_Pragma("GCC \t dependency \\"y.h\\"")\n',
  }),
];

/** Two headers of one content, which are one to the compiler or two. */
const twins: Files = {
  "a/x.h": ONCE,
  "b/x.h": ONCE,
  "x.c": '#include "a/x.h"\n#include "b/x.h"\nint x(void) { return __COUNTER__; }\n',
};

/** Gives the second of them a place of its own, or makes it the first one's second name. */
const second = (make: (from: string, to: string) => void) => ({
  disturb: (dir: string): void => {
    rmSync(join(dir, "b/x.h"));
    make(join(dir, "a/x.h"), join(dir, "b/x.h"));
  },
});

const files: readonly Case[] = [
  trap({
    fact: "E headers of one content under #pragma once, of one time and of two",
    compilers: GNU,
    files: twins,
    step: {
      disturb: (dir) => {
        for (const name of ["a/x.h", "b/x.h"]) touch(dir, name, ONCE, LONG_AGO);
      },
    },
    change: timed("b/x.h", ONCE, () => new Date("2002-02-02T02:02:02Z")),
    undo: {},
  }),
  trap({
    fact: "E headers of one content under #pragma once, one file and two",
    compilers: CLANG,
    files: twins,
    step: second(linkSync),
    change: second(copyFileSync),
    undo: {},
  }),
  trap({
    fact: "E headers of one content under #pragma once, a symbolic link and a file",
    compilers: CLANG,
    files: twins,
    step: second((_, to) => {
      symlinkSync("../a/x.h", to);
    }),
    change: second(copyFileSync),
    undo: {},
  }),
];

describe("files", () => {
  testCases(world, files, BOTH_WAYS);
});

describe("times", () => {
  testCases(world, [...times, ...compared], BOTH_WAYS);
});
