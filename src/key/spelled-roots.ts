// A root that has several names here (a link to the checkout, `$PWD` with a doubled slash): compilers write down the
// one that the call used. Texts on their way into the store keep the names apart, and what has one in it serves calls
// that spell their paths alike.
import { mapText } from "./mapped-text.ts";
import { Roots } from "./roots.ts";

/** The flag that says by which of their names a call spells the roots. */
export const SPELLED_FLAG = "spelled";

/** By the roots they are made of: a call with hundreds of definitions asks as often. */
const made = new WeakMap<Roots, Roots>();

/** The roots with each of their names as one of its own; the first keeps the root's. */
export function spelledRoots(roots: Roots): Roots {
  const known = made.get(roots);
  if (known !== undefined) return known;
  const spelled = roots.all.every(({ spellings }) => spellings.length < 2) ? roots : apart(roots);
  made.set(roots, spelled);
  return spelled;
}

function apart(roots: Roots): Roots {
  return new Roots(
    roots.all.flatMap(({ sentinel, spellings }) =>
      spellings.map((path, at) => ({
        sentinel: at === 0 ? sentinel : `${sentinel.slice(0, -1)} ${at + 1}>`,
        spellings: [path],
      })),
    ),
  );
}

/** Whether a text names a root. */
export function namesRoot(text: string, roots: Roots): boolean {
  return text.includes("/") && roots.prefixes().some(({ prefix }) => text.includes(prefix));
}

/** How these texts of a call spell the roots; undefined where every root has one name. */
export function spelledText(texts: readonly string[], roots: Roots): string | undefined {
  const spelled = spelledRoots(roots);
  if (spelled === roots) return undefined;
  return texts.map((text) => mapText(text, spelled) ?? text).join("\n");
}
