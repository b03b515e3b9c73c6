// `kache stats`: the store and the hit rate on one screen.
import { DAY_MS, formatDuration, formatSize } from "../../base/units.ts";
import { readReport } from "../../report/read-report.ts";
import type { Report } from "../../report/report.ts";
import { percent } from "../../base/numbers.ts";
import { type Context, Exit, say } from "../context.ts";

/** Runs the command. */
export function run({ options, layout, config }: Context): number {
  const sinceMs = options.durationMs("--since") ?? DAY_MS;
  const report = readReport(layout, { sinceMs, top: 1 });
  say(...storeLines(report, config.sizeBytesMax), ...rateLines(report));
  return Exit.Ok;
}

const LABEL_WIDTH = 12;

function line(label: string, value: string): string {
  return `${`${label}:`.padEnd(LABEL_WIDTH)}${value}`;
}

function storeLines({ storage }: Report, bytesMax: number): string[] {
  const used = `${formatSize(storage.blob_bytes)} / ${formatSize(bytesMax)}`;
  const lines = [
    line(
      "Store",
      `${used} (${storage.store_entries} entries, ${percent(storage.blob_bytes, bytesMax)}%)`,
    ),
  ];
  if (storage.store_blobs > 0) {
    const saved = percent(storage.dedup_saved_bytes, storage.logical_bytes);
    const physical = formatSize(storage.blob_bytes);
    lines.push(
      line("Dedup", `${storage.store_blobs} unique blobs, ${physical} physical, ${saved}% savings`),
    );
  }
  return lines;
}

function rateLines({ summary: s, timing, meta }: Report): string[] {
  const origins =
    `local: ${s.local_hits}, prefetch: ${s.prefetch_hits}, remote: ${s.remote_hits}, ` +
    `dup: ${s.dups}, miss: ${s.misses}`;
  const lines = [line("Hit rate", `${s.hit_rate_pct}% (${origins})`)];
  if (s.weighted_hit_rate_pct !== null) {
    lines.push(line("Weighted", `${s.weighted_hit_rate_pct}% by compile cost`));
  }
  if (s.total_crates > 0) {
    const share = percent(timing.miss_time_ms, timing.hit_time_ms + timing.miss_time_ms);
    lines.push(
      line("Miss share", `${share}% of wrapper time (${formatDuration(timing.miss_time_ms)})`),
    );
  }
  const saved = s.time_saved_ms === 0 ? "n/a" : formatDuration(s.time_saved_ms);
  lines.push(
    line("Time saved", `${saved} (estimated compile work avoided, last ${meta.since_hours}h)`),
  );
  if (s.errors + s.skipped + s.passthroughs > 0) {
    lines.push(
      line(
        "Not cached",
        `${s.passthroughs} passed through, ${s.skipped} not kept, ${s.errors} failed to compile`,
      ),
    );
  }
  if (s.verified + s.unverified > 0) {
    lines.push(
      line(
        "Verified",
        `${s.verified} hits compared with a compile: ${s.diverged_content} differ in content, ` +
          `${s.diverged_path_debug} in debug or paths; ${s.unverified} could not be compared`,
      ),
    );
  }
  lines.push(line("Remote", "not configured"));
  return lines;
}
