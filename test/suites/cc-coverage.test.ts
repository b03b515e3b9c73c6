// Coverage and profiles: the files that the compiler leaves for them, and those that it takes in.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { type Case, type Step, testCases } from "../support/cc-twin.ts";
import { CALLS, sides, twice } from "../support/cc-sides.ts";
import { CLANG, COMPILE, GNU, SEED } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-coverage");

const PROFILED =
  '#include "x.h"\n#include <stdlib.h>\nint main(int n, char **a) { int s = 0; for (int i = 0; i < (n > 1 ? atoi(a[1]) : 3); i++) s += i % 2 ? i : X; return s == 77; }\n';

/** Builds an instrumented program plainly and runs it some rounds, so that its counters lie there. */
function profile(flags: string, rounds: number, collect = ""): Partial<Step> {
  return {
    disturb: (dir) => {
      const script = `rm -f *.gcda *.profraw && $CC ${flags} x.c -o prog && ./prog ${rounds} ${collect} && rm -f prog *.gcno`;
      const child = Bun.spawnSync(["sh", "-c", script], {
        cwd: dir,
        env: { ...process.env, CC: flags.includes("instr") ? "clang" : "gcc" },
      });
      expect(child.exitCode).toBe(0);
    },
  };
}

const coverage: readonly Case[] = [
  ...[
    ["--coverage"],
    ["-ftest-coverage"],
    ["-fprofile-arcs", "-ftest-coverage"],
    ["-fprofile-arcs"],
  ].map((flags) => sides(`G7 ${flags.join(" ")}`, [...flags, SEED, ...COMPILE])),
  sides("G7 coverage of an object elsewhere", ["--coverage", SEED, "-c", "x.c", "-o", "out/y.o"], {
    files: { "x.c": CALLS, "out/": "" },
  }),
  sides("G7 coverage without -o", ["--coverage", SEED, "-c", "x.c"]),
  {
    fact: "G9 coverage in two places",
    files: {
      "one/x.c": CALLS,
      "one/x.h": "#define X 1\n",
      "two/x.c": CALLS,
      "two/x.h": "#define X 1\n",
    },
    literal: true,
    steps: [
      { args: ["--coverage", SEED, ...COMPILE], cwd: "one", outcome: "misses" },
      { cwd: "two", outcome: "misses" },
      { cwd: "one", fresh: true, outcome: "hits" },
    ],
  },
  ...[
    ["-fprofile-dir=here"],
    ["-fprofile-abs-path"],
    ["-fprofile-prefix-path=here"],
    ["-fprofile-update=atomic"],
  ].map((flags): Case => ({
    fact: `G10 ${flags.join(" ")} counts`,
    compilers: GNU,
    literal: true,
    files: { "x.c": CALLS },
    steps: [
      { args: ["--coverage", SEED, ...COMPILE], outcome: "misses" },
      {
        args: ["--coverage", SEED, ...flags, ...COMPILE],
        fresh: true,
        outcome: "misses",
      },
      { fresh: true, outcome: "hits" },
    ],
  })),
  ...[["gcc", "served"] as const, ["clang", "fails"] as const].map(([compiler, outcome]) =>
    twice(
      "G11 a profile that is not there",
      outcome,
      ["-O2", "-fprofile-use", "-Wmissing-profile", ...COMPILE],
      { compilers: [compiler] },
    ),
  ),
  twice(
    "G11 a named profile that is not there",
    "fails",
    ["-O2", "-fprofile-use=missing.profdata", ...COMPILE],
    { compilers: CLANG },
  ),
  {
    fact: "G12 a directory of profiles that changes",
    compilers: GNU,
    literal: true,
    files: { "x.c": PROFILED, "p/": "" },
    steps: [
      {
        args: ["-O2", SEED, "-fprofile-use=p", ...COMPILE],
        ...collected(3),
        outcome: "misses",
      },
      { ...collected(3), fresh: true, outcome: "hits" },
      { ...collected(30_000), fresh: true, outcome: "misses" },
    ],
  },
  {
    fact: "G13 -fprofile-instr-use with a profile that changes",
    compilers: CLANG,
    files: { "x.c": PROFILED },
    steps: [
      {
        args: ["-O2", "-fprofile-instr-use=p.profdata", ...COMPILE],
        ...profile(
          "-fprofile-instr-generate -O1",
          3,
          "&& llvm-profdata merge default.profraw -o p.profdata && rm default.profraw",
        ),
        outcome: "misses",
      },
      {
        ...profile(
          "-fprofile-instr-generate -O1",
          30_000,
          "&& llvm-profdata merge default.profraw -o p.profdata && rm default.profraw",
        ),
        fresh: true,
        outcome: "misses",
      },
      {
        ...profile(
          "-fprofile-instr-generate -O1",
          3,
          "&& llvm-profdata merge default.profraw -o p.profdata && rm default.profraw",
        ),
        fresh: true,
        outcome: "hits",
      },
    ],
  },
  {
    fact: "G13 -fprofile-sample-use with a profile that changes",
    compilers: CLANG,
    files: { "x.c": PROFILED, "p.prof": "main:100:10\n 1: 10\n" },
    steps: [
      { args: ["-O2", "-g", "-fprofile-sample-use=p.prof", ...COMPILE], outcome: "misses" },
      { edit: { "p.prof": "main:900000:90000\n 1: 90000\n" }, fresh: true, outcome: "misses" },
      { edit: { "p.prof": "main:100:10\n 1: 10\n" }, fresh: true, outcome: "hits" },
    ],
    literal: true,
  },
  twice("G13 -fauto-profile", "fails", ["-O2", "-fauto-profile=p.afdo", ...COMPILE], {
    compilers: GNU,
  }),
  sides("G14 -fprofile-generate and another source", ["-fprofile-generate", SEED, ...COMPILE]),
];

function collected(rounds: number): Partial<Step> {
  return {
    disturb: (dir) => {
      const script =
        "rm -rf p b && mkdir p b && gcc -O2 -frandom-seed=x -fprofile-generate -fprofile-update=single -c x.c -o x.o && gcc -fprofile-generate x.o -o b/prog && GCOV_PREFIX=p GCOV_PREFIX_STRIP=99 ./b/prog $0; mv p/*.gcda p/$(pwd | tr / '#')#x.gcda; rm -rf b x.o";
      Bun.spawnSync(["sh", "-c", script, String(rounds)], { cwd: dir });
    },
  };
}

describe("coverage and profiles", () => {
  testCases(world, coverage);
});
