// Headers that lie beside a project, and names with ".." that lead there: each checkout has its own.
import { setDefaultTimeout } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { link } from "../support/cc-places.ts";
import { BOTH_WAYS, type Case, testCases } from "../support/cc-twin.ts";
import { COMPILE } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-beside");

/** A source that reads what lies beside its project. */
const OUTSIDE = '#include "../../beside.h"\nint x(void) { return X; }\n';

const SEARCH = ["-Iway/..", "-Iother", ...COMPILE];

/** Names with ".." that mean another place in another checkout, or another day. */
const dotted: readonly Case[] = [
  // gcc names a system header by its full path where that is shorter, and what it takes for one is not asked.
  ...(["gcc", "clang"] as const).map((compiler): Case => {
    return {
      fact: "F22 a header beside the project is each checkout's own",
      compilers: [compiler],
      files: {
        "x.c": undefined,
        "x.h": undefined,
        "x/beside.h": "#define X 1\n",
        "x/one/src/x.c": OUTSIDE,
        "x/deep/beside.h": "#define X 2\n",
        "x/deep/two/src/x.c": OUTSIDE,
      },
      steps: [
        { args: ["-MD", "-c", "src/x.c", "-o", "x.o"], cwd: "x/one", outcome: "misses" },
        { cwd: "x/deep/two", outcome: "misses" },
        { cwd: "x/one", fresh: true, outcome: "hits" },
        {
          cwd: "x/deep/two",
          edit: { "x/deep/beside.h": "#define X 1\n" },
          outcome: compiler === "gcc" ? "misses" : "hits",
        },
      ],
    };
  }),
  ...[
    { fact: "is gone", turn: () => undefined },
    { fact: "leads elsewhere", turn: link("far/dir", "way") },
  ].map(({ fact, turn }): Case => {
    return {
      fact: `F22 the directory before ".." counts: it ${fact}`,
      files: {
        "way/": "",
        "far/dir/": "",
        "far/x.h": "#define X 3\n",
        "other/x.h": "#define X 2\n",
        "x.h": "#define X 1\n",
        "x.c": "#include <x.h>\nint x(void) { return X; }\n",
      },
      steps: [
        { args: SEARCH, outcome: "misses" },
        { fresh: true, outcome: "hits" },
        {
          disturb: (dir) => {
            rmSync(join(dir, "way"), { recursive: true });
            turn(dir);
          },
          outcome: "misses",
        },
        { fresh: true, disturb: turn, outcome: "hits" },
      ],
    };
  }),
];

/** Two checkouts of a source that includes one header by such a name; each has its own. */
function included(name: string, args: readonly string[], header: string): Case[] {
  const source = `#include "${name}"\nint x(void) { return X; }\n`;
  const at = (place: string) => join(place, "src", header);
  return ["gcc", "clang"].map((compiler): Case => {
    // gcc shows what lies beside the project by the shorter of two names: which one that is depends on the place.
    const shared = compiler === "gcc" && name.startsWith("../") ? "misses" : "hits";
    return {
      fact: `F22 "${name}" by ${args.join(" ")}`,
      compilers: [compiler],
      mapped: true,
      files: {
        "x.c": undefined,
        "x.h": undefined,
        "one/p/src/x.c": source,
        [at("one/p")]: "#define X 1\n",
        "far/two/p/src/x.c": source,
        [at("far/two/p")]: "#define X 1\n",
      },
      steps: [
        { args, cwd: "one/p/src", outcome: "misses" },
        { cwd: "one/p/src", fresh: true, outcome: "hits" },
        { cwd: "far/two/p/src", outcome: shared },
        { cwd: "far/two/p/src", edit: { [at("far/two/p")]: "#define X 2\n" }, outcome: "misses" },
        { cwd: "one/p/src", fresh: true, outcome: "hits" },
        { cwd: "one/p/src", edit: { [at("one/p")]: "#define X 2\n" }, outcome: shared },
        { cwd: "one/p/src", edit: { [at("one/p")]: undefined }, fresh: true, outcome: "fails" },
        { cwd: "far/two/p/src", edit: { [at("far/two/p")]: "#define X 1\n" }, outcome: "hits" },
      ],
    };
  });
}

const NAMES = [
  [".inc/x.h", ".inc/x.h"],
  ["../inc/x.h", "../inc/x.h"],
  ["../../inc/x.h", "../../inc/x.h"],
  ["..inc/x.h", "..inc/x.h"],
  [".x.h", ".x.h"],
] as const;

testCases(world, dotted, BOTH_WAYS);
testCases(
  world,
  NAMES.flatMap(([name, header]) => [
    ...included(name, COMPILE, header),
    ...included(name, ["-g", "-MD", ...COMPILE], header),
  ]),
  BOTH_WAYS,
);
