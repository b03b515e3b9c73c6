// One cell of the proof: one project, one way to build it, two checkouts of its own. Each claim is shown by
// what processes ran and what lies on disk, not by what kache says of itself alone.
//
// Modes of one project have many units in common (`cargo test` nearly all of `cargo build`), which need not
// be compiled anew for each. So the project has two stores, each filled in one checkout alone: what B is to be
// served from in A, and what that is compared with in B. B itself works on a copy of the former, so that
// nothing it compiles can answer a later cell.
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { baseEnvironment } from "../../bench/environment.ts";
import { recordExecs, runChecked, type Instruments } from "../../bench/measure.ts";
import {
  type Artifacts,
  differingArtifacts,
  namesUnit,
  readArtifacts,
  withoutPlaces,
} from "./artifacts.ts";
import { type CallEvent, readEvents, sumVerified, unanswered } from "./events.ts";
import { cargoArguments, checkOutSource, type Mode, type Project, sourceOf } from "./projects.ts";
import { sortSpawns, type Spawns } from "./spawns.ts";
import { cellName, CLAIMS, type CellResult, type Claim, type Finding } from "./state.ts";

/** What all cells of one run share. */
export interface Bench {
  readonly kache: string;
  /** rustup's name of it; undefined without rustup. */
  readonly toolchain: string | undefined;
  readonly instruments: Instruments;
  /** Emptied before and after every project. */
  readonly work: string;
  readonly tell: (step: string) => void;
}

/** A cell being proved. */
interface Stand {
  readonly bench: Bench;
  readonly project: Project;
  readonly mode: Mode;
  readonly first: string;
  /** At another path and another depth. */
  readonly second: string;
  readonly stores: Stores;
}

/** The stores that a cell builds with. */
interface Stores {
  /** Holds what was compiled in A, by this mode and earlier ones of the project. */
  readonly ofFirst: string;
  /** A copy of it for B. */
  readonly served: string;
  /** Holds what was compiled in B, by this mode and earlier ones of the project. */
  readonly ofSecond: string;
}

/** Removes everything that cells left: what a project's modes share among them. */
export async function emptyWork({ work }: Bench): Promise<void> {
  await rm(work, { recursive: true, force: true });
}

/** Proves one cell. A build that fails is thrown with cargo's messages. */
export async function proveCell(bench: Bench, project: Project, mode: Mode): Promise<CellResult> {
  const stand: Stand = {
    bench,
    project,
    mode,
    first: join(bench.work, "a", project.name),
    second: join(bench.work, "b", "at", "another", "depth", project.name),
    stores: {
      ofFirst: join(bench.work, "store-of-a"),
      served: join(bench.work, `store-served-${mode}`),
      ofSecond: join(bench.work, "store-of-b"),
    },
  };
  await removeCheckouts(stand);
  await makeCheckouts(stand);
  const startedMs = performance.now();
  try {
    return await examine(stand, startedMs);
  } finally {
    await removeCheckouts(stand);
  }
}

async function removeCheckouts({ first, second, stores }: Stand): Promise<void> {
  for (const place of [first, second, stores.served]) {
    await rm(place, { recursive: true, force: true });
  }
}

async function makeCheckouts({ bench, project, first, second }: Stand): Promise<void> {
  const source = await sourceOf(project, join(bench.work, "download"));
  for (const place of [first, second]) {
    await mkdir(join(place, ".."), { recursive: true });
    await checkOutSource(source, place);
  }
  const argv = ["cargo", "fetch", "--locked", "--quiet"];
  await runChecked({ argv, cwd: first, environment: cellEnvironment(bench.toolchain) });
  await copyFile(join(first, "Cargo.lock"), join(second, "Cargo.lock"));
}

async function examine(stand: Stand, startedMs: number): Promise<CellResult> {
  const { bench, project, mode, first, second, stores } = stand;
  const step = (text: string) => {
    bench.tell(`${cellName(project.name, mode)}: ${text}`);
  };
  step("cold in A and in B");
  // At once: a single build leaves the machine idle where it waits for one long compile.
  const cold = [build(stand, first, stores.ofFirst), build(stand, second, stores.ofSecond)];
  // Neither is left running when the other fails.
  await Promise.allSettled(cold);
  await Promise.all(cold);
  const [coldFirst, coldSecond] = [await artifactsOf(first), await artifactsOf(second)];
  await rm(join(second, "target"), { recursive: true, force: true });
  await copyStore(stores.ofFirst, stores.served);
  step("warm in B");
  const warm = await watchedBuild(stand, second, stores.served);
  step("again in B");
  const again = await watchedBuild(stand, second, stores.served);
  const restored = await artifactsOf(second);
  await rm(join(second, "target"), { recursive: true, force: true });
  step("verified in B");
  const verified = sumVerified(await verifyingBuild(stand, second, stores.served));
  const differing = differingArtifacts(withoutPlaces(coldFirst), withoutPlaces(coldSecond));
  const { missed, bound } = sortMisses(warm, differing);
  const boundCrates = [...new Set(bound.map(({ crate }) => crate))].sort();
  const compiled = warm.spawns.compiled.filter((crate) => !boundCrates.includes(crate));
  const findings: Readonly<Record<Claim, readonly string[]>> = {
    misses: missed.map(({ crate, result, reason }) => `${crate}: ${result}, ${reason}`),
    spawns: compiled.map((crate) => `rustc ran for ${crate}`),
    identical: differingArtifacts(restored, coldSecond),
    verified: verified.same === 0 ? ["nothing was verified"] : verified.faults,
    noop: again.spawns.wrappers === 0 ? [] : [`${again.spawns.wrappers} wrappers started`],
  };
  return {
    project: project.name,
    mode,
    units: warm.spawns.units,
    verified: verified.same,
    bound: boundCrates,
    artifacts: coldSecond.size,
    probes: warm.spawns.probes,
    seconds: Math.round((performance.now() - startedMs) / 1000),
    findings: CLAIMS.map((claim): Finding => ({ claim, faults: findings[claim] })),
  };
}

/** A build under watch: its processes, and the events it logged. */
interface Watched {
  readonly spawns: Spawns;
  readonly events: readonly CallEvent[];
}

/**
 * Calls that were not answered: those whose files must differ between the checkouts, and the others. A
 * probe of the same call is listed elsewhere.
 */
function sortMisses({ spawns, events }: Watched, differing: readonly string[]) {
  const probed = new Set(spawns.probes.map((probe) => probe.slice(probe.indexOf(": ") + 2)));
  const calls = unanswered(events).filter(
    ({ crate }) => crate !== "" && (!probed.has(crate) || spawns.compiled.includes(crate)),
  );
  const isBound = ({ crate, unit }: CallEvent) =>
    differing.some((path) => namesUnit(path, crate, unit));
  return { missed: calls.filter((call) => !isBound(call)), bound: calls.filter(isBound) };
}

function artifactsOf(checkout: string): Promise<Artifacts> {
  return readArtifacts(join(checkout, "target"));
}

function command({ bench, project, mode }: Stand, cwd: string, cache: string) {
  return {
    argv: ["nice", "-n", "10", "cargo", ...cargoArguments(project, mode)],
    cwd,
    environment: {
      ...cellEnvironment(bench.toolchain),
      RUSTC_WRAPPER: bench.kache,
      ...cacheAt(cache),
    },
  };
}

/**
 * Two jobs, so that a machine of any size makes the same run; nothing of the caller's settings. The
 * toolchain is the caller's: a project's own rust-toolchain.toml must neither choose nor install one.
 */
function cellEnvironment(toolchain: string | undefined): Record<string, string> {
  const environment: Record<string, string> = {
    ...baseEnvironment(),
    CARGO_BUILD_JOBS: "2",
    RUSTUP_AUTO_INSTALL: "0",
    ...(toolchain === undefined ? {} : { RUSTUP_TOOLCHAIN: toolchain }),
  };
  // The benchmark switches it off for all tools; here cargo's own default is what is proved.
  delete environment["CARGO_INCREMENTAL"];
  return environment;
}

async function copyStore(from: string, to: string): Promise<void> {
  const argv = ["cp", "-a", "--reflink=auto", from, to];
  await runChecked({ argv, cwd: "/", environment: baseEnvironment() });
}

function cacheAt(cache: string): Record<string, string> {
  return { KACHE_CACHE_DIR: cache, KACHE_CONFIG: `${cache}-no-config.toml` };
}

async function build(stand: Stand, cwd: string, cache: string): Promise<void> {
  await runChecked(command(stand, cwd, cache));
}

/** Every hit is compiled as well and compared; the events say how. */
async function verifyingBuild(stand: Stand, cwd: string, cache: string) {
  const before = (await readEvents(cache)).length;
  const { environment, ...rest } = command(stand, cwd, cache);
  await runChecked({ ...rest, environment: { ...environment, KACHE_VERIFY: "1" } });
  return (await readEvents(cache)).slice(before);
}

async function watchedBuild(stand: Stand, cwd: string, cache: string): Promise<Watched> {
  const before = (await readEvents(cache)).length;
  const execs = await recordExecs(stand.bench.instruments, command(stand, cwd, cache));
  return {
    spawns: sortSpawns(execs ?? [], stand.bench.kache),
    events: (await readEvents(cache)).slice(before),
  };
}
