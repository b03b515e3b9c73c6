import { describe, expect, test } from "bun:test";
import { clResponseWords, gnuResponseWords, responseWords } from "./response-file.ts";

type Row = readonly [text: string, words: readonly string[] | undefined];

const GNU: readonly Row[] = [
  ["", []],
  [" \t\r\n ", []],
  ["-c x.c\n-o\tx.o\r\n", ["-c", "x.c", "-o", "x.o"]],
  ["-DA='b c' -DD=\"e f\"", ["-DA=b c", "-DD=e f"]],
  ["a\\ b", ["a b"]],
  ['-DX=\\"y\\"', ['-DX="y"']],
  ['"-DX=\\"y\\""', ['-DX="y"']],
  ["a\"b\"'c'd", ["abcd"]],
  ['"it\'s"', ["it's"]],
  ["'say \"x\"'", ['say "x"']],
  ['"open to the end', ["open to the end"]],
  ["a\\\\b", ["a\\b"]],
  // The compilers disagree from here on.
  ['""', undefined],
  ["'a\\b'", undefined],
  ['"a\\b"', undefined],
  ["a \\", undefined],
  ["a\\\nb", undefined],
  ["a\0b", undefined],
  ["\uFEFF-c", undefined],
];

const CL: readonly Row[] = [
  ["", []],
  ["/c x.c\r\n/Fox.obj", ["/c", "x.c", "/Fox.obj"]],
  ['/I"C:\\Program Files\\x" /c', ["/IC:\\Program Files\\x", "/c"]],
  ['"C:\\dir\\\\" x', ["C:\\dir\\", "x"]],
  ['/DX=\\"y\\"', ['/DX="y"']],
  ["a\\\\b \\\\server\\share", ["a\\\\b", "\\\\server\\share"]],
  ["'a b'", ["'a", "b'"]],
  ['"a""b"', ['a"b']],
  ['""', [""]],
  ['a\\\\\\"b', ['a\\"b']],
  ['"open end', undefined],
];

describe("words of response files", () => {
  for (const [text, words] of GNU) {
    test(`for gcc and clang: ${JSON.stringify(text)}`, () => {
      expect(gnuResponseWords(text)).toEqual(words === undefined ? undefined : [...words]);
    });
  }

  for (const [text, words] of CL) {
    test(`for cl: ${JSON.stringify(text)}`, () => {
      expect(clResponseWords(text)).toEqual(words === undefined ? undefined : [...words]);
    });
  }

  test("UTF-16 with its mark is cl's alone, and UTF-8's mark is skipped by it", () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("/c ü.c", "utf16le")]);
    expect(responseWords(utf16, "cl")).toEqual(["/c", "ü.c"]);
    expect(responseWords(utf16, "gnu")).toBeUndefined();
    const utf8 = Buffer.from("\uFEFF/c x.c");
    expect(responseWords(utf8, "cl")).toEqual(["/c", "x.c"]);
    expect(responseWords(utf8, "gnu")).toBeUndefined();
  });

  test("text in no encoding is not guessed at", () => {
    expect(responseWords(Buffer.from([0x2d, 0x63, 0xff]), "gnu")).toBeUndefined();
  });
});
