// What compilers write into where it is there, and what they replace: a file that is written into keeps its
// permissions, its owner and its inode, and a hit does the same.
import { describe, setDefaultTimeout } from "bun:test";
import { chmodSync, closeSync, fstatSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Case, testCases } from "../support/cc-twin.ts";
import { CALLS } from "../support/cc-sides.ts";
import { CLANG, COMPILE, GNU, SEED } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-written-into");

const CLANGS = ["clang", "clang-16", "clang-19"];

/** Served over its own outputs; which of them are the old files is part of what is compared. */
function over(
  fact: string,
  args: readonly string[],
  outputs: readonly string[],
  compilers: readonly string[],
): Case {
  const open = new Map<string, number>();
  return {
    fact,
    compilers,
    literal: true,
    files: { "x.c": CALLS },
    steps: [
      { args, outcome: "misses" },
      {
        disturb: (dir) => {
          for (const name of outputs) {
            chmodSync(join(dir, name), 0o640);
            // Open, so that no new file gets its inode.
            open.set(name, openSync(join(dir, name), "r"));
          }
        },
        check: (dir) => {
          const kept = outputs.filter((name) => fstatSync(open.get(name) ?? -1).nlink === 1);
          for (const fd of open.values()) closeSync(fd);
          writeFileSync(join(dir, "kept.txt"), kept.join("\n"));
        },
        outcome: "hits",
      },
      { fresh: true, outcome: "hits" },
    ],
  };
}

const ALL = [...GNU, ...CLANGS];

const cases: readonly Case[] = [
  over(
    "an object, make rules and stack usage",
    ["-fstack-usage", "-MD", ...COMPILE],
    ["x.o", "x.d", "x.su"],
    ALL,
  ),
  over("assembly", ["-S", "x.c", "-o", "x.s"], ["x.s"], ALL),
  over("preprocessed text", ["-E", "x.c", "-o", "x.i"], ["x.i"], ALL),
  over("make rules alone", ["-M", "x.c", "-o", "x.d"], ["x.d"], ALL),
  over("split debug information", ["-g", "-gsplit-dwarf", ...COMPILE], ["x.o", "x.dwo"], ALL),
  over("coverage notes", ["-ftest-coverage", SEED, ...COMPILE], ["x.o", "x.gcno"], ALL),
  over("a call graph", ["-fcallgraph-info", ...COMPILE], ["x.o", "x.ci"], GNU),
  over("declarations", ["-aux-info", "x.X", ...COMPILE], ["x.o", "x.X"], GNU),
  over("LLVM's text", ["-S", "-emit-llvm", "x.c", "-o", "x.ll"], ["x.ll"], CLANGS),
  over("LLVM's code", ["-c", "-emit-llvm", "x.c", "-o", "x.bc"], ["x.bc"], CLANGS),
  over("diagnostics", ["--serialize-diagnostics", "x.dia", ...COMPILE], ["x.o", "x.dia"], CLANG),
];

describe("what is written into, and what is replaced", () => {
  testCases(world, cases);
});
