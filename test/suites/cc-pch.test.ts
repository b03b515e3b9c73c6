// Precompiled headers: made and used, by gcc and by clang.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { readFileSync, renameSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import {
  type Arguments,
  type Case,
  recorded,
  served,
  type Step,
  testCases,
  unserved,
  perhapsServed,
} from "../support/cc-twin.ts";
import { CALLS } from "../support/cc-sides.ts";
import { CLANG, COMPILE, GNU } from "../support/cc-words.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-pch");

const OTHER = "#define X 2\n";
const TIMELESS = ["-Xclang", "-fno-pch-timestamp"];

function quiet(words: readonly string[]): string[] {
  return ["bash", "-c", '"$@" 2>/dev/null', "bash", ...words];
}

function perhaps(
  fact: string,
  args: Arguments,
  more: Partial<Case> = {},
  step: Partial<Step> = {},
): Case {
  const steps = perhapsServed(args, step);
  return { fact, literal: true, files: { "x.c": CALLS }, ...more, steps };
}

const moved: readonly Case[] = [
  perhaps(
    "H1 H2 a precompiled header",
    ["-c", "x.h"],
    { compilers: GNU },
    {
      check: (dir) => {
        used(dir, "x.h");
      },
    },
  ),
  perhaps(
    "H2 a precompiled header in another directory",
    ["-x", "c-header", "x.h", "-o", "out/x.h.gch"],
    { compilers: GNU, files: { "x.c": CALLS, "out/": "" } },
    {
      check: (dir) => {
        used(dir, "out/x.h");
      },
    },
  ),
  {
    fact: "H3 a precompiled header that is used, and made anew",
    compilers: GNU,
    files: { "x.c": CALLS },
    steps: withoutGch([
      { args: COMPILE, ...precompiled("x.h", ""), outcome: /^(misses|passes: .*)$/ },
      { ...precompiled("x.h", "-DOTHER"), outcome: /^(misses|passes: .*)$/ },
    ]),
  },
  {
    fact: "H3 a precompiled header by -include",
    compilers: GNU,
    files: { "x.c": "int x(void) { return X; }\n" },
    steps: withoutGch([
      {
        args: ["-include", "x.h", ...COMPILE],
        ...precompiled("x.h", ""),
        outcome: /^(misses|passes: .*)$/,
      },
      { ...precompiled("x.h", ""), outcome: /^(hits|misses|passes: .*)$/ },
    ]),
  },
  {
    fact: "H4 a precompiled header whose header is gone",
    compilers: GNU,
    files: { "x.c": CALLS },
    steps: withoutGch([
      {
        args: COMPILE,
        disturb: (dir: string) => {
          precompile(dir, "x.h", "");
          rmSync(join(dir, "x.h"));
        },
        outcome: /^(misses|fails|passes: .*)$/,
      },
    ]),
  },
  {
    fact: "H5 a precompiled header that does not fit, and its header edited",
    compilers: GNU,
    files: { "x.c": CALLS },
    steps: withoutGch([
      {
        args: ["-O2", ...COMPILE],
        ...precompiled("x.h", "-O0 -DOTHER"),
        outcome: /^(misses|passes: .*)$/,
      },
      { edit: { "x.h": OTHER }, outcome: /^(misses|passes: .*)$/ },
    ]),
  },
  {
    fact: "H7 a precompiled header older than its header",
    compilers: CLANG,
    files: { "x.c": "int x(void) { return X; }\n" },
    steps: withoutGch([
      {
        args: ["-include-pch", "x.pch", ...COMPILE],
        disturb: clangPch,
        outcome: /^(misses|passes: .*)$/,
      },
      {
        disturb: (dir: string) => {
          clangPch(dir);
          Bun.spawnSync(["sh", "-c", "echo '#define X 22' > x.h"], { cwd: dir });
        },
        around: quiet,
        outcome: /^(fails|passes: .*)$/,
      },
    ]),
  },
  {
    fact: "H8 a precompiled header made a moment ago",
    compilers: GNU,
    files: { "x.c": CALLS },
    steps: withoutGch([
      { args: COMPILE, ...precompiled("x.h", ""), outcome: /^(misses|not stored: .*|passes: .*)$/ },
    ]),
  },
  {
    fact: "H9 -fpch-preprocess names the header, which its text is then compiled with",
    compilers: GNU,
    files: { "x.c": CALLS },
    steps: withoutGch([
      {
        args: ["-fpch-preprocess", "-E", "x.c", "-o", "x.i"],
        ...precompiled("x.h", ""),
        outcome: "misses",
      },
      {
        args: ["-fpreprocessed", "-c", "x.i", "-o", "x.o"],
        ...precompiled("x.h", ""),
        outcome: "misses",
      },
    ]),
  },
  {
    fact: "H9 -fpch-preprocess in a compile",
    compilers: GNU,
    files: { "x.c": CALLS },
    steps: served(["-fpch-preprocess", ...COMPILE]),
  },
];

/** Makes it plainly, on either side, from headers of a time long past. */
function timeless(file: string, ...flags: readonly string[]) {
  return (dir: string) => {
    const args = ["-x", "c-header", "x.h", "-o", file, ...flags, ...TIMELESS];
    const made = Bun.spawnSync(["clang", ...args], { cwd: dir });
    expect(made.exitCode).toBe(0);
    backdate(join(dir, file));
  };
}

/** A file made in this moment could still change unseen. */
function backdate(path: string, seconds = 1_600_000_000): void {
  utimesSync(path, seconds, seconds);
}

const PLAIN = { "x.c": "int x(void) { return X; }\n" };

/** A use is served while its precompiled header and what that was made of are the same. */
function useCase(fact: string, args: readonly string[], file: string): Case {
  const disturb = timeless(file);
  return {
    fact,
    compilers: CLANG,
    literal: true,
    files: PLAIN,
    steps: [
      { args, disturb, outcome: "misses" },
      { disturb, outcome: "hits" },
      { edit: { "x.h": OTHER }, disturb, outcome: "misses" },
      { disturb: timeless(file, "-DMORE"), outcome: "misses" },
      { edit: { "x.h": "#define X 1\n" }, disturb, outcome: "hits" },
    ],
  };
}

const made: readonly Case[] = [
  {
    fact: "H6 -emit-pch without times is served",
    compilers: CLANG,
    literal: true,
    steps: served([...TIMELESS, "-Xclang", "-emit-pch", "-x", "c-header", "x.h", "-o", "x.pch"]),
  },
  {
    fact: "H6 one without times is served, and made anew when its header changes",
    compilers: CLANG,
    literal: true,
    steps: [
      ...served(["-x", "c-header", "x.h", "-o", "x.pch", "-MD", ...TIMELESS]),
      { edit: { "x.h": OTHER }, outcome: "misses" },
      { edit: { "x.h": "#define X 1\n" }, outcome: "hits" },
    ],
  },
  {
    fact: "H6 one that holds the times of its headers is not stored",
    compilers: CLANG,
    literal: true,
    steps: unserved(["-x", "c-header", "x.h", "-o", "x.pch"], /^not stored: .*holds times/, {
      check: removePch,
    }),
  },
  {
    fact: "H6 -emit-pch of what is no header",
    compilers: CLANG,
    literal: true,
    steps: unserved([...TIMELESS, "-Xclang", "-emit-pch", ...COMPILE], /^passes: .*no header$/),
  },
  {
    fact: "H6 what is used was served",
    compilers: CLANG,
    literal: true,
    files: PLAIN,
    steps: [
      { args: ["-x", "c-header", "x.h", "-o", "x.pch", ...TIMELESS], outcome: "misses" },
      { args: ["-include-pch", "x.pch", ...COMPILE], outcome: /^(misses|not stored: .*)$/ },
      { args: ["-x", "c-header", "x.h", "-o", "x.pch", ...TIMELESS], fresh: true, outcome: "hits" },
      { args: ["-include-pch", "x.pch", ...COMPILE], outcome: /^(hits|misses)$/ },
    ],
  },
  useCase("H6 -include-pch", ["-include-pch", "x.pch", ...COMPILE], "x.pch"),
  useCase(
    "H6 -Xclang -include-pch",
    ["-Xclang", "-include-pch", "-Xclang", "x.pch", ...COMPILE],
    "x.pch",
  ),
  {
    fact: "H6 one that holds times is refused when its header has another",
    compilers: CLANG,
    literal: true,
    files: PLAIN,
    steps: [
      {
        args: ["-include-pch", "x.pch", ...COMPILE],
        disturb: (dir) => {
          backdate(join(dir, "x.h"), 1_500_000_000);
          clangPch(dir);
          backdate(join(dir, "x.pch"));
        },
        check: hidePch,
        outcome: "misses",
      },
      { disturb: showPch, check: hidePch, outcome: "hits" },
      {
        disturb: (dir) => {
          showPch(dir);
          backdate(join(dir, "x.h"));
        },
        check: hidePch,
        outcome: "fails",
      },
    ],
  },
  useCase("H6 one beside the header", ["-include", "x.h", ...COMPILE], "x.h.pch"),
  useCase("H6 one beside the header, named gcc's way", ["-include", "x.h", ...COMPILE], "x.h.gch"),
  {
    fact: "H6 one that arrives beside the header",
    compilers: CLANG,
    literal: true,
    files: PLAIN,
    steps: [
      { args: ["-include", "x.h", ...COMPILE], outcome: "misses" },
      { disturb: timeless("x.h.pch", "-DMORE"), outcome: "misses" },
      {
        disturb: (dir) => {
          rmSync(join(dir, "x.h.pch"));
        },
        outcome: "hits",
      },
    ],
  },
];

/** A precompiled header's bytes hold addresses, so that it is tried out and then removed. */
function used(dir: string, header: string): void {
  const probe =
    "echo 'int p(void) { return X; }' > probe.c && $CC -Winvalid-pch -Werror -include $0 -c probe.c -o probe.o; status=$?; rm -rf probe.c probe.o *.gch */*.gch; exit $status";
  const child = Bun.spawnSync(["sh", "-c", probe, header], {
    cwd: dir,
    env: { ...process.env, CC: "gcc" },
    stderr: "ignore",
  });
  expect(child.exitCode).toBe(0);
}

function precompile(dir: string, header: string, flags: string): void {
  Bun.spawnSync(["sh", "-c", `gcc ${flags} -x c-header $0`, header], { cwd: dir });
}

function precompiled(header: string, flags: string): Partial<Step> {
  return {
    disturb: (dir) => {
      precompile(dir, header, flags);
    },
  };
}

function clangPch(dir: string): void {
  Bun.spawnSync(["clang", "-x", "c-header", "x.h", "-o", "x.pch"], { cwd: dir });
}

/** Its bytes hold times, so that the two sides' differ. */
function hidePch(dir: string): void {
  renameSync(join(dir, "x.pch"), `${dir}.pch`);
}

function showPch(dir: string): void {
  renameSync(`${dir}.pch`, join(dir, "x.pch"));
}

function removePch(dir: string): void {
  Bun.spawnSync(["sh", "-c", "rm -rf *.gch *.pch"], { cwd: dir });
}

function withoutGch(steps: readonly Step[]): Step[] {
  return steps.map((step) => ({ ...step, check: removePch }));
}

describe("precompiled headers of gcc, and stale ones", () => {
  testCases(world, moved);
});

describe("precompiled headers of clang", () => {
  testCases(world, made);
});

testUnless(missing("gcc"), "gcc's that name nothing by a full path are shared by checkouts", () => {
  const objects = ["one", "much/deeper/two"].map((place, at) => {
    const dir = world.project(`shared/${place}`, {
      ".git/HEAD": "",
      "pre.h": "#include <stddef.h>\nstatic inline int z(int a) { return a * 3; }\n",
      "u.c": '#include "pre.h"\nint f(int a) { return z(a); }\n',
    });
    const call = (words: readonly string[]) => {
      const run = world.run([kache, "gcc", "-g", "-Winvalid-pch", ...words], { cwd: dir });
      expect([run.stderr, recorded(run.events)]).toEqual(["", at === 0 ? "misses" : "hits"]);
    };
    call(["-x", "c-header", "pre.h", "-o", "pre.h.gch"]);
    call(["-c", "u.c", "-o", "u.o"]);
    const object = readFileSync(join(dir, "u.o"), "latin1");
    const map = `-ffile-prefix-map=${dir}=.`;
    world.run(["gcc", map, "-g", "-x", "c-header", "pre.h", "-o", "pre.h.gch"], { cwd: dir });
    world.run(["gcc", map, "-g", "-c", "u.c", "-o", "u.o"], { cwd: dir });
    expect(readFileSync(join(dir, "u.o"), "latin1")).toBe(object);
    return object;
  });
  expect(objects[1]).toBe(objects[0]);
});
