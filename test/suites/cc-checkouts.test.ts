// Builds in two checkouts: what the second is served debugs, asserts and links as its own would.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-checkouts");

testUnless(missing("gdb"), "F2 a debugger in each checkout finds that checkout's sources", () => {
  for (const place of ["gdb/one", "gdb/far/two"]) {
    const dir = world.project(place, {
      "x.c": "int main(void) {\n  return 0; /* the line */\n}\n",
    });
    expect(world.run([kache, "gcc", "-g", "-c", "x.c", "-o", "x.o"], { cwd: dir }).exitCode).toBe(
      0,
    );
    expect(world.run(["gcc", "x.o", "-o", "x"], { cwd: dir }).exitCode).toBe(0);
    const listed = world.run(["gdb", "-batch", "-nx", "-ex", "list main", "./x"], { cwd: dir });
    expect(listed.stdout).toContain("the line");
  }
});

const LIBRARY = {
  "CMakeLists.txt":
    "cmake_minimum_required(VERSION 3.10)\nproject(p C)\nadd_library(p STATIC src/x.c src/sub/y.c)\ntarget_include_directories(p PRIVATE include)\n",
  "src/x.c": '#include "x.h"\nconst char *x(void) { return __FILE__; }\n',
  "src/sub/y.c": '#include "x.h"\nint y(void) { return X; }\n',
  "include/x.h": "#define X 1\n",
};

testUnless(
  missing("cmake") ?? missing("ninja"),
  "a CMake build out of the tree hits in another checkout, with debug information",
  () => {
    const build = (place: string): { events: string[]; objects: Buffer[] } => {
      const dir = world.project(place, LIBRARY);
      const build = join(dir, "out/build");
      const words = [
        "cmake",
        "-G",
        "Ninja",
        "-S",
        dir,
        "-B",
        build,
        "-DCMAKE_BUILD_TYPE=Debug",
        `-DCMAKE_C_COMPILER_LAUNCHER=${kache}`,
      ];
      expect(world.run(words, { cwd: dir }).exitCode).toBe(0);
      const run = world.run(["ninja", "-C", build], { cwd: dir });
      expect(run.exitCode).toBe(0);
      expect(world.run(["ninja", "-C", build], { cwd: dir }).stdout).toContain("no work to do");
      const objects = ["src/x.c.o", "src/sub/y.c.o"].map((name) =>
        readFileSync(join(build, "CMakeFiles/p.dir", name)),
      );
      return { events: run.events.map(({ result }) => result), objects };
    };
    const first = build("cmake/one");
    const second = build("cmake/much/deeper/two");
    expect(first.events.filter((result) => result === "miss")).toHaveLength(2);
    expect(second.events.filter((result) => result === "local_hit")).toHaveLength(2);
    expect(second.objects).toEqual(first.objects);
  },
);

test("an assertion's text in a second checkout is that of a relative path", () => {
  for (const place of ["assert/one", "assert/deeper/two"]) {
    const dir = world.project(place, {
      "src/x.c":
        "#include <assert.h>\nint main(int n, char **a) { (void)a; assert(n == 2); return 0; }\n",
      "build/": "",
    });
    const compile = [kache, "gcc", "-c", join(dir, "src/x.c"), "-o", "x.o"];
    expect(world.run(compile, { cwd: join(dir, "build") }).exitCode).toBe(0);
    expect(world.run(["gcc", "x.o", "-o", "x"], { cwd: join(dir, "build") }).exitCode).toBe(0);
    const said = world.run(["./x"], { cwd: join(dir, "build") }).stderr;
    expect(said).toContain("x.c:2: main: Assertion");
    expect(said).not.toContain(dirname(dir));
  }
});

testUnless(missing("cmake"), "what CMake only tries in a repository is compiled once", () => {
  const lists =
    "cmake_minimum_required(VERSION 3.10)\nproject(p C)\ninclude(CheckCSourceCompiles)\n" +
    'check_c_source_compiles("int main(void) { return 0; }" IT_WORKS)\n';
  const shims = world.path("try-shims");
  expect(world.run([kache, "shims", "--dir", shims]).exitCode).toBe(0);
  const outcomes = ["try/one", "try/much/deeper/two"].map((place) => {
    const dir = world.project(place, { "CMakeLists.txt": lists, ".git/HEAD": "" });
    const run = world.run(["cmake", "-B", "build", `-DCMAKE_C_COMPILER=${shims}/cc`], {
      cwd: dir,
      env: { KACHE_CACHE_DIR: world.path("try-cache") },
    });
    expect(run.stdout).toContain("IT_WORKS - Success");
    const tried = run.events.filter(({ crate_name }) => crate_name === "src.c");
    return tried.map(({ result }) => result).filter((result) => result !== "passthrough");
  });
  expect(outcomes).toEqual([["miss"], ["local_hit"]]);
});
