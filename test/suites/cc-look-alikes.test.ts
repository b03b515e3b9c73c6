// Calls that differ in a word which changes no object: compilers remark on it, refuse it, or name things by it, so that
// one of them is not the other's answer.
import { describe, setDefaultTimeout } from "bun:test";
import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { shell } from "../support/around.ts";
import { BOTH_WAYS, type Case, type Step, testCases } from "../support/cc-twin.ts";
import { CLANG, COMPILE, GNU } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-look-alikes");

const UNUSED = { "x.c": "int x(void) { int unused; return 1; }\n" };

/** A call that is kept, one that looks like it and ends otherwise, and the first again. */
function unlike(args: readonly string[], other: Partial<Step> & Pick<Step, "outcome">): Step[] {
  return [
    { args, outcome: "misses" },
    { fresh: true, ...other },
    { args, fresh: true, outcome: "hits" },
  ];
}

/** Without the observer nobody tells what the compiler looked for from what it may have read. */
const unread = /^not stored: .*y\.h, which is its output$/;
const ASKED_FOR: readonly Step[] = [
  { args: ["-c", "x.c", "-o", "y.h"], outcome: "misses", unobserved: unread },
  { outcome: unread },
  { fresh: true, outcome: "hits", unobserved: unread },
];

const inPlace: readonly Case[] = [
  {
    fact: "an object in the place of a header that it was made of",
    steps: [1, 2].map((value) => ({
      args: ["-c", "x.c", "-o", "x.h"],
      edit: { "x.h": `#define X ${value}\n` },
      outcome: /^not stored: .*x\.h, which is its output$/,
    })),
  },
  {
    fact: "an object in the place of a header that was looked for in vain",
    files: {
      "x.c":
        '#if __has_include("y.h")\nint x(void) { return 2; }\n#else\nint x(void) { return 1; }\n#endif\n',
    },
    steps: ASKED_FOR,
  },
];

const words: readonly Case[] = [
  {
    fact: "-fcolor-diagnostics, which gcc refuses",
    compilers: GNU,
    files: UNUSED,
    steps: unlike(COMPILE, { args: ["-fcolor-diagnostics", ...COMPILE], outcome: "fails" }),
  },
  {
    fact: "-MQ of nothing, over which gcc stumbles, as long as nothing stands before it",
    compilers: GNU,
    steps: [
      ...unlike(["-MD", "-MT", "", ...COMPILE], {
        args: ["-MD", "-MQ", "", ...COMPILE],
        // It tells where it stood in memory.
        around: shell('"$@" 2>/dev/null'),
        outcome: /^(fails|misses)$/,
      }),
      { args: ["-MD", "-MQ", "a", "-MQ", "", ...COMPILE], fresh: true, outcome: "misses" },
      {
        args: ["-MD", "-MQ", "", "-MQ", "a", ...COMPILE],
        fresh: true,
        around: shell('"$@" 2>/dev/null'),
        outcome: /^(fails|misses)$/,
      },
    ],
  },
  {
    fact: "make rules that nobody keeps, and in a file",
    steps: [
      ...unlike(["-MD", "-MF", "/dev/null", ...COMPILE], {
        args: ["-MD", "-MF", "x.mk", ...COMPILE],
        outcome: "misses",
      }),
      { args: ["-MD", "-MF", "x.mk", ...COMPILE], fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "declarations that nobody keeps, and in a file",
    compilers: GNU,
    steps: unlike(["-aux-info", "/dev/null", ...COMPILE], {
      args: ["-aux-info", "x.aux", ...COMPILE],
      outcome: "misses",
    }),
  },
  {
    fact: "-- before the source, which gcc refuses",
    compilers: GNU,
    steps: unlike(COMPILE, { args: ["-c", "-o", "x.o", "--", "x.c"], outcome: "fails" }),
  },
  {
    fact: "-x behind the source, on which compilers remark",
    steps: unlike(["-x", "c", ...COMPILE], { args: [...COMPILE, "-x", "c"], outcome: "misses" }),
  },
  {
    fact: "-x behind several sources",
    files: { "y.c": "int y;\n" },
    steps: [
      { args: ["-c", "x.c", "y.c"], outcome: /^misses, misses$/ },
      {
        args: ["-c", "x.c", "y.c", "-x", "c"],
        fresh: true,
        outcome: "passes: refused: cc: several sources in one call, with -x",
      },
    ],
  },
  {
    fact: "two modes, of which clang remarks on one",
    steps: [
      ...unlike(["-E", "-fsyntax-only", "x.c"], { args: ["-E", "x.c"], outcome: "misses" }),
      ...unlike(["-S", "x.c"], { args: ["-c", "-S", "x.c"], outcome: "misses" }),
    ],
  },
  {
    fact: "-pipe, with which the assembler's messages name no file",
    compilers: GNU,
    files: { "x.c": '__asm__(".warning \\"said\\"");\n' },
    steps: ["", "-pipe", "", "-pipe"].map((word, at) => ({
      args: [...(word === "" ? [] : [word]), ...COMPILE],
      around: shell(
        '"$@" 2> said; status=$?; sed -i "s/cc[A-Za-z0-9]*[.]s/name/" said; exit $status',
      ),
      fresh: true,
      outcome: at < 2 ? "misses" : "hits",
    })),
  },
  {
    fact: "-pipe of a compile that says nothing is noise",
    steps: unlike(COMPILE, { args: ["-pipe", ...COMPILE], outcome: "hits" }),
  },
  {
    fact: "an output that is the source, which gcc refuses",
    compilers: GNU,
    steps: ["x.c", "./x.c"].flatMap((output) =>
      unlike(["-c", "x.c", "-o", `${output}.o`], {
        args: ["-c", "x.c", "-o", output],
        outcome: "passes: output x.c is the source",
      }).map((step, at) => (at === 0 ? { ...step, outcome: /^(misses|hits)$/ } : step)),
    ),
  },
  {
    fact: "bitcode with the call of the inner compiler in it",
    compilers: CLANG,
    literal: true,
    steps: unlike(["-fembed-bitcode=all", ...COMPILE], {
      args: ["-fembed-bitcode=all", "-fcolor-diagnostics", ...COMPILE],
      outcome: "misses",
    }),
  },
  {
    fact: "a compiler that goes by the name it is called by",
    compilers: CLANG,
    files: { "x.c": "#include <stddef.h>\nsize_t x;\n" },
    steps: ["one", "two", "one"].map((name, at) => ({
      compiler: [`${name}/bin/clang`],
      args: ["-no-canonical-prefixes", "-MD", ...COMPILE],
      disturb: at === 0 ? linked : () => undefined,
      outcome: at < 2 ? "misses" : "hits",
    })),
  },
];

/** Two names of the compiler, each with a name of its headers. */
function linked(dir: string): void {
  const clang = realpathSync(Bun.which("clang") ?? "/");
  for (const name of ["one", "two"]) {
    mkdirSync(join(dir, name, "bin"), { recursive: true });
    mkdirSync(join(dir, name, "lib"));
    const link = (target: string, below: string) => {
      symlinkSync(relative(dirname(join(dir, name, below)), target), join(dir, name, below));
    };
    link(clang, "bin/clang");
    link(join(dirname(dirname(clang)), "lib/clang"), "lib/clang");
  }
}

const shown: readonly Case[] = [
  {
    fact: "lines of a file that #line names, which gcc shows",
    compilers: GNU,
    files: { "x.c": `#line 1 "x.y"\n${UNUSED["x.c"]}`, "x.y": "the first text of it\n" },
    steps: [
      { args: ["-Wall", ...COMPILE], outcome: "misses", unobserved: /^not stored: .*shows? lines/ },
      { fresh: true, outcome: "hits", unobserved: /^not stored: .*shows? lines/ },
      {
        edit: { "x.y": "another text of it\n" },
        fresh: true,
        outcome: "misses",
        unobserved: /^not stored: .*shows? lines/,
      },
    ],
  },
  {
    fact: "a file that an assembler's macro takes in, found in a nearer directory",
    compilers: GNU,
    files: {
      "x.c": '__asm__(".macro take f\\n.incbin \\"\\\\f\\"\\n.endm\\ntake d.bin");\n',
      "b/d.bin": "1",
    },
    steps: [
      { args: ["-Wa,-Ib", "-Ib", ...COMPILE], outcome: /^(misses|not stored: .*)$/ },
      { edit: { "d.bin": "2" }, fresh: true, outcome: /^(misses|not stored: .*)$/ },
    ],
  },
];

describe("words", () => {
  testCases(world, words);
  testCases(world, inPlace, BOTH_WAYS);
});
describe("what is shown and taken in", () => {
  testCases(world, shown, BOTH_WAYS);
});
