// Several sources in one call: each is served by itself, and together they leave and say what the compiler
// alone does for the whole call.
import { describe, setDefaultTimeout } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Case, type Outcome, type Step, testCases, unserved } from "../support/cc-twin.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-several");

const FILES = {
  "x.c": '#include "x.h"\nint x(void) { return X; }\n',
  "y.c": '#include "x.h"\nint y(void) { int unused; return X + 1; }\n',
  "z.c": "int z(void) { return 3; }\n",
  "x.h": "#define X 1\n",
  "bad.c": "int bad( {\n",
  "deep/z.c": "int z(void) { return 4; }\n",
};

const TWO = /^misses, misses$/;
const TWO_HITS = /^hits, hits$/;

/** A miss that was answered before it was stored is recorded after what was served meanwhile. */
function inAnyOrder(...words: readonly string[]): RegExp {
  const orders = (left: readonly string[]): string[] =>
    left.length === 0
      ? [""]
      : left.flatMap((word, at) => orders(left.toSpliced(at, 1)).map((rest) => `${word}, ${rest}`));
  return new RegExp(
    `^(?:${orders(words)
      .map((order) => order.slice(0, -2))
      .join("|")})$`,
  );
}

/** Stored one by one, then served into an empty place. */
function each(fact: string, args: readonly string[], more: Partial<Case> = {}): Case {
  return {
    fact,
    files: FILES,
    literal: true,
    ...more,
    steps: [
      { args, outcome: TWO },
      { args, fresh: true, outcome: TWO_HITS },
      { args, again: true, outcome: TWO_HITS },
    ],
  };
}

const served: readonly Case[] = [
  each("two sources", ["-c", "x.c", "y.c", "-O2"]),
  each("options between and behind the sources count for all of them", [
    "-c",
    "x.c",
    "-DQ",
    "y.c",
    "-Wall",
  ]),
  each("debug information", ["-g", "-c", "x.c", "y.c"]),
  each("make rules, each of its own", ["-c", "x.c", "y.c", "-MD"]),
  each("make rules without the system's headers", ["-c", "x.c", "y.c", "-MMD", "-MP"]),
  each("make rules of one name are those of the last source", [
    "-c",
    "x.c",
    "y.c",
    "-MD",
    "-MF",
    "r.d",
  ]),
  each("make rules of the preprocessor's are those of the last source", [
    "-c",
    "x.c",
    "y.c",
    "-Wp,-MD,r.d",
  ]),
  each("split debug information", ["-g", "-gsplit-dwarf", "-c", "x.c", "y.c"]),
  each("assembly texts", ["-S", "x.c", "y.c"]),
  each("stack usage", ["-fstack-usage", "-c", "x.c", "y.c"]),
  each("coverage notes", ["--coverage", "-frandom-seed=x", "-c", "x.c", "y.c"], {
    compilers: ["clang"],
  }),
  each("two sources of one object leave the second one's", ["-c", "z.c", "deep/z.c"]),
  each("a language named for both", ["-c", "-x", "c", "one.txt", "two.txt"], {
    files: { "one.txt": "int one;\n", "two.txt": "int two;\n" },
  }),
  each("a language each", ["-c", "-x", "c", "one.txt", "-x", "c++", "two.txt"], {
    files: { "one.txt": "int one;\n", "two.txt": "class two {} t;\n" },
  }),
  each("a language for the first alone", ["-c", "-xc", "one.txt", "-x", "none", "z.c"], {
    files: { ...FILES, "one.txt": "int one;\n" },
  }),
  each("C and assembly", ["-c", "x.c", "a.s"], {
    files: { ...FILES, "a.s": ".globl a\na: .long 1\n" },
  }),
  {
    fact: "messages of both, in order, compiled or served",
    files: { ...FILES, "x.c": "int x(void) { int idle; return 1; }\n" },
    steps: [
      { args: ["-Wall", "-c", "x.c", "y.c"], outcome: TWO },
      { fresh: true, outcome: TWO_HITS },
    ],
  },
  {
    fact: "what was compiled alone hits, the others are compiled",
    files: FILES,
    steps: [
      { args: ["-c", "-Wall", "y.c"], outcome: "misses" },
      {
        args: ["-c", "-Wall", "x.c", "y.c", "z.c"],
        outcome: inAnyOrder("misses", "hits", "misses"),
      },
      { args: ["-c", "-Wall", "z.c"], fresh: true, outcome: "hits" },
    ],
  },
  {
    fact: "an edit of one source compiles that one",
    files: FILES,
    steps: [
      { args: ["-c", "x.c", "y.c", "z.c"], outcome: /^misses, misses, misses$/ },
      {
        edit: { "z.c": "int z(void) { return 5; }\n" },
        outcome: inAnyOrder("hits", "hits", "misses"),
      },
      {
        edit: { "x.h": "#define X 2\n" },
        fresh: true,
        outcome: inAnyOrder("misses", "misses", "hits"),
      },
    ],
  },
  {
    fact: "a source that fails does not keep the next ones from being compiled",
    files: FILES,
    steps: [
      {
        args: ["-Wall", "-c", "x.c", "bad.c", "y.c"],
        outcome: inAnyOrder("misses", "fails", "misses"),
      },
      { fresh: true, outcome: /^hits, fails, hits$/ },
    ],
  },
  {
    fact: "two sources that fail",
    files: FILES,
    steps: [{ args: ["-c", "bad.c", "bad.c"], outcome: /^fails, fails$/ }],
  },
  {
    fact: "several syntax checks",
    files: FILES,
    steps: [
      { args: ["-fsyntax-only", "-Wall", "x.c", "y.c"], outcome: TWO },
      { outcome: TWO_HITS },
      {
        edit: { "y.c": "int y(void) { int other; return 2; }\n" },
        outcome: inAnyOrder("hits", "misses"),
      },
    ],
  },
  {
    fact: "several preprocessed texts, one after the other on standard output",
    files: FILES,
    steps: [
      { args: ["-E", "x.c", "z.c"], outcome: TWO },
      { outcome: TWO_HITS },
      {
        args: ["-E", "-P", "x.c", "bad.c", "z.c"],
        outcome: /^(?:misses|fails), (?:misses|fails), misses$/,
      },
    ],
  },
];

function whole(fact: string, args: readonly string[], outcome: Outcome, step: Partial<Step> = {}) {
  return { fact, files: FILES, literal: true, steps: unserved(args, outcome, step) };
}

const together: readonly Case[] = [
  whole(
    "a name for one object",
    ["-c", "x.c", "y.c", "-o", "o.o"],
    /several sources in one call, with -o$/,
  ),
  whole("a missing source", ["-c", "x.c", "none.c", "y.c"], /of which none\.c is no file$/),
  whole("a flag of the link's", ["-c", "x.c", "y.c", "-lm"], /with -l$/),
  whole("a directory of the link's", ["-c", "x.c", "y.c", "-L."], /with -L$/),
  whole("an argument file", ["-c", "x.c", "@more"], /with an argument file$/, {
    edit: { more: "y.c -O1" },
  }),
  whole("intermediate files", ["-c", "x.c", "z.c", "-save-temps"], /-save-temps/),
  whole("a link in the same call", ["-shared", "-fPIC", "x.c", "z.c", "-o", "l.so"], /link mode$/),
  whole("a source from standard input", ["-c", "z.c", "-xc", "-"], /standard input, and outputs/, {
    stdin: "int q;\n",
  }),
  whole("a source in a language of its own", ["-c", "z.c", "-x", "f77", "y.c"], /-x f77$/),
];

describe("several sources, each served", () => {
  testCases(world, served);
});

describe("several sources, passed through together", () => {
  testCases(world, together);
});

const CL: Partial<Case> = { compilers: ["clang"] };

/** The case's own link, so that the compiler reads its arguments as cl does. */
function asCl(): Partial<Step> {
  const bin = world.path("cl");
  mkdirSync(bin, { recursive: true });
  const link = join(bin, "clang-cl");
  try {
    symlinkSync(Bun.which("clang") ?? "", link);
  } catch {
    // Another case made it.
  }
  return { compiler: [link] };
}

const cl: readonly Case[] = [
  {
    ...CL,
    fact: "two sources, their objects in a directory",
    files: { ...FILES, "out/.keep": "" },
    steps: [
      { args: ["/c", "/Brepro", "x.c", "/Foout/", "/TP", "z.c"], ...asCl(), outcome: TWO },
      { ...asCl(), fresh: true, outcome: TWO_HITS },
    ],
  },
  {
    ...CL,
    fact: "nothing is made of the sources after one that fails",
    files: FILES,
    steps: [
      {
        args: ["/c", "/Brepro", "x.c", "bad.c", "z.c"],
        ...asCl(),
        outcome: inAnyOrder("misses", "fails"),
      },
    ],
  },
  {
    ...CL,
    fact: "a name for one object",
    files: FILES,
    steps: unserved(["/c", "x.c", "z.c", "/Foo.obj"], /with \/Fo$/, asCl()),
  },
];

describe("several sources of clang-cl", () => {
  testCases(world, cl);
});
