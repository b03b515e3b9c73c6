// Code that is loaded into compilers: plugins of gcc's and clang's, what those can ask for, and libraries that the loader
// finds for compilers. The plugins are written without the compilers' headers, so that they are tested wherever the
// compilers are.
import { describe, setDefaultTimeout } from "bun:test";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BOTH_WAYS,
  type Case,
  type Outcome,
  served,
  type Step,
  testCases,
  unserved,
} from "../support/cc-twin.ts";
import { AROUND, guessed, trap } from "../support/cc-trap.ts";
import { COMPILE } from "../support/cc-words.ts";
import { ask, compileC, missing } from "../support/toolchain.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-loaded");

/**
 * One source for all of them. gcc's writes a line into the assembly when a unit is finished (event 5 since gcc 4.8),
 * clang's say theirs: one as the passes are put together, one as it is loaded.
 */
const PLUGIN = String.raw`
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifndef SAYS
#define SAYS "one"
#endif
static const char *says(void) { return SAYS; }
#ifdef FOR_GCC
extern FILE *asm_out_file;
extern void register_callback(const char *, int, void (*)(void *, void *), void *);
int plugin_is_GPL_compatible;
static void finish(void *gcc, void *user) { fprintf(asm_out_file, "\t.ident\t\"%s\"\n", says()); }
int plugin_init(void *info, void *version) { register_callback("p", 5, finish, 0); return 0; }
#elif defined FOR_PASSES
struct told { unsigned version; const char *name, *number; void (*set)(void *); };
static void set(void *builder) { fprintf(stderr, "says %s\n", says()); }
struct told llvmGetPassPluginInfo(void) { struct told told = {1, "p", "1", set}; return told; }
#else
static __attribute__((constructor)) void begin(void) { fprintf(stderr, "says %s\n", says()); }
#endif
`;

const HELPER = "const char *helper(void) { return SAYS; }\n";

/** What a plugin says, as C. */
const SAYINGS = {
  one: `says(void) { return "one"; }`,
  two: `says(void) { return "two"; }`,
  file: `says(void) { static char text[64]; FILE *file = fopen("said", "r"); fgets(text, 64, file); fclose(file); text[strcspn(text, "\\n")] = 0; return text; }`,
  variable: `says(void) { return getenv("HOME"); }`,
  environment: `says(void) { extern char **environ; for (char **at = environ; *at; at++) if (!strncmp(*at, "SAID=", 5)) return *at; return "none"; }`,
  place: `says(void) { static char text[4096], number[32]; sprintf(number, "%zu", strlen(getcwd(text, 4096))); return number; }`,
  leaves: `says(void) { fclose(fopen("left", "w")); return "left"; }`,
  library: `says(void) { extern const char *helper(void); return helper(); }`,
};

type Saying = keyof typeof SAYINGS;

/** How each kind of plugin is called. */
const KINDS = [
  { kind: "FOR_GCC", compilers: ["gcc"], load: "-fplugin=" },
  { kind: "FOR_PASSES", compilers: ["clang", "clang-19"], load: "-fpass-plugin=" },
  { kind: "FOR_CLANG", compilers: ["clang"], load: "-fplugin=" },
] as const;

type Kind = (typeof KINDS)[number]["kind"];

function build(kind: Kind, says: Saying): string {
  const path = world.path(`${kind}-${says}.so`);
  if (existsSync(path)) return path;
  const source = PLUGIN.replace(/says\(void\) \{ return SAYS; \}/, () => SAYINGS[says]);
  const helper = says === "library" ? [buildHelper("one"), `-Wl,-rpath,$ORIGIN`] : [];
  if (!compileC(source, path, `-D${kind}`, "-shared", "-fPIC", ...helper))
    throw new Error(`the plugin that says ${says} was not built`);
  return path;
}

function buildHelper(says: string): string {
  const dir = world.path(`helper-${says}`);
  mkdirSync(dir, { recursive: true });
  const path = join(dir, "libhelper.so");
  const flags = ["-shared", "-fPIC", "-Wl,-soname,libhelper.so", `-DSAYS="${says}"`];
  if (!compileC(HELPER, path, ...flags)) throw new Error("the plugin's library was not built");
  return path;
}

/** Puts a plugin into a case's directory. */
const laid = (kind: Kind, says: Saying, name = "p.so") => ({
  disturb: (dir: string): void => {
    cpSync(build(kind, says), join(dir, name));
  },
});

const cases = KINDS.flatMap(({ kind, compilers, load }): Case[] => {
  const flag = `${load}./p.so`;
  const args = [flag, ...COMPILE];
  const asks = (fact: string, says: Saying, change: Partial<Step>, undo: Partial<Step>): Case =>
    trap({ fact, compilers, args, step: laid(kind, says), change, undo });
  return [
    trap({
      fact: `${load} the plugin's bytes`,
      compilers,
      args,
      step: laid(kind, "one"),
      change: laid(kind, "two"),
      undo: {},
    }),
    asks(
      `${load} a file that it reads`,
      "file",
      { edit: { said: "two\n" } },
      { edit: { said: "one\n" } },
    ),
    asks(`${load} a variable that it asks for`, "variable", { env: { HOME: "/nonexistent" } }, {}),
    asks(`${load} the environment that it walks`, "environment", { env: { SAID: "two" } }, {}),
    {
      fact: `${load} a library that it needs`,
      compilers,
      steps: ["misses", "hits", "misses", "hits"].map((outcome, at): Step => ({
        args,
        fresh: true,
        disturb: (dir) => {
          laid(kind, "library").disturb(dir);
          cpSync(buildHelper(at === 2 ? "two" : "one"), join(dir, "libhelper.so"));
        },
        outcome: outcome as Outcome,
      })),
    },
    {
      fact: `${load} where it is called`,
      compilers,
      mapped: true,
      files: {
        "one/x.c": "int x;\n",
        "farther/two/x.c": "int x;\n",
      },
      steps: ["one", "farther/two", "one"].map((cwd, at): Step => ({
        args,
        cwd,
        disturb: (dir) => {
          laid(kind, "place", `${cwd}/p.so`).disturb(dir);
        },
        outcome: at === 2 ? "hits" : "misses",
      })),
    },
    {
      fact: `${load} a file that it leaves`,
      compilers,
      steps: unserved(args, /^not stored: the compiler left/, {
        disturb: laid(kind, "leaves").disturb,
      }),
    },
  ];
}).map((one) => ({
  ...one,
  literal: one.mapped !== true,
  files: { said: "one\n", ...one.files },
}));

/** Where nobody watches, no plugin's call is kept. */
const unwatched = KINDS.map(({ kind, compilers, load }): Case => ({
  fact: `${load} a plugin that nobody watches`,
  compilers,
  literal: true,
  steps: unserved([`${load}./p.so`, ...COMPILE], guessed(`${load} ./p.so`), laid(kind, "one")),
}));

const spelled: readonly Case[] = [
  ...[
    ["by its full name", (dir: string) => [`-fplugin=${dir}/p.so`, ...COMPILE]] as const,
    ["by -Wp,", () => ["-Wp,-fplugin=./p.so", ...COMPILE]] as const,
    ["by -Xpreprocessor", () => ["-Xpreprocessor", "-fplugin=./p.so", ...COMPILE]] as const,
    ["by a directory", (dir: string) => [`-iplugindir=${dir}`, "-fplugin=p", ...COMPILE]] as const,
  ].map(([fact, args]) => loaded(`gcc's plugin ${fact}`, "FOR_GCC", ["gcc"], args)),
  loaded("clang's by -Xclang -fpass-plugin=", "FOR_PASSES", ["clang", "clang-19"], () => [
    "-Xclang",
    "-fpass-plugin=./p.so",
    ...COMPILE,
  ]),
  ...[
    ["-load", "-Xclang", "./p.so"],
    ["-plugin", "-Xclang", "p"],
    ["-add-plugin", "-Xclang", "p"],
    ["-plugin-arg-p", "-Xclang", "a"],
  ].map(([word = "", ...more]): Case => ({
    fact: `clang's by -Xclang ${word}`,
    compilers: ["clang", "clang-19"],
    steps: unserved(
      ["-Xclang", word, ...more, ...COMPILE],
      `passes: refused: cc: -Xclang ${word}`,
      {
        disturb: laid("FOR_CLANG", "one").disturb,
      },
    ),
  })),
];

/** A plugin that is loaded in some way, and another one in its place. */
function loaded(
  fact: string,
  kind: Kind,
  compilers: readonly string[],
  args: (dir: string) => readonly string[],
): Case {
  const outcome = /^(misses|fails)$/;
  return {
    fact,
    compilers,
    literal: true,
    steps: [
      { args, ...laid(kind, "one"), outcome },
      { args, ...laid(kind, "one"), fresh: true, outcome: /^(hits|fails)$/ },
      { args, ...laid(kind, "two"), fresh: true, outcome },
    ],
  };
}

/** The library of this name that a compiler has. */
function ofCompilers(name: string): string {
  const cc1 = ask("gcc", "-print-prog-name=cc1") ?? "";
  return new RegExp(`${name} => (\\S+)`).exec(ask("ldd", cc1) ?? "")?.[1] ?? "";
}

const LIBRARY = "libz.so.1";

/** Lays a library of the compilers' own into directories that are searched, with something behind its end. */
function lay(...places: readonly (readonly [place: string, tail: string])[]) {
  return (dir: string): void => {
    for (const place of ["first", "second"]) {
      rmSync(join(dir, place), { recursive: true, force: true });
      mkdirSync(join(dir, place));
    }
    for (const [place, tail] of places) {
      mkdirSync(join(dir, place), { recursive: true });
      const bytes = readFileSync(ofCompilers(LIBRARY));
      writeFileSync(join(dir, place, LIBRARY), Buffer.concat([bytes, Buffer.from(tail)]));
    }
  };
}

/** Where the loader looks first on a machine of the last fifteen years. */
const BETTER = "first/glibc-hwcaps/x86-64-v2";

/** Lays such libraries, and a program in front of the compiler that has a library of these directories. */
function withOwnLibrary(...places: readonly (readonly [place: string, tail: string])[]) {
  return (dir: string): void => {
    lay(...places)(dir);
    const program = join(dir, "bin/gcc");
    if (existsSync(program)) return;
    mkdirSync(join(dir, "bin"));
    const source =
      '#include <unistd.h>\nint main(int c, char **v) { v[0] = "gcc"; return execvp("gcc", v); }\n';
    const paths = "-Wl,--enable-new-dtags,-rpath,$ORIGIN/../first:$ORIGIN/../second";
    const flags = [paths, "-Wl,--no-as-needed", ofCompilers(LIBRARY)];
    if (!compileC(source, program, ...flags)) throw new Error("the program was not built");
    rmSync(`${program}.c`);
  };
}

/** Lays a library that every program is given, and does nothing. */
const preloaded = (value: number) => preloadedCode(`int value = ${value};\n`);

/** Lays a library that every program is given. */
function preloadedCode(source: string) {
  return (dir: string): void => {
    if (!compileC(source, join(dir, "p.so"), "-shared", "-fPIC"))
      throw new Error("the library was not built");
    rmSync(join(dir, "p.so.c"));
  };
}

/** Gives a call a variable made of the case's directory. */
function setting(variable: (dir: string) => string) {
  return (words: readonly string[], dir: string): string[] => ["env", variable(dir), ...words];
}

const ALONG = setting((dir) => `LD_LIBRARY_PATH=${dir}/first:${dir}/second`);
const PRELOAD = setting((dir) => `LD_PRELOAD=${dir}/p.so`);

const PRELOADED = guessed("LD_PRELOAD is set");
const VERSIONS = { "one/v.h": "#define X 1\n", "two/v.h": "#define X 2\n" };

const libraries: readonly Case[] = [
  {
    fact: "LD_LIBRARY_PATH: a library that comes to lie in front of another",
    steps: [
      { disturb: lay(["second", ""]), outcome: "misses" as const },
      { disturb: lay(["second", ""]), outcome: "hits" as const },
      { disturb: lay(["first", "1"], ["second", ""]), outcome: "misses" as const },
      { disturb: lay(["first", "2"], ["second", ""]), outcome: "misses" as const },
      { disturb: lay(["first", "1"], ["second", ""]), outcome: "hits" as const },
      { disturb: lay(["second", ""]), outcome: "hits" as const },
      { disturb: lay(), outcome: "misses" as const },
    ].map((step) => ({ ...step, args: COMPILE, fresh: true, around: ALONG })),
  },
  {
    fact: "LD_LIBRARY_PATH: a library that comes for better processors",
    steps: [
      { disturb: lay(["second", ""]), outcome: "misses" as const },
      { disturb: lay(["second", ""]), outcome: "hits" as const },
      { disturb: lay([BETTER, "1"], ["second", ""]), outcome: "misses" as const },
      { disturb: lay(["second", ""]), outcome: "hits" as const },
    ].map((step) => ({ ...step, args: COMPILE, fresh: true, around: ALONG })),
  },
  {
    fact: "a library that comes to lie in front of another where a program looks for its own",
    steps: [
      { disturb: withOwnLibrary(["second", ""]), outcome: "misses" as const },
      { disturb: withOwnLibrary(["second", ""]), outcome: "hits" as const },
      { disturb: withOwnLibrary(["first", "1"], ["second", ""]), outcome: "misses" as const },
      { disturb: withOwnLibrary([BETTER, "1"], ["second", ""]), outcome: "misses" as const },
      { disturb: withOwnLibrary(["second", ""]), outcome: "hits" as const },
    ].map((step) => ({
      ...step,
      args: COMPILE,
      fresh: true,
      compiler: ["bin/gcc"],
      unobserved: AROUND,
    })),
  },
  {
    fact: "LD_PRELOAD: a clock at some distance, and one that stands still",
    steps: ["+10", "-20", "2020-01-01 10:00:00", undefined].map((FAKETIME, at): Step => ({
      args: COMPILE,
      fresh: true,
      disturb: preloadedCode(
        '#include <time.h>\n#include <stdlib.h>\ntime_t time(time_t *t) { return getenv("FAKETIME") != 0; }\n' +
          "static time_t first; __attribute__((constructor)) void begin(void) { first = time(0); }\n",
      ),
      around: PRELOAD,
      env: { FAKETIME },
      outcome: at === 1 ? "hits" : "misses",
      unobserved: PRELOADED,
    })),
  },
  {
    fact: "LD_PRELOAD: code that goes by a variable, and by a file",
    files: { "x.c": "#include <v.h>\nint x(void) { return X; }\n", ...VERSIONS },
    steps: ["one", "two", "one"].map((said, at): Step => ({
      args: COMPILE,
      fresh: true,
      edit: { said },
      disturb: preloadedCode(
        '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n__attribute__((constructor)) void begin(void) { char text[8] = ""; FILE *file = fopen("said", "r"); if (file) fgets(text, 8, file); setenv("CPATH", text, 1); }\n',
      ),
      around: PRELOAD,
      outcome: at === 2 ? "hits" : "misses",
      unobserved: PRELOADED,
    })),
  },
  {
    fact: "LD_PRELOAD: fakeroot's, with another number each time",
    skip: missing("fakeroot"),
    steps: served(COMPILE, {
      around: (words) => ["fakeroot", ...words],
      unobserved: PRELOADED,
    }),
  },
  {
    fact: "LD_PRELOAD: the library's bytes, also where the compiler was called without it before",
    steps: [
      { args: COMPILE, disturb: preloaded(1), outcome: "misses" },
      ...(["misses", "hits", "misses", "hits"] as const).map((outcome, at) => ({
        fresh: true,
        disturb: preloaded(at === 2 ? 2 : 1),
        around: PRELOAD,
        outcome,
        unobserved: PRELOADED,
      })),
    ],
  },
];

describe("libraries", () => {
  testCases(world, libraries, BOTH_WAYS);
});
describe("plugins", () => {
  testCases(world, cases);
  testCases(world, unwatched, [{ KACHE_OBSERVE: "0" }]);
});
describe("plugins, called otherwise", () => {
  testCases(world, spelled);
});
