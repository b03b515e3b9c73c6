// Nothing stale is ever served for C: compilers, what they are made of and what tells them where to look. After each change the object is the one that the
// compiler alone makes, with the observer and without it, and after the change is undone the first object is served.
import { describe, setDefaultTimeout } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BOTH_WAYS,
  type Case,
  served,
  type Step,
  testCases,
  unserved,
} from "../support/cc-twin.ts";
import { AROUND, edited, guessed, trap } from "../support/cc-trap.ts";
import { CLANG, COMPILE, GNU } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";
import { compileC } from "../support/toolchain.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-traps-compilers");

/** A default configuration file arrives, takes in another, and goes. */
const COMING_CONFIGURATION: readonly Step[] = [
  ...served(["--config-user-dir=cfg", ...COMPILE]),
  { edit: { "cfg/clang.cfg": "-DS=1\n" }, outcome: "misses" },
  { edit: { "cfg/clang.cfg": "@more.cfg\n", "cfg/more.cfg": "-DS=2\n" }, outcome: "misses" },
  { edit: { "cfg/more.cfg": "-DS=3\n" }, outcome: "misses" },
  { outcome: "hits" },
  { edit: { "cfg/more.cfg": "-DS=2\n" }, outcome: "hits" },
  { edit: { "cfg/clang.cfg": undefined }, outcome: "hits" },
];

const parts: readonly Case[] = [
  trap({
    fact: "E26 PATH with another assembler",
    compilers: GNU,
    files: { "tools/": "" },
    change: {
      disturb: (dir) => {
        compileC(AS_FRONT, join(dir, "tools/as"));
        rmSync(join(dir, "tools/as.c"));
      },
      around: (words, dir) => ["env", `PATH=${dir}/tools:${process.env["PATH"] ?? ""}`, ...words],
    },
    undo: {},
  }),
  trap({
    fact: "E26 the same compiler at another place, with other headers of its own",
    compilers: CLANG,
    files: {
      "one/lib/clang/14.0.6/include/y.h": "#define Y 1\n",
      "two/lib/clang/14.0.6/include/y.h": "#define Y 2\n",
      "x.c": "#include <y.h>\nint x(void) { return Y; }\n",
    },
    step: { compiler: ["one/bin/clang"], disturb: installClang },
    change: { compiler: ["two/bin/clang"], disturb: installClang },
    undo: {},
  }),
  trap({
    fact: "E26 COMPILER_PATH with another assembler",
    compilers: GNU,
    files: { "tools/as": '#!/bin/sh\nexec /usr/bin/as --defsym other=1 "$@"\n' },
    change: {
      env: { COMPILER_PATH: "tools" },
      disturb: (dir) => {
        chmodSync(join(dir, "tools/as"), 0o755);
      },
    },
    undo: {},
  }),
  {
    fact: "E26 another assembler that may not be run any more",
    compilers: GNU,
    files: { "tools/as": '#!/bin/sh\nexec /usr/bin/as --defsym other=1 "$@"\n' },
    steps: (
      [
        [0o755, "misses"],
        [0o644, /^not stored: .*tools\/as could not be/],
        [0o755, "hits"],
      ] as const
    ).map(([mode, outcome]) => ({
      args: COMPILE,
      env: { COMPILER_PATH: "tools" },
      fresh: true,
      disturb: (dir: string) => {
        chmodSync(join(dir, "tools/as"), mode);
      },
      outcome,
      unobserved: mode === 0o644 ? "misses" : undefined,
    })),
  },
  trap({
    fact: "E26 GCC_EXEC_PREFIX that leads elsewhere",
    compilers: GNU,
    change: { env: { GCC_EXEC_PREFIX: "/nonexistent/" } },
    then: "fails",
    undo: {},
  }),
  {
    fact: "E26 LIBRARY_PATH",
    steps: [...served(COMPILE), { env: { LIBRARY_PATH: "/opt" }, fresh: true, outcome: "misses" }],
  },
  edited(
    "E41 a specs file",
    { "my.specs": "*cpp:\n+ -DS=1\n", "x.c": "int x(void) { return S; }\n" },
    { "my.specs": "*cpp:\n+ -DS=2\n" },
    {
      compilers: GNU,
      args: ["-specs=my.specs", ...COMPILE],
      unobserved: guessed("-specs= my.specs"),
    },
  ),
  {
    fact: "E41 a plugin",
    compilers: GNU,
    steps: unserved(["-fplugin=./missing.so", ...COMPILE], "fails"),
  },
  {
    fact: "E41 -B with a compiler proper of one's own",
    compilers: GNU,
    files: {
      "tools/cc1": '#!/bin/sh\nexec $(/usr/bin/gcc -print-prog-name=cc1) -DS=1 "$@"\n',
      "x.c": "int x(void) { return S; }\n",
    },
    steps: [
      {
        args: ["-Btools", ...COMPILE],
        disturb: proper,
        outcome: "misses",
        unobserved: guessed("-B tools"),
      },
      {
        fresh: true,
        edit: { "tools/cc1": '#!/bin/sh\nexec $(/usr/bin/gcc -print-prog-name=cc1) -DS=2 "$@"\n' },
        disturb: proper,
        outcome: "misses",
        unobserved: guessed("-B tools"),
      },
    ],
  },
  edited(
    "E42 a sanitizer's list",
    { "list.txt": "fun:y\n", "x.c": "int x(int *p) { return *p; }\n" },
    { "list.txt": "fun:x\n" },
    {
      compilers: CLANG,
      args: ["-fsanitize=address", "-fsanitize-ignorelist=list.txt", ...COMPILE],
    },
  ),
  edited(
    "E42 the second of two lists",
    { "one.txt": "fun:y\n", "two.txt": "fun:z\n", "x.c": "int x(int *p) { return *p; }\n" },
    { "two.txt": "fun:x\n" },
    {
      compilers: CLANG,
      args: [
        "-fsanitize=address",
        "-fsanitize-ignorelist=one.txt",
        "-fsanitize-ignorelist=two.txt",
        ...COMPILE,
      ],
    },
  ),
  edited(
    "E42 a list by its full path, below a base directory",
    { "list.txt": "fun:y\n", "x.c": "int x(int *p) { return *p; }\n" },
    { "list.txt": "fun:x\n" },
    {
      compilers: CLANG,
      step: {
        args: (dir) => ["-fsanitize=address", `-fsanitize-ignorelist=${dir}/list.txt`, ...COMPILE],
        wrappedEnv: { KACHE_BASE_DIR: world.dir },
      },
    },
  ),
  {
    fact: "E42 a list that is not there",
    compilers: CLANG,
    steps: unserved(
      ["-fsanitize=address", "-fsanitize-ignorelist=missing.txt", ...COMPILE],
      "fails",
    ),
  },
  { fact: "E43 --warning-suppression-mappings", steps: [], skip: "clang 14 does not know it" },
  {
    fact: "E44 -fmodule-file",
    compilers: CLANG,
    steps: unserved(
      ["-fmodule-file=missing.pcm", ...COMPILE],
      "passes: refused: cc: -fmodule-file=missing.pcm",
    ),
  },
  {
    fact: "E45 -ivfsoverlay",
    compilers: CLANG,
    files: { "vfs.yaml": "{'version': 0, 'roots': []}\n" },
    steps: unserved(["-ivfsoverlay", "vfs.yaml", ...COMPILE], /^passes: .*-ivfsoverlay/),
  },
  {
    fact: "E46 -fmodules",
    compilers: CLANG,
    steps: unserved(
      ["-fmodules", "-fmodules-cache-path=cache", ...COMPILE],
      /^passes: .*-fmodules/,
    ),
  },
  edited(
    "E47 a configuration file",
    { "my.cfg": "-DS=1\n", "x.c": "int x(void) { return S; }\n" },
    { "my.cfg": "-DS=2\n" },
    {
      compilers: CLANG,
      args: ["--config", "./my.cfg", ...COMPILE],
      unobserved: guessed("--config ./my.cfg"),
    },
  ),
  ...["-march=native", "-grecord-command-line", "-ffile-prefix-map=/a=/b", "@more"].map(
    (given): Case => ({
      fact: `E47 a configuration file that gives ${given}`,
      compilers: CLANG,
      files: { "my.cfg": `${given}\n`, more: "-fprofile-generate\n" },
      steps: unserved(
        ["--config", "./my.cfg", ...COMPILE],
        /^not stored: .* gives the compiler -/,
        {
          unobserved: guessed("--config ./my.cfg"),
        },
      ),
    }),
  ),
  {
    fact: "E47 configuration files that clang takes by itself come, change and go",
    // From 16 on.
    compilers: ["clang-16", "clang-19"],
    files: { "x.c": "#ifndef S\n#define S 0\n#endif\nint x(void) { return S; }\n", "cfg/": "" },
    steps: COMING_CONFIGURATION.map((step) => ({
      unobserved: guessed("--config-user-dir= cfg"),
      ...step,
    })),
  },
  {
    fact: "E47 CCC_OVERRIDE_OPTIONS",
    compilers: CLANG,
    files: { "x.c": "int x(void) { return S; }\n" },
    steps: [
      {
        args: COMPILE,
        env: { CCC_OVERRIDE_OPTIONS: "# +-DS=1" },
        outcome: "passes: refused: cc: CCC_OVERRIDE_OPTIONS is set",
      },
      {
        fresh: true,
        env: { CCC_OVERRIDE_OPTIONS: "# +-DS=2" },
        outcome: "passes: refused: cc: CCC_OVERRIDE_OPTIONS is set",
      },
    ],
  },
  { fact: "E48 -march=native", steps: served(["-march=native", ...COMPILE]) },
  {
    fact: "E48 another CPU",
    steps: [],
    skip: "native-cpu.test.ts tells of another one",
  },
];

const AS_FRONT =
  '#include <unistd.h>\nint main(int n, char **a) { char *all[n + 3]; for (int i = 0; i < n; i++) all[i] = a[i]; all[n] = "--defsym"; all[n + 1] = "other=1"; all[n + 2] = 0; execv("/usr/bin/as", all); return 127; }\n';

function installClang(dir: string): void {
  for (const place of ["one", "two"]) {
    mkdirSync(join(dir, place, "bin"), { recursive: true });
    copyFileSync(realpathSync(Bun.which("clang") ?? ""), join(dir, place, "bin/clang"));
  }
}

function proper(dir: string): void {
  chmodSync(join(dir, "tools/cc1"), 0o755);
}

/** A compiler that adds a macro: a program, so that its bytes can change with its size and times kept. */
const FRONT =
  '#include <unistd.h>\nint main(int n, char **a) { a[0] = "gcc"; char *all[n + 2]; for (int i = 0; i < n; i++) all[i] = a[i]; all[n] = "-DS=1"; all[n + 1] = 0; execv("/usr/bin/gcc", all); return 127; }\n';

function replaceFront(keepTimes: boolean) {
  return (dir: string): void => {
    const path = join(dir, "bin/gcc");
    const { atime, mtime } = statSync(path);
    const bytes = readFileSync(path);
    bytes.write("-DS=2", bytes.indexOf("-DS=1"));
    writeFileSync(path, bytes);
    if (keepTimes) utimesSync(path, atime, mtime);
  };
}

function buildFront(dir: string): void {
  mkdirSync(join(dir, "bin"), { recursive: true });
  compileC(FRONT, join(dir, "bin/gcc"));
  rmSync(join(dir, "bin/gcc.c"));
}

const replaced: readonly Case[] = [
  ...[false, true].map((keepTimes): Case => ({
    fact: `${keepTimes ? "E39" : "E38"} a compiler replaced ${keepTimes ? "with its size and time kept" : "in place"}`,
    compilers: GNU,
    files: { "bin/": "", "x.c": "int x(void) { return S; }\n" },
    steps: [
      {
        args: COMPILE,
        compiler: ["bin/gcc"],
        disturb: buildFront,
        outcome: "misses",
        unobserved: AROUND,
      },
      {
        compiler: ["bin/gcc"],
        disturb: replaceFront(keepTimes),
        outcome: "misses",
        unobserved: AROUND,
      },
    ],
  })),
  {
    fact: "E40 a compiler that is a script around another",
    compilers: GNU,
    files: {
      "bin/gcc": '#!/bin/sh\nexec $(dirname $0)/inner "$@"\n',
      "bin/inner": '#!/bin/sh\nexec /usr/bin/gcc -DS=1 "$@"\n',
      "x.c": "int x(void) { return S; }\n",
    },
    steps: [
      {
        args: COMPILE,
        compiler: ["bin/gcc"],
        disturb: scripts,
        outcome: "misses",
        unobserved: AROUND,
      },
      {
        compiler: ["bin/gcc"],
        edit: { "bin/inner": '#!/bin/sh\nexec /usr/bin/gcc -DS=2 "$@"\n' },
        disturb: scripts,
        outcome: "misses",
        unobserved: AROUND,
      },
      {
        compiler: ["bin/gcc"],
        edit: { "bin/inner": '#!/bin/sh\nexec /usr/bin/gcc -DS=1 "$@"\n' },
        disturb: scripts,
        outcome: "hits",
        unobserved: AROUND,
      },
    ],
  },
];

function scripts(dir: string): void {
  for (const name of ["gcc", "inner"]) chmodSync(join(dir, "bin", name), 0o755);
}

describe("parts of compilers", () => {
  testCases(world, parts, BOTH_WAYS);
});
describe("compilers that are replaced", () => {
  testCases(world, replaced, BOTH_WAYS);
});
