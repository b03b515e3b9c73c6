// By which of its names a call reaches its project (a link, `$PWD` with a slash too many), and sources that name a
// checkout by its full path: what is said and written shows the names of this call, and what is read is this place's.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ccOutcome } from "../support/cc-pair.ts";
import { type Case, type Step, testCases } from "../support/cc-twin.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-spelled");

const SOURCE = '#include "x.h"\nint x(void) { int unused; return X; }\n';
const FILES = { "proj/.git/": "", "proj/x.c": SOURCE, "proj/inc/x.h": "#define X 1\n" };

/** Names of the project in a case's directory, and the same in `$PWD`. */
const NAMES: readonly (readonly [name: string, of: (dir: string) => string])[] = [
  ["its own", (dir) => `${dir}/proj`],
  ["a link", (dir) => `${dir}/link`],
  ["a slash at the end", (dir) => `${dir}/proj/`],
  ["a doubled slash", (dir) => `${dirname(dir)}//${dir.slice(dirname(dir).length + 1)}/proj`],
  ["two slashes in front", (dir) => `/${dir}/proj`],
];

function linked(dir: string): void {
  if (!existsSync(join(dir, "link"))) symlinkSync("proj", join(dir, "link"));
}

/** A command put into a shell that goes to the project by a name. */
function within(of: (dir: string) => string) {
  return (words: readonly string[], dir: string): string[] => {
    return ["env", `PWD=${of(dir)}`, ...words];
  };
}

/** Each name twice, in turns: what one stored must not be said to another. */
function turns(args: (dir: string, project: string) => readonly string[]): Step[] {
  return [0, 1].flatMap((round) =>
    NAMES.map(([, of], at): Step => ({
      args: (dir) => args(dir, of(dir)),
      around: within(of),
      cwd: "proj",
      ...(round === 0 && at === 0 ? { disturb: linked } : {}),
      outcome: round === 0 ? /^(misses|hits)$/ : "hits",
    })),
  );
}

const said: readonly Case[] = [
  {
    fact: "a profile that is missing is named as gcc names it",
    compilers: ["gcc"],
    files: FILES,
    steps: turns(() => ["-O2", "-Wmissing-profile", "-fprofile-use", "-Iinc", "-c", "x.c"]),
  },
  {
    fact: "a directory of profiles with a slash at its end",
    compilers: ["gcc"],
    files: FILES,
    steps: turns((_, project) => [
      ...["-O2", "-Wmissing-profile", `-fprofile-use=${project}/`, "-Iinc", "-c", "x.c"],
    ]),
  },
  {
    fact: "a warning names the source as the call does",
    files: FILES,
    steps: turns((_, project) => ["-Wall", "-Iinc", "-c", `${project}/x.c`, "-o", "x.o"]),
  },
  {
    fact: "a source by a name that the directory does not have",
    files: FILES,
    steps: [
      ...turns(() => ["-Wall", "-H", "-Iinc", "-c", "x.c"]),
      ...turns((dir) => ["-Wall", "-H", "-Iinc", "-c", `${dir}/link/x.c`]),
      ...turns((dir) => ["-Wall", "-H", `-I${dir}/proj/inc`, "-c", `${dir}/proj/x.c`]),
    ],
  },
  ...["-MD", "-E", "-M"].map((mode): Case => ({
    fact: `${mode} names the source as the call does`,
    files: FILES,
    steps: [
      ...turns((_, project) => [
        ...(mode === "-MD" ? ["-MD", "-c"] : [mode]),
        ...[`-I${project}/inc`, `${project}/x.c`],
      ]),
      ...turns((dir) => [
        ...(mode === "-MD" ? ["-MD", "-c"] : [mode]),
        ...[`-I${dir}/proj/inc`, `${dir}/proj/x.c`],
      ]),
    ],
  })),
];

describe("texts", () => {
  testCases(world, said);
});

describe("a macro's path", () => {
  for (const compiler of ["gcc", "clang"]) {
    testUnless(missing(compiler), `is the one that was given (${compiler})`, () => {
      const cache = world.path(`macro-${compiler}`);
      const dir = world.project(`macro-${compiler}-project`, {
        "proj/.git/": "",
        "proj/x.c": "const char *x = DATA;\n",
      });
      linked(dir);
      for (const name of ["proj", "link", "proj", "link"]) {
        const data = `${dir}/${name}/data`;
        const run = world.run([kache, compiler, `-DDATA="${data}"`, "-c", "x.c", "-o", "x.o"], {
          cwd: join(dir, "proj"),
          env: { KACHE_CACHE_DIR: cache, PWD: join(dir, "link") },
        });
        expect(ccOutcome(run)).toMatch(/^(misses|hits)$/);
        expect(readFileSync(join(dir, "proj/x.o")).includes(data)).toBe(true);
      }
    });

    testUnless(missing(compiler), `that is mapped is that one (${compiler})`, () => {
      const cache = world.path(`mapped-${compiler}`);
      const dir = world.project(`mapped-${compiler}-project`, {
        "proj/.git/": "",
        "proj/x.c": "int x;\n",
      });
      linked(dir);
      for (const name of ["proj", "link", "proj", "link"]) {
        const args = ["-g", `-fdebug-prefix-map=${dir}/${name}=/mine`, "-c", "x.c", "-o", "x.o"];
        const run = world.run([kache, compiler, ...args], {
          cwd: join(dir, "proj"),
          env: { KACHE_CACHE_DIR: cache, PWD: join(dir, "link") },
        });
        expect(ccOutcome(run)).toMatch(/^(misses|hits)$/);
        expect(readFileSync(join(dir, "proj/x.o")).includes("/mine")).toBe(name === "link");
      }
    });
  }
});

/** Sources that name a checkout; what they include of it, and how the object says what was read. */
const NAMING: readonly {
  readonly fact: string;
  readonly compilers: readonly string[];
  readonly text: (dir: string) => string;
  readonly args?: readonly string[];
  readonly header?: (dir: string) => string;
}[] = [
  {
    fact: "a header by its full path",
    compilers: ["gcc", "clang", "clang-19", "clang-cl-14"],
    text: (dir) => `#include "${dir}/inc/v.h"\nint x = V;\n`,
  },
  {
    fact: "a header by a detour",
    compilers: ["gcc", "clang"],
    text: (dir) => `#include "${dir}/inc/../../one/inc/v.h"\nint x = V;\n`,
  },
  {
    fact: "a header by a path in a macro",
    compilers: ["gcc", "clang"],
    text: (dir) => `#define H <${dir}/inc/v.h>\n#include H\nint x = V;\n`,
  },
  {
    fact: "a question for a header",
    compilers: ["gcc", "clang"],
    text: (dir) => `#if __has_include("${dir}/inc/new.h")\nint x = 2;\n#else\nint x = 1;\n#endif\n`,
  },
  {
    fact: "a header that names another",
    compilers: ["gcc", "clang"],
    text: () => '#include "inc/w.h"\nint x = V;\n',
    header: (dir) => `#include "${dir}/inc/v.h"\n`,
  },
  {
    fact: "bytes taken in by the assembler",
    compilers: ["gcc", "clang"],
    text: (dir) =>
      `__asm__(".pushsection .rodata\\n.incbin \\"${dir}/inc/v.h\\"\\n.popsection");\n`,
  },
];

describe("a copy of a checkout that names the first one", () => {
  for (const { fact, compilers, text, header } of NAMING) {
    for (const compiler of compilers) {
      testUnless(missing(compiler), `${fact} (${compiler})`, () => {
        const name = `${fact}-${compiler}`.replaceAll(" ", "-");
        const [one, two] = [world.path(name, "one"), world.path(name, "two")];
        world.project(`${name}/one`, {
          ".git/": "",
          "inc/v.h": "#define V 1\n",
          "inc/w.h": header?.(one) ?? "",
          "x.c": text(one),
        });
        cpSync(one, two, { recursive: true });
        const env = { KACHE_CACHE_DIR: world.path(name, "cache") };
        const compile = (dir: string, words: readonly string[] = [kache]) => {
          const args = compiler.startsWith("clang-cl")
            ? ["/Brepro", "/c", "x.c", "/Fox.o"]
            : ["-c", "x.c", "-o", "x.o"];
          const run = world.run([...words, compiler, ...args], { cwd: dir, env });
          return { run, object: readFileSync(join(dir, "x.o")) };
        };
        expect(ccOutcome(compile(one).run)).toBe("misses");
        expect(ccOutcome(compile(one).run)).toBe("hits");
        writeFileSync(join(one, "inc/v.h"), "#define V 2\n");
        writeFileSync(join(one, "inc/new.h"), "");
        const { run, object } = compile(two);
        expect(ccOutcome(run)).toBe("misses");
        expect(object).toEqual(compile(two, []).object);
        expect(ccOutcome(compile(two).run)).toBe("hits");
      });
    }
  }
});
