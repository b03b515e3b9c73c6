// `npm start`: builds a real project through kache, cold, and then again from a second checkout at
// another path and depth, and prints what the cache did. Without arguments the project is ripgrep
// from crates.io; with cargo arguments it is a copy of the project the caller stands in.
import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { countsBetween, readCacheCounts } from "./start/cache-counts.ts";
import {
  checkCargoArguments,
  copyProject,
  findCallerProject,
  requireCargoCommand,
} from "./start/caller-project.ts";
import { runCargo } from "./start/cargo-run.ts";
import { buildEnvironment, placeEnvironment, rustupToolchain } from "./start/checkout.ts";
import type { Checkout } from "./start/checkout.ts";
import { checkOut, fetchCrateSource } from "./start/crate-source.ts";
import { ensureKache } from "./start/executable.ts";
import { StartFailure } from "./start/failure.ts";
import { startProgress } from "./start/progress.ts";
import { requireToolchain } from "./start/requirements.ts";
import { closeScratch, openScratch, type Scratch } from "./start/scratch.ts";
import { renderSummary, type FinishedBuild } from "./start/summary.ts";

const ROOT = dirname(import.meta.dir);

const RIPGREP = { name: "ripgrep", version: "15.2.0" } as const;

const USAGE = `Usage:
  npm start                        build ripgrep ${RIPGREP.version} through kache, twice
  npm start -- <cargo arguments>   do that with a copy of the project you call it from,
                                   for instance: npm --prefix ${ROOT} start -- build
`;

/** A project that stands ready in two places. */
interface Project {
  readonly title: string;
  readonly first: Checkout;
  readonly second: Checkout;
  readonly cargoArguments: readonly string[];
}

/** What the builds share. */
interface Builder {
  readonly kache: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly cargoArguments: readonly string[];
}

async function prepareRipgrep(scratch: Scratch): Promise<Project> {
  const progress = startProgress("Fetching ripgrep", process.stderr);
  const source = await fetchCrateSource(RIPGREP, scratch.downloads);
  const places = [join(scratch.first, "ripgrep"), join(scratch.second, "ripgrep")] as const;
  for (const place of places) await checkOut(source, place);
  progress.done(`${RIPGREP.version} from crates.io`);
  return {
    title: `ripgrep ${RIPGREP.version}`,
    first: { directory: places[0], workspace: places[0] },
    second: { directory: places[1], workspace: places[1] },
    cargoArguments: ["build", "--locked"],
  };
}

async function prepareCaller(
  scratch: Scratch,
  directory: string,
  cargoArguments: readonly string[],
): Promise<Project> {
  const project = await findCallerProject(directory);
  const progress = startProgress(`Copying ${project.name}`, process.stderr);
  const first = await copyProject(project, join(scratch.first, project.name));
  const second = await copyProject(project, join(scratch.second, project.name));
  progress.done(`${project.files.length} files, to two places`);
  const title = `${project.name}, cargo ${cargoArguments.join(" ")}`;
  return { title, first, second, cargoArguments };
}

/** Downloads what the build needs, so that no build below is timed with the network in it. */
async function fetchDependencies(project: Project, builder: Builder, host: string): Promise<void> {
  const toolchain = builder.cargoArguments.filter((given, at) => at === 0 && given.startsWith("+"));
  await runCargo({
    label: "Fetching dependencies",
    arguments: [...toolchain, "fetch", "--target", host],
    cwd: project.first.directory,
    environment: { ...builder.environment, ...placeEnvironment(project.first) },
    summary: () => Promise.resolve(""),
  });
  // A project without a lock file got one from the fetch, and both copies must agree on it.
  const lock = (checkout: Checkout) => join(checkout.workspace, "Cargo.lock");
  await copyFile(lock(project.first), lock(project.second));
}

/** Builds one checkout and takes the difference it made to the cache's own counts. */
async function build(label: string, checkout: Checkout, builder: Builder): Promise<FinishedBuild> {
  const before = await readCacheCounts(builder.kache, builder.environment);
  let counts = before;
  const wallMs = await runCargo({
    label,
    arguments: builder.cargoArguments,
    cwd: checkout.directory,
    environment: { ...builder.environment, ...placeEnvironment(checkout) },
    summary: async () => {
      counts = countsBetween(before, await readCacheCounts(builder.kache, builder.environment));
      return `${counts.hits} hits, ${counts.misses} misses`;
    },
  });
  return { directory: checkout.directory, wallMs, counts };
}

async function demonstrate(given: readonly string[]): Promise<void> {
  const caller = process.env["KACHE_CALLER_DIR"] ?? process.cwd();
  checkCargoArguments(given);
  const directory = given.length === 0 ? ROOT : caller;
  const toolchain = requireToolchain(directory);
  if (given.length > 0) requireCargoCommand(given, directory);
  const kache = await ensureKache();
  const scratch = await openScratch();
  try {
    const project =
      given.length === 0
        ? await prepareRipgrep(scratch)
        : await prepareCaller(scratch, directory, given);
    const setup = { kache, cache: scratch.cache, toolchain: rustupToolchain(directory) };
    const builder: Builder = {
      kache,
      environment: buildEnvironment(setup),
      cargoArguments: project.cargoArguments,
    };
    await fetchDependencies(project, builder, toolchain.host);
    const cold = await build("Cold build, empty cache", project.first, builder);
    const other = await build("Second checkout", project.second, builder);
    const shown = caller === ROOT ? "dist/kache" : kache;
    const report = `KACHE_CACHE_DIR=${quoted(scratch.cache)} ${quoted(shown)} report`;
    const { title } = project;
    process.stdout.write(renderSummary({ title, cargo: toolchain.cargo, cold, other, report }));
  } finally {
    await closeScratch(scratch);
  }
}

/** A word of a shell command, quoted when it has to be. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

async function main(given: readonly string[]): Promise<number> {
  if (given[0] === "--help" || given[0] === "-h") {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    await demonstrate(given);
    return 0;
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    process.stderr.write(`error: ${error.message}
`);
    return error.status;
  }
}

process.exitCode = await main(process.argv.slice(2));
