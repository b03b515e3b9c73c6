// The benchmark's command line: what is accepted, and what a wrong one is told.
import { describe, expect, test } from "bun:test";
import { parseOptions } from "./options.ts";

function parsed(...given: string[]) {
  const options = parseOptions(given);
  if (options === "help") throw new Error("help was not asked for");
  return options;
}

describe("options", () => {
  test("without arguments everything is measured, three rounds", () => {
    const options = parsed();
    expect(options.projects.map((project) => project.name)).toEqual(["ripgrep", "eza", "tokei"]);
    expect(options.runs).toBe(3);
    expect([...options.parts].sort()).toEqual(["c-project", "c-unit", "project", "unit"]);
    expect(options.rivals).toEqual(["sccache", "mbx", "kache-rs"]);
  });

  test("lists and both spellings of a value are read", () => {
    const options = parsed("--projects=eza,ripgrep", "--runs", "5", "--rivals", "none");
    expect(options.projects.map((project) => project.name)).toEqual(["ripgrep", "eza"]);
    expect(options.runs).toBe(5);
    expect(options.rivals).toEqual([]);
  });

  test("incremental compilation is off unless it is left to cargo", () => {
    expect(parsed().incremental).toBe(false);
    expect(parsed("--incremental", "--runs", "1").incremental).toBe(true);
  });

  test("projects are built in the dev profile unless release is asked for", () => {
    expect(parsed().release).toBe(false);
    expect(parsed("--release").release).toBe(true);
  });

  test("the smoke run has one round and no rivals", () => {
    const options = parsed("--smoke");
    expect([options.runs, options.rivals.length]).toEqual([1, 0]);
  });

  test.each([
    [["--runs", "0"], "whole number from 1 to 50"],
    [["--runs", "3.5"], "whole number from 1 to 50"],
    [["--projects", "ripgrep,nope"], "`nope` is not one of ripgrep, eza, tokei"],
    [["--only", "units"], "`units` is not one of project, unit, c-project, c-unit"],
    [["--rivals"], "--rivals needs a value"],
    [["--runs", "1", "--runs", "2"], "--runs is given twice"],
    [["--smoke", "--runs", "2"], "--smoke fixes"],
    [["ripgrep"], "unknown option ripgrep"],
  ])("%j is refused", (given, message) => {
    expect(() => parseOptions(given)).toThrow(message);
  });
});
