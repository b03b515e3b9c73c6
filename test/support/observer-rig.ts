// Runs programs under the observer and without it, in one temporary directory, with one environment.
// Builds the library and the programs of native/test with the system's C compiler.
import {
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createObserverLog,
  decodeObserverLog,
  observerLogUsedBytes,
  type ObserverLog,
} from "../../src/observe/observer-log.ts";
import {
  foldObservation,
  type Observation,
  type UsableObservation,
} from "../../src/observe/observation.ts";
import { missing } from "./toolchain.ts";

/** Where the observer's sources are. */
export const native = join(import.meta.dir, "..", "..", "native");

/** Why this machine cannot build and preload the observer; undefined if it can. */
export const unsupported = process.platform === "linux" ? missing("cc") : "not on Linux";

/** The temporary directory everything happens in; removed by removeRoot. */
export const root = realpathSync(mkdtempSync(join(tmpdir(), "kache-observer-")));

/** The built library. */
export const library = join(root, "libkache_observer.so");

/** What an observed run left. */
export interface Run {
  readonly log: ObserverLog;
  readonly observation: Observation;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  readonly signalCode: unknown;
}

/** How a run differs from the usual one. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly capacityBytes?: number;
  readonly userPreload?: string;
}

/** The environment of every run. */
export const plainEnvironment = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: root };
let logCount = 0;

/** Runs a command under the observer. */
export function run(command: readonly string[], options: RunOptions = {}): Run {
  const file = join(root, `${++logCount}.log`);
  const capacityBytes = options.capacityBytes ?? 32 << 20;
  writeFileSync(file, createObserverLog(capacityBytes));
  truncateSync(file, capacityBytes);
  const suffix = options.userPreload === undefined ? "" : `:${options.userPreload}`;
  const env = {
    ...plainEnvironment,
    ...options.env,
    KACHE_OBSERVE_LOG: file,
    LD_PRELOAD: library + suffix,
  };
  const child = Bun.spawnSync([...command], { cwd: options.cwd ?? root, env });
  const bytes = readFileSync(file);
  rmSync(file);
  const log = decodeObserverLog(bytes.subarray(0, observerLogUsedBytes(bytes)));
  return {
    log,
    observation: foldObservation(log, child.pid),
    stdout: child.stdout.toString(),
    stderr: child.stderr.toString(),
    exitCode: child.exitCode,
    signalCode: child.signalCode,
  };
}

/** Runs a command without the observer. */
export function plainRun(command: readonly string[], options: RunOptions = {}) {
  const preload = options.userPreload === undefined ? {} : { LD_PRELOAD: options.userPreload };
  const env = { ...plainEnvironment, ...options.env, ...preload };
  const child = Bun.spawnSync([...command], { cwd: options.cwd ?? root, env });
  return {
    stdout: child.stdout.toString(),
    stderr: child.stderr.toString(),
    exitCode: child.exitCode,
  };
}

/** The observation; throws when there is none. */
export function usable(observed: Run): UsableObservation {
  if (!observed.observation.usable) {
    throw new Error(`${JSON.stringify(observed.observation)}\n${observed.stderr}`);
  }
  return observed.observation;
}

/** Why there is no observation, or "usable". */
export function unusableBecause(observed: Run): string {
  return observed.observation.usable ? "usable" : observed.observation.reason;
}

function compile(...args: string[]): void {
  const child = Bun.spawnSync(["cc", "-std=gnu11", "-O2", ...args], { cwd: native });
  if (child.exitCode !== 0) throw new Error(child.stderr.toString());
}

/** Builds the library and the programs; they end up in root under their source's name. */
export function buildAll(): void {
  const sources = [...new Bun.Glob("*.c").scanSync({ cwd: native })];
  const strict = ["-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"];
  compile(...strict, "-o", library, ...sources, "-ldl");
  for (const program of ["families", "starts", "threads", "go-note"]) {
    compile("-w", "-o", join(root, program), `test/${program}.c`, "-lpthread");
  }
  compile("-nostdlib", "-static", "-o", join(root, "static"), "test/static.c");
  compile("-fPIC", "-shared", "-o", join(root, "preloaded.so"), "test/preloaded.c");
}

/** Removes everything. */
export function removeRoot(): void {
  rmSync(root, { recursive: true, force: true });
}
