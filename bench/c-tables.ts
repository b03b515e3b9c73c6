// The C part of a finished run as Markdown. Pure.
import { C_PHASES, type CPhase, type CProjectResult, type CSample } from "./c-projects.ts";
import type { CSubject, CUnitResult } from "./c-units.ts";
import { median, range } from "./statistics.ts";
import type { ToolName } from "./tools.ts";
import { megabytes, table, time, times } from "./cells.ts";

const PHASE_TITLES: Readonly<Record<CPhase, string>> = { cold: "cold", other: "other checkout" };

/** Median wall time of one subject's hit; NaN when it is missing or was refused. */
export function cUnitMedian(unit: CUnitResult, subject: CSubject): number {
  const found = unit.timings.find((each) => each.subject === subject && each.refused === undefined);
  return median(found?.costs.map(({ wallMs }) => wallMs) ?? []);
}

/** Median of one figure of a tool's builds that count. */
export function cCellMedian(
  samples: readonly CSample[],
  tool: ToolName,
  phase: CPhase,
  of: (sample: CSample) => number,
): number {
  return median(cellOf(samples, tool, phase).map(of));
}

function cellOf(samples: readonly CSample[], tool: ToolName, phase: CPhase): CSample[] {
  return samples.filter(
    (each) => each.tool === tool && each.phase === phase && each.refused === undefined,
  );
}

/** One source's table. */
export function renderCUnit(unit: CUnitResult): string[] {
  const rows = unit.timings.map(({ subject, costs, refused }) => [
    subject === "empty" ? "empty program" : subject === "cc" ? "compiler, no cache" : subject,
    refused === undefined ? time(cUnitMedian(unit, subject)) : `refused: ${refused}`,
    range(costs.map(({ wallMs }) => wallMs))
      .map(time)
      .join("–"),
    ...(["empty", "ccache", "sccache"] as const).map((other) =>
      times(cUnitMedian(unit, subject) / cUnitMedian(unit, other)),
    ),
    megabytes(median(costs.map(({ peakKb }) => peakKb))),
    String(costs.length),
  ]);
  const header = [
    ...["one compile", "median", "range", "to the empty program", "to ccache", "to sccache"],
    ...["peak memory", "runs"],
  ];
  const size = `${unit.headers} files read, object of ${(unit.objectBytes / 1000).toFixed(1)} KB`;
  return ["", `## One hit: ${unit.name} (${size})`, "", ...table([header, ...rows])];
}

/** One project's table. */
export function renderCProject(project: CProjectResult): string[] {
  const { samples } = project;
  const tools = [...new Set(samples.map(({ tool }) => tool))];
  const wall = (tool: ToolName, phase: CPhase) =>
    cCellMedian(samples, tool, phase, ({ wallMs }) => wallMs);
  const timeCell = (tool: ToolName, phase: CPhase) => {
    const walls = cellOf(samples, tool, phase).map(({ wallMs }) => wallMs);
    if (walls.length === 0) return "refused";
    const share =
      tool === "cc" ? "" : `, ${((wall(tool, phase) / wall("cc", phase)) * 100).toFixed(1)} %`;
    const spread = walls.length < 2 ? "" : ` (${range(walls).map(time).join("–")})`;
    return `${time(wall(tool, phase))}${share}${spread}`;
  };
  const cpuCell = (tool: ToolName) =>
    time(cCellMedian(samples, tool, "cold", ({ cpuMs }) => cpuMs));
  const rows = tools.map((tool) => {
    const counts = cellOf(samples, tool, "other").at(-1)?.counts;
    return [
      tool === "cc" ? "compiler, no cache" : tool,
      ...C_PHASES.map((phase) => timeCell(tool, phase)),
      cpuCell(tool),
      counts === undefined ? "" : `${counts.hits}/${counts.misses}`,
    ];
  });
  const header = [
    "make -j2",
    ...C_PHASES.map((phase) => PHASE_TITLES[phase]),
    "CPU time, cold",
    "hits/misses, other checkout",
  ];
  const findings = project.findings.map(
    ({ claim, verdict, detail }) => `- ${claim}: ${verdict} (${detail})`,
  );
  const refused = samples
    .filter((sample) => sample.refused !== undefined)
    .map(
      ({ tool, phase, round, refused: reason }) =>
        `- refused: ${tool}, ${PHASE_TITLES[phase]}, round ${round + 1}: ${reason ?? ""}`,
    );
  const title = `## ${project.name}, C (${project.note}; ${project.files} compiles)`;
  return ["", title, "", ...table([header, ...rows]), "", ...findings, ...refused];
}
