// What a C compiler says and how it ends: both streams, status, signals, closed and endless streams; bad
// input is the compiler's business alone and leaves nothing in the cache.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { type Case, served, testCases, unserved } from "../support/cc-twin.ts";
import { worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { filesBelow } from "../support/tree.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-streams");

const GNU = ["gcc"];
const COMPILE = ["-c", "x.c", "-o", "x.o"];
const UNUSED = "int x(void) { int unused; return 1; }\n";

/** More than a pipe takes. */
const WARNINGS = Array.from({ length: 2000 }, (_, n) => `#warning w${n}\n`).join("");

/** Into a pipe whose reader has gone for certain. */
function unread(words: readonly string[]): string[] {
  return ["bash", "-c", 'exec 3> >(exit 0); wait $!; exec "$@" >&3 2>&3', "bash", ...words];
}

function shell(script: string) {
  return (words: readonly string[]): string[] => ["bash", "-c", script, "bash", ...words];
}

function runnable(dir: string): void {
  chmodSync(join(dir, "bin/gcc"), 0o755);
}

/** A compiler with something added: a script around the real one. */
const around = (body: string): string => `#!/bin/sh\n${body}\n`;
const script = { compiler: ["bin/gcc"], disturb: runnable };

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

const ends: readonly Case[] = [
  {
    fact: "I14 a compiler that is killed by a signal",
    compilers: GNU,
    files: {
      "bin/gcc": around('case "$*" in *x.c*) kill -SEGV $$ ;; esac\nexec /usr/bin/gcc "$@"'),
    },
    steps: unserved(COMPILE, /^(fails|passes: .*|not stored: .*)$/, script),
  },
  {
    fact: "I14 an internal compiler error",
    compilers: GNU,
    files: {
      "bin/gcc": around(
        'case "$*" in *x.c*) echo "internal compiler error: Segmentation fault" >&2; exit 4 ;; esac\nexec /usr/bin/gcc "$@"',
      ),
    },
    steps: unserved(COMPILE, /^(fails|passes: .*)$/, script),
  },
  {
    fact: "I17 closed standard streams",
    files: { "x.c": UNUSED },
    steps: served(["-Wall", ...COMPILE], { around: shell('exec "$@" <&- >&- 2>&-') }),
  },
  {
    fact: "I17 a closed standard error",
    steps: served(COMPILE, { around: shell('exec "$@" 2>&-') }),
  },
  ...["-E", "-S"].map((mode): Case => ({
    fact: `I17 ${mode} to a full disk`,
    // The compilers say why in words of their own.
    steps: served([mode, "x.c", "-o", "-"], { around: shell('exec "$@" >/dev/full 2>/dev/null') }),
  })),
  {
    compilers: ["clang"],
    fact: "I17 a closed standard output, which clang does not mind",
    steps: served(["-S", "x.c", "-o", "-"], { around: shell('exec "$@" >&-') }),
  },
  {
    fact: "I17 messages that cannot be written fail no compile",
    compilers: GNU,
    files: { "x.c": UNUSED },
    steps: served(["-Wall", ...COMPILE], { around: shell('exec "$@" 2>/dev/full') }),
  },
  {
    fact: "I17 a reader that was gone before",
    files: { "x.c": UNUSED },
    steps: [
      { args: ["-Wall", ...COMPILE], around: unread, outcome: /^passes: nobody reads/ },
      { args: ["-Wall", ...COMPILE], outcome: "misses" },
      { around: unread, fresh: true, outcome: /^passes: nobody reads/ },
      // With nothing to say it is never found out.
      { edit: { "x.c": "int x;\n" }, outcome: "misses" },
      { around: unread, fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "I17 a reader that goes while the compiler speaks",
    files: { "x.c": WARNINGS },
    steps: [
      {
        args: ["-Wall", ...COMPILE],
        // Which of its programs finds it first decides how gcc ends; it is no success in any case.
        around: shell('"$@" 2>&1 | head -n 1; [ ${PIPESTATUS[0]} -ne 0 ]'),
        outcome: "fails",
      },
      { fresh: true, args: ["-Wall", ...COMPILE], outcome: "misses" },
    ],
  },
  {
    fact: "I18 a standard input that never ends",
    steps: served(COMPILE, {
      around: shell('mkfifo f; exec 3<>f; rm f; exec timeout 20 "$@" <&3'),
    }),
  },
  {
    fact: "I18 a standard input with something in it is left for whoever comes next",
    steps: served(COMPILE, { around: shell('{ "$@"; cat; }'), stdin: "left alone\n" }),
  },
  {
    fact: "I20 another wrapper around what is not served",
    compilers: GNU,
    files: { "bin/front": '#!/bin/sh\necho front >&2\nexec "$@"\n' },
    steps: [
      {
        args: COMPILE,
        disturb: (dir) => {
          chmodSync(join(dir, "bin/front"), 0o755);
        },
        around: (words, dir) =>
          words[0] === "gcc" ? words : ["env", `KACHE_FALLBACK=${dir}/bin/front`, ...words],
        outcome: "misses",
      },
      { fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "I21 a descriptor for what must not be stored",
    steps: [],
    skip: "there is no such descriptor: no preprocessor is run",
  },
];

/** Runs as somebody whom permissions bind. */
const asNobody = shell('exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"');

const bad: readonly Case[] = [
  {
    fact: "an unreadable header",
    skip: process.getuid?.() === 0 ? missing("setpriv") : undefined,
    steps: unserved(["-c", "x.c", "-o", "/dev/null"], /./, {
      disturb: (dir) => {
        chmodSync(join(dir, "x.h"), 0);
      },
      around: asNobody,
      env: { KACHE_CACHE_DIR: world.path("nobody") },
    }),
  },
  {
    fact: "a header that is a directory",
    files: { "x.h": undefined, "x.h/": "" },
    steps: unserved(COMPILE, "fails"),
  },
  {
    fact: "a source that is a directory",
    files: { "x.c": undefined, "x.c/": "" },
    steps: unserved(COMPILE, /^(fails|passes: .*)$/),
  },
  {
    fact: "a header that is missing",
    files: { "x.h": undefined },
    steps: unserved(COMPILE, "fails"),
  },
  ...[
    "-std=c77",
    "-O9z",
    "-march=nothing",
    "-fvisibility=none",
    "-Werror=no-such-warning",
    "-gdwarf-99",
    "-mtune=abacus",
  ].map((flag) => ({
    fact: `the broken flag ${flag}`,
    steps: unserved([flag, ...COMPILE], /^(fails|passes: .*|misses|hits)$/),
  })),
];

describe("what is said", () => {
  testCases(world, said);
});
describe("how it ends", () => {
  testCases(world, ends);
});
describe("bad input", () => {
  testCases(world, bad);

  test("leaves nothing in the store", () => {
    const cache = world.path("bad-cache");
    const dir = world.project("bad", {
      "x.c": '#include "gone.h"\n',
      "y.c": "int y(void) { return }\n",
    });
    for (const args of [["x.c"], ["y.c"], ["missing.c"], ["-fno-such-flag", "y.c"]]) {
      const run = world.run([kache, "gcc", "-c", ...args], {
        cwd: dir,
        env: { KACHE_CACHE_DIR: cache },
      });
      expect(run.exitCode).toBe(1);
    }
    expect(filesBelow(join(cache, "store"))).toEqual([]);
  });

  test("A16 a compiler that is not there is named, with the shell's status", () => {
    const run = world.run([kache, "gcc-99", "-c", "x.c"], { cwd: world.project("none", {}) });
    expect(run.exitCode).toBe(127);
    expect(run.stderr).toContain("gcc-99");
  });
});
