// What options are given: names of a list with commas between, or how many rounds.

/** An option of the command line, and what was given for it. */
interface Given {
  readonly option: string;
  readonly value: string | undefined;
}

/** The names that were given, or all; one that is not known is refused with what `failure` makes of the problem. */
export function chosen<Name extends string>(
  { option, value }: Given,
  known: readonly Name[],
  failure: (problem: string) => Error,
): readonly Name[] {
  if (value === undefined) return known;
  return value.split(",").map((part) => {
    const found = known.find((name) => name === part);
    if (found !== undefined) return found;
    throw failure(`${option} ${value}: \`${part}\` is not one of ${known.join(", ")}`);
  });
}

// More than anybody waits for; a slip such as `--runs 300` is refused.
const RUNS_MAX = 50;
const RUNS_DEFAULT = 3;

/** How `--runs` is explained. */
export const RUNS_USAGE = `1 to ${RUNS_MAX} (${RUNS_DEFAULT})`;

/** The rounds that `--runs` asks for; other values are refused with what `failure` makes of the problem. */
export function roundsOf(value: string | undefined, failure: (problem: string) => Error): number {
  if (value === undefined) return RUNS_DEFAULT;
  const count = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (count >= 1 && count <= RUNS_MAX) return count;
  throw failure(`--runs ${value}: write a whole number from 1 to ${RUNS_MAX}`);
}
