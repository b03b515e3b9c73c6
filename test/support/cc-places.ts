// Rows of the suites about places: one project in two directories, compiled in one and then in the other.
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Arguments, Step } from "./cc-twin.ts";
import { COMPILE } from "./cc-words.ts";

/** The project's source, which warns. */
export const SOURCE = '#include "x.h"\nint x(void) { int unused; return X; }\n';

/** Its header. */
export const HEADER = "#define X 1\n";

/** One project in two places. */
export const places = (one: string, two: string, files: Readonly<Record<string, string>> = {}) => {
  const all = { "x.c": SOURCE, "x.h": HEADER, ...files };
  const at = (place: string) =>
    Object.entries(all).map(([name, text]): [string, string] => [`${place}/${name}`, text]);
  return { "x.c": undefined, "x.h": undefined, ...Object.fromEntries([...at(one), ...at(two)]) };
};

/** The project, in two directories beside each other. */
export const TWO = places("one", "two");

/** Compiles in one place and then in the other. */
export function both(
  args: Arguments = COMPILE,
  second: Step["outcome"] = "hits",
  step: Partial<Step> = {},
): Step[] {
  return [
    { args, ...step, cwd: "one", outcome: "misses" },
    { ...step, cwd: "two", outcome: second },
    { ...step, cwd: "one", outcome: "hits" },
    { ...step, cwd: "two", outcome: "hits" },
  ];
}

/** Arguments made of the case's directory. */
export const here = (args: (dir: string) => readonly string[]) => args;

/** Puts a link in a name's place, and makes what it leads to where that is told. */
export function link(target: string, name: string, made?: string) {
  return (dir: string): void => {
    if (made !== undefined) mkdirSync(join(dir, made), { recursive: true });
    rmSync(join(dir, name), { recursive: true, force: true });
    symlinkSync(target, join(dir, name));
  };
}
