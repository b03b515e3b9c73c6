// `kache why-miss <crate>`: prints the explanation, what is stored of the crate, and its last
// events.
import { readEvents } from "../../event/read-events.ts";
import type { Event } from "../../event/event.ts";
import { baseName } from "../../base/path.ts";
import { formatSize } from "../../base/units.ts";
import { plain, renderTable } from "../../report/text-table.ts";
import {
  explainMisses,
  type MissSource,
  type StoredEntry,
  type UnitMiss,
  type WhyMiss,
} from "../../report/why-miss.ts";
import { type Inputs, readInputs } from "../../store/entry-inputs.ts";
import type { Layout } from "../../store/layout.ts";
import { type EntryUsage, readUsage } from "../../store/usage.ts";
import { type Context, Exit, say } from "../context.ts";

const KEY_SHOWN = 12;
const ENTRIES_MAX = 10;

const FORMATS = ["text", "json"] as const;

/** The version of the JSON answer: raised when a member is removed, renamed or redefined. */
const JSON_SCHEMA = 1;

/** Runs the command. */
export function run({ options, layout }: Context): number {
  // C sources are known by their file names.
  const crate = baseName(options.operand ?? "");
  const { entries } = readUsage(layout);
  const found = explainMisses(crate, sourceOf(layout, entries));
  if (options.choice("--format", FORMATS) === "json") {
    say(JSON.stringify(documentOf(crate, found), undefined, 2));
    return Exit.Ok;
  }
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
    case "missed":
      say(...textOf(found, entries));
      return Exit.Ok;
  }
}

function sourceOf(layout: Layout, entries: readonly EntryUsage[]): MissSource {
  const newest = [...entries].sort((a, b) => b.createdMs - a.createdMs);
  const byCrate = Map.groupBy(
    newest.map(({ entry }) => entry),
    ({ crateName }) => crateName,
  );
  const byFile = new Map<string, StoredEntry>();
  for (const { entry } of newest) for (const { hash } of entry.files) byFile.set(hash, entry);
  const inputs = new Map<string, Inputs | undefined>();
  return {
    events: readEvents(layout.eventLog()),
    inputsOf: (key) => {
      if (!inputs.has(key)) inputs.set(key, readInputs(layout, key));
      return inputs.get(key);
    },
    entriesOf: (crate) => byCrate.get(crate) ?? [],
    makerOf: (digest) => byFile.get(digest),
  };
}

function documentOf(crate: string, found: WhyMiss) {
  const misses = found.kind === "missed" ? found.misses : [];
  const recent = found.kind === "no-events" ? [] : found.recent;
  return {
    schema_version: JSON_SCHEMA,
    crate,
    misses: misses.map(({ event, diagnosis, differences, chain }) => ({
      ts: event.ts,
      result: event.result,
      unit: event.unit ?? null,
      cache_key: event.cache_key,
      diagnosis,
      differences,
      because: chain,
    })),
    recent: recent.map(({ ts, result, cache_key }) => ({ ts, result, cache_key })),
  };
}

function textOf(
  { misses, recent, keyChange }: Extract<WhyMiss, { kind: "missed" }>,
  all: readonly EntryUsage[],
): string[] {
  const crate = misses[0]?.event.crate_name;
  const entries = all.filter(({ entry }) => entry.crateName === crate);
  return [
    ...misses.flatMap((miss) => [...missLines(miss, entries), ""]),
    ...entryLines(entries, misses[0]?.event.cache_key),
    "",
    "Recent events:",
    ...recentLines(recent),
    ...(keyChange === undefined
      ? []
      : ["", `Key since the last hit: ${keyText(keyChange.before)} -> ${keyText(keyChange.now)}`]),
  ];
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
