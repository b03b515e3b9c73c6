// A failing list of edits → a short one that still fails: first everything after the failure goes, then
// ever smaller pieces (delta debugging), then each edit's own knobs. Bounded by a number of replays.
import type { Edit, Knobs } from "./knobs.ts";

/** Whether a list of edits fails, and after how many of them. */
export type Fails = (edits: readonly Edit[]) => number | undefined;

/** The shortest failing list found; the given one fails after `step` edits. */
export function shrink(
  edits: readonly Edit[],
  step: number,
  fails: Fails,
  replaysMax: number,
): Edit[] {
  let best = edits.slice(0, step);
  let replays = 0;
  const attempt = (candidate: Edit[]): boolean => {
    if (replays >= replaysMax) return false;
    replays += 1;
    const failed = fails(candidate);
    if (failed === undefined) return false;
    best = candidate.slice(0, failed);
    return true;
  };
  for (
    let size = Math.ceil(best.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < best.length;) {
      if (!attempt([...best.slice(0, at), ...best.slice(at + size)])) at += size;
    }
  }
  for (let at = 0; at < best.length; at += 1) {
    for (const name of Object.keys(best[at]?.set ?? {})) {
      const edit = best[at];
      if (edit !== undefined) attempt(best.with(at, { ...edit, set: without(edit.set, name) }));
    }
  }
  return best;
}

function without(set: Partial<Knobs>, name: string): Partial<Knobs> {
  return Object.fromEntries(Object.entries(set).filter(([knob]) => knob !== name));
}
