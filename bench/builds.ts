// Builds one project with every tool, phase by phase, and keeps what each build cost and did.
// Within a round the tools take turns at every phase, and the order is reversed from round to
// round, so that a machine that gets slower or faster meanwhile does so for all of them.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PHASES, refusal, type Phase } from "./gates.ts";
import { measure, runChecked, type Cost, type Instruments } from "./measure.ts";
import type { CheckOut, Project } from "./projects.ts";
import { removeTarget, type HitCounts, type Tool, type ToolName } from "./tools.ts";

/** One timed build. */
export interface Sample extends Cost {
  readonly tool: ToolName;
  readonly phase: Phase;
  readonly round: number;
  readonly counts: HitCounts | undefined;
  /** Why it does not count. */
  readonly refused: string | undefined;
}

/** A tool with its two checkouts of a project, which differ in path and in depth. */
export interface Stand {
  readonly tool: Tool;
  readonly first: string;
  readonly second: string;
}

/** Makes both checkouts for every tool; paths are equally long for all. */
export async function makeStands(
  project: Project,
  tools: readonly Tool[],
  where: { readonly directory: string; readonly checkOut: CheckOut },
): Promise<readonly Stand[]> {
  const stands: Stand[] = [];
  for (const [at, tool] of tools.entries()) {
    const base = join(where.directory, project.name, `tool-${at}`);
    const first = join(base, "first", project.name);
    const second = join(base, "second", "checkout", "elsewhere", project.name);
    await mkdir(join(base, "first"), { recursive: true });
    await mkdir(join(second, ".."), { recursive: true });
    await where.checkOut(first);
    await where.checkOut(second);
    stands.push({ tool, first, second });
  }
  return stands;
}

/** Runs all rounds; `tell` is called before every build. */
export async function timeBuilds(
  stands: readonly Stand[],
  plan: { readonly runs: number; readonly instruments: Instruments },
  tell: (step: string) => void,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round < plan.runs; round++) {
    const order = round % 2 === 0 ? stands : stands.toReversed();
    for (const stand of stands) await stand.tool.begin();
    try {
      for (const phase of PHASES) {
        for (const stand of order) {
          // Nothing to restore from: for cargo this is the cold build once more.
          if (phase === "rebuilt" && stand.tool.name === "cargo") continue;
          tell(`round ${round + 1}/${plan.runs}, ${phase}, ${stand.tool.name}`);
          samples.push(await timeBuild(stand, phase, { round, samples, ...plan }));
        }
      }
    } finally {
      for (const stand of stands) await stand.tool.end();
    }
  }
  return samples;
}

async function timeBuild(
  stand: Stand,
  phase: Phase,
  run: {
    readonly round: number;
    readonly samples: readonly Sample[];
    readonly instruments: Instruments;
  },
): Promise<Sample> {
  const { tool } = stand;
  const { round } = run;
  const directory = phase === "cold" || phase === "rebuilt" ? stand.first : stand.second;
  const target = join(directory, "target");
  if (phase === "cold") await removeTarget(join(stand.second, "target"));
  if (phase !== "noop") await removeTarget(target);
  // What the previous build wrote is flushed before the clock starts, not while it runs.
  await runChecked({ argv: ["sync"], cwd: directory, environment: tool.environment });
  const cost = await measure(run.instruments, buildCommand(tool, directory));
  const counts = await tool.takeCounts();
  const cold = run.samples.find(
    (each) => each.tool === tool.name && each.round === round && each.phase === "cold",
  );
  const refused = refusal(phase, { counts, wallMs: cost.wallMs }, cold);
  return { ...cost, tool: tool.name, phase, round, counts, refused };
}

/**
 * The build that is timed everywhere: the tool's profile, no network, the project's own lock. What stands in
 * front of rustc stands in front of the C compiler of build scripts as well.
 */
export function buildCommand(tool: Tool, directory: string) {
  const { wrapper } = tool;
  const compilers = wrapper === undefined ? {} : { CC: `${wrapper} cc`, CXX: `${wrapper} c++` };
  return {
    argv: [
      ...[tool.cargo, "build", "--locked", "--offline"],
      ...(tool.profile === undefined ? [] : ["--profile", tool.profile]),
    ],
    cwd: directory,
    environment: { ...tool.environment, ...compilers },
  } as const;
}
