// `kache why-miss <crate>`: prints the explanation, what is stored of the crate, and its last
// events.
import { readEvents } from "../../event/read-events.ts";
import type { Event } from "../../event/event.ts";
import { formatSize } from "../../base/units.ts";
import { plain, renderTable } from "../../report/text-table.ts";
import { explainMisses, type UnitMiss } from "../../report/why-miss.ts";
import { readInputs } from "../../store/entry-inputs.ts";
import { type EntryUsage, readUsage } from "../../store/usage.ts";
import { type Context, Exit, say } from "../context.ts";

const KEY_SHOWN = 12;
const ENTRIES_MAX = 10;

/** Runs the command. */
export function run({ options, layout }: Context): number {
  const crate = options.operand ?? "";
  const events = readEvents(layout.eventLog());
  const found = explainMisses(crate, { events, inputsOf: (key) => readInputs(layout, key) });
  switch (found.kind) {
    case "no-events":
      say(
        `No events found for \`${plain(crate)}\`.`,
        "Tip: names are crate names as rustc knows them; build the crate through kache first.",
      );
      return Exit.Ok;
    case "no-miss":
      say(
        `No miss of \`${plain(crate)}\` is recorded; its last events:`,
        ...recentLines(found.recent),
      );
      return Exit.Ok;
    case "missed": {
      const entries = readUsage(layout).entries.filter(
        ({ entry }) => entry.crateName === crate.replaceAll("-", "_"),
      );
      for (const miss of found.misses) say(...missLines(miss, entries), "");
      say(...entryLines(entries, found.misses[0]?.event.cache_key), "");
      say("Recent events:", ...recentLines(found.recent));
      if (found.keyChange !== undefined) {
        const { before, now } = found.keyChange;
        say(
          "",
          `Key since the last hit: ${before.slice(0, KEY_SHOWN)} -> ${now.slice(0, KEY_SHOWN)}`,
        );
      }
      return Exit.Ok;
    }
  }
}

function keyText(key: string): string {
  return key === "" ? "-" : key.slice(0, KEY_SHOWN);
}

function missLines(
  { event, diagnosis, differences, chain }: UnitMiss,
  entries: readonly EntryUsage[],
): string[] {
  const made = entries.find(({ entry }) => entry.key === event.cache_key)?.entry;
  const unit = event.unit === undefined ? "" : `, unit ${event.unit.replace(/^-/, "")}`;
  const key = keyText(event.cache_key);
  const lines = [
    `Last ${event.result} of ${plain(event.crate_name)}${unit}: ${event.ts}, key ${key}`,
  ];
  if (made !== undefined) {
    const features = made.features.length === 0 ? "none" : made.features.join(", ");
    lines.push(plain(`  Target: ${made.target}, profile: ${made.profile}, features: ${features}`));
  }
  lines.push(plain(`  Diagnosis: ${diagnosis}`));
  lines.push(...differences.map((words) => plain(`    - ${words}`)));
  if (chain.length > 0) lines.push("  Because:", ...chain.map((words) => plain(`    - ${words}`)));
  return lines;
}

function entryLines(entries: readonly EntryUsage[], made: string | undefined): string[] {
  if (entries.length === 0) return ["Stored entries: none"];
  const newest = [...entries].sort((a, b) => b.createdMs - a.createdMs).slice(0, ENTRIES_MAX);
  const rows = newest.map(({ entry, sizeBytes }) => [
    keyText(entry.key),
    entry.crateTypes.join(","),
    entry.profile,
    entry.target,
    entry.features.join(",") || "-",
    formatSize(sizeBytes),
    entry.created,
    entry.key === made ? "<- made by this miss" : "",
  ]);
  const more = entries.length > newest.length ? `, newest ${newest.length}` : "";
  return [
    `Stored entries (${entries.length}${more}):`,
    ...renderTable(
      ["Key", "Type", "Profile", "Target", "Features", "Size", "Created", ""],
      rows,
    ).map((line) => `  ${line}`),
  ];
}

function recentLines(events: readonly Event[]): string[] {
  return events.map(({ ts, result, cache_key, miss_reason, not_stored, passthrough_reason }) => {
    const RESULT_WIDTH = "passthrough".length;
    const key = keyText(cache_key).padEnd(KEY_SHOWN);
    const why = miss_reason ?? not_stored ?? passthrough_reason ?? "";
    return plain(`  ${ts}  ${result.padEnd(RESULT_WIDTH)}  ${key}  ${why}`).trimEnd();
  });
}
