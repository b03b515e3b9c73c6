// Rows of the suites of traps: a compile that is served, a change after which the compiler must run, and the way
// back, after which the first object must be served again.
import { chmodSync, statSync } from "node:fs";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Case, Outcome, Step } from "./cc-twin.ts";
import { COMPILE } from "./cc-words.ts";
import type { Files } from "./tree.ts";

/** How a compile is recorded whose inputs cannot be known without the observer. */
export const guessed = (why: string): Outcome =>
  `not stored: inputs cannot be known (no observer): ${why}`;

/** That of a program in front of a compiler. */
export const AROUND = guessed("the compiler is a program around another");

/** A change after which the compiler must run, and which may be undone. */
export interface Trap extends Omit<Case, "steps"> {
  readonly args?: readonly string[];
  /** What every step has. */
  readonly step?: Partial<Step>;
  /** The change: files, variables, arguments or something done. */
  readonly change: Partial<Step>;
  readonly then?: Outcome;
  /** How every step is recorded without the observer, where that differs. */
  readonly unobserved?: Outcome;
  /** How it is undone; missing when it cannot be. */
  readonly undo?: Partial<Step>;
}

/** Compiled, served, changed and, where it can be, brought back. */
export function trap(one: Trap): Case {
  const { args = COMPILE, change, then = "misses", undo, unobserved, ...rest } = one;
  const step = { ...one.step, unobserved };
  return {
    ...rest,
    steps: [
      { args, outcome: "misses", ...step },
      { fresh: true, again: true, ...step, outcome: "hits" },
      { ...step, ...change, fresh: true, outcome: then },
      ...(undo === undefined
        ? []
        : [{ args, ...step, ...undo, fresh: true, outcome: "hits" as const }]),
    ],
  };
}

/** A change of files that is undone by putting the old ones back. */
export function edited(fact: string, files: Files, edit: Files, more: Partial<Trap> = {}): Case {
  const before: Record<string, string | Uint8Array | undefined> = {};
  const all: Files = {
    "x.c": '#include "x.h"\nint x(void) { return X; }\n',
    "x.h": "#define X 1\n",
    ...files,
  };
  for (const name of Object.keys(edit)) before[name] = all[name];
  return trap({ fact, files, change: { edit }, undo: { edit: before }, ...more });
}

/** Writes a file with a time of its own. */
export const touch = (dir: string, name: string, text: string, mtime: Date): void => {
  writeFileSync(join(dir, name), text);
  utimesSync(join(dir, name), mtime, mtime);
};

/** That, as something done before a step. */
export const timed = (name: string, text: string, mtime: (dir: string) => Date) => ({
  disturb: (dir: string): void => {
    touch(dir, name, text, mtime(dir));
  },
});

/** The time that the file has. */
export const sameTime =
  (name: string) =>
  (dir: string): Date =>
    statSync(join(dir, name)).mtime;

/** Older than any other file. */
export const LONG_AGO = new Date("2001-01-01T00:00:00Z");

/** Lets the compiler of the case's own be run. */
export function runnable(dir: string): void {
  chmodSync(join(dir, "bin/gcc"), 0o755);
}
