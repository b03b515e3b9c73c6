// Two checkouts of one C or C++ project: same key, same bytes, and the paths of the place where they are
// asked for in all that people and make read.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { type CcCallShape, ccOutcome } from "../support/cc-pair.ts";
import { describeUnless, type Run, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import type { Files } from "../support/tree.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-placement");

const FILES: Files = {
  "src/x.c":
    '#include "x.h"\n#include <stdio.h>\nconst char *f(void) { int unused; return __FILE__ X; }\n',
  "inc/x.h": '#define X "!"\nstatic const char *g(void) { return __FILE__; }\n',
  "build/.keep": "",
};

let pairs = 0;

/** The same files at two places of different depth. */
function checkouts(files: Files = FILES): [string, string] {
  pairs += 1;
  return [world.project(`p${pairs}/one`, files), world.project(`p${pairs}/far/away/two`, files)];
}

function run(
  dir: string,
  { compiler = "gcc", args = [], env = {}, cwd = "build" }: CcCallShape,
): Run {
  const here = args.map((arg) => arg.replaceAll("@ROOT@", dir));
  const cache = join(world.dir, `p${pairs}`, "cache");
  return world.run([kache, compiler, ...here], {
    cwd: join(dir, cwd),
    env: { KACHE_CACHE_DIR: cache, ...env },
  });
}

interface Case {
  readonly fact: string;
  readonly args: readonly string[];
  readonly outputs: readonly string[];
}

const CASES: readonly Case[] = [
  {
    fact: "debug information",
    args: ["-g", "-I../inc", "-c", "../src/x.c", "-o", "x.o"],
    outputs: ["x.o"],
  },
  {
    fact: "absolute names as CMake gives them",
    args: ["-g", "-I@ROOT@/inc", "-c", "@ROOT@/src/x.c", "-o", "x.o"],
    outputs: ["x.o"],
  },
  {
    fact: "split debug information",
    args: ["-g", "-gsplit-dwarf", "-I@ROOT@/inc", "-c", "@ROOT@/src/x.c", "-o", "x.o"],
    outputs: ["x.o", "x.dwo"],
  },
  {
    fact: "an assembler listing by -S",
    args: ["-g", "-I@ROOT@/inc", "-S", "@ROOT@/src/x.c", "-o", "x.s"],
    outputs: ["x.s"],
  },
];

for (const compiler of ["gcc", "clang"]) {
  describeUnless(missing(compiler), compiler, () => {
    for (const { fact, args, outputs } of CASES) {
      test(`${fact}: the second checkout hits with the same bytes and without the first one's path`, () => {
        const [one, two] = checkouts();
        const cold = run(one, { compiler, args });
        expect([cold.stderr, cold.exitCode, ccOutcome(cold)]).toEqual(["", 0, "misses"]);
        expect(ccOutcome(run(two, { compiler, args }))).toBe("hits");
        for (const name of outputs) {
          const bytes = readFileSync(join(two, "build", name));
          expect(bytes).toEqual(readFileSync(join(one, "build", name)));
          expect(bytes.includes(dirname(one))).toBe(false);
        }
      });
    }

    test("a dependency file is what the compiler would write in the second checkout", () => {
      const [one, two] = checkouts();
      const args = ["-MD", "-MP", "-I@ROOT@/inc", "-c", "@ROOT@/src/x.c", "-o", "@ROOT@/build/x.o"];
      expect(ccOutcome(run(one, { compiler, args }))).toBe("misses");
      expect(ccOutcome(run(two, { compiler, args }))).toBe("hits");
      const text = readFileSync(join(two, "build/x.d"), "utf8");
      const plain = args.map((arg) => arg.replaceAll("@ROOT@", two));
      world.run([compiler, ...plain], { cwd: join(two, "build") });
      expect(text).toBe(readFileSync(join(two, "build/x.d"), "utf8"));
    });

    test("warnings name the files of the checkout they are shown in", () => {
      const [one, two] = checkouts();
      const args = ["-Wall", "-I@ROOT@/inc", "-c", "@ROOT@/src/x.c", "-o", "x.o"];
      const cold = run(one, { compiler, args });
      const warm = run(two, { compiler, args });
      expect([ccOutcome(cold), ccOutcome(warm)]).toEqual(["misses", "hits"]);
      const plain = world.run([compiler, ...args.map((arg) => arg.replaceAll("@ROOT@", two))], {
        cwd: join(two, "build"),
      });
      expect(warm.stderr).toContain(`${two}/src/x.c`);
      expect(warm.stderr).toBe(plain.stderr);
      expect(cold.stderr).toBe(plain.stderr.replaceAll(two, one));
    });

    test("one entry serves logs and those who ask for colour", () => {
      const [one] = checkouts();
      const args = ["-Wall", "-I../inc", "-c", "../src/x.c", "-o", "x.o"];
      const plain = run(one, { compiler, args });
      const colored = run(one, { compiler, args: ["-fdiagnostics-color=always", ...args] });
      expect(ccOutcome(colored)).toBe("hits");
      expect(plain.stderr).not.toContain("\x1b");
      const own = world.run([compiler, "-fdiagnostics-color=always", ...args], {
        cwd: join(one, "build"),
      });
      expect(colored.stderr).toBe(own.stderr);
    });

    test("a path in a string literal binds the entry to its checkout", () => {
      const [one, two] = checkouts();
      const args = ["-I../inc", '-DDATA="@ROOT@/data"', "-c", "../src/x.c", "-o", "x.o"];
      expect(ccOutcome(run(one, { compiler, args }))).toBe("misses");
      expect(ccOutcome(run(two, { compiler, args }))).toBe("misses");
    });

    test("a configured header with a path in it is not shared", () => {
      const [one, two] = checkouts();
      const args = ["-g", "-I../inc", "-c", "../src/x.c", "-o", "x.o"];
      for (const dir of [one, two]) {
        Bun.spawnSync(["sh", "-c", `printf '#define X "%s"\\n' "$PWD" > inc/x.h`], { cwd: dir });
      }
      expect(ccOutcome(run(one, { compiler, args }))).toBe("misses");
      expect(ccOutcome(run(two, { compiler, args }))).toBe("misses");
    });

    test("without path normalisation objects hold the real paths and nothing is shared", () => {
      const [one, two] = checkouts();
      const call = {
        compiler,
        args: ["-g", "-I../inc", "-c", "../src/x.c", "-o", "x.o"],
        env: { KACHE_CC_PATH_NORMALIZE: "0" },
      };
      expect(ccOutcome(run(one, call))).toBe("misses");
      expect(ccOutcome(run(two, call))).toBe("misses");
      expect(readFileSync(join(two, "build/x.o")).includes(two)).toBe(true);
      expect(ccOutcome(run(two, call))).toBe("hits");
    });

    test("maps of the user's own are respected", () => {
      const [one, two] = checkouts();
      const args = [
        "-g",
        "-ffile-prefix-map=@ROOT@=/mine",
        "-I@ROOT@/inc",
        "-c",
        "@ROOT@/src/x.c",
        "-o",
        "x.o",
      ];
      expect(ccOutcome(run(one, { compiler, args }))).toBe("misses");
      expect(ccOutcome(run(two, { compiler, args }))).toBe("hits");
      expect(readFileSync(join(two, "build/x.o")).includes("/mine/src/x.c")).toBe(true);
    });
  });
}

test("a working directory reached by a link is the same project", () => {
  const [one, two] = checkouts();
  const link = join(world.dir, `link${pairs}`);
  symlinkSync(two, link);
  const args = ["-g", "-I../inc", "-c", "../src/x.c", "-o", "x.o"];
  expect(ccOutcome(run(one, { args }))).toBe("misses");
  const linked = run(link, { args, env: { PWD: join(link, "build") } });
  expect(ccOutcome(linked)).toBe("hits");
  expect(readFileSync(join(two, "build/x.o"))).toEqual(readFileSync(join(one, "build/x.o")));
});

test("coverage keeps the real paths", () => {
  const [one, two] = checkouts();
  const args = ["--coverage", "-I../inc", "-c", "../src/x.c", "-o", "x.o"];
  expect(ccOutcome(run(one, { args }))).toBe("misses");
  expect(ccOutcome(run(two, { args }))).toBe("misses");
  expect(readFileSync(join(two, "build/x.o")).includes(join(two, "build/x.gcda"))).toBe(true);
  Bun.spawnSync(["rm", "-f", join(two, "build/x.gcno")]);
  expect(ccOutcome(run(two, { args }))).toBe("hits");
  expect(existsSync(join(two, "build/x.gcno"))).toBe(true);
});

test("outputs follow the caller's umask", () => {
  const [one] = checkouts();
  const script = `umask 077; exec '${kache}' gcc -I../inc -MD -c ../src/x.c -o x.o`;
  for (let round = 0; round < 2; round += 1) {
    Bun.spawnSync(["rm", "-f", join(one, "build/x.o"), join(one, "build/x.d")]);
    const shell = world.run(["sh", "-c", script], {
      cwd: join(one, "build"),
      env: { KACHE_CACHE_DIR: join(world.dir, `p${pairs}`, "cache") },
    });
    expect(shell.exitCode).toBe(0);
    for (const name of ["x.o", "x.d"]) {
      expect(statSync(join(one, "build", name)).mode & 0o777).toBe(0o600);
    }
  }
  mkdirSync(join(one, "done"));
});
