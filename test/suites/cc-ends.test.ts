// How a C compiler ends: status, signals, closed and endless streams; bad input is the compiler's business alone and
// leaves nothing in the cache.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { asNobody, executable, shell } from "../support/around.ts";
import { type Case, served, testCases, unserved } from "../support/cc-twin.ts";
import { COMPILE, GNU } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { filesBelow } from "../support/tree.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-ends");
// Other users must be able to get in.
chmodSync(world.dir, 0o755);

const UNUSED = "int x(void) { int unused; return 1; }\n";

/** More than a pipe takes. */
const WARNINGS = Array.from({ length: 2000 }, (_, n) => `#warning w${n}\n`).join("");

/** Into a pipe whose reader has gone for certain. */
function unread(words: readonly string[]): string[] {
  return ["bash", "-c", 'exec 3> >(exit 0); wait $!; exec "$@" >&3 2>&3', "bash", ...words];
}

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
