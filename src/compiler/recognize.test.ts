import { describe, expect, test } from "bun:test";
import { recognize, shimName } from "./recognize.ts";
import { isBareCall } from "./recognize-rustc.ts";

function kindOf(words: readonly string[], env: Record<string, string> = {}): string {
  const call = recognize({ calledAs: "kache", words, env });
  switch (call.kind) {
    case "cc":
      return [call.spelling, ...call.compiler].join(" ");
    case "cc-as-called":
      return `as called: ${call.words.join(" ")}`;
    default:
      return call.kind;
  }
}

describe("compilers by name", () => {
  const COMPILERS: readonly (readonly [string, string])[] = [
    ...["cc", "c++", "gcc", "g++", "clang", "clang++", "emcc", "em++"].map(
      (name) => [name, "gnu"] as const,
    ),
    ["gcc-13", "gnu"],
    ["g++-12.2", "gnu"],
    ["clang-15", "gnu"],
    ["gcc-mp-13", "gnu"],
    ["aarch64-linux-gnu-gcc", "gnu"],
    ["aarch64-linux-gnu-gcc-12", "gnu"],
    ["x86_64-w64-mingw32-g++", "gnu"],
    ["x86_64-w64-mingw32-gcc-posix", "gnu"],
    ["arm-none-eabi-gcc", "gnu"],
    ["aarch64-linux-android21-clang++", "gnu"],
    ["musl-gcc", "gnu"],
    ["/usr/bin/gcc", "gnu"],
    ["./tools/clang", "gnu"],
    ["gcc.exe", "gnu"],
    ["C:\\msys64\\mingw64\\bin\\g++.EXE", "gnu"],
    ["clang-cl", "cl"],
    ["clang-cl-14", "cl"],
    ["C:\\Program Files\\LLVM\\bin\\clang-cl.exe", "cl"],
    ["cl", "cl"],
    ["cl.exe", "cl"],
    ["CL.EXE", "cl"],
    ["C:\\VC\\bin\\Hostx64\\x64\\cl.exe", "cl"],
  ];
  for (const [name, spelling] of COMPILERS) {
    test(`${name} is a compiler with ${spelling} flags`, () => {
      expect(kindOf([name, "-c", "x.c"])).toBe(`${spelling} ${name}`);
    });
  }

  for (const name of ["gcc-ar", "gcc-nm", "clang-format", "clang-tidy", "clang-scan-deps", "ld"]) {
    test(`${name} is no compiler`, () => {
      expect(kindOf([name, "-c", "x.c"])).toBe("command");
    });
  }

  test("zig's drivers are two words", () => {
    expect(kindOf(["zig", "cc", "-c", "x.c"])).toBe("gnu zig cc");
    expect(kindOf(["/opt/zig/zig", "c++", "-c", "x.cc"])).toBe("gnu /opt/zig/zig c++");
    expect(kindOf(["zig", "build"])).toBe("command");
  });

  test("--driver-mode decides the spelling, the last one", () => {
    expect(kindOf(["clang", "--driver-mode=cl", "/c", "x.c"])).toBe("cl clang");
    expect(kindOf(["clang-cl", "--driver-mode=cl", "--driver-mode=gcc", "x.c"])).toBe(
      "gnu clang-cl",
    );
    expect(kindOf(["clang", "--driver-mode=flang", "x.f"])).toBe("as called: clang");
  });

  test("launchers and compilers of other languages run as they are called", () => {
    expect(kindOf(["ccache", "gcc", "-c", "x.c"])).toBe("as called: ccache");
    expect(kindOf(["distcc", "gcc", "-c", "x.c"])).toBe("as called: distcc");
    expect(kindOf(["ccache", "distcc", "gcc", "-c", "x.c"])).toBe("as called: ccache");
    expect(kindOf(["nvcc", "-c", "x.cu"])).toBe("as called: nvcc");
    expect(kindOf(["./own-compiler", "-c", "x.c"])).toBe("as called: ./own-compiler");
  });

  test("a launcher without a compiler is no compiler call", () => {
    expect(kindOf(["ccache", "-s"])).toBe("command");
  });

  test("rustc and its wrappers are still themselves", () => {
    expect(kindOf(["rustc", "-vV"])).toBe("rustc");
    expect(kindOf(["/x/wrapper", "/x/rustc", "-vV"])).toBe("unknown-wrapper");
  });
});

test("bare names that cargo puts behind us are told from slips of the hand", () => {
  const named = { RUSTC: "mrustc", RUSTC_WORKSPACE_WRAPPER: "driver" };
  expect(isBareCall(["mrustc", "-vV"], named)).toBe(true);
  expect(isBareCall(["driver", "rustc", "-"], named)).toBe(true);
  expect(isBareCall(["dylint-driver", "/x/bin/rustc", "--crate-name", "a"], {})).toBe(true);
  for (const words of [["mrustc", "-vV"], ["lst", "rustc"], ["lst", "serde", "--sort"], []]) {
    expect(isBareCall(words, {})).toBe(false);
  }
});

describe("the command line", () => {
  const COMMANDS = [
    [],
    ["--version"],
    ["-V"],
    ["--help"],
    ["-h"],
    ["--verison"],
    ["-v"],
    ["-x"],
    ["stats"],
    ["why-miss", "x.c"],
    ["x.c"],
    ["install", "x"],
    ["nosuch", "--flag"],
  ];
  for (const words of COMMANDS) {
    test(`\`kache ${words.join(" ")}\` is a command line`, () => {
      expect(kindOf(words)).toBe("command");
    });
  }
});

describe("calls whose caller dropped the compiler", () => {
  test("-E and a file ask for the compiler's family", () => {
    expect(kindOf(["-E", "/tmp/x.c"])).toBe("family-probe");
    expect(kindOf(["-E", "/tmp/x.c"], { CC: "kache clang" })).toBe("family-probe");
  });

  test("flags alone are the compiler's that the environment names", () => {
    const env = { CC: "kache clang", CXX: "kache clang++" };
    expect(kindOf(["-v"], env)).toBe("gnu clang");
    expect(kindOf(["-dM", "-E", "-x", "c", "/dev/null"], env)).toBe("gnu clang");
    expect(kindOf(["-Iinclude", "-c", "x.c"], env)).toBe("gnu clang");
    expect(kindOf(["-Iinclude", "-c", "x.cpp"], env)).toBe("gnu clang++");
    expect(kindOf(["-xc++", "-c", "x"], env)).toBe("gnu clang++");
    expect(kindOf(["@args.rsp"], env)).toBe("gnu clang");
    expect(kindOf(["x.o", "y.o", "-o", "x"], env)).toBe("gnu clang");
    expect(kindOf(["/nologo", "/c", "x.c"], { CC: "kache clang-cl" })).toBe("cl clang-cl");
    expect(kindOf(["-c", "x.c"], { CC: "kache ccache gcc" })).toBe("as called: ccache");
    expect(kindOf(["-c", "x.c"], { CC: "kache own-compiler" })).toBe("as called: own-compiler");
  });

  test("our own options stay ours whatever the environment names", () => {
    for (const word of ["--version", "-V", "--help", "-h"]) {
      expect(kindOf([word], { CC: "kache clang" })).toBe("command");
    }
  });

  test("without such a variable a source makes it a call of the system's compiler", () => {
    expect(kindOf(["-c", "x.c"])).toBe("unnamed-cc");
    expect(kindOf(["x.c", "-o", "x"])).toBe("unnamed-cc");
    expect(kindOf(["-c", "x.c"], { CC: "gcc" })).toBe("unnamed-cc");
  });

  test("a value that leads back to us names nothing", () => {
    expect(kindOf(["-c", "x.c"], { CC: "kache" })).toBe("unnamed-cc");
    expect(kindOf(["-c", "x.c"], { CC: "kache kache" })).toBe("unnamed-cc");
    expect(kindOf(["-c", "x.c"], { CC: "kache -O2" })).toBe("unnamed-cc");
  });
});

describe("links to us", () => {
  test("a compiler's name is a shim", () => {
    expect(shimName("/shims/gcc")).toBe("gcc");
    expect(shimName("aarch64-linux-gnu-g++")).toBe("aarch64-linux-gnu-g++");
    expect(shimName("kache-clang-cl")).toBe("clang-cl");
    expect(shimName("kache-cl")).toBe("cl");
  });

  test("any other name is ours", () => {
    for (const name of ["kache", "/usr/bin/kache", "kache-2.0", "kache-dev", "gcc-ar", "zig"]) {
      expect(shimName(name)).toBeUndefined();
    }
  });
});
