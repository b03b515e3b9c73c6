// C projects outside cargo, built through kache in two checkouts, counted by process, and once more in the
// second by the compiler alone under the maps that kache adds. Writes the second table of docs/sys-crates.md.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { baseEnvironment } from "../../bench/environment.ts";
import { BenchFailure } from "../../bench/failure.ts";
import { type Exec, type Instruments, recordExecs } from "../../bench/measure.ts";
import { markdownTable, replaceSection } from "../prove/document.ts";
import { type Artifacts, differingArtifacts, readArtifacts } from "../prove/artifacts.ts";
import { fetchCrateSource } from "../start/crate-source.ts";
import { C_PROJECTS, type CProject } from "./c-projects.ts";
import { type Compiles, sortCompiles } from "./compiles.ts";

/** What the builds run with. */
export interface ProjectBench {
  readonly kache: string;
  readonly instruments: Instruments;
  readonly run: string;
  readonly tell: (line: string) => void;
}

interface Proof {
  readonly cold: Compiles;
  readonly warm: Compiles;
  /** Objects, archives and libraries of the second checkout. */
  readonly made: number;
  /** Those that the first checkout has otherwise. */
  readonly differing: readonly string[];
  /** Those that the compiler alone makes otherwise. */
  readonly unlike: readonly string[];
}

interface Row {
  readonly project: CProject;
  /** A text: not built, and why. */
  readonly result: Proof | string;
}

const isObject = (name: string) => /\.(?:o|a|so)(?:\.\d+)*$/.test(name);

async function prove(bench: ProjectBench, project: CProject): Promise<Row["result"]> {
  const missing = project.needs.filter((program) => Bun.which(program) === null);
  if (missing.length > 0) return `not built: ${missing.join(", ")} not installed`;
  const work = join(bench.run, "work");
  const first = join(work, "a", "project");
  const second = join(work, "b", "at", "another", "depth", "project");
  const through = throughKache(bench.kache, project, join(work, "cache"));
  try {
    await rm(work, { recursive: true, force: true });
    const crate = await fetchCrateSource(project.crate, join(work, "download"));
    const source = join(crate, project.directory);
    await checkOut(project, source, first);
    const cold = await build(bench, project, first, through);
    await checkOut(project, source, second);
    const warm = await build(bench, project, second, through);
    const [one, other] = [await objectsIn(first), await objectsIn(second)];
    await checkOut(project, source, second);
    await build(bench, project, second, alone(project, second));
    return {
      cold,
      warm,
      made: other.size,
      differing: differingArtifacts(one, other),
      unlike: differingArtifacts(await objectsIn(second), other),
    };
  } catch (error) {
    if (!(error instanceof BenchFailure)) throw error;
    bench.tell(error.message);
    return `failed: ${error.message.split("\n")[0]!.slice(0, CAUSE_LENGTH_MAX)}`;
  } finally {
    if (process.env["KEEP_WORK"] === undefined) await rm(work, { recursive: true, force: true });
  }
}

const CAUSE_LENGTH_MAX = 120;

function throughKache(kache: string, { launcher }: CProject, cache: string) {
  return {
    ...baseEnvironment(),
    KACHE_CACHE_DIR: cache,
    KACHE_CONFIG: `${cache}-no-config.toml`,
    ...(launcher
      ? { CMAKE_C_COMPILER_LAUNCHER: kache, ASM: `${kache} cc` }
      : { CC: `${kache} cc` }),
  };
}

/** The compiler with the map that kache adds. */
function alone({ launcher }: CProject, place: string) {
  const map = `-ffile-prefix-map=${place}=.`;
  const mapped = launcher ? { CFLAGS: map, ASMFLAGS: map } : { CC: `cc ${map}` };
  return { ...baseEnvironment(), ...mapped };
}

/** The project as a repository of its own; a mark that is a file keeps builds from asking git for versions. */
async function checkOut(project: CProject, source: string, place: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  await cp(source, place, { recursive: true });
  for (const [name, text] of Object.entries({ ...project.files, ".git": "" })) {
    await mkdir(dirname(join(place, name)), { recursive: true });
    await writeFile(join(place, name), text);
  }
}

async function build(
  bench: ProjectBench,
  { commands }: CProject,
  cwd: string,
  environment: Record<string, string>,
): Promise<Compiles> {
  const execs: Exec[] = [];
  for (const argv of commands) {
    execs.push(...((await recordExecs(bench.instruments, { argv, cwd, environment })) ?? []));
  }
  return sortCompiles(execs);
}

/** CMake names objects of sources above its build directory by their full path. */
async function objectsIn(place: string): Promise<Artifacts> {
  const found = await readArtifacts(place, isObject);
  return new Map([...found].map(([name, digest]) => [name.replace(place, "/<project>"), digest]));
}

function faultsOf({ result }: Row): readonly string[] {
  if (typeof result === "string") return [result];
  const { warm, differing, unlike } = result;
  return [
    ...[...warm.objects, ...warm.preprocessed].map((one) => `compiled again: ${one}`),
    ...differing.map((one) => `differs: ${one}`),
    ...unlike.map((one) => `not as the compiler alone makes it: ${one}`),
  ];
}

const HEAD = [
  "project",
  "built by",
  "objects, cold",
  "compiled in the second",
  "preprocessed in the second",
  "tried, cold",
  "tried, second",
  "alike in both",
  "as by the compiler alone",
];

/** The first two cells, which tell lines apart. */
function nameOf({ name, crate, by }: CProject): readonly string[] {
  return [`${name} (${crate.name} ${crate.version.split("+")[0]!})`, by];
}

function lineOf({ project, result }: Row): readonly string[] {
  const name = nameOf(project);
  if (typeof result === "string") return [...name, result, "", "", "", "", "", ""];
  const { cold, warm, made, differing, unlike } = result;
  return [
    ...name,
    `${cold.objects.length}`,
    `${warm.objects.length}`,
    `${warm.preprocessed.length}`,
    `${cold.tried.length}`,
    `${warm.tried.length}`,
    `${made - differing.length} of ${made}`,
    `${made - unlike.length} of ${made}`,
  ];
}

/** The page's table with the lines of these rows in place of the projects' former ones. */
async function updateTable(page: string, rows: readonly Row[]): Promise<void> {
  const former = (await readFile(page, "utf8")).split("\n");
  const lines = C_PROJECTS.flatMap((project) => {
    const row = rows.find((one) => one.project === project);
    if (row !== undefined) return `| ${lineOf(row).join(" | ")} |`;
    return former.find((line) => line.startsWith(`| ${nameOf(project).join(" | ")} |`)) ?? [];
  });
  await replaceSection(page, "prove-sys-c", [markdownTable([HEAD]), ...lines].join("\n"));
}

/** Builds these projects and writes their lines of the table, each once it is done; gives the faults found. */
export async function proveProjects(
  bench: ProjectBench,
  projects: readonly CProject[],
  page: string,
): Promise<readonly string[]> {
  const rows: Row[] = [];
  for (const project of projects) {
    bench.tell(`${project.name} by ${project.by}`);
    const row: Row = { project, result: await prove(bench, project) };
    for (const fault of faultsOf(row)) bench.tell(`  ${fault}`);
    rows.push(row);
    await updateTable(page, rows);
  }
  process.stdout.write(`${markdownTable([HEAD, ...rows.map(lineOf)])}\n`);
  return rows.flatMap(faultsOf);
}
