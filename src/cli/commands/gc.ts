// `kache gc`: evicts by size or age and clears what is unused. One at a time per cache.
import { wallMs } from "../../base/clock.ts";
import { formatSize, HOUR_MS } from "../../base/units.ts";
import { collectGarbage, type GcResult, type GcRule } from "../../store/sweep.ts";
import { type Context, Exit, hasStore, requireGcLock, say } from "../context.ts";

/** Runs the command. */
export function run({ options, config, layout }: Context): number {
  const ageMsMax = options.durationMs("--max-age");
  const rule: GcRule =
    ageMsMax === undefined
      ? { kind: "size", bytesMax: config.sizeBytesMax }
      : { kind: "age", ageMsMax };
  const tell = options.has("--background") ? () => undefined : say;
  if (!hasStore(layout)) {
    tell(evictedText(0, rule), "Store: 0 B (0 entries)");
    return Exit.Ok;
  }
  const lock = requireGcLock(layout, 0);
  if (lock === "busy") {
    tell("Another GC is already running; skipping.");
    return Exit.Ok;
  }
  try {
    const result = collectGarbage(layout, rule, wallMs());
    tell(...resultLines(result, rule));
  } finally {
    lock.release();
  }
  return Exit.Ok;
}

function evictedText(count: number, rule: GcRule): string {
  return rule.kind === "size"
    ? `Evicted ${count} entries to stay under size limit.`
    : `Evicted ${count} entries older than ${Math.round(rule.ageMsMax / HOUR_MS)}h.`;
}

function resultLines(result: GcResult, rule: GcRule): string[] {
  const lines = [evictedText(result.evicted, rule)];
  if (result.shortfall !== undefined && rule.kind === "size") {
    lines.push(`Still over the limit of ${formatSize(rule.bytesMax)}: ${result.shortfall}.`);
  }
  if (result.blobsRemoved > 0) {
    lines.push(
      `Removed ${result.blobsRemoved} unused blobs, freed ${formatSize(result.bytesFreed)}.`,
    );
  }
  const { crateFacts, locks, manifests, outDirs, scratchDirs, settled, temps, toolchains } =
    result.leftovers;
  const cleared =
    crateFacts + locks + manifests + outDirs + scratchDirs + settled + temps + toolchains;
  if (cleared > 0) lines.push(`Cleared ${cleared} leftovers of ended builds.`);
  lines.push(`Store: ${formatSize(result.bytesLeft)} (${result.entriesLeft} entries)`);
  return lines;
}
