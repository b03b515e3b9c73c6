// Reads what kache itself says about a cache directory: `kache report --format json`, decoded to
// the few counts that the demonstration and the benchmark show.
import { StartFailure } from "./failure.ts";

/** Totals since the cache directory was made, or the difference of two such totals. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly passthroughs: number;
  readonly errors: number;
  /** Real compiler runs, as the event log counts them. */
  readonly compilerRuns: number;
  /** Answers from the cache that ran no compiler at all. */
  readonly avoidedRuns: number;
  /** What the hits' compiles took when they were made, summed over parallel ones. */
  readonly timeSavedMs: number;
}

/** Asks the executable for the counts of the cache its environment names. */
export async function readCacheCounts(
  kache: string,
  environment: Readonly<Record<string, string>>,
): Promise<CacheCounts> {
  const command = [kache, "report", "--format", "json", "--since", "24h"];
  const run = Bun.spawn(command, { env: { ...environment }, stdout: "pipe", stderr: "pipe" });
  const [text, messages, status] = await Promise.all([
    run.stdout.text(),
    run.stderr.text(),
    run.exited,
  ]);
  if (status !== 0) throw new StartFailure(`\`${command.join(" ")}\` failed:\n${messages.trim()}`);
  return decodeCacheCounts(JSON.parse(text));
}

/** Decodes the report's JSON; a missing member is an error, never a zero. */
export function decodeCacheCounts(report: unknown): CacheCounts {
  const summary = member(report, "summary");
  const events = member(report, "all_events");
  if (!Array.isArray(events)) throw new StartFailure("kache report: all_events is not a list");
  const runs = events.map((event) => count(event, "compiler_runs"));
  return {
    hits: count(summary, "local_hits"),
    // A dup compiled too: only its result turned out to be stored already.
    misses: count(summary, "misses") + count(summary, "dups"),
    passthroughs: count(summary, "passthroughs"),
    errors: count(summary, "errors"),
    compilerRuns: runs.reduce((sum, each) => sum + each, 0),
    avoidedRuns: runs.filter((each) => each === 0).length,
    timeSavedMs: count(summary, "time_saved_ms"),
  };
}

/** What happened between two readings. */
export function countsBetween(before: CacheCounts, after: CacheCounts): CacheCounts {
  return {
    hits: after.hits - before.hits,
    misses: after.misses - before.misses,
    passthroughs: after.passthroughs - before.passthroughs,
    errors: after.errors - before.errors,
    compilerRuns: after.compilerRuns - before.compilerRuns,
    avoidedRuns: after.avoidedRuns - before.avoidedRuns,
    timeSavedMs: after.timeSavedMs - before.timeSavedMs,
  };
}

function member(value: unknown, name: string): unknown {
  if (typeof value === "object" && value !== null && name in value) {
    const found: unknown = Reflect.get(value, name);
    return found;
  }
  throw new StartFailure(`kache report: member ${name} is missing`);
}

function count(value: unknown, name: string): number {
  const found = member(value, name);
  if (typeof found === "number") return found;
  throw new StartFailure(`kache report: member ${name} is not a number`);
}
