// The demonstration's closing words: what was built, what the cache answered, what that saved.
import type { CacheCounts } from "./cache-counts.ts";
import { seconds } from "./progress.ts";

/** One finished build. */
export interface FinishedBuild {
  /** Where it was built, as the user is to read it. */
  readonly directory: string;
  readonly wallMs: number;
  readonly counts: CacheCounts;
}

/** Everything the summary tells. */
export interface Summary {
  readonly title: string;
  readonly cargo: string;
  readonly cold: FinishedBuild;
  readonly other: FinishedBuild;
  /** Command that shows the full report. */
  readonly report: string;
}

/** Renders the summary as lines of plain text. */
export function renderSummary(summary: Summary): string {
  const { cold, other } = summary;
  const units = other.counts.hits + other.counts.misses + other.counts.errors;
  const faster = cold.wallMs / Math.max(other.wallMs, 1);
  const lines = [
    "",
    `${summary.title}, ${summary.cargo}`,
    "",
    ...build("Cold, empty cache", cold),
    ...build("Second checkout, other path and depth", other),
    "",
    ...(units === 0
      ? ["Nothing was compiled: give a command that builds, such as `npm start -- build`."]
      : [
          `Compiler runs avoided  ${other.counts.avoidedRuns} of ${units}`,
          `Time saved             ${seconds(Math.max(0, cold.wallMs - other.wallMs))} of waiting ` +
            `(${faster.toFixed(faster < 10 ? 1 : 0)} times as fast), ` +
            `${seconds(other.counts.timeSavedMs)} of compiling`,
        ]),
    `Full report            ${summary.report}`,
    "",
    "The checkouts are gone again; the cache stays until the next run, for the report.",
    "",
  ];
  return lines.join("\n");
}

function build(name: string, finished: FinishedBuild): string[] {
  const { hits, misses, passthroughs, errors } = finished.counts;
  const rest = [
    ...(passthroughs > 0 ? [`${passthroughs} passed through`] : []),
    ...(errors > 0 ? [`${errors} errors`] : []),
  ].map((part) => `, ${part}`);
  return [
    `${name.padEnd(38)} ${seconds(finished.wallMs).padStart(8)}   ` +
      `${hits} hits, ${misses} misses${rest.join("")}`,
    `  ${finished.directory}`,
  ];
}
