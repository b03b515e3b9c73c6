// Precompiled headers as CMake makes and uses them (target_precompile_headers), in two checkouts.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { recorded } from "../support/cc-twin.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-pch-cmake");

const PROJECT = {
  "CMakeLists.txt": `cmake_minimum_required(VERSION 3.16)
project(p C CXX)
add_library(p STATIC src/a.cpp src/b.cpp src/c.c)
target_precompile_headers(p PRIVATE src/pre.h)
if(TIMELESS)
  target_compile_options(p PRIVATE SHELL:-Xclang SHELL:-fno-pch-timestamp)
endif()
`,
  "src/pre.h": "#include <stdio.h>\n#define K 4\n",
  "src/a.cpp": "const char *a() { return K ? __FILE__ : 0; }\n",
  "src/b.cpp": "int b() { return K; }\n",
  "src/c.c": 'int c(void) { return K + printf("%d", K); }\n',
  ".git/HEAD": "ref: refs/heads/main\n",
};

/** Configures and builds; answers what was recorded, by source, and what the library returns. */
function build(dir: string, [cc, cxx]: readonly [string, string], ...more: readonly string[]) {
  const run = (words: readonly string[]) => {
    const ran = world.run(words, { cwd: dir });
    expect([words, ran.exitCode, ran.stderr]).toEqual([words, 0, ran.stderr]);
    return ran;
  };
  run([
    "cmake",
    "-S",
    ".",
    "-B",
    "out",
    `-DCMAKE_C_COMPILER=${cc}`,
    `-DCMAKE_CXX_COMPILER=${cxx}`,
    `-DCMAKE_C_COMPILER_LAUNCHER=${kache}`,
    `-DCMAKE_CXX_COMPILER_LAUNCHER=${kache}`,
    ...more,
  ]);
  const { events } = run(["make", "-C", "out"]);
  writeTree(dir, { "main.c": "int c(void);\nint main(void) { return c(); }\n" });
  run([cc, "main.c", "out/libp.a", "-o", "main"]);
  const { exitCode } = world.run(["./main"], { cwd: dir });
  return {
    answer: exitCode,
    of: Object.fromEntries(events.map((event) => [event.crate_name, recorded([event])])),
  };
}

const noCMake = missing("cmake") ?? missing("make") ?? missing("g++");

describe("target_precompile_headers of CMake", () => {
  for (const compilers of [
    ["gcc", "g++"],
    ["clang", "clang++"],
  ] as const) {
    testUnless(
      noCMake ?? missing(compilers[1]),
      `objects follow the headers in two checkouts (${compilers[0]})`,
      () => {
        const one = world.project(`cmake-${compilers[0]}/one`, PROJECT);
        expect(build(one, compilers).answer).toBe(5);
        writeTree(one, { "src/pre.h": "#include <stdio.h>\n#define K 7\n" });
        expect(build(one, compilers).answer).toBe(8);
        writeTree(one, { "src/pre.h": PROJECT["src/pre.h"] });
        expect(build(one, compilers).answer).toBe(5);
        const two = world.path(`cmake-${compilers[0]}`, "two");
        cpSync(one, two, { recursive: true });
        rmSync(join(two, "out"), { recursive: true });
        writeTree(two, { "src/pre.h": "#include <stdio.h>\n#define K 9\n" });
        expect(build(two, compilers).answer).toBe(10);
      },
    );
  }

  testUnless(noCMake ?? missing("clang++"), "clang's without times hit in their place", () => {
    const dir = world.project("cmake-timeless", PROJECT);
    const first = build(dir, ["clang", "clang++"], "-DTIMELESS=1");
    expect(first.of["cmake_pch.h.c"]).toBe("misses");
    // Made a moment ago, the headers' bytes may not be known yet: a second round has old ones.
    build(dir, ["clang", "clang++"], "-DTIMELESS=1");
    rmSync(join(dir, "out"), { recursive: true });
    const second = build(dir, ["clang", "clang++"], "-DTIMELESS=1");
    expect(second.of["cmake_pch.h.c"]).toBe("hits");
    expect(second.of["cmake_pch.hxx.cxx"]).toBe("hits");
    expect([second.of["c.c"], second.answer]).toEqual(["hits", 5]);
  });

  testUnless(
    noCMake ?? missing("clang++"),
    "clang's with times say why they are not stored",
    () => {
      const { of } = build(world.project("cmake-times", PROJECT), ["clang", "clang++"]);
      expect(of["cmake_pch.h.c"]).toMatch(/^not stored: .*holds times/);
    },
  );
});
