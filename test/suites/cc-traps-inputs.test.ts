// Nothing stale is ever served for C: files, arguments and variables that a compile takes in. After each change the object is the one that the
// compiler alone makes, with the observer and without it, and after the change is undone the first object is served.
import { describe, setDefaultTimeout } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BOTH_WAYS, type Case, served, type Step, testCases } from "../support/cc-twin.ts";
import { edited, guessed, trap } from "../support/cc-trap.ts";
import { CLANG, COMPILE, GNU } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-traps-inputs");

const LATIN = ["-finput-charset=latin1", ...COMPILE];

const INCBIN = '__asm__(".globl y\\ny: .incbin \\"data.bin\\"\\n");\n';
const ASSEMBLER_READS =
  /^not stored: inputs cannot be known \(no observer\): .* may make the assembler read files$/;
/** GNU's assembler tells what it reads, clang's own does not. */
const readByAssembler = (compilers: readonly string[]) =>
  compilers === CLANG ? { unobserved: ASSEMBLER_READS } : {};

/** gcc shows a file's lines by the name that a text gives it. */
const SHOWN_LINES = /^not stored: inputs cannot be known \(no observer\): messages show lines/;
/** Where nobody watches, nothing tells where the bytes were looked for. */
const EMBEDS = { unobserved: /^not stored: inputs cannot be known \(no observer\): .*#embed/ };

const inputs: readonly Case[] = [
  ...[GNU, CLANG].map((compilers) =>
    edited(
      "E21 a file taken in by .incbin",
      { "x.c": INCBIN, "data.bin": "one" },
      { "data.bin": "two" },
      { compilers, ...readByAssembler(compilers) },
    ),
  ),
  ...[GNU, CLANG].map((compilers) =>
    edited(
      "E21 a file taken in by .incbin of an assembly source",
      { "y.S": '.globl y\ny: .incbin "data.bin"\n', "data.bin": "one" },
      { "data.bin": "two" },
      {
        compilers,
        args: ["-c", "y.S"],
        ...readByAssembler(compilers),
      },
    ),
  ),
  ...[GNU, CLANG].map((compilers) =>
    edited(
      "E21 a file taken in by .incbin along -I",
      { "y.S": '.globl y\ny: .incbin "data.bin"\n', "a/": "", "b/data.bin": "one" },
      { "a/data.bin": "two" },
      {
        compilers,
        args: ["-Ia", "-Ib", "-c", "y.S"],
        ...readByAssembler(compilers),
      },
    ),
  ),
  ...[GNU, CLANG].map((compilers) =>
    edited(
      "E21 a file taken in by .include",
      { "y.s": '.include "z.inc"\n', "z.inc": ".globl y\ny: .long 1\n" },
      { "z.inc": ".globl y\ny: .long 2\n" },
      {
        compilers,
        args: ["-c", "y.s"],
        ...readByAssembler(compilers),
      },
    ),
  ),
  {
    fact: "E23 #embed of a file beside the source and of one found through --embed-dir",
    compilers: ["clang-19"],
    files: {
      "e.c":
        'const char own[] = {\n#embed "own.bin"\n};\nconst char far[] = {\n#embed <far.bin>\n};\n',
      "own.bin": "a",
      "before/": "",
      "after/far.bin": "b",
    },
    steps: [
      ...served(["-std=c23", "--embed-dir=before", "--embed-dir=after", "-c", "e.c"], EMBEDS),
      { edit: { "own.bin": "c" }, outcome: "misses", ...EMBEDS },
      { edit: { "after/far.bin": "d" }, outcome: "misses", ...EMBEDS },
      { edit: { "before/far.bin": "e" }, outcome: "misses", ...EMBEDS },
      { edit: { "before/far.bin": undefined }, outcome: "hits", ...EMBEDS },
      { args: ["-std=c23", "--embed-dir=after", "-c", "e.c"], outcome: "misses", ...EMBEDS },
    ],
  },
  {
    fact: "E23 #embed in another checkout, by a directory's full path",
    compilers: ["clang-19"],
    files: Object.fromEntries(
      ["one", "two"].flatMap((dir) => [
        [`${dir}/e.c`, "const char far[] = {\n#embed <far.bin>\n};\n"],
        [`${dir}/data/far.bin`, "b"],
      ]),
    ),
    steps: ["one", "two", "one", "two"].map((cwd, at): Step => ({
      args: (dir) => ["-std=c23", `--embed-dir=${dir}/${cwd}/data`, "-c", "e.c"],
      cwd,
      outcome: at === 0 ? "misses" : "hits",
      ...EMBEDS,
    })),
  },
  edited(
    "E24 a file forced in by -include",
    { "f.h": "#define F 1\n", "x.c": "int x(void) { return F; }\n" },
    { "f.h": "#define F 2\n" },
    { args: ["-include", "f.h", ...COMPILE] },
  ),
  edited(
    "E24 a file forced in by -imacros",
    { "f.h": "#define F 1\n", "x.c": "int x(void) { return F; }\n" },
    { "f.h": "#define F 2\n" },
    { args: ["-imacros", "f.h", ...COMPILE] },
  ),
  ...["CPATH", "C_INCLUDE_PATH"].map((name) =>
    trap({
      fact: `E25 ${name} with other directories`,
      files: {
        "a/y.h": "#define Y 1\n",
        "b/y.h": "#define Y 2\n",
        "x.c": "#include <y.h>\nint x(void) { return Y; }\n",
      },
      step: { env: { [name]: "a" } },
      change: { env: { [name]: "b" } },
      undo: { env: { [name]: "a" } },
    }),
  ),
  trap({
    fact: "E25 CPLUS_INCLUDE_PATH with other directories",
    compilers: ["g++", "clang++"],
    files: {
      "a/y.h": "#define Y 1\n",
      "b/y.h": "#define Y 2\n",
      "y.cc": "#include <y.h>\nint y() { return Y; }\n",
    },
    args: ["-c", "y.cc"],
    step: { env: { CPLUS_INCLUDE_PATH: "a" } },
    change: { env: { CPLUS_INCLUDE_PATH: "b" } },
    undo: { env: { CPLUS_INCLUDE_PATH: "a" } },
  }),
  trap({
    fact: "E25 OBJC_INCLUDE_PATH with other directories",
    compilers: CLANG,
    files: {
      "a/y.h": "#define Y 1\n",
      "b/y.h": "#define Y 2\n",
      "y.m": "#include <y.h>\nint y = Y;\n",
    },
    args: ["-c", "y.m"],
    step: { env: { OBJC_INCLUDE_PATH: "a" } },
    change: { env: { OBJC_INCLUDE_PATH: "b" } },
    undo: { env: { OBJC_INCLUDE_PATH: "a" } },
  }),
  edited(
    "E25 a new header in a directory of CPATH",
    { "a/": "", "b/y.h": "#define Y 1\n", "x.c": "#include <y.h>\nint x(void) { return Y; }\n" },
    { "a/y.h": "#define Y 2\n" },
    { env: { CPATH: "a:b" } },
  ),
  trap({
    fact: "E25 GNUTARGET, which objcopy goes by",
    compilers: GNU,
    literal: true,
    args: ["-g", "-gsplit-dwarf", ...COMPILE],
    change: { env: { GNUTARGET: "binary" } },
    undo: {},
  }),
  trap({
    fact: "E25 TMPDIR, which clang names in debug information of preprocessed assembly",
    compilers: ["clang", "clang-16", "clang-19"],
    literal: true,
    files: { "y.S": ".long 1\n" },
    args: ["-g", "-c", "y.S"],
    change: { env: { TMPDIR: "/var/tmp" } },
    undo: {},
  }),
  {
    fact: "E25 TMPDIR of any other compile is noise",
    files: { "y.S": ".long 1\n" },
    steps: [...served(COMPILE), { env: { TMPDIR: "/var/tmp" }, fresh: true, outcome: "hits" }],
  },
  {
    fact: "E27 a directory that holds nothing of use",
    files: { "a/": "" },
    steps: [...served(COMPILE), { args: ["-Ia", ...COMPILE], fresh: true, outcome: "misses" }],
  },
  {
    fact: "E28 a macro that nobody uses",
    steps: [
      ...served(COMPILE),
      { args: ["-DUNUSED=1", ...COMPILE], fresh: true, outcome: "misses" },
    ],
  },
  edited("E29 a comment in a header", {}, { "x.h": "#define X 1 /* one */\n" }),
  edited(
    "E29 a comment line in a header of a debug compile",
    {},
    { "x.h": "/* one */\n#define X 1\n" },
    { args: ["-g", ...COMPILE], literal: true },
  ),
  edited(
    "E30 a comment line above a warning",
    { "x.c": "int x(void) { int unused; return 1; }\n" },
    { "x.c": "/* moved */\nint x(void) { int unused; return 1; }\n" },
    { args: ["-Wall", ...COMPILE] },
  ),
  edited(
    "E31 a comment's mark within a string",
    { "x.c": 'const char *x = "//one";\n' },
    { "x.c": 'const char *x = "//two";\n' },
  ),
  edited(
    "E32 blanks only",
    { "x.c": "int x(void) { return 1; }\n" },
    { "x.c": "int  x(void)  { return 1; }\n" },
  ),
  trap({
    fact: "E33 one text under another name that __FILE__ tells",
    files: {
      "x.c": "const char *x(void) { return __FILE__; }\n",
      "y.c": "const char *x(void) { return __FILE__; }\n",
    },
    change: { args: ["-c", "y.c", "-o", "x.o"] },
    undo: {},
  }),
  ...[GNU, CLANG].map((compilers) => ({
    fact: "E34 #line to files that are not there",
    compilers,
    files: {
      "x.c": '#line 7 "/no/such/dir/odd \\"name\\".y"\nint x(void) { int unused; return 1; }\n',
    },
    steps: served(["-Wall", ...COMPILE], compilers === GNU ? { unobserved: SHOWN_LINES } : {}),
  })),
  {
    fact: "E34 #line with nothing but a number",
    files: { "x.c": "#line 7\nint x(void) { return __LINE__; }\n" },
    steps: served(COMPILE),
  },
  {
    fact: "E35 one absolute source and a relative directory, from another place",
    files: {
      "a/inc/y.h": "#define Y 1\n",
      "b/inc/y.h": "#define Y 2\n",
      args: "",
      "y.c": "#include <y.h>\nint y(void) { return Y; }\n",
    },
    steps: [
      {
        args: ["-Iinc", "-c", "@../args", "-o", "y.o"],
        cwd: "a",
        disturb: (dir) => {
          writeFileSync(join(dir, "args"), `${dir}/y.c`);
        },
        outcome: "misses",
      },
      { cwd: "b", outcome: "misses" },
      { cwd: "a", outcome: "hits" },
      { cwd: "b", outcome: "hits" },
    ],
  },
  trap({
    fact: "E49 -frandom-seed",
    args: ["-frandom-seed=one", ...COMPILE],
    change: { args: ["-frandom-seed=two", ...COMPILE] },
    undo: {},
  }),
  { fact: "E50 an empty source", files: { "x.c": "" }, steps: served(COMPILE) },
  {
    fact: "E50 an empty header",
    files: { "x.h": "", "x.c": '#include "x.h"\nint x;\n' },
    steps: served(COMPILE),
  },
  {
    fact: "E51 line ends of another system",
    files: { "x.c": "int x(void) {\r\n  return 1; // one \\\r\n}\r\n}\r\n" },
    steps: served(COMPILE),
  },
  {
    fact: "E51 a zero byte in a comment and a byte order mark",
    files: { "x.c": "\ufeffint x(void) { return 1; } // \0\n" },
    steps: served(COMPILE),
  },
  {
    fact: "E52 another input charset",
    compilers: GNU,
    files: {
      "x.c": Buffer.from([...Buffer.from('const char *x = "'), 0xe9, ...Buffer.from('";\n')]),
    },
    steps: [
      { args: LATIN, outcome: "misses", unobserved: guessed("-finput-charset=latin1") },
      { fresh: true, outcome: "hits", unobserved: guessed("-finput-charset=latin1") },
      { args: COMPILE, fresh: true, outcome: "misses" },
      { args: LATIN, fresh: true, outcome: "hits", unobserved: guessed("-finput-charset=latin1") },
    ],
  },
  trap({
    fact: "E53 -frecord-gcc-switches records other switches",
    literal: true,
    args: ["-frecord-gcc-switches", "-DA=1", ...COMPILE],
    change: { args: ["-frecord-gcc-switches", "-DA=2", ...COMPILE] },
    undo: {},
  }),
  trap({
    fact: "E54 warning flags in another order",
    files: { "x.c": "int x(void) { int unused; return 1; }\n" },
    args: ["-Wall", "-Wno-unused", ...COMPILE],
    change: { args: ["-Wno-unused", "-Wall", "-Wunused", ...COMPILE] },
    undo: {},
  }),
  {
    fact: "E55 flags for the compiler proper are not reported as unused",
    compilers: CLANG,
    steps: served([
      "-Werror",
      "-Weverything",
      "-Wno-missing-prototypes",
      "-mno-red-zone",
      "-fno-stack-protector",
      ...COMPILE,
    ]),
  },
  {
    fact: "E55 flags for the linker are reported as by the compiler",
    steps: served(["-Wl,-z,now", "-lm", ...COMPILE]),
  },
];

describe("other inputs", () => {
  testCases(world, inputs, BOTH_WAYS);
});
