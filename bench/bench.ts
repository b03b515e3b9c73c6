// `npm run bench`: real projects and single compiler calls, with plain cargo, with kache and with
// every rival that is installed, in one run. Prints Markdown, writes JSON to bench/results/. Exit
// status 1 when a figure of this project had to be refused or a claim did not hold, 2 for wrong
// usage.
import { runProgram } from "./command-line.ts";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { executable } from "../scripts/build.ts";
import { openRunDirectory } from "../scripts/start/scratch.ts";
import { makeStands, timeBuilds } from "./builds.ts";
import { benchCProject, C_PROJECTS, type CProjectResult, SMOKE_C_PROJECT } from "./c-projects.ts";
import { C_UNITS, type CUnitResult, timeCUnit } from "./c-units.ts";
import { withCargosIncremental, wrappedBaseline } from "./environment.ts";
import { BenchFailure } from "./failure.ts";
import { buildInstruments, type Instruments } from "./measure.ts";
import { parseOptions, USAGE, type Options } from "./options.ts";
import { prepareProject, SMOKE_PROJECT, type Project } from "./projects.ts";
import { prove } from "./proof.ts";
import { describeMachine, RESULT_VERSION } from "./result.ts";
import type { BenchResult, ProjectResult, UnitCrateResult } from "./result.ts";
import { benchDirectory, findRival } from "./rivals.ts";
import { renderResult } from "./tables.ts";
import { ccacheTool, kacheTool, plainCargo, plainCompiler } from "./tools.ts";
import { rivalTool, type Tool } from "./tools.ts";
import { SMOKE_UNIT_CRATES, UNIT_CRATES } from "./unit-crates.ts";
import { buildEmptyProgram, timeUnit } from "./units.ts";

// A hit takes milliseconds, so that many runs cost nothing and the median is steady.
const UNIT_REPETITIONS = { tiny: 60, derives: 15 } as const;
const C_UNIT_REPETITIONS = 60;
const UNIT_COMPILES = 3;
const SMOKE_REPETITIONS = 3;

/** What all parts of one run use. */
interface Bench {
  readonly options: Options;
  readonly directory: string;
  readonly instruments: Instruments;
  readonly tools: readonly Tool[];
  /** The caches that can stand in front of a C compiler. */
  readonly cTools: readonly Tool[];
  readonly notes: string[];
}

function tell(step: string): void {
  process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${step}\n`);
}

async function openBench(options: Options, directory: string): Promise<Bench> {
  const kache = resolve(options.kache ?? executable);
  if (!existsSync(kache)) {
    throw new BenchFailure(`${kache} does not exist; \`npm run build\` makes dist/kache`);
  }
  const wrapped = wrappedBaseline(directory);
  if (wrapped.length > 0) {
    throw new BenchFailure(
      `plain cargo is not plain here, so there is no baseline:\n  ${wrapped.join("\n  ")}\n` +
        "Remove that for the time of the benchmark.",
    );
  }
  const notes: string[] = [];
  const place = async (name: string) => {
    const path = join(directory, "tools", name);
    await mkdir(path, { recursive: true });
    return path;
  };
  const all = [plainCargo(), kacheTool(kache, await place("kache"))];
  for (const name of options.rivals) {
    const found = await findRival(name);
    if (typeof found === "string") all.push(rivalTool(name, found, await place(name)));
    else notes.push(`${name} left out: ${found.missing}`);
  }
  const asked = options.incremental ? all.map(incremental) : all;
  const tools = options.release ? asked.map(releasing) : asked;
  if (options.release) notes.push("projects in cargo's release profile");
  if (options.incremental) notes.push("incremental compilation as cargo has it by default");
  const instruments = await buildInstruments(join(directory, "instruments"));
  const cTools = tools.filter(({ wrapper }) => wrapper !== undefined);
  const ccache = Bun.which("ccache");
  if (ccache === null) notes.push("ccache left out: not installed");
  else if (!options.smoke) cTools.push(ccacheTool(ccache, await place("ccache")));
  return { options, directory, instruments, tools, cTools, notes };
}

function incremental(tool: Tool): Tool {
  return { ...tool, environment: withCargosIncremental(tool.environment) };
}

function releasing(tool: Tool): Tool {
  return { ...tool, profile: "release" };
}

async function benchUnits(bench: Bench): Promise<UnitCrateResult[]> {
  const { smoke } = bench.options;
  const directory = join(bench.directory, "units");
  const empty = await buildEmptyProgram(directory);
  const results: UnitCrateResult[] = [];
  for (const crate of smoke ? SMOKE_UNIT_CRATES : UNIT_CRATES) {
    tell(`one hit: ${crate.name}`);
    const repetitions = smoke ? SMOKE_REPETITIONS : UNIT_REPETITIONS[crate.name];
    const plan = { directory, repetitions, instruments: bench.instruments };
    const compileRepetitions = smoke ? 1 : UNIT_COMPILES;
    const subjects = { empty, tools: bench.tools };
    const result = await timeUnit(crate, subjects, { ...plan, compileRepetitions });
    if (result === undefined) {
      bench.notes.push("single calls left out: they are taken from a watched build, on Linux only");
      break;
    }
    results.push({ crate: crate.name, items: crate.items, ...result });
  }
  return results;
}

async function benchCUnits(bench: Bench): Promise<CUnitResult[]> {
  const { smoke } = bench.options;
  const directory = join(bench.directory, "c-units");
  const empty = await buildEmptyProgram(directory);
  const results: CUnitResult[] = [];
  for (const unit of smoke ? C_UNITS.slice(0, 1) : C_UNITS) {
    tell(`one hit: ${unit.name}`);
    const plan = {
      directory,
      instruments: bench.instruments,
      repetitions: smoke ? SMOKE_REPETITIONS : C_UNIT_REPETITIONS,
      compileRepetitions: smoke ? 1 : UNIT_COMPILES,
    };
    results.push(await timeCUnit(unit, { empty, tools: bench.cTools }, plan));
  }
  return results;
}

async function benchCProjects(bench: Bench): Promise<CProjectResult[]> {
  const { smoke, runs } = bench.options;
  const results: CProjectResult[] = [];
  for (const project of smoke ? [SMOKE_C_PROJECT] : C_PROJECTS) {
    tell(`${project.name}, C`);
    const directory = join(bench.directory, `c-${project.name}`);
    const tools = [plainCompiler(), ...bench.cTools];
    results.push(
      await benchCProject(project, tools, { runs, instruments: bench.instruments, directory }),
    );
  }
  return results;
}

async function benchProject(project: Project, bench: Bench): Promise<ProjectResult> {
  const { directory, instruments, tools, options } = bench;
  tell(`${project.name} ${project.version}: fetching`);
  const checkOut = await prepareProject(project, join(directory, project.name));
  const stands = await makeStands(project, tools, { directory, checkOut });
  const samples = await timeBuilds(stands, { runs: options.runs, instruments }, (step) => {
    tell(`${project.name}: ${step}`);
  });
  tell(`${project.name}: counting processes, comparing executables`);
  const kache = tools.find((tool) => tool.name === "kache");
  const where = { directory, checkOut, instruments };
  const findings = kache === undefined ? [] : await prove(project, kache, where);
  await rm(join(directory, project.name), { recursive: true, force: true });
  const { name, version, note } = project;
  return { name, version, note, samples, findings };
}

/** Reasons for a non-zero exit: only this project's own figures count. */
function failures(result: BenchResult): string[] {
  return [
    ...result.projects.flatMap((project) => [
      ...project.samples
        .filter((sample) => sample.tool === "kache" && sample.refused !== undefined)
        .map((sample) => `${project.name}, ${sample.phase}: ${sample.refused ?? ""}`),
      ...project.findings
        .filter((finding) => finding.verdict === "fails")
        .map((finding) => `${project.name}, ${finding.claim}: ${finding.detail}`),
    ]),
    ...result.cProjects.flatMap((project) => [
      ...project.samples
        .filter((sample) => sample.tool === "kache" && sample.refused !== undefined)
        .map((sample) => `${project.name}, C, ${sample.phase}: ${sample.refused ?? ""}`),
      ...project.findings
        .filter((finding) => finding.verdict === "fails")
        .map((finding) => `${project.name}, C, ${finding.claim}: ${finding.detail}`),
    ]),
    ...result.cUnits.flatMap((unit) =>
      unit.timings
        .filter((timing) => timing.subject === "kache" && timing.refused !== undefined)
        .map((timing) => `${unit.name}: ${timing.refused ?? ""}`),
    ),
    ...result.units.flatMap((unit) =>
      unit.timings
        .filter((timing) => timing.subject === "kache" && timing.refused !== undefined)
        .map((timing) => `${unit.crate}: ${timing.refused ?? ""}`),
    ),
  ];
}

async function runBench(options: Options): Promise<number> {
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const directory = await openRunDirectory(benchDirectory());
  try {
    const bench = await openBench(options, directory);
    const units = options.parts.has("unit") ? await benchUnits(bench) : [];
    const projects: ProjectResult[] = [];
    if (options.parts.has("project")) {
      for (const project of options.smoke ? [SMOKE_PROJECT] : options.projects) {
        projects.push(await benchProject(project, bench));
      }
    }
    const cUnits = options.parts.has("c-unit") ? await benchCUnits(bench) : [];
    const cProjects = options.parts.has("c-project") ? await benchCProjects(bench) : [];
    const result: BenchResult = {
      version: RESULT_VERSION,
      startedAt,
      runs: options.runs,
      machine,
      tools: bench.tools.map(({ name, version }) => ({ name, version })),
      notes: bench.notes,
      projects,
      units,
      cProjects,
      cUnits,
    };
    process.stdout.write(renderResult(result));
    if (!options.smoke) await keepResult(result);
    const failed = failures(result);
    for (const failure of failed) process.stderr.write(`error: ${failure}\n`);
    return failed.length === 0 ? 0 : 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function keepResult(result: BenchResult): Promise<void> {
  const directory = join(import.meta.dir, "results");
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${result.startedAt.replaceAll(":", "-").slice(0, 19)}.json`);
  await writeFile(path, `${JSON.stringify(result, undefined, 1)}\n`);
  process.stderr.write(`written: ${path}\n`);
}

process.exitCode = await runProgram(
  { usage: USAGE, parse: parseOptions, run: runBench },
  process.argv.slice(2),
);
