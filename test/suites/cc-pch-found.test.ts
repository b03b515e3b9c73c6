// Precompiled headers of gcc that lie beside a header, as a file or as one of several in a directory: which of them
// is taken counts, and what it holds.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Case, testCases } from "../support/cc-twin.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-pch-found");

const COMPILE = ["-O2", "-c", "x.c", "-o", "x.o"];

/** Long past: a file made in this moment could still change unseen. */
const SECONDS = 1_600_000_000;

/** Precompiles a header of another text than that of the one which then lies there. */
function precompile(dir: string, file: string, value: number, ...flags: readonly string[]): void {
  mkdirSync(dirname(join(dir, file)), { recursive: true });
  writeFileSync(join(dir, "x.h"), `#define X ${value}\n`);
  const args = [...flags, "-x", "c-header", "x.h", "-o", file];
  expect(Bun.spawnSync(["gcc", ...args], { cwd: dir }).exitCode).toBe(0);
  writeFileSync(join(dir, "x.h"), "#define X 1\n");
  for (const name of ["x.h", file]) utimesSync(join(dir, name), SECONDS, SECONDS);
}

/** Their bytes hold addresses, so that the two sides' differ: out of sight while those are compared. */
function hide(dir: string): void {
  rmSync(`${dir}.gch`, { recursive: true, force: true });
  renameSync(join(dir, "x.h.gch"), `${dir}.gch`);
}

function show(dir: string): void {
  renameSync(`${dir}.gch`, join(dir, "x.h.gch"));
}

const found: readonly Case[] = [
  ...["x.h.gch", "x.h.gch/one.gch"].map((file): Case => {
    const place = (value: number) => (dir: string) => {
      precompile(dir, file, value, "-O2");
    };
    return {
      fact: `H3 ${file} counts by its bytes`,
      compilers: ["gcc"],
      literal: true,
      steps: [
        { args: COMPILE, disturb: place(2), check: hide, outcome: "misses" },
        { disturb: show, check: hide, outcome: "hits" },
        { disturb: place(3), check: hide, outcome: "misses" },
      ],
    };
  }),
  {
    fact: "H3 one that fits arrives in a directory of those that do not",
    compilers: ["gcc"],
    literal: true,
    steps: [
      {
        args: COMPILE,
        disturb: (dir) => {
          precompile(dir, "x.h.gch/other.gch", 2, "-O0");
        },
        check: hide,
        outcome: "misses",
      },
      { disturb: show, check: hide, outcome: "hits" },
      {
        disturb: (dir) => {
          show(dir);
          precompile(dir, "x.h.gch/fitting.gch", 3, "-O2");
        },
        check: hide,
        outcome: "misses",
      },
    ],
  },
];

describe("precompiled headers beside a header", () => {
  testCases(world, found);
});
