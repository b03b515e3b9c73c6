// argv → request: what is accepted, and what is said about the rest.
import { expect, test } from "bun:test";
import { type Options, parseArguments, UsageError } from "./arguments.ts";

function options(...words: string[]): Options {
  const request = parseArguments(words);
  if (request.kind !== "command") throw new Error(request.kind);
  return request.options;
}

function usage(...words: string[]): string {
  const request = parseArguments(words);
  return request.kind === "usage" ? request.message : request.kind;
}

test("no words and every spelling of help are help", () => {
  for (const words of [[], ["--help"], ["-h"], ["help"], ["gc", "--help"], ["help", "gc"]]) {
    expect(parseArguments(words).kind).toBe("help");
  }
  expect(parseArguments(["-V"]).kind).toBe("version");
});

test("values may follow a space or an equals sign", () => {
  expect(options("report", "--format", "json").text("--format")).toBe("json");
  expect(options("report", "--format=json").text("--format")).toBe("json");
  expect(options("report", "-o", "x").text("--output")).toBe("x");
});

test("empty words are no values, no operands and like no command", () => {
  expect(usage("purge", "--crate-name", "")).toBe(
    "--crate-name needs a value: --crate-name <name>",
  );
  expect(usage("shims", "--dir", "")).toBe("--dir needs a value: --dir <dir>");
  expect(usage("list", "")).toBe("an empty word stands where `kache list` has [crate]");
  expect(usage("")).toBe("unknown command ``; `kache --help` lists the commands");
  expect(usage("x")).not.toContain("did you mean");
  expect(usage("gg")).toContain("did you mean `kache gc`?");
});

test("who puts kache in front of a build is told where it stands", () => {
  for (const word of ["cargo", "build"]) {
    expect(usage(word, "--release")).toContain("`kache init` once, then `cargo build` as ever");
  }
  expect(usage("make", "-j2")).toContain('`make CC="kache cc" CXX="kache c++"`');
  expect(usage("cmake", "..")).toContain("CMAKE_C_COMPILER_LAUNCHER=kache");
});

test("operands are taken where there may be one", () => {
  expect(options("list", "serde", "--sort", "size").operand).toBe("serde");
  expect(usage("list", "a", "b")).toContain("unexpected `b`");
  expect(usage("gc", "now")).toContain("unexpected `now`");
  expect(usage("why-miss")).toBe("`kache why-miss` needs <crate>");
});

test("slips of the hand are named", () => {
  expect(usage("lst")).toContain("did you mean `kache list`?");
  expect(usage("gc", "--max-aeg", "1d")).toContain("did you mean `--max-age`?");
  expect(usage("frobnicate")).toContain("`kache --help` lists the commands");
  expect(usage("report", "--format")).toBe("--format needs a value: --format <format>");
  expect(usage("gc", "--background=1")).toContain("takes no value");
});

test("durations, numbers and words that are none are refused", () => {
  expect(options("gc", "--max-age", "2d").durationMs("--max-age")).toBe(172_800_000);
  expect(options("gc", "--max-age", "3").durationMs("--max-age")).toBe(10_800_000);
  expect(() => options("gc", "--max-age", "1w").durationMs("--max-age")).toThrow(UsageError);
  expect(() => options("gc", "--max-age", "99999999999d").durationMs("--max-age")).toThrow(
    UsageError,
  );
  expect(() => options("report", "--top", "0").count("--top")).toThrow(
    "`0` is no number for --top",
  );
  expect(() => options("list", "--sort", "x").choice("--sort", ["name", "size"])).toThrow(
    "write name or size",
  );
});
