// `npm run prove`: builds real projects in two checkouts and shows that the second one compiles nothing
// and gets the very files that a cold build there makes. Resumable; writes its table into docs/proof.md.
// Exit status 1 when anything speaks against a claim, 2 for wrong usage.
import { runProgram } from "../bench/command-line.ts";
import { existsSync } from "node:fs";
import { type as systemName, release, arch } from "node:os";
import { dirname, join, resolve } from "node:path";
import { BenchFailure } from "../bench/failure.ts";
import { buildInstruments } from "../bench/measure.ts";
import { readArtifacts } from "./prove/artifacts.ts";
import { type Bench, emptyWork, proveCell } from "./prove/cell.ts";
import { replaceSection } from "./prove/document.ts";
import { type Options, parseOptions, USAGE } from "./prove/options.ts";
import { type Mode, OWN_PROJECTS, type Project, PROJECTS } from "./prove/projects.ts";
import { cellName, type CellResult, keepCell, readCells, stateDirectory } from "./prove/state.ts";
import { faultCount, renderProof } from "./prove/table.ts";
import { rustupToolchain } from "./start/checkout.ts";
import { ensureKache } from "./start/executable.ts";
import { StartFailure } from "./start/failure.ts";
import { requireToolchain } from "./start/requirements.ts";
import { openRunDirectory, userCacheDirectory } from "./start/scratch.ts";

const ROOT = dirname(import.meta.dir);

function tell(line: string): void {
  process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${line}\n`);
}

async function openBench(kache: string, base: string): Promise<Bench> {
  if (process.platform !== "linux") {
    throw new StartFailure("the proof counts processes with ptrace, which needs Linux");
  }
  const run = await openRunDirectory(base);
  const instruments = await buildInstruments(join(run, "instruments"));
  const toolchain = rustupToolchain(ROOT);
  return { kache, toolchain, instruments, work: join(run, "work"), tell };
}

/** The cells asked for that are not finished yet. */
function openCells(options: Options, done: readonly CellResult[]): [Project, Mode][] {
  const isDone = (project: Project, mode: Mode) =>
    done.some((cell) => cell.project === project.name && cell.mode === mode);
  return options.projects.flatMap((project) =>
    options.modes
      .filter((mode) => options.again || !isDone(project, mode))
      .map((mode): [Project, Mode] => [project, mode]),
  );
}

/** Proves a cell and keeps it; false when its build failed, which is told and left open. */
async function run(bench: Bench, state: string, [project, mode]: [Project, Mode]) {
  try {
    const result = await proveCell(bench, project, mode);
    await keepCell(state, result);
    const faults = result.findings.flatMap((finding) => finding.faults);
    const said = `${result.units} units, ${faults.length} faults, ${result.seconds} s`;
    tell(`${cellName(project.name, mode)}: ${said}`);
    for (const fault of faults) tell(`  ${fault}`);
    return true;
  } catch (error) {
    if (!(error instanceof BenchFailure)) throw error;
    tell(`${cellName(project.name, mode)}: ${error.message}`);
    return false;
  }
}

async function prove(options: Options): Promise<number> {
  const { rustc } = requireToolchain(ROOT);
  const kache = options.kache === undefined ? await ensureKache() : resolve(options.kache);
  if (!existsSync(kache)) throw new StartFailure(`${kache} does not exist`);
  const base = options.state ?? join(userCacheDirectory(), "kache-prove");
  const state = await stateDirectory(base, kache, await readArtifacts(OWN_PROJECTS));
  const bench = await openBench(kache, base);
  const cells = openCells(options, await readCells(state));
  tell(`${cells.length} cells to prove; finished ones are in ${state}`);
  let broken = 0;
  for (const [at, cell] of cells.entries()) {
    const [project] = cell;
    if (cells[at - 1]?.[0] !== project) await emptyWork(bench);
    tell(`cell ${at + 1} of ${cells.length}`);
    if (!(await run(bench, state, cell))) broken += 1;
  }
  await emptyWork(bench);
  const version = Bun.spawnSync([kache, "--version"]).stdout.toString().trim();
  const done = await readCells(state);
  const system = `${systemName()} ${release()} ${arch()}`;
  const origin = { kache: version, rustc, system };
  const document = options.document ?? join(ROOT, "docs", "proof.md");
  await replaceSection(document, "prove", renderProof(PROJECTS, done, origin));
  tell(`table written to ${document}`);
  return broken > 0 || done.some((cell) => faultCount(cell) > 0) ? 1 : 0;
}

process.exitCode = await runProgram(
  { usage: USAGE, parse: parseOptions, run: prove },
  process.argv.slice(2),
);
