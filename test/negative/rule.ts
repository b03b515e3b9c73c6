// One rule of the negative control: the text that keeps a stale result out, and what stands there without it.

/** A change of one source. */
export interface Patch {
  /** Below src/. */
  readonly file: string;
  readonly text: string;
  /** What stands there instead; OFF is true while the rule is switched off. */
  readonly weakened: string;
}

/** One rule. */
export interface Rule extends Patch {
  readonly name: string;
  /** Other places that enforce it, or the net below it. */
  readonly also?: readonly Patch[];
  /** A suite, or what stands beside a source (`src/store/blob`), and a part of the name of a case that fails without the rule. */
  readonly suite: string;
  readonly test: string;
}

/** A row whose first condition becomes true, or false, with the rule off. */
export function rule(
  name: string,
  file: string,
  [text, weakened]: readonly [string, string],
  [suite, test]: readonly [string, string],
): Rule {
  return { name, file, text, weakened, suite, test };
}

/** Where the cases of a suite are, below the project's directory. */
export function suiteFile(suite: string): string {
  return suite.startsWith("src/") ? `${suite}.test.ts` : `test/suites/${suite}.test.ts`;
}
