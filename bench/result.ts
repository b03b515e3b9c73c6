// What one run of the benchmark found: the shape of the JSON it writes, raw samples included, so
// that every table can be made again from it.
import { arch, cpus, loadavg, release, totalmem, type as systemName } from "node:os";
import type { Sample } from "./builds.ts";
import type { CProjectResult } from "./c-projects.ts";
import type { CUnitResult } from "./c-units.ts";
import type { Finding } from "./proof.ts";
import type { ToolName } from "./tools.ts";
import type { UnitTiming } from "./units.ts";

/** Version of the JSON's shape; goes up with every change that a reader could stumble over. */
export const RESULT_VERSION = 2;

/** Where it was measured. */
export interface Machine {
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly rustc: string;
  /**
   * One-minute load average before anything was run: above 0.2 or so, somebody else was at work.
   */
  readonly loadAtStart: number;
}

/** One project with everything that was measured of it. */
export interface ProjectResult {
  readonly name: string;
  readonly version: string;
  readonly note: string;
  readonly samples: readonly Sample[];
  readonly findings: readonly Finding[];
}

/** One single-call crate. */
export interface UnitCrateResult {
  readonly crate: string;
  readonly items: number;
  readonly rlibBytes: number;
  readonly timings: readonly UnitTiming[];
}

/** The whole run. */
export interface BenchResult {
  readonly version: typeof RESULT_VERSION;
  readonly startedAt: string;
  readonly runs: number;
  readonly machine: Machine;
  readonly tools: readonly { readonly name: ToolName; readonly version: string }[];
  /** Things a reader of the tables has to know: rivals that are missing, parts left out. */
  readonly notes: readonly string[];
  readonly projects: readonly ProjectResult[];
  readonly units: readonly UnitCrateResult[];
  readonly cProjects: readonly CProjectResult[];
  readonly cUnits: readonly CUnitResult[];
}

/** Describes this machine as it is now. */
export function describeMachine(): Machine {
  const processors = cpus();
  return {
    system: `${systemName()} ${release()} ${arch()}`,
    cpu: processors[0]?.model.trim() ?? "?",
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    rustc: Bun.spawnSync(["rustc", "--version"]).stdout.toString().trim(),
    loadAtStart: loadavg()[0] ?? 0,
  };
}
