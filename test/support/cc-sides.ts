// Rows of the suites about what compiles leave beside their object.
import { type Arguments, type Case, type Outcome, served, type Step, unserved } from "./cc-twin.ts";

const OTHER = "#define X 2\n";
/** A source that leaves something in every kind of file. */
export const CALLS =
  '#include "x.h"\nint y(int);\nint x(int n) { char room[64]; room[n] = X; return y(room[0]); }\n';

/** A compile that is served; and an edited header that makes other files. */
export function sides(fact: string, args: Arguments, more: Partial<Case> = {}): Case {
  return {
    fact,
    literal: true,
    files: { "x.c": CALLS },
    ...more,
    steps: [
      ...served(args),
      { edit: { "x.h": OTHER }, fresh: true, outcome: "misses" },
      { edit: { "x.h": "#define X 1\n" }, outcome: "hits" },
    ],
  };
}

/** One that is served the second time ("served"), or comes to the same both times. */
export function twice(
  fact: string,
  outcome: "served" | Outcome,
  args: Arguments,
  more: Partial<Case> = {},
  step: Partial<Step> = {},
): Case {
  const steps =
    outcome === "served" ? served(args, step).slice(0, 2) : unserved(args, outcome, step);
  return { fact, literal: true, files: { "x.c": CALLS }, ...more, steps };
}
