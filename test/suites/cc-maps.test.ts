// Debug information, __FILE__ and the maps of both: compiles are shared between two directories where the bytes allow
// it, with the executable's own maps, with the user's, and with none.
import { setDefaultTimeout } from "bun:test";
import { type Case, type Outcome, type Step, testCases } from "../support/cc-twin.ts";
import { both, here, places, TWO } from "../support/cc-places.ts";
import { CLANG, COMPILE, GNU } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-maps");

/** A compile in one of the two directories, which the caller's own map takes out of debug information. */
function mappedIn(cwd: "one" | "two", outcome: Outcome): Step {
  const args = here((dir) => ["-g", `-fdebug-prefix-map=${dir}/${cwd}=.`, ...COMPILE]);
  return { args, cwd, outcome };
}

const ASSEMBLE = ["-c", "x.S", "-o", "x.o"];
const ASSEMBLY = ".globl f\nf:\n nop\n";
const ASSEMBLED = { "one/x.S": ASSEMBLY, "two/x.S": ASSEMBLY };

const mapped: readonly Case[] = [
  { fact: "F1 two directories without debug information", files: TWO, steps: both() },
  {
    fact: "F1 two directories with paths kept as they are",
    literal: true,
    files: TWO,
    steps: both(COMPILE, "misses"),
  },
  {
    fact: "F2 two directories with debug information that is mapped",
    mapped: true,
    files: TWO,
    steps: both(["-g", ...COMPILE]),
  },
  {
    fact: "F2 two directories with debug information that is not mapped",
    literal: true,
    files: TWO,
    steps: both(["-g", ...COMPILE], "misses"),
  },
  ...[["-g", "-g0"], ["-gz"], ["-ggdb3"], ["-g1"], ["-g", "-gdwarf-4"], ["-gline-tables-only"]].map(
    (flags) => ({
      fact: `F3 two directories with ${flags.join(" ")}, mapped`,
      ...(flags[0] === "-gline-tables-only" ? { compilers: CLANG } : {}),
      mapped: true,
      files: TWO,
      steps: both([...flags, ...COMPILE]),
    }),
  ),
  {
    fact: "F3 -g -g0 leaves no directory in the object",
    literal: true,
    files: TWO,
    steps: both(["-g", "-g0", ...COMPILE], /^(hits|misses)$/),
  },
  {
    fact: "F4 a debug map of one's own for the working directory",
    literal: true,
    files: TWO,
    steps: [mappedIn("one", "misses"), mappedIn("two", /^(hits|misses)$/), mappedIn("one", "hits")],
  },
  {
    fact: "F4 a debug map of one's own, with the executable's maps around it",
    files: TWO,
    mapped: true,
    steps: [mappedIn("one", "misses"), mappedIn("two", "hits")],
  },
  {
    fact: "F5 of several maps the last that fits wins",
    literal: true,
    files: TWO,
    steps: [
      {
        args: here((dir) => [
          "-g",
          `-fdebug-prefix-map=${dir}=/a`,
          `-fdebug-prefix-map=${dir}/one=/b`,
          ...COMPILE,
        ]),
        cwd: "one",
        outcome: "misses",
      },
      {
        args: here((dir) => [
          "-g",
          `-fdebug-prefix-map=${dir}/one=/b`,
          `-fdebug-prefix-map=${dir}=/a`,
          ...COMPILE,
        ]),
        cwd: "one",
        outcome: "misses",
      },
      {
        args: here((dir) => [
          "-g",
          `-fdebug-prefix-map=${dir}=/a`,
          `-fdebug-prefix-map=${dir}/one=/b`,
          ...COMPILE,
        ]),
        cwd: "one",
        outcome: "hits",
      },
    ],
  },
  {
    fact: "F25 a map of one's own for the assembler, of the working directory",
    compilers: GNU,
    files: ASSEMBLED,
    steps: (["one", "two"] as const).map((cwd, at) => ({
      args: here((dir) => ["-g", `-Wa,--debug-prefix-map=${dir}/${cwd}=/p`, ...ASSEMBLE]),
      cwd,
      outcome: at === 0 ? "misses" : "hits",
    })),
  },
  {
    fact: "F25 a map of one's own for the assembler, of a directory elsewhere",
    compilers: GNU,
    mapped: true,
    files: ASSEMBLED,
    steps: both(["-g", "-Wa,--debug-prefix-map=/usr/include=/p", ...ASSEMBLE]),
  },
  ...["-ffile-prefix-map", "-fmacro-prefix-map"].map((flag) => ({
    fact: `F6 ${flag} of one's own for the working directory`,
    files: places("one", "two", { "x.c": "const char *x(void) { return __FILE__; }\n" }),
    literal: true,
    steps: [
      {
        args: here((dir) => [`${flag}=${dir}/one=/p`, "-c", `${dir}/one/x.c`, "-o", "x.o"]),
        cwd: "one",
        outcome: "misses" as const,
      },
      {
        args: here((dir) => [`${flag}=${dir}/two=/p`, "-c", `${dir}/two/x.c`, "-o", "x.o"]),
        cwd: "two",
        outcome: /^(hits|misses)$/,
      },
      { fresh: true, cwd: "two", outcome: "hits" as const },
    ],
  })),
  {
    fact: "F6 -fcoverage-prefix-map",
    compilers: CLANG,
    literal: true,
    files: TWO,
    steps: both(
      ["-fprofile-instr-generate", "-fcoverage-mapping", "-fcoverage-prefix-map=/a=/b", ...COMPILE],
      /^(hits|misses)$/,
    ),
  },
  ...["-fdebug-compilation-dir=.", "-ffile-compilation-dir=.", "-fcoverage-compilation-dir=."].map(
    (flag) => ({
      fact: `F7 ${flag}`,
      compilers: CLANG,
      literal: true,
      files: TWO,
      steps: both(["-g", flag, ...COMPILE], /^(hits|misses)$/),
    }),
  ),
];

testCases(world, mapped);
