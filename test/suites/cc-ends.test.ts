// How a C compiler ends: status, signals, closed and endless streams; bad input is the compiler's business alone and
// leaves nothing in the cache.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { asNobody, executable, shell } from "../support/around.ts";
import { type Case, served, type Step, testCases, unserved } from "../support/cc-twin.ts";
import { COMPILE, GNU } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { filesBelow } from "../support/tree.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-ends");
// Other users must be able to get in.
chmodSync(world.dir, 0o755);

const UNUSED = "int x(void) { int unused; return 1; }\n";

/** What a call comes to whose text and messages lie in an order that only the compiler knows. */
const ONE_FILE = "passes: text and messages go to one file";

/** More than all pipes on the way take. */
const WARNINGS = Array.from({ length: 10000 }, (_, n) => `#warning w${n}\n`).join("");

/** Into a pipe whose reader has gone for certain. */
function unread(words: readonly string[]): string[] {
  return ["bash", "-c", 'exec 3> >(exit 0); wait $!; exec "$@" >&3 2>&3', "bash", ...words];
}

/** What a call comes to that goes to the compiler for the sake of its streams. */
const UNHEARD = /^passes: nobody reads what the compiler says$/;

/** Steps of a call that the compiler ends by what becomes of its streams, also where what it says is stored. */
function unheard(args: readonly string[], script: string): Step[] {
  const around = shell(script);
  return [
    { args, around, outcome: UNHEARD },
    { args, fresh: true, outcome: "misses" },
    { args, around, fresh: true, outcome: UNHEARD },
  ];
}

/** More than two pipes take. */
const LONG = Array.from({ length: 9000 }, (_, n) => `int name_of_some_length_${n};\n`).join("");

/** The first line of what a call prints, and how the call ended. */
const FIRST_LINE = shell('"$@" | head -n 1; echo ${PIPESTATUS[0]}');
/** Which of its programs finds it first decides how a compiler ends; it is no success in any case. */
const FIRST_LINE_ANYHOW = shell('"$@" | head -n 1; [ ${PIPESTATUS[0]} -ne 0 ]');

/** A compiler with something added: a script around the real one. */
const around = (body: string): string => `#!/bin/sh\n${body}\n`;
const script = { compiler: ["bin/gcc"], disturb: executable("bin/gcc") };

const ends: readonly Case[] = [
  {
    fact: "I14 a compiler that is killed by a signal",
    compilers: GNU,
    files: {
      "bin/gcc": around('case "$*" in *x.c*) kill -SEGV $$ ;; esac\nexec /usr/bin/gcc "$@"'),
    },
    steps: unserved(COMPILE, "fails", script),
  },
  {
    fact: "I14 an internal compiler error",
    compilers: GNU,
    files: {
      "bin/gcc": around(
        'case "$*" in *x.c*) echo "internal compiler error: Segmentation fault" >&2; exit 4 ;; esac\nexec /usr/bin/gcc "$@"',
      ),
    },
    steps: unserved(COMPILE, "fails", script),
  },
  ...[
    ["closed standard streams", "<&- >&- 2>&-"],
    ["a closed standard error", "2>&-"],
    ["a standard error that is there to be read", "2</dev/null"],
    // clang ends by an error and tells where it stood in memory.
    ["a standard error on a full disk", "2>/dev/full", "gcc"],
  ].map(([fact = "", streams = "", compiler]): Case => ({
    fact: `I17 ${fact}, and a warning`,
    compilers: compiler === undefined ? ["gcc", "clang"] : [compiler],
    files: { "x.c": UNUSED },
    steps: unheard(["-Wall", ...COMPILE], `exec "$@" ${streams}`),
  })),
  {
    fact: "I17 a closed standard error, and nothing to say",
    steps: [
      { args: COMPILE, outcome: "misses" },
      { around: shell('exec "$@" 2>&-'), fresh: true, outcome: "hits" },
      { around: shell('exec "$@" <&- >&- 2>&-'), fresh: true, outcome: "hits" },
    ],
  },
  ...["-E", "-S", "-M"].flatMap((mode): Case[] => [
    {
      fact: `I17 ${mode} to a closed standard output`,
      steps: unheard([mode, "x.c", ...(mode === "-S" ? ["-o", "-"] : [])], 'exec "$@" >&-'),
    },
    {
      fact: `I17 ${mode} to a full disk`,
      compilers: GNU,
      steps: unheard([mode, "x.c", ...(mode === "-S" ? ["-o", "-"] : [])], 'exec "$@" >/dev/full'),
    },
    {
      fact: `I17 ${mode} to a full disk`,
      compilers: ["clang"],
      // It tells where it stood in memory.
      steps: unheard(
        [mode, "x.c", ...(mode === "-S" ? ["-o", "-"] : [])],
        'exec "$@" >/dev/full 2>/dev/null',
      ),
    },
  ]),
  {
    fact: "I17 a source from a standard input that is closed",
    steps: unserved(["-c", "-xc", "-", "-o", "x.o"], /^passes: .*standard input/, {
      around: shell('exec "$@" <&-'),
    }),
  },
  {
    fact: "I17 -E to a reader that goes after the first line",
    files: { "x.c": LONG },
    steps: [
      // It may have said all by then, to us.
      { args: ["-E", "x.c"], around: FIRST_LINE_ANYHOW, outcome: /^(fails|misses)$/ },
      { outcome: /^(misses|hits)$/ },
      { outcome: "hits" },
      // The compiler itself is to find that, and to end by it.
      { around: FIRST_LINE, outcome: /passes: nobody reads/ },
    ],
  },
  {
    fact: "I17 text and messages in one file",
    files: { "x.c": `#warning one\n${LONG}` },
    steps: [
      { args: ["-E", "x.c"], around: shell('"$@" >f 2>&1'), outcome: ONE_FILE },
      { around: shell('"$@" >f 2>f2'), fresh: true, outcome: "misses" },
      { fresh: true, around: shell('"$@" >f 2>f2'), outcome: "hits" },
      { fresh: true, around: shell('"$@" >f 2>&1'), outcome: ONE_FILE },
      { fresh: true, around: shell('"$@" 2>&1 | cat'), outcome: ONE_FILE },
      { fresh: true, around: shell('"$@" >/dev/null 2>&1'), outcome: "hits" },
    ],
  },
  {
    fact: "I17 text without messages in one file",
    files: { "x.c": LONG },
    steps: [
      { args: ["-E", "x.c"], outcome: "misses" },
      { around: shell('"$@" >f 2>&1'), outcome: "hits" },
    ],
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

const bad: readonly Case[] = [
  {
    fact: "an unreadable header",
    skip: process.getuid?.() === 0 ? missing("setpriv") : undefined,
    files: { "out/": "" },
    steps: unserved(["-c", "x.c", "-o", "out/x.o"], "fails", {
      disturb: (dir) => {
        mkdirSync(world.path("nobody"), { recursive: true });
        for (const open of [world.path("nobody"), join(dir, "out")]) chmodSync(open, 0o777);
        chmodSync(join(dir, "x.h"), 0);
      },
      around: asNobody,
      env: { KACHE_CACHE_DIR: world.path("nobody") },
      check: () => {
        expect(filesBelow(world.path("nobody/store"))).toEqual([]);
      },
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
    steps: unserved(COMPILE, "fails"),
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
    "-MG",
  ].map((flag) => ({
    fact: `the broken flag ${flag}`,
    // Of a warning that it does not know clang warns.
    compilers: flag.startsWith("-Werror") ? GNU : ["gcc", "clang"],
    steps: unserved([flag, ...COMPILE], "fails"),
  })),
];

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
