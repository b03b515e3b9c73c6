// The value of an option that names some of a list, with commas between.

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
