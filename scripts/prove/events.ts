// What kache itself wrote down about a build: the lines that its event log gained meanwhile.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** One wrapper call, as far as the proof looks at it. */
export interface CallEvent {
  readonly crate: string;
  /** Cargo's `-C extra-filename`, which names the unit's files; empty where there is none. */
  readonly unit: string;
  readonly result: string;
  /** Why it missed, was passed through or was not stored; empty for a hit. */
  readonly reason: string;
  /** How a compile beside the hit compared; undefined where there was none. */
  readonly verified: string | undefined;
  readonly verifyDetail: string;
}

/** Every event of a cache directory so far, in log order. */
export async function readEvents(cache: string): Promise<readonly CallEvent[]> {
  const log = join(cache, "events.jsonl");
  if (!existsSync(log)) return [];
  const lines = (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => decodeEvent(JSON.parse(line)));
}

function decodeEvent(event: unknown): CallEvent {
  const text = (name: string): string | undefined => {
    if (typeof event !== "object" || event === null) return undefined;
    const value: unknown = Reflect.get(event, name);
    return typeof value === "string" ? value : undefined;
  };
  const reasons = ["passthrough_reason", "miss_reason", "not_stored"].flatMap(
    (name) => text(name) ?? [],
  );
  return {
    crate: text("crate_name") ?? "?",
    unit: text("unit") ?? "",
    result: text("result") ?? "?",
    reason: reasons.join("; "),
    verified: text("verified"),
    verifyDetail: text("verify_detail") ?? "",
  };
}

/** What verifying a whole build came to: hits with every byte the same, and differences by name. */
export function sumVerified(events: readonly CallEvent[]): { same: number; faults: string[] } {
  const differing = events.filter(({ verified }) => /^(content|path-debug)$/.test(verified ?? ""));
  return {
    same: events.filter(({ verified }) => verified === "same").length,
    faults: differing.map(({ crate, verifyDetail }) => `${crate}: ${verifyDetail}`),
  };
}

/** Calls that a complete cache would have answered: everything but hits. */
export function unanswered(events: readonly CallEvent[]): readonly CallEvent[] {
  return events.filter(({ result }) => !result.endsWith("_hit"));
}
