// What a C compiler says, on both streams and on a terminal, is said again.
import { describe, setDefaultTimeout } from "bun:test";
import { executable, shell } from "../support/around.ts";
import { type Case, served, testCases, unserved } from "../support/cc-twin.ts";
import { COMPILE, GNU } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";
import { missing } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-streams");

const UNUSED = "int x(void) { int unused; return 1; }\n";

/** A compiler with something added: a script around the real one. */
const around = (body: string): string => `#!/bin/sh\n${body}\n`;
const script = { compiler: ["bin/gcc"], disturb: executable("bin/gcc") };

const said: readonly Case[] = [
  {
    fact: "I1 a warning is said again",
    files: { "x.c": UNUSED },
    steps: served(["-Wall", ...COMPILE]),
  },
  {
    // Clang spells such bytes out.
    compilers: GNU,
    fact: "I1 warnings that cannot be decoded as text",
    files: {
      "x.c": Buffer.from([...Buffer.from("#warning caf"), 0xe9, ...Buffer.from("\nint x;\n")]),
    },
    steps: unserved(COMPILE, /^not stored: /, { around: shell('"$@" 2>&1 | od -c') }),
  },
  {
    fact: "I2 warnings of preprocessor and compiler are each said once",
    files: { "x.c": `#warning one\n${UNUSED}` },
    steps: served(["-Wall", ...COMPILE]),
  },
  {
    fact: "I3 what the compiler says on standard output is said again",
    compilers: GNU,
    files: { "bin/gcc": around('case "$*" in *x.c*) echo spoken ;; esac\nexec /usr/bin/gcc "$@"') },
    steps: [
      { args: COMPILE, ...script, outcome: /^(misses|passes: .*|not stored: .*)$/ },
      { ...script, fresh: true, outcome: /^(hits|passes: .*|not stored: .*)$/ },
    ],
  },
  {
    fact: "I4 a warning and a dependency file",
    files: { "x.c": `#include "x.h"\n${UNUSED}` },
    steps: served(["-Wall", "-MD", ...COMPILE]),
  },
  {
    fact: "I5 a compile error is never stored",
    files: { "x.c": "int x(void) { return }\n" },
    steps: [
      ...unserved(COMPILE, "fails"),
      { edit: { "x.c": UNUSED }, outcome: "misses" },
      { edit: { "x.c": "int x(void) { return }\n" }, outcome: "fails" },
    ],
  },
  {
    fact: "I6 a warning that is an error",
    files: { "x.c": UNUSED },
    steps: unserved(["-Wall", "-Werror", ...COMPILE], "fails"),
  },
  {
    fact: "I7 warnings in a macro's expansion",
    files: {
      "x.h": "#define SAME(a) ((a) == (a))\n",
      "x.c": '#include "x.h"\nint x(int n) { if (n = 1) return SAME(n); return n ? : 2; }\n',
    },
    steps: served(["-Wall", "-Wextra", "-pedantic", ...COMPILE]),
  },
  {
    fact: "I8 -Wunused-macros",
    files: { "x.c": "#define UNUSED 1\nint x;\n" },
    steps: served(["-Wunused-macros", ...COMPILE]),
  },
  {
    fact: "I8 a comment that says that falling through is meant",
    files: {
      "x.c":
        "int x(int n) { switch (n) { case 1: n++; /* fall through */ case 2: n++; case 3: n++; } return n; }\n",
    },
    steps: served(["-Wimplicit-fallthrough", ...COMPILE]),
  },
  ...["always", "never", "auto"].map((when) => ({
    fact: `I10 -fdiagnostics-color=${when}`,
    files: { "x.c": UNUSED },
    steps: served(["-Wall", `-fdiagnostics-color=${when}`, ...COMPILE]),
  })),
  {
    fact: "I10 one compile with and without colours",
    files: { "x.c": UNUSED },
    steps: [
      ...served(["-Wall", ...COMPILE]),
      { args: ["-Wall", "-fdiagnostics-color=always", ...COMPILE], outcome: /^(hits|misses)$/ },
      { args: ["-Wall", "-fdiagnostics-color=always", ...COMPILE], outcome: "hits" },
      { args: ["-Wall", ...COMPILE], outcome: "hits" },
    ],
  },
  {
    fact: "I10 a compile without colours, and then with them",
    files: { "x.c": UNUSED },
    steps: [
      ...served(["-Wall", "-fdiagnostics-color=never", ...COMPILE]),
      { args: ["-Wall", "-fdiagnostics-color=always", ...COMPILE], outcome: "misses" },
      { args: ["-Wall", "-fdiagnostics-color=never", ...COMPILE], outcome: "hits" },
      { args: ["-Wall", "-fdiagnostics-color=always", ...COMPILE], outcome: "hits" },
      { args: ["-Wall", ...COMPILE], outcome: "hits" },
    ],
  },
  ...[[], ["-fdiagnostics-color=always"], ["-fdiagnostics-color=never"]].map((color): Case => ({
    fact: `I10 colours of the source's own${["", ...color].join(", ")}`,
    files: {
      "x.c": 'const char *c = "\x1b[31mred\x1b[0m"; int x(void) { int unused; return 1; }\n',
    },
    steps: served(["-Wall", ...color, ...COMPILE]),
  })),
  {
    fact: "I10 -fcolor-diagnostics, which gcc does not know",
    files: { "x.c": UNUSED },
    compilers: GNU,
    steps: unserved(["-Wall", "-fcolor-diagnostics", ...COMPILE], /^(fails|passes: .*)$/),
  },
  {
    fact: "I10 -fcolor-diagnostics",
    files: { "x.c": UNUSED },
    compilers: ["clang"],
    steps: served(["-Wall", "-fcolor-diagnostics", ...COMPILE]),
  },
  {
    fact: "I10 GCC_COLORS",
    compilers: GNU,
    files: { "x.c": UNUSED },
    env: { GCC_COLORS: "warning=01;32" },
    steps: served(["-Wall", "-fdiagnostics-color=always", ...COMPILE]),
  },
  {
    fact: "I10 colours on a terminal, and without one",
    skip: missing("script"),
    files: { "x.c": UNUSED },
    steps: [
      { args: ["-Wall", ...COMPILE], outcome: "misses" },
      { around: terminal, outcome: /^(hits|misses)$/ },
      { around: terminal, outcome: "hits" },
      { outcome: "hits" },
    ],
  },
  {
    fact: "I10 no colours on a terminal with NO_COLOR",
    compilers: ["clang-19"],
    skip: missing("script"),
    files: { "x.c": UNUSED },
    env: { NO_COLOR: "1" },
    steps: [
      { args: ["-Wall", ...COMPILE], around: terminal, outcome: "misses" },
      { around: terminal, outcome: "hits" },
    ],
  },
  {
    fact: "I10 lines of a length, in which colours count as letters",
    files: { "x.c": UNUSED },
    steps: [
      ...served(["-Wall", "-fmessage-length=30", ...COMPILE]),
      ...served(["-Wall", "-fmessage-length=30", "-fdiagnostics-color=always", ...COMPILE]),
      { args: ["-Wall", "-fmessage-length=30", ...COMPILE], fresh: true, outcome: "hits" },
    ],
  },
  ...[
    ["-E", "q.i"],
    ["-E", "q.ii", "-o", "q.out"],
    ["-M", "q.i"],
    ["-S", "q.s"],
  ].map((args): Case => ({
    fact: `I10 ${args.join(" ")}, of which clang remarks that nothing is done`,
    files: { "q.i": "int x;\n", "q.ii": "int x;\n", "q.s": ".long 1\n" },
    steps: unserved(args, /^passes: .*is that already$/),
  })),
  {
    fact: "I10 a name that is one compiler's source and another's object",
    files: { "q.sx": ".long 1\n" },
    steps: unserved(["-c", "q.sx"], /^passes: .*no source file$/),
  },
  {
    fact: "I12 links in messages on a terminal",
    compilers: GNU,
    skip: "gcc can be asked for them by an argument only, which it writes into debug information",
    steps: [],
  },
  {
    fact: "I12 links that were asked for are said again, and to nobody else",
    compilers: GNU,
    files: { "x.c": UNUSED },
    env: { TERM: "xterm-256color" },
    steps: [
      ...served(["-Wall", "-fdiagnostics-urls=always", ...COMPILE]),
      { args: ["-Wall", ...COMPILE], fresh: true, outcome: "misses" },
      { args: ["-Wall", "-fdiagnostics-urls=always", ...COMPILE], outcome: "hits" },
      { env: { GCC_URLS: "st" }, outcome: "misses" },
      { around: terminal, outcome: "hits" },
    ],
  },
  {
    fact: "I12 messages without links are not said where links were asked for",
    compilers: GNU,
    files: { "x.c": UNUSED },
    env: { TERM: "xterm-256color" },
    steps: [
      ...served(["-Wall", ...COMPILE]),
      { args: ["-Wall", "-fdiagnostics-urls=always", ...COMPILE], fresh: true, outcome: "misses" },
      { args: ["-Wall", ...COMPILE], fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "I12 silence is not what was asked for as JSON",
    compilers: GNU,
    files: { "x.c": "int x;\n" },
    steps: [
      ...served(COMPILE),
      { args: ["-fdiagnostics-format=json", ...COMPILE], fresh: true, outcome: "misses" },
      { fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "I12 links that were asked for on a terminal",
    compilers: GNU,
    skip: missing("script"),
    files: { "x.c": UNUSED },
    env: { TERM: "xterm-256color" },
    steps: [
      {
        args: ["-Wall", "-fdiagnostics-urls=always", ...COMPILE],
        around: terminal,
        outcome: "misses",
      },
      { around: terminal, outcome: "hits" },
    ],
  },
  {
    fact: "I13 messages in another language",
    files: { "x.c": UNUSED },
    steps: [
      ...served(["-Wall", ...COMPILE], { env: { LC_ALL: "C" } }),
      { args: ["-Wall", ...COMPILE], env: { LC_ALL: "C.UTF-8" }, outcome: /^(hits|misses)$/ },
      { env: { LC_ALL: "C" }, outcome: "hits" },
      { env: { LC_ALL: undefined, LANG: "C.UTF-8" }, outcome: /^(hits|misses)$/ },
    ],
  },
];

/** A terminal of fixed size; what it shows is shown with its line ends. */
function terminal(words: readonly string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  return ["script", "-qec", quoted, "/dev/null"];
}

describe("what is said", () => {
  testCases(world, said);
});
