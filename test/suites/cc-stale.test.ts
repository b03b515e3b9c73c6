// Nothing stale is ever served for C and C++: headers that arrive where one was looked for in vain,
// compilers and inputs that change under the same name, dates and times.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CcCallShape, ccOutcome, ccRun } from "../support/cc-pair.ts";
import { describeUnless, testUnless, type Variables, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { type Files, writeTree } from "../support/tree.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-stale");
let projects = 0;

function project(files: Files): string {
  projects += 1;
  return world.project(`stale${projects}`, { "out/.keep": "", ...files });
}

const ARGS = ["-Ione", "-Itwo", "-c", "src/x.c", "-o", "out/x.o"];

/** Compiles, changes something, compiles again; the outcomes of both. */
function twice(dir: string, change: () => void, call: CcCallShape = { args: ARGS }): string[] {
  const before = ccOutcome(ccRun(world, dir, call));
  // The second look is by stamps, the third compile the one that must see the change.
  ccRun(world, dir, call);
  expect(ccOutcome(ccRun(world, dir, call))).toBe("hits");
  change();
  return [before, ccOutcome(ccRun(world, dir, call))];
}

const WAYS: readonly (readonly [compiler: string, how: string, env: Variables])[] = [
  ["gcc", "observed", {}],
  ["gcc", "unobserved", { KACHE_OBSERVE: "0" }],
  ["clang", "observed", {}],
  ["clang", "unobserved", { KACHE_OBSERVE: "0" }],
];

for (const [compiler, how, env] of WAYS) {
  describeUnless(missing(compiler), `${compiler}, ${how}`, () => {
    const call = { compiler, args: ARGS, env };
    const source = '#include "h.h"\nint n = N;\n';

    test("a header that shadows another in an earlier directory", () => {
      const dir = project({ "src/x.c": source, "one/z.h": "", "two/h.h": "#define N 1\n" });
      const arrives = () => {
        writeTree(dir, { "one/h.h": "#define N 2\n" });
      };
      expect(twice(dir, arrives, call)).toEqual(["misses", "misses"]);
      rmSync(join(dir, "one/h.h"));
      expect(ccOutcome(ccRun(world, dir, call))).toBe("hits");
    });

    test("a directory of headers that was not there", () => {
      const dir = project({ "src/x.c": source, "two/h.h": "#define N 1\n" });
      const arrives = () => {
        writeTree(dir, { "one/h.h": "#define N 2\n" });
      };
      expect(twice(dir, arrives, call)).toEqual(["misses", "misses"]);
    });

    test("a header beside the source", () => {
      const dir = project({ "src/x.c": source, "two/h.h": "#define N 1\n" });
      const arrives = () => {
        writeTree(dir, { "src/h.h": "#define N 2\n" });
      };
      expect(twice(dir, arrives, call)).toEqual(["misses", "misses"]);
    });

    test("a header that __has_include finds now", () => {
      const text = "#if __has_include(<extra.h>)\nint n = 2;\n#else\nint n = 1;\n#endif\n";
      const dir = project({ "src/x.c": text, "one/z.h": "" });
      const arrives = () => {
        writeTree(dir, { "two/extra.h": "" });
      };
      expect(twice(dir, arrives, call)).toEqual(["misses", "misses"]);
    });

    test("a header behind #include_next", () => {
      const dir = project({
        "src/x.c": source,
        "one/h.h": "#include_next <h.h>\n",
        "two/h.h": "#define N 1\n",
      });
      const changes = () => {
        writeTree(dir, { "two/h.h": "#define N 2\n" });
      };
      expect(twice(dir, changes, call)).toEqual(["misses", "misses"]);
    });

    test("a header edited with its size and times kept", () => {
      const dir = project({ "src/x.c": source, "one/h.h": "#define N 1\n" });
      const path = join(dir, "one/h.h");
      const { atime, mtime } = statSync(path);
      const edit = () => {
        writeFileSync(path, "#define N 2\n");
        utimesSync(path, atime, mtime);
      };
      expect(twice(dir, edit, call)).toEqual(["misses", "misses"]);
    });

    test("a directory of headers put in another's place", () => {
      const dir = project({
        "src/x.c": source,
        "one/h.h": "#define N 1\n",
        "other/h.h": "#define N 2\n",
      });
      const swap = () => {
        renameSync(join(dir, "one"), join(dir, "was"));
        renameSync(join(dir, "other"), join(dir, "one"));
      };
      expect(twice(dir, swap, call)).toEqual(["misses", "misses"]);
    });

    test("a header that becomes a link to another", () => {
      const dir = project({
        "src/x.c": source,
        "one/h.h": "#define N 1\n",
        "other.h": "#define N 2\n",
      });
      const link = () => {
        rmSync(join(dir, "one/h.h"));
        symlinkSync("../other.h", join(dir, "one/h.h"));
      };
      expect(twice(dir, link, call)).toEqual(["misses", "misses"]);
    });

    test("a header that is gone is the compiler's error", () => {
      const dir = project({ "src/x.c": source, "one/h.h": "#define N 1\n" });
      const [, after] = twice(
        dir,
        () => {
          rmSync(join(dir, "one/h.h"));
        },
        call,
      );
      expect(after).toStartWith("error");
      expect(ccRun(world, dir, call).exitCode).toBe(1);
    });

    test("other files that come and go in the same directories are noise", () => {
      const dir = project({ "src/x.c": source, "one/z.h": "", "two/h.h": "#define N 1\n" });
      const noise = () => {
        writeTree(dir, { "one/other.h": "", "src/y.c": "", "out/y.o": "" });
      };
      expect(twice(dir, noise, call)).toEqual(["misses", "hits"]);
    });

    test("a failing compile is never kept", () => {
      const dir = project({ "src/x.c": "int n = ;\n" });
      for (let round = 0; round < 2; round += 1) {
        const run = ccRun(world, dir, call);
        expect([run.exitCode, ccOutcome(run)]).toEqual([1, "error: "]);
        expect(run.stderr).toContain("error:");
      }
    });
  });
}

describe("precompiled headers of gcc", () => {
  test("one that arrives, changes and goes counts", () => {
    const dir = project({ "src/x.c": '#include "h.h"\nint n = N;\n', "one/h.h": "#define N 1\n" });
    const make = { args: ["-c", "one/h.h", "-o", "one/h.h.gch"] };
    expect(
      twice(dir, () => {
        expect(ccOutcome(ccRun(world, dir, make))).toBe("misses");
      }),
    ).toEqual(["misses", "misses"]);
    rmSync(join(dir, "one/h.h.gch"));
    expect(ccOutcome(ccRun(world, dir, make))).toBe("hits");
    expect(ccOutcome(ccRun(world, dir, { args: ARGS }))).toBe("hits");
  });
});

describe("compilers", () => {
  test("one that is replaced with its size and times kept is another", () => {
    const dir = project({ "src/x.c": "int n;\n", "bin/.keep": "" });
    const path = join(dir, "bin", "gcc");
    const gcc = Bun.which("gcc") ?? "";
    copyFileSync(gcc, path);
    chmodSync(path, 0o755);
    const call = { compiler: path, args: ["-B/usr/lib/gcc/", ...ARGS] };
    const { atime, mtime } = statSync(path);
    const outcomes = twice(
      dir,
      () => {
        const bytes = readFileSync(path);
        // A byte of the section names' table, which nothing reads at run time.
        bytes[bytes.lastIndexOf(".shstrtab") + 1] = 0x53;
        writeFileSync(path, bytes);
        utimesSync(path, atime, mtime);
      },
      call,
    );
    expect(outcomes).toEqual(["misses", "misses"]);
  });
});

describe("branches", () => {
  test("two versions of a header to and fro hit on both sides from the third build on", () => {
    const dir = project({ "src/x.c": '#include "h.h"\nint n = N;\n', "one/h.h": "" });
    const outcomes = [1, 2, 1, 2, 1].map((n) => {
      writeTree(dir, { "one/h.h": `#define N ${n}\n` });
      return ccOutcome(ccRun(world, dir, { args: ARGS }));
    });
    expect(outcomes).toEqual(["misses", "misses", "hits", "hits", "hits"]);
  });

  test("an output directory that is not there is the compiler's error after a hit too", () => {
    const dir = project({ "src/x.c": "int n;\n" });
    expect(ccOutcome(ccRun(world, dir, { args: ARGS }))).toBe("misses");
    rmSync(join(dir, "out"), { recursive: true });
    const run = ccRun(world, dir, { args: ARGS });
    expect([run.exitCode, ccOutcome(run)]).toEqual([1, "error: "]);
    mkdirSync(join(dir, "out"));
  });
});

/** A script in front of gcc that tells by one pipe that it compiles, and waits until another one is read. */
function waiting(dir: string): { compiler: string; pipe: string } {
  const compiler = join(dir, "bin", "gcc");
  const pipe = join(dir, "pipe");
  const lines = [
    "#!/bin/sh",
    // Writing waits for a reader, and is no input.
    `case "$*" in *-c*) echo > ${pipe}.here; echo > ${pipe}.go ;; esac`,
    'exec gcc "$@"',
    "",
  ];
  writeTree(dir, { "bin/gcc": lines.join("\n") });
  chmodSync(compiler, 0o755);
  Bun.spawnSync(["mkfifo", `${pipe}.here`, `${pipe}.go`]);
  return { compiler, pipe };
}

describe("an input that somebody changes while the compiler runs is no input of a stored result:", () => {
  const source = '__asm__(".incbin \\"data\\"");\nint n = N;\n';
  const before = { "src/x.c": source, flags: "-DN=1\n", "one/h.h": "#define N 1\n", data: "one" };
  for (const [what, edit, args] of [
    ["a response file", { flags: "-DN=2\n" }, ["@flags", ...ARGS]],
    ["the source", { "src/x.c": "int n = 2;\n" }, ["-DN=1", ...ARGS]],
    ["a header", { "one/h.h": "#define N 2\n" }, ["-include", "one/h.h", ...ARGS]],
    ["a file of .incbin", { data: "two" }, ["-DN=1", ...ARGS]],
  ] as const) {
    test(what, async () => {
      const dir = project(before);
      const { compiler, pipe } = waiting(dir);
      const env = { KACHE_CACHE_DIR: `${dir}.cache` };
      const since = world.mark(env.KACHE_CACHE_DIR);
      const run = world.start([kache, compiler, ...args], { cwd: dir, env });
      readFileSync(`${pipe}.here`);
      writeTree(dir, edit);
      readFileSync(`${pipe}.go`);
      expect(await run).toMatchObject({ exitCode: 0, stderr: "" });
      expect(since().events.map(({ not_stored }) => not_stored)).toEqual([
        expect.stringMatching(/ changed while the compiler ran$/) as string,
      ]);
    });
  }
});

for (const [compiler, how, env] of WAYS) {
  testUnless(missing(compiler), `a date is that of the day (${compiler}, ${how})`, () => {
    const dir = project({ "src/x.c": "const char *day = __DATE__;\n" });
    // It is never the same day in these two.
    const [west, east] = ["Etc/GMT+12", "Etc/GMT-14"].map((TZ) => {
      return { compiler, args: ARGS, env: { ...env, TZ } };
    });
    const outcomes = [west, east, west, east].map((call) => ccOutcome(ccRun(world, dir, call)));
    expect(outcomes).toEqual(["misses", "misses", "hits", "hits"]);
  });
}
