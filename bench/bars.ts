// The limits this project set itself, judged against the medians of one run. Missing one is shown,
// not an error: a busy machine misses them too. Pure.
import type { Sample } from "./builds.ts";
import type { Phase } from "./gates.ts";
import { cCellMedian, cUnitMedian } from "./c-tables.ts";
import type { BenchResult, ProjectResult } from "./result.ts";
import { median } from "./statistics.ts";
import type { ToolName } from "./tools.ts";
import type { UnitSubject, UnitTiming } from "./units.ts";

/** One limit. */
export interface Bar {
  readonly name: string;
  readonly measured: string;
  readonly limit: string;
  readonly met: boolean;
}

// Cold builds may cost this much more than plain cargo's.
const COLD_RATIO_MAX = 1.03;
// ripgrep in another checkout, as a share of plain cargo's time.
const OTHER_SHARE_MAX = 0.05;
// One hit on a tiny library, against an empty program of the same runtime and against sccache.
const HIT_TO_EMPTY_MAX = 2.5;
const HIT_TO_SCCACHE_MAX = 0.6;
const HIT_PEAK_MB_MAX = 60;
// One hit on a C file, against an empty program; cold C builds, against the compiler alone.
const C_HIT_TO_EMPTY_MAX = 1.5;
const C_COLD_RATIO_MAX = 1.03;

/** Every limit for which this run has the figures. */
export function judgeBars(result: BenchResult): readonly Bar[] {
  const bars: Bar[] = [];
  for (const project of result.projects) {
    const cold = ratio(project, "cold");
    // A project of two crates is all start-up; the limit is about real ones.
    if (!Number.isNaN(cold) && project.name !== "smoke") {
      bars.push(bar(`${project.name}: cold build / cargo`, cold, COLD_RATIO_MAX, "×"));
    }
    const other = ratio(project, "other");
    if (project.name === "ripgrep" && !Number.isNaN(other)) {
      bars.push(bar("ripgrep: other checkout / cargo", other * 100, OTHER_SHARE_MAX * 100, " %"));
    }
  }
  for (const unit of result.units) {
    const wall = (subject: UnitSubject) => unitMedian(unit.timings, subject, (cost) => cost.wallMs);
    const peak = unitMedian(unit.timings, "kache", (cost) => cost.peakKb / 1024);
    if (unit.crate === "tiny") {
      const toEmpty = wall("kache") / wall("empty");
      const toSccache = wall("kache") / wall("sccache");
      if (!Number.isNaN(toEmpty)) {
        bars.push(bar("tiny hit / empty program", toEmpty, HIT_TO_EMPTY_MAX, "×"));
      }
      if (!Number.isNaN(toSccache)) {
        bars.push(bar("tiny hit / sccache", toSccache, HIT_TO_SCCACHE_MAX, "×"));
      }
    }
    if (!Number.isNaN(peak)) {
      bars.push(bar(`${unit.crate} hit: peak memory`, peak, HIT_PEAK_MB_MAX, " MB"));
    }
  }
  return [...bars, ...judgeCBars(result)];
}

function judgeCBars({ cProjects, cUnits }: BenchResult): Bar[] {
  const bars: Bar[] = [];
  for (const unit of cUnits) {
    const ratioTo = (other: "empty" | "ccache" | "sccache") =>
      cUnitMedian(unit, "kache") / cUnitMedian(unit, other);
    const named = (other: string) => `${unit.name}: hit / ${other}`;
    bars.push(bar(named("empty program"), ratioTo("empty"), C_HIT_TO_EMPTY_MAX, "×"));
    for (const rival of ["ccache", "sccache"] as const) {
      bars.push(bar(named(rival), ratioTo(rival), 1, "×"));
    }
  }
  // Small projects are all start-up; the limit is about what is compiled for a while.
  for (const { name, samples, files } of cProjects.filter(({ files }) => files >= 200)) {
    const cold = (tool: ToolName) => cCellMedian(samples, tool, "cold", ({ wallMs }) => wallMs);
    const label = `${name}, ${files} C files: cold build`;
    bars.push(bar(`${label} / compiler`, cold("kache") / cold("cc"), C_COLD_RATIO_MAX, "×"));
    for (const rival of ["ccache", "sccache"] as const) {
      bars.push(bar(`${label} / ${rival}`, cold("kache") / cold(rival), 1, "×"));
    }
  }
  return bars.filter(({ measured }) => !measured.startsWith("NaN"));
}

/** Median of the samples of one cell that count. */
export function cellMedian(
  samples: readonly Sample[],
  tool: ToolName,
  phase: Phase,
  of: (sample: Sample) => number,
): number {
  return median(cell(samples, tool, phase).map(of));
}

/** The samples of one cell that were not refused. */
export function cell(samples: readonly Sample[], tool: ToolName, phase: Phase): Sample[] {
  return samples.filter(
    (each) => each.tool === tool && each.phase === phase && each.refused === undefined,
  );
}

/** Median of a subject's timings for one crate; NaN when it is missing or was refused. */
export function unitMedian(
  timings: readonly UnitTiming[],
  subject: UnitSubject,
  of: (cost: UnitTiming["costs"][number]) => number,
): number {
  const found = timings.find((each) => each.subject === subject && each.refused === undefined);
  return median(found?.costs.map(of) ?? []);
}

function ratio(project: ProjectResult, phase: Phase): number {
  const wall = (tool: ToolName) =>
    cellMedian(project.samples, tool, phase, (sample) => sample.wallMs);
  return wall("kache") / wall("cargo");
}

function bar(name: string, measured: number, limit: number, unit: string): Bar {
  return {
    name,
    measured: `${measured.toPrecision(3)}${unit}`,
    limit: `${limit}${unit}`,
    met: measured <= limit,
  };
}
