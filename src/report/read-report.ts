// The cache directory → a Report. Works on an empty or missing directory and creates nothing there.
import { timestamp, wallMs } from "../base/clock.ts";
import { HOUR_MS } from "../base/units.ts";
import { VERSION } from "../base/version.ts";
import { readEvents } from "../event/read-events.ts";
import type { Layout } from "../store/layout.ts";
import { readGcStats } from "../store/sweep.ts";
import { readUsage, totalsOf } from "../store/usage.ts";
import { buildReport, type Report } from "./report.ts";

/** The window and the length of lists. */
export interface ReportQuestion {
  readonly sinceMs: number;
  readonly top: number;
}

/** Reads everything a report shows. `sinceMs` is how long the window is. */
export function readReport(layout: Layout, { sinceMs, top }: ReportQuestion): Report {
  const nowMs = wallMs();
  const from = nowMs - sinceMs;
  return buildReport({
    events: readEvents(layout.eventLog(), from),
    store: totalsOf(readUsage(layout).entries),
    gc: readGcStats(layout),
    sinceMs: from,
    sinceHours: Math.round(sinceMs / HOUR_MS),
    generatedAt: timestamp(nowMs),
    version: VERSION,
    top,
  });
}
