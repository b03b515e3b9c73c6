// Which compiler a call runs, names of every kind, and response files: as the compiler alone has it.
import { describe, setDefaultTimeout } from "bun:test";
import { copyFileSync, linkSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { executable, shell } from "../support/around.ts";
import { type Case, served, testCases, unserved } from "../support/cc-twin.ts";
import { CLANG, COMPILE, GNU } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";
import { kache } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-calls");

const SOURCE = "int x(void) { return 1; }\n";

/** A compiler that leaves out or adds something: a script around the real one. */
function script(body: string): string {
  return `#!/bin/sh\nreal=/usr/bin/$(basename "$0")\n${body}\n`;
}

const runnable = executable("bin/gcc");

const LONG = [
  ...Array.from(
    { length: 2000 },
    (_, n) => `-DA_RATHER_LONG_NAME_FOR_A_MACRO_WHICH_NOBODY_EVER_USES_NUMBER_${n}=${n}`,
  ),
  ...COMPILE,
];

const compilers: readonly Case[] = [
  {
    fact: "A34 a compiler that makes no object",
    compilers: GNU,
    files: { "bin/gcc": script('case "$*" in *x.c*) exit 0 ;; *) exec $real "$@" ;; esac') },
    steps: unserved(COMPILE, "not stored: object is missing", {
      compiler: ["bin/gcc"],
      disturb: runnable,
    }),
  },
  {
    fact: "A35 a compiler that makes an empty object",
    compilers: GNU,
    files: {
      "bin/gcc": script('case "$*" in *x.c*) : > x.o; exit 0 ;; *) exec $real "$@" ;; esac'),
    },
    steps: unserved(COMPILE, "not stored: object is empty", {
      compiler: ["bin/gcc"],
      disturb: runnable,
    }),
  },
  ...(["relative", "absolute", "copied", "linked"] as const).map((kind) => ({
    fact: `A41 A42 a name that leads to the executable, ${kind}, finds the compiler`,
    files: { "bin/": "" },
    steps: served(COMPILE, {
      wrapped: (words: readonly string[], dir: string) => {
        const name = words[0] ?? "";
        const path = join(dir, "bin", name);
        rmSync(path, { force: true });
        if (kind === "copied") copyFileSync(kache, path);
        else if (kind === "linked") linkSync(kache, path);
        else symlinkSync(kache, path);
        return [kind === "relative" ? join("bin", name) : path, ...words.slice(1)];
      },
      check: (dir: string) => {
        rmSync(join(dir, "bin"), { recursive: true });
        mkdirSync(join(dir, "bin"));
      },
    }),
  })),
  {
    fact: "A43 one program under two names is two compilers",
    compilers: ["clang"],
    files: { "x.c": "int x(void) { return sizeof('a'); }\n" },
    steps: [
      ...served(COMPILE),
      { compiler: ["clang++"], outcome: "misses" },
      { compiler: ["clang++"], fresh: true, outcome: "hits" },
      { fresh: true, outcome: "hits" },
    ],
  },
  ...["--version", "-dumpversion", "-dumpmachine", "-print-search-dirs", "-print-prog-name=ld"].map(
    (query) => ({
      fact: `A45 the query ${query}`,
      steps: unserved([query], /^no event$/),
    }),
  ),
  {
    fact: "A45 -### with a compile",
    steps: unserved(["-###", ...COMPILE], /^no event$/, {
      around: shell('"$@" 2>&1 | sed "s,/tmp/[^ ]*,T,g"'),
    }),
  },
  {
    fact: "A45 -v with a compile",
    steps: unserved(["-v", ...COMPILE], /^no event$/, {
      around: shell('"$@" 2>&1 | sed "s,/tmp/[^ ]*,T,g"'),
    }),
  },
  ...["-B", "-L", "-I", "-o", "-D", "-x", "-include"].map((flag) => ({
    fact: `A46 ${flag} without its argument`,
    steps: unserved(["-c", "x.c", flag], `passes: refused: cc: ${flag} without a value`),
  })),
  { fact: "A47 an empty include directory", steps: served(["-I", "", ...COMPILE]) },
  {
    fact: "A48 -- before the source",
    compilers: CLANG,
    steps: served(["-c", "-o", "x.o", "--", "x.c"]),
  },
  {
    fact: "A48 -- where it is not known",
    compilers: GNU,
    steps: unserved(["-c", "-o", "x.o", "--", "x.c"], "fails"),
  },
  {
    fact: "A49 a command line of more than 128 KB",
    compilers: CLANG,
    steps: served(LONG),
  },
  {
    // Gcc's driver passes the whole of it on in one variable, which is more than a variable may hold.
    fact: "A49 a command line of more than 128 KB is beyond gcc",
    compilers: GNU,
    steps: unserved(LONG, "fails"),
  },
];

const NAMES: readonly (readonly [row: string, what: string, name: string])[] = [
  ["B1", "a space", "a b.c"],
  ["B2", "quotes", 'it\'s "x".c'],
  ["B3", "letters beyond ASCII", "größe-日本.c"],
  ["B5", "characters that make reads", "do$lar#sharp.c"],
  ["B6", "a leading dash", "./-x.c"],
  ["B9", "every kind of special character", "file with$special#characters%;&(2).c"],
  ["B11", "all the length a name can have", `${"n".repeat(253)}.c`],
];

const OBJECT_OF = (name: string) => name.replace(/\.c$/, ".o");

const names: readonly Case[] = [
  {
    fact: "B8 a source's name with a leading at sign",
    compilers: GNU,
    files: { "@x.c": SOURCE },
    steps: served(["-c", "./@x.c", "-o", "x.o"]),
  },
  {
    // Clang's driver hands it on without its directory, as if it were a response file.
    fact: "B8 a source's name with a leading at sign is beyond clang",
    compilers: CLANG,
    files: { "@x.c": SOURCE },
    steps: unserved(["-c", "./@x.c", "-o", "x.o"], "fails"),
  },
  ...NAMES.map(([row, what, name]) => ({
    fact: `${row} a source's name with ${what}`,
    files: { [name]: SOURCE },
    steps: served(["-MD", "-c", name, "-o", OBJECT_OF(name)]),
  })),
  ...["x//y.c", "./a/../x/y.c", "x/./y.c", ".//x//y.c"].map((name) => ({
    fact: `B10 a source named ${name}`,
    files: {
      "x/y.c": '#include "y.h"\nint y(void) { return Y; }\n',
      "x/y.h": "#define Y 1\n",
      "a/": "",
    },
    steps: served(["-MD", "-c", name, "-o", "y.o"]),
  })),
  ...["co:lon.h", "back\\slash.h", "hash#dollar$.h", "a space.h", "tab\t.h"].map((name) => ({
    fact: `B12 a header named ${JSON.stringify(name)}`,
    files: { "y.c": `#include "${name}"\nint y(void) { return Y; }\n`, [name]: "#define Y 1\n" },
    steps: [
      ...served(["-MD", "-c", "y.c", "-o", "y.o"]),
      { edit: { [name]: "#define Y 2\n" }, outcome: "misses" as const },
    ],
  })),
  {
    fact: "B12 a directory of headers with a newline in its name",
    files: {
      "new\nline/y.h": "#define Y 1\n",
      "y.c": '#include "y.h"\nint y(void) { return Y; }\n',
    },
    steps: [
      ...served(["-I", "new\nline", "-c", "y.c", "-o", "y.o"]),
      { edit: { "new\nline/y.h": "#define Y 2\n" }, outcome: "misses" },
    ],
  },
];

/** A text as Windows programs write it. */
const wide = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");

const responses: readonly Case[] = [
  {
    fact: "C1 a response file counts by what it says",
    files: { args: "-DY=1 -O1" },
    steps: [
      ...served(["@args", ...COMPILE]),
      { edit: { args: "-DY=1 -O2" }, outcome: "misses" },
      { edit: { args: "-DY=1 -O1" }, outcome: "hits" },
    ],
  },
  {
    fact: "C1 a whole call in a response file",
    files: { args: "-c x.c -o x.o\n" },
    steps: served(["@args"]),
  },
  {
    fact: "C2 nested response files with every quoting",
    files: {
      outer: "-DONE=1\n@inner\n-o 'x.o'",
      inner: '-DTWO=\\"two\\ words\\" "-DTHREE=a b" \'-DFOUR="q"\'\t-c\n\nx.c',
      "x.c": "const char *x(void) { return TWO FOUR; }\n",
    },
    steps: [
      ...served(["@outer"]),
      { edit: { inner: '-DTWO=\\"two\\ werds\\" \'-DFOUR="q"\' -c x.c' }, outcome: "misses" },
    ],
  },
  {
    fact: "C3 a response file that is not there",
    steps: unserved(["@missing", ...COMPILE], "passes: refused: cc: @missing is no source file"),
  },
  {
    fact: "C4 the same arguments by file and on the line are one",
    files: { args: "-DY=1 -O1" },
    steps: [
      ...served(["@args", ...COMPILE]),
      { args: ["-DY=1", "-O1", ...COMPILE], fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "C5 a response file given twice",
    files: { args: "-DY=1" },
    steps: served(["@args", "@args", ...COMPILE]),
  },
  {
    fact: "C5 a response file that includes itself",
    files: { args: "-DY=1 @args" },
    steps: unserved(["@args", ...COMPILE], "passes: refused: cc: @args takes in itself"),
  },
  {
    fact: "C6 a response file in UTF-16 in the dialect of cl",
    compilers: CLANG,
    literal: true,
    files: { args: wide("/c x.c /Fox.obj /DY=1") },
    steps: [
      ...served(["--driver-mode=cl", "/Brepro", "@args"]),
      { edit: { args: wide("/c x.c /Fox.obj /DY=2") }, fresh: true, outcome: "misses" },
    ],
  },
  { fact: "C7 nvcc's options files", steps: [], skip: "nvcc is not installed" },
];

describe("compilers", () => {
  testCases(world, compilers);
});
describe("names", () => {
  testCases(world, names);
});
describe("response files", () => {
  testCases(world, responses);
});
