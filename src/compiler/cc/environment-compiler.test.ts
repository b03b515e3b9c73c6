import { describe, expect, test } from "bun:test";
import { type CallLanguage, environmentCompiler } from "./environment-compiler.ts";

function named(env: Record<string, string>, language: CallLanguage = "either"): string | undefined {
  return environmentCompiler(env, "kache", language)?.join(" ");
}

describe("which compiler the environment puts behind us", () => {
  test("the second word of a value that begins with us", () => {
    expect(named({ CC: "kache clang" })).toBe("clang");
    expect(named({ CC: "/opt/kache clang-cl -m32" })).toBe("clang-cl");
    expect(named({ CC: "C:\\bin\\KACHE.EXE clang-cl" })).toBe("clang-cl");
    expect(named({ CC: "  kache   kache gcc " })).toBe("gcc");
    expect(named({ CC: "kache zig cc -target x" })).toBe("zig cc");
  });

  test("nothing where we are not in front of a compiler", () => {
    expect(named({})).toBeUndefined();
    expect(named({ CC: "clang" })).toBeUndefined();
    expect(named({ CC: "kache" })).toBeUndefined();
    expect(named({ CC: "sccache clang" })).toBeUndefined();
    expect(named({ CCACHE: "kache gcc" })).toBeUndefined();
  });

  test("the cc crate's precedence: target, bare, host", () => {
    const all = {
      TARGET: "a-b",
      "CC_a-b": "kache one",
      CC_a_b: "kache two",
      TARGET_CC: "kache three",
      CC: "kache four",
      HOST_CC: "kache five",
    };
    const order = ["CC_a-b", "CC_a_b", "TARGET_CC", "CC", "HOST_CC"] as const;
    const left: Record<string, string> = { ...all };
    for (const name of order) {
      expect(named(left)).toBe(all[name].slice("kache ".length));
      Reflect.deleteProperty(left, name);
    }
    expect(named(left)).toBeUndefined();
  });

  test("target variables count without TARGET only when nothing else does", () => {
    expect(named({ CC_x: "kache one", CC: "kache two" })).toBe("two");
    expect(named({ CC_x: "kache one", CXX: "kache two" })).toBe("two");
    expect(named({ CC_y: "kache one", CC_x: "kache two", CXX_a: "kache three" })).toBe("two");
  });

  test("C++ sources ask the C++ variables first", () => {
    const env = { CC: "kache gcc", CXX: "kache g++" };
    expect(named(env)).toBe("gcc");
    expect(named(env, "c++")).toBe("g++");
    expect(named({ CC: "kache gcc" }, "c++")).toBe("gcc");
  });
  test("C sources never go to a C++ driver, which would compile them as C++", () => {
    const names = {
      "c++": "cc",
      "g++": "gcc",
      "clang++": "clang",
      "em++": "emcc",
      "zig c++": "zig cc",
      "/usr/bin/aarch64-linux-gnu-g++-12": "/usr/bin/aarch64-linux-gnu-gcc-12",
      "x86_64-w64-mingw32-clang++": "x86_64-w64-mingw32-clang",
      "C:\\bin\\g++.exe": "C:\\bin\\gcc.exe",
      "/opt/g++/bin/c++": "/opt/g++/bin/cc",
      "/opt/c++/my-compiler": "/opt/c++/my-compiler",
      "/opt/g++/bin/clang": "/opt/g++/bin/clang",
      "ccache g++": "ccache gcc",
      "clang-cl": "clang-cl",
    };
    for (const [cxx, c] of Object.entries(names)) {
      expect(named({ CC: "/opt/kache", CXX: `kache ${cxx}` }, "c")).toBe(c);
      expect(named({ CC: "/opt/kache", CXX: `kache ${cxx}` })).toBe(cxx);
    }
    expect(named({ CC: "kache clang++", CXX: "kache g++" }, "c")).toBe("clang++");
  });
});
