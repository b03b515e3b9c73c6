// A finished run as Markdown: one table a project, one a single-call crate, then what was proved
// and which limits were met. Pure.
import { cell, cellMedian, judgeBars, unitMedian } from "./bars.ts";
import type { Sample } from "./builds.ts";
import { renderCProject, renderCUnit } from "./c-tables.ts";
import { megabytes, table, time, times } from "./cells.ts";
import { PHASES, type Phase } from "./gates.ts";
import type { BenchResult, ProjectResult, UnitCrateResult } from "./result.ts";
import { range } from "./statistics.ts";
import type { ToolName } from "./tools.ts";

const PHASE_TITLES: Readonly<Record<Phase, string>> = {
  cold: "cold",
  rebuilt: "same tree, no target",
  other: "other checkout",
  noop: "second build",
};

/** Renders everything. */
export function renderResult(result: BenchResult): string {
  const { machine } = result;
  const tools = result.tools.map(({ name, version }) => `${name} ${version}`).join(", ");
  return [
    `# Benchmark of ${result.startedAt}`,
    "",
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, ` +
      `load ${machine.loadAtStart.toFixed(1)} at the start; ` +
      `${machine.rustc}; ${tools}. ` +
      `Medians of ${result.runs} rounds; percentages are of plain cargo's time for the same step.`,
    ...result.notes.map((note) => `\nNote: ${note}.`),
    ...result.projects.flatMap((project) => renderProject(project, result)),
    ...result.units.flatMap(renderUnit),
    ...result.cProjects.flatMap(renderCProject),
    ...result.cUnits.flatMap(renderCUnit),
    ...renderBars(result),
    "",
  ].join("\n");
}

function renderProject(project: ProjectResult, result: BenchResult): string[] {
  const tools = result.tools.filter((tool) =>
    project.samples.some((sample) => sample.tool === tool.name),
  );
  const header = [
    "tool",
    ...PHASES.map((phase) => PHASE_TITLES[phase]),
    "CPU time, cold",
    "hits/misses, other checkout",
    "peak memory, other checkout",
  ];
  const rows = tools.map(({ name }) => [
    name,
    ...PHASES.map((phase) => timeCell(project.samples, name, phase)),
    cpuCell(project.samples, name),
    countsCell(project.samples, name),
    megabytes(cellMedian(project.samples, name, "other", (sample) => sample.peakKb)),
  ]);
  const findings = project.findings.map(
    ({ claim, verdict, detail }) => `- ${claim}: ${verdict} (${detail})`,
  );
  const refused = project.samples
    .filter((sample) => sample.refused !== undefined)
    .map(
      ({ tool, phase, round, refused: reason }) =>
        `- refused: ${tool}, ${PHASE_TITLES[phase]}, round ${round + 1}: ${reason ?? ""}`,
    );
  const title = `## ${project.name} ${project.version} (${project.note})`;
  return ["", title, "", ...table([header, ...rows]), "", ...findings, ...refused];
}

function timeCell(samples: readonly Sample[], tool: ToolName, phase: Phase): string {
  if (tool === "cargo" && phase === "rebuilt") return "as cold";
  const walls = cell(samples, tool, phase).map((sample) => sample.wallMs);
  if (walls.length === 0) return "refused";
  const wall = cellMedian(samples, tool, phase, (sample) => sample.wallMs);
  const [low, high] = range(walls);
  const spread = walls.length < 2 ? "" : ` (${time(low)}–${time(high)})`;
  // The same tree without its target is a cold build for cargo.
  const reference = phase === "rebuilt" ? "cold" : phase;
  const baseline = cellMedian(samples, "cargo", reference, (sample) => sample.wallMs);
  const share = tool === "cargo" ? "" : `, ${((wall / baseline) * 100).toFixed(1)} %`;
  return `${time(wall)}${share}${spread}`;
}

/**
 * Less disturbed by what else runs on the machine than wall time; a daemon's share is not in it.
 */
function cpuCell(samples: readonly Sample[], tool: ToolName): string {
  const cpu = (of: ToolName) => cellMedian(samples, of, "cold", (sample) => sample.cpuMs);
  const share = tool === "cargo" ? "" : `, ${((cpu(tool) / cpu("cargo")) * 100).toFixed(1)} %`;
  return Number.isNaN(cpu(tool)) ? "refused" : `${time(cpu(tool))}${share}`;
}

function countsCell(samples: readonly Sample[], tool: ToolName): string {
  const counts = cell(samples, tool, "other").at(-1)?.counts;
  return counts === undefined ? "" : `${counts.hits}/${counts.misses}`;
}

function renderUnit(unit: UnitCrateResult): string[] {
  const wall = (timing: UnitCrateResult["timings"][number]["subject"]) =>
    unitMedian(unit.timings, timing, (cost) => cost.wallMs);
  const rows = unit.timings.map(({ subject, costs, refused }) => [
    subject === "empty" ? "empty program" : subject === "rustc" ? "rustc, no cache" : subject,
    refused === undefined ? time(wall(subject)) : `refused: ${refused}`,
    range(costs.map((cost) => cost.wallMs))
      .map(time)
      .join("–"),
    times(wall(subject) / wall("empty")),
    megabytes(unitMedian(unit.timings, subject, (cost) => cost.peakKb)),
    String(costs.length),
  ]);
  const size = (unit.rlibBytes / 1e6).toFixed(unit.rlibBytes < 1e6 ? 3 : 1);
  const header = ["one call", "median", "range", "to the empty program", "peak memory", "runs"];
  const title = `## One hit: ${unit.crate} (${unit.items} items, rlib of ${size} MB)`;
  return ["", title, "", ...table([header, ...rows])];
}

function renderBars(result: BenchResult): string[] {
  const bars = judgeBars(result);
  if (bars.length === 0) return [];
  const rows = bars.map(({ name, measured, limit, met }) => [
    name,
    measured,
    limit,
    met ? "met" : "missed",
  ]);
  return ["", "## Limits", "", ...table([["limit", "measured", "at most", ""], ...rows])];
}
