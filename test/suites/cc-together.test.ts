// Makes that run at once on one cache: each object is what the compiler makes, nobody speaks, nobody waits for ever.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { COMPILE } from "../support/cc-words.ts";
import { resultsOf, testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { filesBelow } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-together");
// Other users must be able to get in.
chmodSync(world.dir, 0o755);

/** A project of sources that share a header, and a makefile that is told the compiler. */
function makeProject(name: string, sources: number): string {
  const names = Array.from({ length: sources }, (_, n) => `s${n}`);
  return world.project(name, {
    ...Object.fromEntries(
      names.map((source, n) => [
        `${source}.c`,
        `#include "x.h"\nint ${source}(void) { return X + ${n}; }\n`,
      ]),
    ),
    "x.h": "#define X 1\n",
    Makefile: `OBJECTS = ${names.map((source) => `${source}.o`).join(" ")}\nall: $(OBJECTS)\n%.o: %.c\n\t@$(CC) -O1 -MD -c $< -o $@\n`,
  });
}

function objects(dir: string): Record<string, string> {
  return Object.fromEntries(
    filesBelow(dir)
      .filter((name) => /\.[od]$/.test(name))
      .map((name) => [name, readFileSync(join(dir, name), "latin1")]),
  );
}

describe("several at once", () => {
  test("J17 of identical compiles one runs and the others are served", async () => {
    const dir = world.project("same", {
      "x.c": `${"int a;\n".repeat(2000)}int x(void) { return 1; }\n`,
    });
    const since = world.mark();
    const runs = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        world.start([kache, "gcc", "-O2", "-c", "x.c", "-o", `x${n}.o`], { cwd: dir }),
      ),
    );
    for (const run of runs) expect([run.exitCode, run.stdout, run.stderr]).toEqual([0, "", ""]);
    expect(resultsOf(since()).sort()).toEqual([
      "local_hit",
      "local_hit",
      "local_hit",
      "local_hit",
      "local_hit",
      "miss",
    ]);
    const bytes = Array.from({ length: 6 }, (_, n) => readFileSync(join(dir, `x${n}.o`), "latin1"));
    expect(new Set(bytes).size).toBe(1);
  });

  testUnless(
    missing("make"),
    "three makes with -j8 on one cache make what make alone does",
    async () => {
      const SOURCES = 24;
      const plain = makeProject("plain-make", SOURCES);
      expect(world.run(["make", "-j8", "CC=gcc"], { cwd: plain }).exitCode).toBe(0);
      const dirs = ["make-one", "make-two", "make-three"].map((name) => makeProject(name, SOURCES));
      const since = world.mark();
      const runs = await Promise.all(
        dirs.map((cwd) => world.start(["make", "-j8", `CC=${kache} gcc`], { cwd })),
      );
      for (const run of runs) expect([run.exitCode, run.stderr]).toEqual([0, ""]);
      for (const dir of dirs) expect(objects(dir)).toEqual(objects(plain));
      const results = resultsOf(since());
      expect(results).toHaveLength(SOURCES * dirs.length);
      expect(results.filter((result) => result === "miss")).toHaveLength(SOURCES);
      expect(results.filter((result) => result === "local_hit")).toHaveLength(SOURCES * 2);
    },
  );

  testUnless(missing("make"), "J18 different compiles and a collection at once", async () => {
    const dir = makeProject("collected", 24);
    const make = world.start(["make", "-j4", `CC=${kache} gcc`], { cwd: dir });
    const collect = async () => {
      for (let round = 0; round < 5; round += 1)
        expect((await world.start([kache, "gc"], { cwd: dir })).exitCode).toBe(0);
    };
    const [run] = await Promise.all([make, collect()]);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(Object.keys(objects(dir))).toHaveLength(48);
  });

  testUnless(
    process.getuid?.() === 0 ? missing("setpriv") : "changing users needs root",
    "J20 two users who share a cache serve each other",
    () => {
      const cache = world.path("shared-cache");
      mkdirSync(cache);
      chownSync(cache, 0, 65534);
      chmodSync(cache, 0o2775);
      const compile = (uid: string, place: string) => {
        const dir = world.project(place, { "x.c": "int x;\n" });
        chmodSync(dir, 0o777);
        const words = [
          "setpriv",
          "--reuid",
          uid,
          "--regid",
          "65534",
          "--clear-groups",
          "sh",
          "-c",
          'umask 002; exec "$@"',
          "sh",
          kache,
          "gcc",
          ...COMPILE,
        ];
        return world.run(words, {
          cwd: dir,
          env: { KACHE_CACHE_DIR: cache, HOME: "/nonexistent", PATH: "/usr/bin:/bin" },
        });
      };
      const one = compile("65533", "user-one");
      const two = compile("65532", "user-two");
      for (const run of [one, two]) expect([run.exitCode, run.stderr]).toEqual([0, ""]);
      expect(existsSync(world.path("user-two/x.o"))).toBe(true);
      expect([resultsOf(one), resultsOf(two)]).toEqual([["miss"], ["local_hit"]]);
    },
  );
});
