// What is compiled only to see what the compiler says of it: outputs that nobody keeps, sources from standard
// input, and configure's and build scripts' compiles that fail. By gcc and clang, beside the compiler alone.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Case, served, type Step, testCases, unserved } from "../support/cc-twin.ts";
import { worldFor } from "../support/rig.ts";
import { kache } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-probes");

const NOWHERE = ["-o", "/dev/null"];
const USES_HEADER = '#include "x.h"\nint x(void) { return X; }\n';
const UNUSED = '#include "x.h"\nint x(void) { int unused; return X; }\n';
const BROKEN = '#include "x.h"\nint x(void) { return missing; }\n';

describe("outputs that nobody keeps", () => {
  const modes = [["-c"], ["-S"], ["-E"], ["-c", "-g", "-O2"], ["-fsyntax-only"], ["-M"]];
  testCases(world, [
    ...modes.map((mode): Case => ({
      fact: `${mode.join(" ")} -o /dev/null is asked once, and again when a header changes`,
      steps: [
        ...served([...mode, "x.c", ...NOWHERE]),
        { edit: { "x.h": "#define X 2\n" }, outcome: "misses" },
        { edit: { "x.h": "#define X 1\n" }, outcome: "hits" },
      ],
    })),
    {
      fact: "the warnings of one are said again",
      files: { "x.c": UNUSED },
      steps: served(["-Wall", "-c", "x.c", ...NOWHERE]),
    },
    {
      fact: "one that failed is known to fail until its header changes",
      files: { "x.c": BROKEN },
      steps: [
        ...served(["-c", "x.c", ...NOWHERE]),
        { edit: { "x.h": "#define missing 1\n" }, outcome: "misses" },
        { edit: { "x.h": "#define X 1\n" }, outcome: "hits" },
      ],
    },
    {
      fact: "an object is made by a compile that keeps it",
      steps: [
        { args: ["-c", "x.c", ...NOWHERE], outcome: "misses" },
        { args: ["-c", "x.c", "-o", "x.o"], outcome: "misses" },
        { fresh: true, outcome: "hits" },
        { args: ["-c", "x.c", ...NOWHERE], fresh: true, outcome: "hits" },
      ],
    },
    {
      fact: "make rules beside one",
      steps: served(["-MD", "-MF", "x.d", "-c", "x.c", ...NOWHERE]),
    },
    {
      fact: "files that would be named after it",
      compilers: ["gcc"],
      steps: unserved(["-fstack-usage", "-c", "x.c", ...NOWHERE], /^passes: .*\/dev\/null$/),
    },
  ]);
});

function given(stdin: string, outcome: Step["outcome"], more: Partial<Step> = {}): Step {
  return { stdin, outcome, ...more };
}

describe("sources from standard input", () => {
  const modes = [
    ["-x", "c", "-c", "-", "-o", "x.o"],
    ["-g", "-x", "c", "-c", "-", "-o", "x.o"],
    ["-x", "c", "-S", "-", "-o", "x.s"],
    ["-x", "c", "-S", "-o", "-", "-"],
    ["-E", "-"],
    ["-E", "-P", "-x", "c", "-"],
    ["-E", "-dM", "-"],
    ["-x", "c", "-fsyntax-only", "-"],
    ["-x", "c", "-c", "-", ...NOWHERE],
    ["-x", "assembler-with-cpp", "-E", "-"],
    ["-M", "-x", "c", "-"],
  ];
  testCases(world, [
    ...modes.map((args): Case => ({
      fact: `${args.join(" ")}: text and header count`,
      mapped: true,
      steps: [
        ...served(args, { stdin: USES_HEADER }),
        given(`${USES_HEADER}int more;\n`, "misses"),
        given(USES_HEADER, "hits"),
        given(USES_HEADER, "misses", { edit: { "x.h": "#define X 2\n" } }),
        given(USES_HEADER, "hits", { edit: { "x.h": "#define X 1\n" } }),
      ],
    })),
    {
      fact: "a header that arrives before the one that was found",
      files: { "a/.keep": "", "b/y.h": "#define X 1\n" },
      steps: [
        ...served(["-Ia", "-Ib", "-x", "c", "-c", "-", "-o", "x.o"], {
          stdin: "#include <y.h>\nint x = X;\n",
        }),
        given("#include <y.h>\nint x = X;\n", "misses", { edit: { "a/y.h": "#define X 2\n" } }),
      ],
    },
    {
      fact: "a file whose name is a dash is another source",
      files: { "-": "int y;\n" },
      steps: [
        given("int x;\n", "misses", { args: ["-x", "c", "-c", "-", "-o", "x.o"] }),
        { args: ["-x", "c", "-c", "./-", "-o", "x.o"], outcome: "misses" },
        // gcc looks whether there is such a file.
        given("int x;\n", /^(hits|misses)$/, {
          args: ["-x", "c", "-c", "-", "-o", "x.o"],
          edit: { "-": "int z;\n" },
        }),
      ],
    },
    {
      fact: "nothing at all",
      steps: served(["-E", "-dM", "-"], { stdin: "" }),
    },
    {
      fact: "the time in it",
      steps: [
        given("#define T __TI ## ME__\nint x;\n", "misses", { args: ["-E", "-"] }),
        given('char t[] = "time";\nint y = sizeof __TIME__;\n', /^not stored: .*\(time\)$/, {
          args: ["-x", "c", "-c", "-", ...NOWHERE],
        }),
        given("int y = sizeof __TIMESTAMP__;\n", /^not stored: .*\(timestamp\)$/),
        given("int y = sizeof __DATE__;\n", "misses"),
        given("int y = sizeof __DATE__;\n", "hits"),
      ],
    },
    {
      fact: "the time in it, and the date in its header",
      files: { "x.h": "#define DAY __DATE__\n" },
      steps: unserved(["-x", "c", "-c", "-", ...NOWHERE], /^not stored: .*\(time\)$/, {
        stdin: '#include "x.h"\nint y = sizeof __TIME__ + sizeof DAY;\n',
      }),
    },
    {
      fact: "one that does not compile",
      steps: [
        ...served(["-x", "c", "-c", "-", "-o", "x.o"], { stdin: BROKEN }).slice(0, 2),
        given(BROKEN, "misses", { edit: { "x.h": "#define missing 1\n" } }),
        given(BROKEN, "hits", { fresh: true, edit: { "x.h": "#define X 1\n" } }),
      ],
    },
    {
      fact: "outputs that would be named after it",
      steps: unserved(["-MD", "-x", "c", "-c", "-", "-o", "x.o"], /^passes: .*named after it$/, {
        stdin: "int x;\n",
      }),
    },
    {
      fact: "more than a probe has",
      steps: unserved(["-x", "c", "-c", "-", "-o", "x.o"], /^passes: .*from standard input$/, {
        stdin: `${"/".repeat(2)}${"x".repeat(1 << 20)}\nint x;\n`,
      }),
    },
  ]);

  test("a macro that holds a path binds what names it", () => {
    const compile = (place: string, stdin: string) => {
      const cwd = world.project(`bound/${place}`, { ".git/": "" });
      const args = [`-DDATA="${cwd}/data"`, "-x", "c", "-c", "-", "-o", "x.o"];
      const run = world.run([kache, "gcc", ...args], { cwd, stdin });
      return run.events.map(({ result }) => result).join();
    };
    expect(compile("one", "int quiet;\n")).toBe("miss");
    expect(compile("two", "int quiet;\n")).toBe("local_hit");
    expect(compile("one", "const char *d = DATA;\n")).toBe("miss");
    expect(compile("two", "const char *d = DATA;\n")).toMatch(/^(miss|dup)$/);
    expect(compile("one", "const char *d = DATA;\n")).toBe("local_hit");
    // Of its length no trace is a path.
    expect(compile("one", "int n = sizeof DATA;\n")).toBe("miss");
    expect(compile("another", "int n = sizeof DATA;\n")).toBe("miss");
  });

  test("are compiled again beside a hit when that is asked for", () => {
    const cwd = world.project("verified", {});
    const verified = ["miss", "local_hit"].map((result) => {
      const args = ["-x", "c", "-c", "-", "-o", "x.o"];
      const env = { KACHE_VERIFY: "1" };
      const run = world.run([kache, "gcc", ...args], { cwd, stdin: "int verified;\n", env });
      expect(run.events.map((event) => event.result)).toEqual([result]);
      return run.events[0]?.verified;
    });
    expect(verified).toEqual([undefined, "same"]);
  });

  test("without the observer they are compiled and not kept", () => {
    const cwd = world.project("unwatched", {});
    const run = world.run([kache, "gcc", "-x", "c", "-c", "-", "-o", "x.o"], {
      cwd,
      stdin: "int unwatched;\n",
      env: { KACHE_OBSERVE: "0" },
    });
    expect(run.events.map(({ not_stored: why }) => why ?? "").join()).toContain("standard input");
  });
});

/** Time enough for the clock of files to go on. */
function pause(): void {
  Bun.sleepSync(50);
}

/** An object that lay there before the compile was thought of. */
const leftOver = (text: string): Partial<Step> => ({
  disturb: (dir) => {
    writeFileSync(join(dir, "conftest.o"), text);
    pause();
  },
});

describe("probes that fail", () => {
  const PROBE = ["-c", "conftest.c"];
  testCases(world, [
    {
      fact: "conftest.c that does not compile fails from the cache",
      files: { "conftest.c": BROKEN },
      steps: [
        ...served(PROBE),
        { edit: { "conftest.c": USES_HEADER }, outcome: "misses" },
        { edit: { "conftest.c": BROKEN }, fresh: true, outcome: "hits" },
      ],
    },
    {
      fact: "a header that is missing, and then there",
      files: { "conftest.c": "#include <arrives.h>\n", "inc/.keep": "" },
      steps: [
        ...served(["-Iinc", ...PROBE]),
        { edit: { "inc/arrives.h": "int x;\n" }, outcome: "misses" },
        { edit: { "inc/arrives.h": undefined }, fresh: true, outcome: "hits" },
      ],
    },
    {
      fact: "a header that is missing, and then below a directory that was not there",
      files: { "conftest.c": "#include <deep/arrives.h>\n" },
      steps: [
        ...served(["-Ilater", ...PROBE]),
        { edit: { "later/deep/arrives.h": "int x;\n" }, outcome: "misses" },
      ],
    },
    {
      fact: "the error of a header that is mended",
      files: { "conftest.c": '#include "x.h"\nint x;\n', "x.h": "#error no\n" },
      steps: [
        ...served(PROBE),
        { edit: { "x.h": "#define Y 1\n" }, outcome: "misses" },
        { edit: { "x.h": "#error no\n" }, fresh: true, outcome: "hits" },
      ],
    },
    {
      fact: "a warning that is an error",
      files: { "conftest.c": UNUSED },
      steps: served(["-Wall", "-Werror", ...PROBE]),
    },
    {
      fact: "what a header's absence in one directory decides",
      files: {
        "conftest.c": "#if __has_include(<maybe.h>)\nint x;\n#else\n#error no\n#endif\n",
        "inc/.keep": "",
      },
      steps: [...served(["-Iinc", ...PROBE]), { edit: { "inc/maybe.h": "" }, outcome: "misses" }],
    },
    {
      fact: "preprocessing that fails, with what it wrote until then",
      files: { "conftest.c": "int before;\n#include <no-such.h>\nint after;\n" },
      steps: served(["-E", "conftest.c"]),
    },
    {
      fact: "an object of an earlier run that the compiler removes is left to it",
      compilers: ["clang"],
      files: { "conftest.c": BROKEN },
      steps: [
        { args: PROBE, ...leftOver("old"), outcome: "fails" },
        { ...leftOver("old"), outcome: "fails" },
        { outcome: "misses" },
        { ...leftOver("old"), outcome: "fails" },
        { outcome: "hits" },
      ],
    },
    {
      fact: "an object of an earlier run stays where the compiler leaves it alone",
      compilers: ["gcc"],
      files: { "conftest.c": BROKEN },
      steps: [
        { args: PROBE, outcome: "misses" },
        { ...leftOver("old"), outcome: "misses" },
        { outcome: "hits" },
        { ...leftOver("another"), outcome: "hits" },
        { edit: { "conftest.o": undefined }, outcome: "hits" },
        { edit: { "conftest.c": USES_HEADER }, outcome: "misses" },
        { edit: { "conftest.c": BROKEN }, outcome: "hits" },
      ],
    },
    {
      fact: "a flag that the driver refuses beside an object of an earlier run",
      files: { "conftest.c": "int x;\n" },
      steps: [
        { args: PROBE, outcome: "misses" },
        // As young as that object is, it might be this compile's.
        { args: ["-mno-such-thing", ...PROBE], disturb: pause, outcome: "misses" },
        { outcome: "hits" },
        { ...leftOver("another"), outcome: "hits" },
      ],
    },
    {
      fact: "preprocessed text of an earlier run that the compiler removes is left to it",
      files: { "conftest.c": "#include <no-such.h>\n" },
      steps: [
        { args: ["-E", "conftest.c", "-o", "conftest.o"], ...leftOver("old"), outcome: "fails" },
        { ...leftOver("old"), outcome: "fails" },
      ],
    },
    {
      fact: "with make rules asked for",
      files: { "conftest.c": BROKEN },
      // The rules are left, and from then on something is there.
      steps: [...served(["-MD", ...PROBE]).slice(0, 2), { outcome: "fails" }],
    },
    {
      fact: "make rules in a directory that is not there, and then is",
      files: { "conftest.c": "int x;\n" },
      steps: [
        { args: ["-MD", "-MF", "d/x.d", ...PROBE], outcome: "fails" },
        { outcome: "fails" },
        { edit: { "d/": "" }, outcome: "misses" },
        { edit: { "d/": undefined }, outcome: "fails" },
      ],
    },
    {
      fact: "one that fails whether its rules have a directory or not",
      files: { "conftest.c": BROKEN, "d/": "" },
      steps: [
        ...served(["-MD", "-MF", "d/x.d", ...PROBE]).slice(0, 1),
        {
          disturb: (dir) => {
            rmSync(join(dir, "d"), { recursive: true });
          },
          outcome: "fails",
        },
      ],
    },
    {
      fact: "an argument that the compiler does not know",
      files: { "conftest.c": "int x;\n" },
      steps: served(["-fno-such-thing", ...PROBE]),
    },
    {
      fact: "a failure of somebody's own source is not kept",
      files: { "x.c": BROKEN },
      steps: unserved(["-c", "x.c"], "fails"),
    },
    {
      fact: "a failure whose text has a name drawn at random is not kept",
      compilers: ["gcc"],
      files: { "conftest.c": 'void x(void) { __asm__("no such instruction"); }\n' },
      steps: [
        {
          args: PROBE,
          around: (words) => ["bash", "-c", '"$@" 2>/dev/null', "bash", ...words],
          outcome: "fails",
        },
        { outcome: "fails" },
      ],
    },
    {
      fact: "a compiler that is killed is not kept",
      compilers: ["gcc"],
      files: {
        "conftest.c": BROKEN,
        "bin/gcc": '#!/bin/sh\necho "conftest.c:1:1: error: so far" >&2\nkill -KILL $$\n',
      },
      steps: unserved(PROBE, /^(fails|passes: .*)$/, {
        compiler: ["bin/gcc"],
        disturb: (dir) => {
          Bun.spawnSync(["chmod", "755", join(dir, "bin/gcc")]);
        },
      }),
    },
    {
      fact: "a failure that speaks of the machine is not kept",
      compilers: ["gcc"],
      files: {
        "conftest.c": BROKEN,
        "bin/gcc":
          '#!/bin/sh\ncase "$*" in *conftest*) ;; *) exec /usr/bin/gcc "$@" ;; esac\necho "conftest.c:1:1: error: no" >&2\necho "cannot write: No space left on device" >&2\nexit 1\n',
      },
      steps: unserved(PROBE, /^(fails|passes: .*)$/, {
        compiler: ["bin/gcc"],
        disturb: (dir) => {
          Bun.spawnSync(["chmod", "755", join(dir, "bin/gcc")]);
        },
      }),
    },
  ]);
});
