// How a C compiler is called and how its outputs are named: whatever the shape of the call, what is left
// behind is what the compiler alone would leave, and compiles of one source are served.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { shell } from "../support/around.ts";
import { type Case, served, testCases, unserved } from "../support/cc-twin.ts";
import { CLANG, COMPILE } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";
import { kache } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-shape");

const SOURCE = "int x(void) { return 1; }\n";

const outputs: readonly Case[] = [
  { fact: "A1 an object is served", steps: served(COMPILE) },
  { fact: "A2 without -o the object is named after the source", steps: served(["-c", "x.c"]) },
  { fact: "A3 -o may be joined to its name", steps: served(["-c", "x.c", "-onamed"]) },
  { fact: "A4 -o may come first", steps: served(["-o", "x.o", "-c", "x.c"]) },
  {
    fact: "A5 without -o the object goes into the working directory",
    files: { "src/y.c": SOURCE },
    steps: served(["-c", "src/y.c"]),
  },
  {
    fact: "A17 a directory as output is the compiler's error",
    files: { "dir/": "" },
    steps: unserved(["-c", "x.c", "-o", "dir/"], /./),
  },
  {
    fact: "A18 an output in a missing directory is the compiler's error",
    steps: [
      ...unserved(["-c", "x.c", "-o", "missing/x.o"], "fails"),
      ...served(COMPILE),
      { args: ["-c", "x.c", "-o", "missing/x.o"], outcome: "fails" },
    ],
  },
  {
    fact: "A19 an output in a missing directory is an error even when the object is known",
    steps: [...served(COMPILE), { args: ["-c", "x.c", "-o", "missing/x.o"], outcome: "fails" }],
  },
  {
    fact: "A21 a source that ends in a dot",
    files: { "y.": SOURCE },
    steps: served(["-x", "c", "-c", "y."]),
  },
  {
    fact: "A22 only the last extension is replaced",
    files: { "y.c.c": SOURCE },
    steps: served(["-c", "y.c.c"]),
  },
  {
    fact: "A25 the null device as output stays a device",
    steps: [
      {
        args: ["-c", "x.c", "-o", "null"],
        disturb: (dir) => {
          Bun.spawnSync(["mknod", join(dir, "null"), "c", "1", "3"]);
        },
        outcome: /^passes: /,
        check: (dir) => {
          expect(statSync(join(dir, "null")).isCharacterDevice()).toBe(true);
        },
      },
    ],
    skip: process.getuid?.() === 0 ? undefined : "making a device needs root",
  },
  {
    fact: "A26 an assembly text on standard output",
    steps: unserved(["-S", "x.c", "-o", "/dev/stdout"], /^passes: /, {
      around: shell('set -o pipefail; "$@" | od'),
    }),
  },
  {
    fact: "A26 an assembly text on standard output by -o -",
    steps: served(["-S", "x.c", "-o", "-"]),
  },
  {
    fact: "A26 an object on standard output by -o -",
    compilers: CLANG,
    steps: unserved(["-c", "x.c", "-o", "-"], /^passes: /, {
      around: shell('set -o pipefail; "$@" | od'),
    }),
  },
  {
    fact: "A36 a read-only object is replaced as the compiler does",
    steps: [
      ...served(COMPILE),
      {
        args: COMPILE,
        disturb: (dir) => {
          chmodSync(join(dir, "x.o"), 0o444);
        },
        outcome: /hits|misses|passes/,
      },
    ],
  },
  {
    fact: "A39 an object on another file system",
    files: { "y.c": SOURCE },
    steps: served(["-c", "y.c", "-o", "out/y.o"], {
      disturb: (dir) => {
        const other = join("/dev/shm", `kache-cc-shape-${process.pid}`);
        rmSync(other, { recursive: true, force: true });
        rmSync(join(dir, "out"), { force: true });
        mkdirSync(other);
        symlinkSync(other, join(dir, "out"));
      },
      check: () => {
        const object = join("/dev/shm", `kache-cc-shape-${process.pid}`, "y.o");
        expect(statSync(object).size).toBeGreaterThan(0);
        rmSync(join(object, ".."), { recursive: true });
      },
    }),
  },
  ...["077", "002", "027"].map((mask) => ({
    fact: `A40 the object's mode follows the umask ${mask} of the caller`,
    steps: served(COMPILE, { around: shell(`umask ${mask}; exec "$@"`) }),
  })),
  {
    fact: "A40 the object's mode follows the caller's umask, not that of who stored it",
    steps: [
      ...served(COMPILE, { around: shell('umask 077; exec "$@"') }),
      { fresh: true, around: shell('umask 002; exec "$@"'), outcome: "hits" },
    ],
  },
];

const shapes: readonly Case[] = [
  {
    fact: "A6 an executable called through itself acts once",
    steps: served(COMPILE, { wrapped: (words) => [kache, kache, ...words] }),
  },
  {
    fact: "A7 a link",
    files: { "x.c": "int main(void) { return 0; }\n" },
    steps: unserved(["x.c", "-o", "prog"], /^passes: .*link/),
  },
  {
    fact: "A7 a failing link keeps its status",
    files: { "x.c": SOURCE },
    steps: unserved(["x.c", "-o", "prog"], /^passes: .*link/, {
      around: shell('"$@" 2>/dev/null'),
    }),
  },
  {
    fact: "A8 a preprocessor run to standard output",
    files: {
      "x.c": '#include "x.h"\nint x(void) { return X; }\nchar c[] = "\x1b[31mred\x1b[m <CWD>";\n',
    },
    steps: [
      ...served(["-E", "-Wall", "x.c"]),
      { edit: { "x.h": "#define X 2\n" }, outcome: "misses" },
      { args: ["-E", "-P", "x.c"], outcome: "misses" },
      { args: ["-E", "-P", "-o", "x.i", "x.c"], outcome: "misses" },
      { args: ["-E", "-P", "x.c"], fresh: true, outcome: "hits" },
      { edit: { "x.h": "#error no\n" }, outcome: "fails" },
    ],
  },
  {
    fact: "A8 a text that holds the time is not kept",
    files: { "x.c": "char t[] = __TIME__;\n" },
    steps: unserved(["-E", "x.c"], /^not stored: the output holds the time/, {
      env: { SOURCE_DATE_EPOCH: undefined },
      around: shell('"$@" >/dev/null'),
    }),
  },
  {
    fact: "A8 a long text is not kept",
    files: { "x.c": `int x[] = {\n${"  1234567,\n".repeat(110_000)}};\n` },
    steps: unserved(["-E", "x.c"], "not stored: the compiler printed too much"),
  },
  {
    fact: "A9 a preprocessor run to a file",
    steps: served(["-E", "x.c", "-o", "x.i"]),
  },
  {
    fact: "A9 a preprocessor run without line markers",
    steps: served(["-P", "-E", "x.c", "-o", "x.i"]),
  },
  { fact: "A10 -P in a compile", steps: served(["-P", ...COMPILE]) },
  {
    fact: "A11 two sources in one call",
    files: { "y.c": SOURCE.replace("x", "y") },
    steps: [
      { args: ["-c", "x.c", "y.c"], outcome: /^(passes: .*|misses, misses)$/ },
      { fresh: true, outcome: /^(passes: .*|hits, hits)$/ },
    ],
  },
  { fact: "A12 no source", steps: unserved(["-c"], /^passes: /) },
  {
    fact: "A13 a source that is not there",
    files: { "x.c": undefined },
    steps: [
      ...unserved(COMPILE, "fails"),
      { edit: { "x.c": SOURCE }, outcome: "misses" },
      { edit: { "x.c": undefined }, fresh: true, outcome: "fails" },
    ],
  },
  {
    fact: "A14 an unknown option",
    steps: unserved(["-fno-such-option", ...COMPILE], "fails"),
  },
  {
    fact: "A15 an unknown language",
    steps: unserved(["-x", "klingon", ...COMPILE], /^(fails$|passes: )/),
  },
  {
    fact: "A20 a source without an extension and -x c",
    files: { plain: SOURCE },
    steps: served(["-x", "c", "-c", "plain", "-o", "x.o"]),
  },
  {
    fact: "A23 -xc joined",
    files: { plain: SOURCE },
    steps: served(["-xc", "-c", "plain", "-o", "x.o"]),
  },
  {
    fact: "A23 -x none goes back to extensions",
    steps: served(["-x", "c++", "-x", "none", ...COMPILE]),
  },
  {
    fact: "A23 the last -x before the source decides",
    files: { plain: "int x(void) { return sizeof('a'); }\n" },
    steps: [
      ...served(["-x", "c", "-x", "c++", "-c", "plain", "-o", "x.o"]),
      { args: ["-x", "c++", "-x", "c", "-c", "plain", "-o", "x.o"], outcome: "misses" },
    ],
  },
  {
    fact: "A24 the null device as a source",
    steps: [
      { args: ["-x", "c", "-c", "/dev/null", "-o", "x.o"], outcome: /^(misses$|passes: )/ },
      { fresh: true, outcome: /^(hits$|passes: )/ },
    ],
  },
  {
    fact: "A27 a source on standard input",
    steps: served(["-x", "c", "-c", "-", "-o", "x.o"], { stdin: SOURCE }),
  },
  {
    fact: "A28 an assembly text",
    steps: [
      { args: ["-S", "x.c"], outcome: /^(misses$|passes: )/ },
      { fresh: true, outcome: /^(hits$|passes: )/ },
      { fresh: true, edit: { "x.h": "#define X 2\n" }, outcome: /^(misses$|passes: )/ },
    ],
  },
  {
    fact: "A29 an assembly source",
    files: { "y.s": ".globl y\ny: ret\n" },
    steps: served(["-c", "y.s", "-o", "y.o"]),
  },
  {
    fact: "A30 a preprocessed assembly source follows its headers",
    files: { "y.S": '#include "x.h"\n.globl y\ny: .long X\n' },
    steps: [
      ...served(["-c", "y.S", "-o", "y.o"]),
      { edit: { "x.h": "#define X 2\n" }, outcome: "misses" },
      { edit: { "x.h": "#define X 1\n" }, outcome: "hits" },
    ],
  },
  ...["y.i", "y.ii"].map((name) => ({
    fact: `A31 a preprocessed source ${name}`,
    files: { [name]: '# 1 "elsewhere.c"\nint y(void) { return 1; }\n' },
    steps: served(["-c", name]),
  })),
  {
    fact: "A31 a preprocessed source y.mi",
    compilers: CLANG,
    files: { "y.mi": '# 1 "y.m"\nint y(void) { return 1; }\n' },
    steps: served(["-c", "y.mi"]),
  },
  {
    fact: "A32 a syntax check leaves an old object alone",
    files: { "x.o": "old\n" },
    steps: served(["-fsyntax-only", "x.c"]),
  },
  {
    fact: "A32 a syntax check with -c and -o",
    files: { "x.o": "old\n" },
    steps: served(["-fsyntax-only", ...COMPILE]),
  },
  {
    fact: "A32 a syntax check that is asked for before -S",
    steps: served(["-fsyntax-only", "-S", "x.c"]),
  },
  { fact: "A32 an assembly text that is asked for before -c", steps: served(["-S", "-c", "x.c"]) },
  {
    fact: "A32 preprocessed text that is asked for before -c",
    steps: served(["-E", "-o", "x.i", "-c", "x.c"]),
  },
  {
    fact: "A33 a syntax check of the null device",
    steps: served(["-fsyntax-only", "-x", "c", "/dev/null"]),
  },
];

describe("outputs", () => {
  testCases(world, outputs);
});
describe("shapes", () => {
  testCases(world, shapes);
});
