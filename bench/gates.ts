// The rules that decide whether a measurement means what its column says. A figure that breaks one
// is refused, not shown. Pure: the callers measure, these judge.
import type { Exec } from "./measure.ts";
import { compiledCrate } from "./measure.ts";
import type { HitCounts } from "./tools.ts";

/** The builds that are timed, in the order in which they follow each other. */
export const PHASES = ["cold", "rebuilt", "other", "noop"] as const;

/** One of them. */
export type Phase = (typeof PHASES)[number];

/** What one timed build did, beside its cost. */
export interface Observation {
  /** Absent for a tool that keeps no counts. */
  readonly counts: HitCounts | undefined;
  readonly wallMs: number;
}

// A build that took this share of the cold one has not been served, whatever it says.
const WARM_SHARE_MAX = 0.9;

/** Why a timed build does not count, or undefined; `cold` is the same tool's of the same round. */
export function refusal(
  phase: Phase,
  seen: Observation,
  cold: Observation | undefined,
): string | undefined {
  const { counts } = seen;
  if (counts === undefined || phase === "noop") return undefined;
  if (phase === "cold") {
    return counts.misses === 0 ? "the cold build missed nothing; was it run at all?" : undefined;
  }
  if (counts.hits > 0) return undefined;
  // Some tools copy whole units before cargo asks; then fewer are asked for than in the cold build.
  const asked = cold?.counts === undefined ? 0 : cold.counts.hits + cold.counts.misses;
  const copied = asked - counts.misses > 0;
  const quick = cold !== undefined && seen.wallMs < cold.wallMs * WARM_SHARE_MAX;
  return copied && quick ? undefined : "the warm build restored nothing";
}

/** What a build in a fresh checkout executed, for the claim that it compiled nothing. */
export function compilesIn(execs: readonly Exec[]): string[] {
  return execs.flatMap((exec) => compiledCrate(exec.argv) ?? []);
}

/** How often the wrapper was started. */
export function wrapperStarts(execs: readonly Exec[], wrapper: string): number {
  return execs.filter((exec) => exec.argv[0] === wrapper).length;
}
