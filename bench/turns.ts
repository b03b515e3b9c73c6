// `npm run bench:turns`: what a cold build costs through kache, on a machine that is too noisy for 3 %. Two builds with
// plain cargo and one with kache run at the same time, but only one of them is awake at any moment, for a quarter of a
// second: what slows the machine down meets all three. Prints each one's time awake and processor time in relation to
// the first; the second shows how far the method can be trusted. Exit status 2 for wrong usage.
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { executable } from "../scripts/build.ts";
import { openRunDirectory } from "../scripts/start/scratch.ts";
import { buildCommand } from "./builds.ts";
import { chosen, roundsOf, RUNS_USAGE } from "./chosen.ts";
import { runProgram } from "./command-line.ts";
import { wrappedBaseline } from "./environment.ts";
import { BenchFailure } from "./failure.ts";
import { makeProcessGroup, type ProcessGroup } from "./freezer.ts";
import { runChecked } from "./measure.ts";
import { prepareProject, PROJECTS, type Project } from "./projects.ts";
import { benchDirectory } from "./rivals.ts";
import { median } from "./statistics.ts";
import { kacheTool, plainCargo, type Tool } from "./tools.ts";

const AWAKE_MS = 250;

const USAGE = `Usage: npm run bench:turns [-- OPTION...]    (as root, on Linux)

  --projects NAME,...  of: ${PROJECTS.map((project) => project.name).join(", ")} (ripgrep)
  --runs N             rounds, ${RUNS_USAGE}
  --kache PATH         executable under test (dist/kache)
`;

interface Options {
  readonly projects: readonly Project[];
  readonly rounds: number;
  readonly kache: string;
}

function failure(problem: string): BenchFailure {
  return new BenchFailure(`${problem}\n\n${USAGE}`, 2);
}

function parseOptions(given: readonly string[]): Options | "help" {
  const values = new Map<string, string>();
  for (let at = 0; at < given.length; at += 2) {
    const name = given[at] ?? "";
    if (name === "--help" || name === "-h") return "help";
    const value = given[at + 1] ?? "";
    if (!["--projects", "--runs", "--kache"].includes(name) || value === "")
      throw failure(`cannot use \`${name}\``);
    values.set(name, value);
  }
  const names = PROJECTS.map(({ name }) => name);
  const value = values.get("--projects") ?? "ripgrep";
  const projects = chosen({ option: "--projects", value }, names, failure);
  return {
    projects: PROJECTS.filter(({ name }) => projects.includes(name)),
    rounds: roundsOf(values.get("--runs"), failure),
    kache: resolve(values.get("--kache") ?? executable),
  };
}

/** A build that takes turns with others. */
interface Turn {
  readonly tool: Tool;
  readonly directory: string;
}

/** What it cost: milliseconds awake, and of processors, all its processes together. */
interface Cost {
  readonly awakeMs: number;
  readonly cpuMs: number;
}

/** Runs the builds in turns to their ends. */
async function inTurns(turns: readonly Turn[]): Promise<ReadonlyMap<number, Cost>> {
  const groups: ProcessGroup[] = [];
  const running: { group: ProcessGroup; child: Bun.Subprocess; awakeMs: number }[] = [];
  const costs = new Map<number, Cost>();
  try {
    for (const [at, { tool, directory }] of turns.entries()) {
      const group = makeProcessGroup(`kache-turns-${process.pid}-${at}`);
      groups.push(group);
      const { argv, cwd, environment } = buildCommand(tool, directory);
      const start = performance.now();
      const ignored = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
      const child = Bun.spawn(group.within(argv), { cwd, env: environment, ...ignored });
      await group.freeze();
      running.push({ group, child, awakeMs: performance.now() - start });
    }
    while (costs.size < turns.length) {
      for (const [at, one] of running.entries()) {
        if (costs.has(at)) continue;
        const start = performance.now();
        one.group.thaw();
        const end = await Promise.race([one.child.exited, Bun.sleep(AWAKE_MS)]);
        one.awakeMs += performance.now() - start;
        if (end === undefined) {
          await one.group.freeze();
          continue;
        }
        if (end !== 0)
          throw new BenchFailure(`${turns[at]?.tool.name ?? ""}: cargo ended with ${end}`);
        // The engine stores what it still holds, which counts.
        await turns[at]?.tool.end();
        costs.set(at, { awakeMs: one.awakeMs, cpuMs: one.group.cpuMs() });
      }
    }
    return costs;
  } finally {
    // Where one build fails the others are frozen.
    for (const group of groups) await group.end();
  }
}

async function timeProject(
  project: Project,
  tools: readonly Tool[],
  { directory, rounds }: { readonly directory: string; readonly rounds: number },
): Promise<void> {
  const { name } = project;
  const checkOut = await prepareProject(project, join(directory, name));
  const ratios = tools.map((): { awake: number[]; cpu: number[] } => ({ awake: [], cpu: [] }));
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`${name}: round ${round + 1}/${rounds}\n`);
    const place = join(directory, name, `round-${round}`);
    // Whoever begins is another one in every round.
    const order = tools.map((_, at) => (at + round) % tools.length);
    const turns: Turn[] = [];
    for (const at of order) {
      const tool = tools[at];
      if (tool === undefined) continue;
      const checkout = join(place, `tool-${at}`, name);
      await mkdir(join(checkout, ".."), { recursive: true });
      await checkOut(checkout);
      await tool.begin();
      turns.push({ tool, directory: checkout });
    }
    await runChecked({ argv: ["sync"], cwd: directory, environment: {} });
    const costs = await inTurns(turns);
    const base = costs.get(order.indexOf(0));
    for (const [at, cost] of costs) {
      const ratio = ratios[order[at] ?? 0];
      ratio?.awake.push(cost.awakeMs / (base?.awakeMs ?? 1));
      ratio?.cpu.push(cost.cpuMs / (base?.cpuMs ?? 1));
    }
    await rm(place, { recursive: true, force: true });
  }
  process.stdout.write(`\n| ${name} ${project.version}, cold | time awake | processor time |\n`);
  process.stdout.write("| --- | --- | --- |\n");
  for (const [at, { awake, cpu }] of ratios.entries()) {
    if (at === 0) continue;
    const label = at === 1 ? "cargo once more" : (tools[at]?.name ?? "");
    process.stdout.write(`| ${label} | ${shown(awake)} | ${shown(cpu)} |\n`);
  }
}

function shown(ratios: readonly number[]): string {
  const percent = (ratio: number) => `${(ratio * 100).toFixed(1)} %`;
  return `${percent(median(ratios))} (${percent(Math.min(...ratios))}–${percent(Math.max(...ratios))})`;
}

async function run({ projects, rounds, kache }: Options): Promise<number> {
  const directory = await openRunDirectory(benchDirectory());
  try {
    const wrapped = wrappedBaseline(directory);
    if (wrapped.length > 0)
      throw new BenchFailure(`plain cargo is not plain here:\n  ${wrapped.join("\n  ")}`);
    const place = join(directory, "kache");
    await mkdir(place, { recursive: true });
    const tools = [plainCargo(), plainCargo(), kacheTool(kache, place)];
    for (const project of projects) await timeProject(project, tools, { directory, rounds });
    return 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

process.exitCode = await runProgram(
  { usage: USAGE, parse: parseOptions, run },
  process.argv.slice(2),
);
