// TOML → the lines in which things stand, in every spelling.
import { expect, test } from "bun:test";
import { parseToml, TomlLines } from "./toml.ts";

test("a name is found in its own table, however it is spelled", () => {
  const text = [
    "[other]",
    'key = "x"',
    "",
    "# key = 1",
    "[cache]",
    "long = [",
    '  "key = 2", # key',
    "]",
    '"key" = 3',
    "[cache.sub]",
    "key = 4",
    "[[cc]]",
    "key = 5",
  ].join("\r\n");
  const lines = new TomlLines(text);
  expect(lines.of(["other", "key"])).toBe(2);
  expect(lines.of(["cache", "long"])).toBe(6);
  expect(lines.of(["cache", "key"])).toBe(9);
  expect(lines.of(["cache", "sub"])).toBe(10);
  expect(lines.of(["cache", "sub", "key"])).toBe(11);
  expect(lines.of(["cc"])).toBe(12);
  expect(lines.of(["cache", "none"])).toBeUndefined();
  expect(new TomlLines('a.b = 1\ncc = {key = 1}\ntext = """\nkey = 1\n"""').of(["cc", "key"])).toBe(
    2,
  );
});

test("a fault is found behind the longest good beginning", () => {
  for (const [text, line] of [
    ["[cache\n", 1],
    ["[cache]\na = 1\na = 2\nb = 3\n", 3],
    ['[cache]\na = [\n "x",\n]\nb =\n', 5],
    ["a = [\n", 1],
  ] as const) {
    expect(parseToml(text).kind).toBe("malformed");
    expect(new TomlLines(text).ofFault()).toBe(line);
  }
});

test("in very long files no line is named", () => {
  const long = new TomlLines(`${"# text\n".repeat(2000)}a =\n`);
  expect([long.ofFault(), long.of(["a"])]).toEqual([undefined, undefined]);
});
