// Compilers for other machines and other C libraries, for real where they are installed: a second checkout gets
// the bytes that the compiler alone would make there, debug information included. And programs in a compiler's
// place that are left alone: unknown ones, launchers, drivers that keep a cache of their own.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ccOutcome } from "../support/cc-pair.ts";
import { type Run, testUnless, worldFor } from "../support/rig.ts";
import { compileC, kache, missing } from "../support/toolchain.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-toolchains");

const FILES = {
  ".git/HEAD": "",
  "inc/h.h": "#include <stddef.h>\nstatic inline size_t twice(size_t n) { return 2 * n; }\n",
  "src/x.c":
    '#include <stdlib.h>\n#include "h.h"\nvoid *x(void) { return malloc(twice(sizeof __FILE__)); }\n',
  "src/x.cc":
    '#include <vector>\n#include "h.h"\nstd::vector<int> x() { return std::vector<int>(twice(2)); }\n',
  "src/x.S": "#define N 3\n.globl n\nn: .long N\n",
};

let projects = 0;

function checkout(): string {
  projects += 1;
  return world.project(`${"deeper/".repeat(projects % 3)}checkout${projects}`, FILES);
}

interface Compiled {
  readonly run: Run;
  readonly bytes: Buffer;
}

function compile(dir: string, words: readonly string[]): Compiled {
  rmSync(join(dir, "x.o"), { force: true });
  const run = world.run(words, { cwd: dir });
  expect([run.exitCode, run.stderr]).toEqual([0, ""]);
  return { run, bytes: readFileSync(join(dir, "x.o")) };
}

const CROSS: readonly (readonly [compiler: string, source: string])[] = [
  ["aarch64-linux-gnu-gcc", "src/x.c"],
  ["aarch64-linux-gnu-gcc", "src/x.S"],
  ["x86_64-w64-mingw32-gcc", "src/x.c"],
  ["x86_64-w64-mingw32-g++", "src/x.cc"],
  ["musl-gcc", "src/x.c"],
];

describe("a second checkout is served what the compiler makes there:", () => {
  for (const [compiler, source] of CROSS) {
    for (const flags of [["-O2"], ["-g"]]) {
      testUnless(missing(compiler), `${compiler} ${flags.join(" ")} ${source}`, () => {
        const [one, two] = [checkout(), checkout()];
        const args = [...flags, "-Iinc", "-c", source, "-o", "x.o"];
        const cold = compile(one, [kache, compiler, ...args]);
        expect(ccOutcome(cold.run)).toBe("misses");
        const served = compile(two, [kache, compiler, ...args]);
        expect(ccOutcome(served.run)).toBe("hits");
        const plain = compile(two, [compiler, `-ffile-prefix-map=${two}=.`, ...args]);
        expect(served.bytes.equals(plain.bytes)).toBe(true);
      });
    }
  }
});

const KEPT_OUT: readonly (readonly [program: string, words: readonly string[], outcome: RegExp])[] =
  [
    ["tcc", [], /^passthrough: refused: tcc is not a compiler that can be cached$/],
    ["distcc", ["gcc"], /^passthrough: refused: distcc stands before the compiler$/],
    ["icecc", ["gcc"], /^passthrough: refused: icecc stands before the compiler$/],
    [
      "zig",
      ["cc"],
      /^skipped: inputs cannot be known \(no observer\): the compiler is no plain program$/,
    ],
  ];

describe("compiled and not kept:", () => {
  for (const [program, words, outcome] of KEPT_OUT) {
    testUnless(missing(program), [program, ...words].join(" "), () => {
      const dir = checkout();
      // Without a host to send work to, the compile is done here.
      const env = { DISTCC_HOSTS: "localhost", DISTCC_DIR: world.path("distcc") };
      for (let round = 0; round < 2; round += 1) {
        const args = [...words, "-Iinc", "-c", "src/x.c", "-o", "x.o"];
        const run = world.run([kache, program, ...args], { cwd: dir, env });
        expect(run.exitCode).toBe(0);
        expect(ccOutcome(run)).toMatch(outcome);
        expect(readFileSync(join(dir, "x.o")).length).toBeGreaterThan(100);
      }
    });
  }

  testUnless(missing("gcc"), "a static program in front of gcc", () => {
    const dir = checkout();
    const front = join(dir, "gcc");
    const source = `#include <unistd.h>\nint main(int n, char **v) { v[0] = "${Bun.which("gcc")}"; execv(v[0], v); return n; }\n`;
    compileC(source, front, "-static");
    const run = world.run([kache, front, "-Iinc", "-c", "src/x.c", "-o", "x.o"], { cwd: dir });
    expect(run.exitCode).toBe(0);
    expect(ccOutcome(run)).toMatch(/^skipped: .*the compiler is a program around another$/);
  });
});

describe("a program that would end beside a library of ours, in front of gcc,", () => {
  for (const linked of ["-fsanitize=address", "-fsanitize=address -static-libasan"]) {
    testUnless(missing("gcc"), `compiles, called and by a script: ${linked}`, () => {
      const dir = checkout();
      const [front, script] = [join(dir, "front/gcc"), join(dir, "script/gcc")];
      for (const path of [front, script]) mkdirSync(dirname(path));
      const source = `#include <unistd.h>\nint main(int n, char **v) { v[0] = "${Bun.which("gcc")}"; execv(v[0], v); return n; }\n`;
      if (!compileC(source, front, ...linked.split(" "))) return;
      writeFileSync(script, `#!/bin/sh\nexec ${front} "$@"\n`);
      chmodSync(script, 0o755);
      for (const program of [front, script]) {
        const args = ["-Iinc", "-c", "src/x.c", "-o", "x.o"];
        const run = world.run([kache, program, ...args], { cwd: dir });
        expect({ ...run, outcome: ccOutcome(run) }).toMatchObject({ exitCode: 0, stderr: "" });
        rmSync(join(dir, "x.o"));
      }
    });
  }
});

/** A program that says what it is, knows no prefix maps, and compiles like gcc otherwise. */
const OLD = `#!/bin/sh
case " $* " in
*" --version "*) echo "$SAYS"; exit 0 ;;
*prefix-map*) echo "error: unrecognized command line option" >&2; exit 1 ;;
esac
exec gcc "$@"
`;

describe("a compiler that knows no prefix maps compiles, and is served where it did:", () => {
  for (const says of [
    "gcc (GCC) 4.8.5 20150623 (Red Hat 4.8.5-44)\nCopyright (C) 2015 Free Software Foundation, Inc.",
    "gcc-7 (Ubuntu 7.5.0-3ubuntu1~18.04) 7.5.0\nCopyright (C) 2017 Free Software Foundation, Inc.",
    "clang version 9.0.1-12",
    "Apple LLVM version 9.1.0 (clang-902.0.39.2)",
    "something else",
  ]) {
    test(says.split("\n", 1)[0] ?? "", () => {
      const [one, two] = [checkout(), checkout()];
      // Each has a text of its own, since a compiler is asked once what it is.
      const compiler = world.path(`old-${projects}/gcc`);
      mkdirSync(dirname(compiler));
      writeFileSync(compiler, OLD.replace("$SAYS", says));
      chmodSync(compiler, 0o755);
      const words = [kache, compiler, "-g", "-Iinc", "-c", "src/x.c", "-o", "x.o"];
      const cold = compile(one, words);
      const served = compile(one, words);
      const other = compile(two, words);
      const outcomes = [cold, served, other].map(({ run }) => ccOutcome(run));
      expect(outcomes).toEqual(["misses", "hits", "misses"]);
      expect(served.bytes).toEqual(cold.bytes);
      expect(cold.bytes).toEqual(compile(one, words.slice(1)).bytes);
    });
  }
});

testUnless(
  missing("clang"),
  "a script that chooses by a variable is asked in each environment",
  () => {
    const [one, two] = [checkout(), checkout()];
    const compiler = world.path("chooser/gcc");
    mkdirSync(dirname(compiler));
    writeFileSync(compiler, '#!/bin/sh\nexec "$CHOICE" "$@"\n');
    chmodSync(compiler, 0o755);
    const make = (dir: string, choice: string) => {
      const words = [kache, compiler, "-x", "c-header", "inc/h.h", "-o", "x.o"];
      rmSync(join(dir, "x.o"), { force: true });
      return ccOutcome(world.run(words, { cwd: dir, env: { CHOICE: choice } }));
    };
    expect([make(one, "gcc"), make(two, "gcc")]).toEqual(["misses", "hits"]);
    // clang's hold their header's time.
    expect(make(one, "clang")).toMatch(/^skipped: a precompiled header of clang's holds times/);
  },
);
