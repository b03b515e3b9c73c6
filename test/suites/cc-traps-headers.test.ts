// Nothing stale is ever served for C: headers that change, come, go and hide each other. After each change the object is the one that the
// compiler alone makes, with the observer and without it, and after the change is undone the first object is served.
import { describe, setDefaultTimeout } from "bun:test";
import { linkSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { BOTH_WAYS, type Case, served, testCases, unserved } from "../support/cc-twin.ts";
import {
  AROUND,
  edited,
  LONG_AGO,
  runnable,
  sameTime,
  timed,
  touch,
  trap,
} from "../support/cc-trap.ts";
import { COMPILE, GNU } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-traps-headers");

const SOURCE = "int x(void) { return 1; }\n";
/** More than are looked at one by one. */
const MANY = Array.from({ length: 20 }, (_, index) => String(index));

/** Lets the name `b` lead to a directory. */
const linked = (to: string) => (dir: string) => {
  rmSync(join(dir, "b"), { force: true });
  symlinkSync(to, join(dir, "b"));
};

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
  trap({
    fact: "E a directory that is another's second name, until its link leads elsewhere",
    files: {
      "a/": "",
      "c/y.h": "#define Y 1\n",
      "d/y.h": "#define Y 2\n",
      "x.c": "#include <y.h>\nint x(void) { return Y; }\n",
    },
    args: ["-Ia", "-Ib", "-Ic", ...COMPILE],
    step: { disturb: linked("a") },
    change: { disturb: linked("d") },
    undo: {},
  }),
  trap({
    fact: "E a directory that is a second name of one in the system, until its link leads elsewhere",
    files: {
      "d/limits.h": "#define INT_MAX 2\n",
      "x.c": "#include <limits.h>\nint x(void) { return INT_MAX; }\n",
    },
    args: ["-Ib", ...COMPILE],
    step: { disturb: linked("/usr/include") },
    change: { disturb: linked("d") },
    undo: {},
  }),
  {
    fact: "E a link to a header that comes later, among many that are looked for in vain",
    files: {
      "a/": "",
      ...Object.fromEntries(MANY.map((n) => [`b/y${n}.h`, `#define Y${n} 1\n`])),
      "x.c": `${MANY.map((n) => `#include <y${n}.h>\n`).join("")}int x(void) { return Y7; }\n`,
    },
    steps: [
      {
        args: ["-Ia", "-Ib", ...COMPILE],
        disturb: (dir) => {
          symlinkSync("../made.h", join(dir, "a/y7.h"));
        },
        outcome: "misses",
      },
      // The link stays as it is from here on. Long enough after the edits for the set to be remembered by its stamps.
      {
        disturb: () => {
          Bun.sleepSync(60);
        },
        outcome: "hits",
      },
      { outcome: "hits" },
      { edit: { "made.h": "#define Y7 2\n" }, outcome: "misses" },
      { edit: { "made.h": undefined }, outcome: "hits" },
    ],
  },
  trap({
    fact: "E a header that a macro of the arguments names",
    files: {
      "a/": "",
      "b/y.h": "#define Y 1\n",
      "x.c": "#include HEADER\nint x(void) { return Y; }\n",
    },
    args: ["-DHEADER=<y.h>", "-Ia", "-Ib", ...COMPILE],
    change: { edit: { "a/y.h": "#define Y 2\n" } },
    undo: { edit: { "a/y.h": undefined } },
  }),
  trap({
    fact: "E a header that a macro of the arguments has looked for",
    files: {
      "a/": "",
      "x.c":
        "#if __has_include(<y.h>)\n#include <y.h>\n#else\n#define Y 1\n#endif\nint x(void) { return WORD; }\n",
    },
    args: ["-DWORD=Y", "-Ia", ...COMPILE],
    change: { edit: { "a/y.h": "#define Y 2\n" } },
    undo: { edit: { "a/y.h": undefined } },
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

describe("headers", () => {
  testCases(world, headers, BOTH_WAYS);
});
