import { describe, expect, test } from "bun:test";
import { clObject, parseCl } from "./parse-cl.ts";

function parse(args: string, compiler = "clang-cl") {
  const words = args.split(" ");
  return parseCl({
    compiler: [compiler],
    args: words,
    expanded: words,
    argumentFiles: [],
    allowed: new Set(),
  });
}

function refusal(args: string, compiler?: string): string {
  const parsed = parse(args, compiler);
  return "kind" in parsed ? parsed.detail : "cached";
}

describe("cl's arguments", () => {
  const CACHED = [
    "/c x.c",
    "-c -MD x.c",
    "/c /Z7 /MTd /EHsc /GR- /Zc:inline /W4 /WX /wd4100 /Brepro /utf-8 x.cpp",
    "/c /showIncludes /FoCMakeFiles/x.obj /FdCMakeFiles/ /FS x.c",
    "/c -fms-compatibility-version=19.20 -Wno-unused -Xclang -fno-pch-timestamp x.c",
    "/c /imsvc inc /external:I inc /external:W0 /d1trimfile:C:\\src x.c",
    "/c -Xclang -MP -Xclang -dependency-file -Xclang x.pp -Xclang -MT -Xclang x.obj x.c",
    "/c /Tpx.c",
    "/c /MP x.c",
    "/c -- /Users/me/x.c",
    "/c /src/x.c",
  ];
  for (const args of CACHED) {
    test(`cached: ${args}`, () => {
      expect(refusal(args)).toBe("cached");
    });
  }

  const REFUSED: readonly (readonly [string, string])[] = [
    ["x.c", "link mode"],
    ["/c", "no source file"],
    ["/c x.c y.c", "several sources in one call"],
    ["/c /Ycx.h x.c", "precompiled header (/Yc)"],
    ["/c /Yux.h /Fpx.pch x.c", "precompiled header (/Yu)"],
    ["/E x.c", "/E"],
    ["/c /FA x.c", "/FA"],
    ["/c /analyze x.c", "/analyze"],
    ["/c /no-such-flag x.c", "unsupported flag /no-such-flag"],
    ["/c -Xclang -emit-pch x.c", "-Xclang -emit-pch"],
    ["/c /clang:-MD x.c", "make rules without a name (/clang:-MF)"],
  ];
  for (const [args, detail] of REFUSED) {
    test(`not cached: ${args}`, () => {
      expect(refusal(args)).toBe(detail);
    });
  }

  test("/Zi writes a PDB of many only in Microsoft's compiler", () => {
    expect(refusal("/c /Zi x.c")).toBe("cached");
    expect(refusal("/c /Zi x.c", "cl.exe")).toBe("/Zi writes into a PDB of many");
  });

  test("debug information binds to the place", () => {
    const bound = (args: string) => {
      const parsed = parse(args);
      return "kind" in parsed ? undefined : parsed.placeBound;
    };
    expect(["/c x.c", "/c /Z7 x.c", "/c -g x.c", "/c -gcodeview x.c"].map(bound)).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  test("objects are named as cl names them", () => {
    expect(clObject(undefined, "src/x.c")).toBe("x.obj");
    expect(clObject("out/", "src/x.c")).toBe("out/x.obj");
    expect(clObject("foo", "x.c")).toBe("foo.obj");
    expect(clObject("foo.o", "x.c")).toBe("foo.o");
    expect(clObject("C:\\out\\", "C:\\src\\x.c")).toBe("C:\\out\\x.obj");
    expect(clObject("out\\", "x.c")).toBeUndefined();
  });
});
