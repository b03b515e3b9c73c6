import { describe, expect, test } from "bun:test";
import { pastedName, readIncludeText } from "./include-text.ts";

/** The names that a text asks for, in the marks they have there, in order. */
function asked(text: string): string[] {
  return readIncludeText(text).names.map(({ name, quoted }) =>
    quoted ? `"${name}"` : `<${name}>`,
  );
}

describe("names of headers", () => {
  const ROWS: readonly (readonly [fact: string, text: string, names: readonly string[]])[] = [
    ["angled and quoted", '#include <a.h>\n#include "b.h"\n', ["<a.h>", '"b.h"']],
    ["every directive that takes one", '#include_next <a.h>\n#import "b.h"\n', ["<a.h>", '"b.h"']],
    ["blanks wherever they may be", ' \t#\t include\v<a.h> \n# include"b.h"', ["<a.h>", '"b.h"']],
    ["without any blank", "#include<a.h>", ["<a.h>"]],
    ["blanks within a name are its own", "#include < a.h >", ["< a.h >"]],
    ["the digraph of a hash", "%:include <a.h>", ["<a.h>"]],
    ["comments in between", "/* */ # /* */ include /* \n */ <a.h>", ["<a.h>"]],
    ["behind a comment that ends in the line", "/*\n*/#include <a.h>", ["<a.h>"]],
    ["a line that goes on in the next", "#inc\\\nlude <a\\\n.h>", ["<a.h>"]],
    ["a line that goes on behind blanks", "#inc\\  \nlude <a.h>", ["<a.h>"]],
    ["line ends of other systems", '#include <a.h>\r\n#include "b.h"\r', ["<a.h>", '"b.h"']],
    ["behind a byte order mark", "\u00ef\u00bb\u00bf#include <a.h>", ["<a.h>"]],
    ["in a branch that is not taken", "#if 0\n#include <a.h>\n#endif\n", ["<a.h>"]],
    ["in a comment", "/*\n#include <a.h>\n*/", ["<a.h>"]],
    ["a name with a comment's mark", '#include "a//b.h"', ['"a//b.h"']],
    [
      "once for each kind of mark",
      '#include <a.h>\n#include <a.h>\n#include "a.h"',
      ["<a.h>", '"a.h"'],
    ],
    ["another directive", '#define INCLUDE <a.h>\n#included <b.h>\n#error "c.h"', []],
    ["a name that does not end", "#include <a.h\nint n;", []],
    ["tested for", '#if __has_include(<a.h>) || __has_include ("b.h")', ["<a.h>", '"b.h"']],
    ["tested for behind the next directory", "#elif __has_include_next(<a.h>)", ["<a.h>"]],
    ["tested for over two lines", "#if __has_include( \\\n <a.h>)", ["<a.h>"]],
    ["tested for in a macro's text", '#define H __has_include("a.h")', ['"a.h"']],
  ];
  for (const [fact, text, names] of ROWS) {
    test(fact, () => {
      expect(asked(text)).toEqual([...names]);
    });
  }
});

describe("a name that a macro stands for", () => {
  test("is known to be computed", () => {
    const computed = ["#include H\n", "#include /* */ H\n", "#include_next F(x)\n"];
    expect(computed.map((text) => readIncludeText(text).computed)).toEqual([true, true, true]);
    expect(readIncludeText("#include <a.h>\n").computed).toBe(false);
  });

  test("may be any that a definition holds", () => {
    const text = '#define A <a.h>\n # define B "b/c"\n#define C "text"\n#define D(x) <d.h>\n';
    const names = readIncludeText(text).defined();
    expect(names).toEqual([
      { name: "a.h", quoted: false },
      { name: "b/c", quoted: true },
    ]);
  });
});

describe("what no model knows the inputs of", () => {
  const ROWS: readonly (readonly [text: string, refusal: string | undefined])[] = [
    ["#if __has_include(H)\n", "__has_include of something computed"],
    ["#if __has_include H\n", "__has_include of something computed"],
    ["#define H(x) __has_include(x)\n", "__has_include of something computed"],
    ["#define H __has_include\n", "__has_include of something computed"],
    ["#if defined(__has_include)\n", undefined],
    ["#if defined __has_include && __has_include(<a.h>)\n", undefined],
    ["#ifdef __has_include\n", undefined],
    ["#ifdef X\n#endif /* __has_include */\n", undefined],
    ["// __has_include is asked for below\n", undefined],
    ["??=include <a.h>\n", "trigraphs"],
    ["??/\n", "trigraphs"],
    ["what??\n", undefined],
    ["#embed <a.bin>\n", "#embed"],
    ["#if __has_embed(<a.bin>)\n", "__has_embed"],
    ['#pragma GCC pch_preprocess "a.gch"\n', "#pragma GCC pch_preprocess"],
    ["#pragma include_alias(<a.h>, <b.h>)\n", "#pragma include_alias"],
    ['#pragma GCC dependency "a.h"\n', "#pragma GCC dependency"],
    ['_Pragma("clang dependency \\"a.h\\"")\n', "#pragma GCC dependency"],
    ["int n;\n", undefined],
  ];
  for (const [text, refusal] of ROWS) {
    test(`${JSON.stringify(text)}: ${refusal ?? "nothing"}`, () => {
      expect(readIncludeText(text).refusal).toBe(refusal as typeof refusal & string);
    });
  }
});

describe("macros that read a clock", () => {
  test("are seen wherever they stand", () => {
    const text = '/* __TIME__ */ f("__DATE__", __TIME\\\nSTAMP__)';
    expect([...readIncludeText(text).clock].sort()).toEqual([
      "__DATE__",
      "__TIMESTAMP__",
      "__TIME__",
    ]);
  });

  const ROWS: readonly (readonly [text: string, name: string | undefined])[] = [
    ["P(__DA, TE__)", "__DATE__"],
    ["P(__, TI, ME__)", "__TIME__"],
    ["P(_, _, T, I, M, E, _)", "__TIME__"],
    ["P(__has_include_, next)", "__has_include_next"],
    ["P(__has_, include)", "__has_include"],
    ["P(__USER_LABEL_PREFIX__, _TIME_)", "__TIME__"],
    ["P(__TIME, STAMP)", undefined],
    ["T f(int I, int M) { return E; }", undefined],
    ["/* __DA and TE__ */", undefined],
    ['P(__DA, "TE__")', undefined],
    ["#define P(TE__) TE__\nP(__DA)", undefined],
    ["#define P(a) a TE__\nP(__DA)", "__DATE__"],
  ];
  for (const [text, name] of ROWS) {
    test(`${text} can be pasted to ${name ?? "none"}`, () => {
      expect(pastedName(readIncludeText(text).pieces())).toBe(name as typeof name & string);
    });
  }

  test("a text that can paste says so", () => {
    const pastes = ["#define P(a, b) a##b", "#define P(a, b) a%:%:b", "#define S(a) #a"];
    expect(pastes.map((text) => readIncludeText(text).pastes)).toEqual([true, true, false]);
  });
});

describe("assembly that takes in files", () => {
  const TAKES = [
    '.incbin "f"',
    '__asm__(".incbin \\"f\\"")',
    '.include "f"',
    '.INCLUDE "f"',
    'asm(".inc" "bin \\"f\\"")',
    'asm("." "include \\"f\\"")',
    'asm("." "in" "cbin \\"f\\"")',
    'asm(S(.inc) S(bin) "f")',
  ];
  const TAKES_NONE = [
    '#include "f"',
    '#include "include/f"',
    "# include <f>",
    "// .incbin",
    "int include;",
    "p.i = q.inc;",
    "f(p.i);",
  ];
  for (const text of TAKES) {
    test(`${text} may`, () => {
      expect(readIncludeText(text).assembles).toBe(true);
    });
  }
  for (const text of TAKES_NONE) {
    test(`${text} does not`, () => {
      expect(readIncludeText(text).assembles).toBe(false);
    });
  }

  test("macros are seen in every spelling", () => {
    const texts = [
      ".macro m",
      ".irp x,1",
      ".irpc x,ab",
      ".rept 2",
      ".altmacro",
      "a##b",
      "mov r0, r1",
    ];
    expect(texts.map((text) => readIncludeText(text).macros)).toEqual([
      ...[true, true, true, true, true, true],
      false,
    ]);
  });
});
