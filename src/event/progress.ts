// KACHE_PROGRESS: one line per unit on stderr, only when asked for, since cargo replays stderr.
import type { Event, EventResult } from "./event.ts";

const WORDS: Readonly<Partial<Record<EventResult, string>>> = {
  local_hit: "local hit",
  prefetch_hit: "prefetch hit",
  remote_hit: "remote hit",
  dup: "dup",
  miss: "miss",
  error: "error",
};

const QUIET = new Set<EventResult>(["dup", "miss"]);

/** The line for an event, or undefined when this setting does not ask for it. */
export function progressLine(event: Event, setting: string | undefined): string | undefined {
  const verbose = setting === "verbose" || setting === "all";
  if (!verbose && setting !== "1" && setting !== "hits") return undefined;
  const word = WORDS[event.result];
  if (word === undefined || (!verbose && QUIET.has(event.result))) return undefined;
  const SECOND_MS = 1000;
  const ms = event.elapsed_ms;
  const time = ms < SECOND_MS ? `${ms}ms` : `${(ms / SECOND_MS).toFixed(1)}s`;
  const MIB = 1024 ** 2;
  const size = event.size === 0 ? "" : `, ${(event.size / MIB).toFixed(1)} MiB`;
  return `[kache] ${event.crate_name}: ${word} (${time}${size})`;
}
