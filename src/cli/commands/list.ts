// `kache list [crate]`: what is in the cache, as a table, or in full for one crate.
import { timestamp } from "../../base/clock.ts";
import { formatSize } from "../../base/units.ts";
import { plain, renderTable } from "../../report/text-table.ts";
import { type EntryUsage, readUsage } from "../../store/usage.ts";
import { type Context, counted, Exit, say } from "../context.ts";

const SORTS = ["name", "size", "hits", "age"] as const;
type Sort = (typeof SORTS)[number];

/** Runs the command. */
export function run({ options, layout }: Context): number {
  const sort = options.choice("--sort", SORTS) ?? "name";
  const crate = options.operand;
  const chosen = readUsage(layout).entries.filter(
    ({ entry }) => crate === undefined || entry.crateName === crate,
  );
  const entries = [...chosen].sort((a, b) => compare(a, b, sort));
  if (entries.length === 0) {
    say(crate === undefined ? "No cached entries." : `No cached entries for '${crate}'.`);
  } else if (crate === undefined) {
    say(...tableOf(entries));
  } else {
    say(entries.map(detailsOf).join("\n\n"));
  }
  return Exit.Ok;
}

function compare(a: EntryUsage, b: EntryUsage, sort: Sort): number {
  switch (sort) {
    case "name":
      return order(a.entry.crateName, b.entry.crateName) || b.createdMs - a.createdMs;
    case "size":
      return b.sizeBytes - a.sizeBytes;
    case "hits":
      return b.hits - a.hits;
    case "age":
      return a.accessedMs - b.accessedMs;
  }
}

function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

const DATE_LENGTH = "2026-01-01".length;

function dateOf(ms: number): string {
  return timestamp(ms).slice(0, DATE_LENGTH);
}

function orDash(text: string): string {
  return text === "" ? "-" : text;
}

const RULE_WIDTH = 92;

function tableOf(entries: readonly EntryUsage[]): string[] {
  const [head = "", ...rows] = renderTable(
    ["Crate", "Type", "Profile", "Size", "Hits", "Created", "Accessed"],
    entries.map(({ entry, sizeBytes, hits, createdMs, accessedMs }) => [
      entry.crateName,
      orDash(entry.crateTypes.join(",")),
      orDash(entry.profile),
      formatSize(sizeBytes),
      String(hits),
      dateOf(createdMs),
      dateOf(accessedMs),
    ]),
    new Set(["Size", "Hits"]),
  );
  return [head, "-".repeat(RULE_WIDTH), ...rows, "", counted(entries.length, "entry", "entries")];
}

const KEY_SHOWN = 16;

function detailsOf({ entry, sizeBytes, hits, createdMs, accessedMs }: EntryUsage): string {
  const facts: [string, string][] = [
    ["Crate", entry.crateName],
    ["Type", orDash(entry.crateTypes.join(", "))],
    ["Profile", orDash(entry.profile)],
    ["Size", formatSize(sizeBytes)],
    ["Hits", String(hits)],
    ["Created", dateOf(createdMs)],
    ["Accessed", dateOf(accessedMs)],
    ["Features", orDash(entry.features.join(", "))],
    ["Target", orDash(entry.target)],
  ];
  const LABEL_WIDTH = 10;
  return [
    `Cache key: ${entry.key.slice(0, KEY_SHOWN)}`,
    ...facts.map(([label, value]) => `  ${`${label}:`.padEnd(LABEL_WIDTH)}${plain(value)}`),
    "  Files:",
    ...entry.files.map(({ name, size }) => `    ${plain(name)} (${formatSize(size)})`),
  ].join("\n");
}
