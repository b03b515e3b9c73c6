// The build caches as the benchmark sees them: how each is put in front of a build, started,
// emptied, stopped, and asked how often it hit. Every one gets directories of its own.
import { lstat, mkdir, readFile, readlink, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readCacheCounts } from "../scripts/start/cache-counts.ts";
import { baseEnvironment } from "./environment.ts";
import { BenchFailure } from "./failure.ts";
import { runChecked } from "./measure.ts";
import type { RivalName } from "./rivals.ts";

/** Name of a row: plain cargo, the plain C compiler, this project, or a rival. */
export type ToolName = "cargo" | "cc" | "kache" | "ccache" | RivalName;

/** Answers from the cache and real compiles of cacheable units, since the last reading. */
export interface HitCounts {
  readonly hits: number;
  readonly misses: number;
}

/** One cache with a directory of its own, ready to be measured. */
export interface Tool {
  readonly name: ToolName;
  readonly version: string;
  /** What to run in place of `cargo`. */
  readonly cargo: string;
  /** Executable that stands in front of rustc; absent for plain cargo and for cargo front ends. */
  readonly wrapper: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Projects are built in this profile; cargo's dev profile where none is said. */
  readonly profile?: "release";
  /** Empties the cache and starts what must run. */
  readonly begin: () => Promise<void>;
  /** Stops what `begin` or a build started. */
  readonly end: () => Promise<void>;
  /** Counts since `begin` or the last call; undefined when the tool has none. */
  readonly takeCounts: () => Promise<HitCounts | undefined>;
}

/** Plain cargo, the baseline. */
export function plainCargo(): Tool {
  const version = Bun.spawnSync(["cargo", "--version"]).stdout.toString();
  return {
    name: "cargo",
    version: version.split(" ")[1] ?? "?",
    cargo: "cargo",
    wrapper: undefined,
    environment: baseEnvironment(),
    begin: () => Promise.resolve(),
    end: () => Promise.resolve(),
    takeCounts: () => Promise.resolve(undefined),
  };
}

/** The C compiler alone, the baseline of what is compiled without cargo. */
export function plainCompiler(): Tool {
  const version = Bun.spawnSync(["cc", "-dumpfullversion"]).stdout.toString().trim();
  return { ...plainCargo(), name: "cc", version };
}

/** The distribution's ccache, where it is installed; it caches C and C++ only. */
export function ccacheTool(executable: string, directory: string): Tool {
  const cache = join(directory, "cache");
  const environment = {
    ...baseEnvironment(),
    CCACHE_DIR: cache,
    CCACHE_CONFIGPATH: join(directory, "no-config"),
  };
  const counter = counterOver(async () => {
    const argv = [executable, "--print-stats"];
    const stats = await runChecked({ argv, cwd: directory, environment });
    const count = (name: string) =>
      Number(new RegExp(`^${name}\\t(\\d+)$`, "m").exec(stats)?.[1] ?? 0);
    const hits = count("direct_cache_hit") + count("preprocessed_cache_hit");
    return { hits, misses: count("cache_miss") };
  });
  return {
    name: "ccache",
    version: versionOf(executable),
    cargo: "cargo",
    wrapper: executable,
    environment,
    begin: () => {
      counter.reset();
      return emptyDirectory(cache);
    },
    end: () => Promise.resolve(),
    takeCounts: counter.takeCounts,
  };
}

/** This project's executable. */
export function kacheTool(executable: string, directory: string): Tool {
  const cache = join(directory, "cache");
  const environment = {
    ...baseEnvironment(),
    RUSTC_WRAPPER: executable,
    KACHE_CACHE_DIR: cache,
    KACHE_CONFIG: join(directory, "no-config.toml"),
    KACHE_ENGINE_DIR: join(directory, "e"),
  };
  const stop = () =>
    runChecked({ argv: [executable, "engine", "stop"], cwd: directory, environment });
  const counter = counterOver(() => readCacheCounts(executable, environment));
  return {
    name: "kache",
    version: versionOf(executable),
    cargo: "cargo",
    wrapper: executable,
    environment,
    // Its engine starts with the round, as the rivals' servers do.
    begin: async () => {
      counter.reset();
      await emptyDirectory(cache);
      await stop();
    },
    end: async () => {
      await stop();
    },
    takeCounts: counter.takeCounts,
  };
}

/** A rival at the path it was found at. */
export function rivalTool(name: RivalName, executable: string, directory: string): Tool {
  switch (name) {
    case "sccache":
      return sccacheTool(executable, directory);
    case "mbx":
      return mbxTool(executable, directory);
    case "kache-rs":
      return rustKacheTool(executable, directory);
  }
}

/** The server is started for every round and keeps a cache and a socket of its own. */
function sccacheTool(executable: string, directory: string): Tool {
  const cache = join(directory, "cache");
  const environment = {
    ...baseEnvironment(),
    RUSTC_WRAPPER: executable,
    SCCACHE_DIR: cache,
    SCCACHE_SERVER_UDS: join(directory, "socket"),
    SCCACHE_IDLE_TIMEOUT: "0",
    SCCACHE_CONF: join(directory, "no-config"),
  };
  const call = (argument: string) => quiet([executable, argument], directory, environment);
  const counter = counterOver(async () => {
    const argv = [executable, "--show-stats", "--stats-format", "json"];
    const stats = memberOf(await readJson(argv, directory, environment), "stats");
    const sum = (kind: string) => sumOf(memberOf(memberOf(stats, kind), "counts"));
    return { hits: sum("cache_hits"), misses: sum("cache_misses") };
  });
  return {
    name: "sccache",
    version: versionOf(executable),
    cargo: "cargo",
    wrapper: executable,
    environment,
    begin: async () => {
      counter.reset();
      await emptyDirectory(cache);
      if (!(await call("--start-server"))) throw new BenchFailure("sccache: no server started");
    },
    end: async () => {
      await call("--stop-server");
    },
    takeCounts: counter.takeCounts,
  };
}

/** A cargo front end: `mbx build` in place of `cargo build`. */
function mbxTool(executable: string, directory: string): Tool {
  const report = join(directory, "stats.json");
  const cache = join(directory, "cache");
  return {
    name: "mbx",
    version: versionOf(executable),
    cargo: executable,
    wrapper: undefined,
    environment: {
      ...baseEnvironment(),
      MBX_CACHE_DIR: cache,
      MBX_STATS_REPORT: report,
      MBX_GC_AUTO: "false",
      XDG_CONFIG_HOME: join(directory, "config"),
    },
    begin: () => emptyDirectory(cache),
    end: () => Promise.resolve(),
    // One report a build, with that build's own numbers.
    takeCounts: async () => {
      const stats: unknown = JSON.parse(await readFile(report, "utf8"));
      const misses = numberOf(stats, "misses") + numberOf(stats, "unconsulted");
      return { hits: numberOf(stats, "hits"), misses };
    },
  };
}

/** The Rust program of the same name; its daemon starts with the first build. */
function rustKacheTool(executable: string, directory: string): Tool {
  const cache = join(directory, "cache");
  const environment = {
    ...baseEnvironment(),
    RUSTC_WRAPPER: executable,
    KACHE_CACHE_DIR: cache,
    KACHE_CONFIG: join(directory, "no-config.toml"),
  };
  const stop = async () => {
    await quiet([executable, "daemon", "stop"], directory, environment);
  };
  const counter = counterOver(async () => {
    const argv = [executable, "report", "--format", "json", "--since", "24h"];
    const summary = memberOf(await readJson(argv, directory, environment), "summary");
    const hits = numberOf(summary, "local_hits") + numberOf(summary, "prefetch_hits");
    return { hits, misses: numberOf(summary, "misses") + numberOf(summary, "dups") };
  });
  return {
    name: "kache-rs",
    version: versionOf(executable),
    cargo: "cargo",
    wrapper: executable,
    environment,
    begin: async () => {
      await stop();
      counter.reset();
      await emptyDirectory(cache);
    },
    end: stop,
    takeCounts: counter.takeCounts,
  };
}

/** Removes a target directory, and what it points to where a tool has put a link in its place. */
export async function removeTarget(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSymbolicLink() === true) {
    await rm(resolve(path, "..", await readlink(path)), { recursive: true, force: true });
  }
  await rm(path, { recursive: true, force: true });
}

/** Turns totals into differences. */
interface Counter {
  readonly takeCounts: () => Promise<HitCounts>;
  /** To be called when the cache is emptied, and with it the totals. */
  readonly reset: () => void;
}

function counterOver(readTotals: () => Promise<HitCounts>): Counter {
  let last: HitCounts = { hits: 0, misses: 0 };
  return {
    reset: () => {
      last = { hits: 0, misses: 0 };
    },
    takeCounts: async () => {
      const before = last;
      last = await readTotals();
      return { hits: last.hits - before.hits, misses: last.misses - before.misses };
    },
  };
}

async function emptyDirectory(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
}

/** Runs a command that may leave a daemon behind, and says whether it succeeded. */
async function quiet(
  argv: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Promise<boolean> {
  const run = Bun.spawn([...argv], {
    cwd,
    env: { ...environment },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  return (await run.exited) === 0;
}

async function readJson(
  argv: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Promise<unknown> {
  return JSON.parse(await runChecked({ argv, cwd, environment }));
}

function versionOf(executable: string): string {
  const printed = Bun.spawnSync([executable, "--version"]).stdout.toString();
  return /\d+\.\d+\.\d+\S*/.exec(printed)?.[0] ?? "?";
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return found;
}

function numberOf(value: unknown, name: string): number {
  const found = memberOf(value, name);
  if (typeof found === "number") return found;
  throw new BenchFailure(`statistics without a number \`${name}\``);
}

function sumOf(counts: unknown): number {
  if (typeof counts !== "object" || counts === null) return 0;
  const values: unknown[] = Object.values(counts);
  return values.reduce<number>((sum, each) => sum + (typeof each === "number" ? each : 0), 0);
}
