// The traps for compiles of C: what each changes between two compiles of one source, and what the program
// says then. The link is the compiler's own; only the compile goes through the tool.
import { link, mkdir, rm, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { runChecked } from "../measure.ts";
import type { Files, Place, Situation, Trap } from "./trap.ts";

/** A source that prints a number, which the lines before it define. */
function says(lines: string): Files {
  return {
    "trap.c": `#include <stdio.h>\n${lines}\nint main(void) {\n  printf("%d\\n", TRAP);\n  return 0;\n}\n`,
  };
}

const defines = (value: number): string => `#define TRAP ${value}\n`;
const COMPILE = ["-c", "trap.c", "-o", "trap.o"];

const environment = (): Readonly<Record<string, string>> => ({ PATH: process.env["PATH"] ?? "" });

/** A file with a time of its own, whatever it holds. */
function timed(name: string, text: string): Situation {
  return {
    make: async ({ checkout }) => {
      const path = join(checkout, name);
      const time = new Date("2001-02-03T04:05:06Z");
      await Bun.write(path, text);
      await utimes(path, time, time);
    },
  };
}

/** The precompiled form of a header whose text is another by now. */
const PRECOMPILED: Situation = {
  make: async ({ checkout }) => {
    const run = (argv: readonly string[]) =>
      runChecked({ argv, cwd: checkout, environment: environment() });
    await Bun.write(join(checkout, "other.h"), defines(2));
    await run(["gcc", "-x", "c-header", "other.h", "-o", "trap.h.gch"]);
    await rm(join(checkout, "other.h"));
  },
};

/** A program that runs the system's compiler with one more macro, of one size whatever the value. */
function compilerProgram(value: number): Situation {
  return {
    environment: ({ beside }) => ({ PATH: `${join(beside, "bin")}:${process.env["PATH"] ?? ""}` }),
    make: async ({ beside }) => {
      const real = Bun.which("gcc") ?? "gcc";
      const source =
        "#include <unistd.h>\nint main(int count, char **words) {\n  char *next[count + 2];\n" +
        `  for (int at = 0; at < count; at++) next[at] = words[at];\n  next[0] = "${real}";\n` +
        `  next[count] = "-DTRAP=${value}";\n  next[count + 1] = 0;\n  return execv("${real}", next);\n}\n`;
      const path = join(beside, "bin", "gcc");
      const time = new Date("2001-02-03T04:05:06Z");
      await mkdir(join(beside, "bin"), { recursive: true });
      await Bun.write(join(beside, "front.c"), source);
      await rm(path, { force: true });
      const argv = [real, "-o", path, "front.c"];
      await runChecked({ argv, cwd: beside, environment: environment() });
      await utimes(path, time, time);
    },
  };
}

/** A directory of headers that is a link. */
function linked(to: string): Situation {
  return {
    make: async ({ checkout }) => {
      await rm(join(checkout, "inc"), { force: true });
      await symlink(to, join(checkout, "inc"));
    },
  };
}

/** The header's other name, through which it is written. */
function throughOtherName(value: number): Situation {
  return {
    make: async ({ checkout }: Place) => {
      const other = join(checkout, "other.h");
      await rm(other, { force: true });
      await link(join(checkout, "trap.h"), other);
      await Bun.write(other, defines(value));
    },
  };
}

const QUOTED = says('#include "trap.h"');
/** A precompiled header is taken where nothing stands before it. */
const FIRST_OF_ALL: Files = {
  "trap.c":
    '#include "trap.h"\n#include <stdio.h>\nint main(void) {\n  printf("%d\\n", TRAP);\n  return 0;\n}\n',
};
const SEARCHED = says("#include <trap.h>");

/** Every trap of the C kind. */
export const C_TRAPS: readonly Trap[] = [
  {
    name: "a header appears in a directory that is searched earlier",
    before: { files: { ...SEARCHED, "one/other.h": "", "two/trap.h": defines(1) } },
    after: { files: { "one/trap.h": defines(2) } },
    compile: ["-Ione", "-Itwo", ...COMPILE],
  },
  {
    name: "a directory appears that is searched earlier",
    before: { files: { ...SEARCHED, "two/trap.h": defines(1) } },
    after: { files: { "one/trap.h": defines(2) } },
    compile: ["-Ione", "-Itwo", ...COMPILE],
  },
  {
    name: "a header appears beside the source",
    before: { files: { ...QUOTED, "two/trap.h": defines(1) } },
    after: { files: { "trap.h": defines(2) } },
    compile: ["-Itwo", ...COMPILE],
  },
  {
    name: "`__has_include` finds a header that was not there",
    before: {
      files: says('#if __has_include("trap.h")\n#define TRAP 2\n#else\n#define TRAP 1\n#endif'),
    },
    after: { files: { "trap.h": "" } },
    compile: COMPILE,
  },
  {
    name: "a header is edited, its size and time kept",
    before: { files: QUOTED, ...timed("trap.h", defines(1)) },
    after: timed("trap.h", defines(2)),
    compile: COMPILE,
  },
  {
    name: "a header is edited through its other name (a hard link)",
    before: { files: { ...QUOTED, "trap.h": defines(1) } },
    after: throughOtherName(2),
    compile: COMPILE,
  },
  {
    name: "a directory of headers is a link, which turns to another",
    before: {
      files: { ...SEARCHED, "one/trap.h": defines(1), "two/trap.h": defines(2) },
      ...linked("one"),
    },
    after: linked("two"),
    compile: ["-Iinc", ...COMPILE],
  },
  {
    name: "a precompiled header appears beside a header",
    before: { files: { ...FIRST_OF_ALL, "trap.h": defines(1) } },
    after: PRECOMPILED,
    compile: COMPILE,
  },
  {
    name: "a file taken in by `.incbin` is edited",
    before: {
      files: {
        ...says(
          '__asm__(".section .rodata\\n.global held\\nheld: .incbin \\"held\\"\\n.previous");\nextern const char held;\n#define TRAP (held - 48)',
        ),
        held: "1",
      },
    },
    after: { files: { held: "2" } },
    compile: COMPILE,
  },
  {
    name: "a specs file is edited",
    before: { files: { ...says(""), "trap.specs": "*cpp:\n+ -DTRAP=1\n" } },
    after: { files: { "trap.specs": "*cpp:\n+ -DTRAP=2\n" } },
    compile: ["-specs=trap.specs", ...COMPILE],
  },
  {
    name: "a response file is edited",
    before: { files: { ...says(""), words: "-DTRAP=1\n" } },
    after: { files: { words: "-DTRAP=2\n" } },
    compile: ["@words", ...COMPILE],
  },
  {
    name: "`SOURCE_DATE_EPOCH` changes under `__DATE__`",
    before: {
      files: says("#define TRAP (__DATE__[10] - 48)"),
      environment: () => ({ SOURCE_DATE_EPOCH: "1000000000" }),
    },
    after: { environment: () => ({ SOURCE_DATE_EPOCH: "1050000000" }) },
    compile: COMPILE,
  },
  {
    name: "the compiler is another program of the same size and time",
    before: { files: says(""), ...compilerProgram(1) },
    after: compilerProgram(2),
    compile: COMPILE,
  },
];
