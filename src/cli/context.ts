// What every command works with: the configuration, the cache directory, its options, and where it
// prints. Commands answer with an exit status.
import type { Lock } from "../base/lock.ts";
import { isDirectory, writeAll } from "../base/file.ts";
import type { Config, ConfigProblem } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import { Layout } from "../store/layout.ts";
import { takeGcLock } from "../store/sweep.ts";
import { STDERR, STDOUT } from "../wrap/call/caller.ts";
import type { Invocation } from "../wrap/call/invocation.ts";
import type { Options } from "./arguments.ts";

/** A command's surroundings. */
export interface Context {
  readonly invocation: Invocation;
  readonly options: Options;
  readonly config: Config;
  readonly configFile: string | undefined;
  readonly problems: readonly ConfigProblem[];
  readonly layout: Layout;
}

/** Exit statuses. */
export const Exit = { Ok: 0, Failed: 1, Usage: 2 } as const;

/** A command that could not do its work: told on stderr, exit 1. */
export class CommandError extends Error {}

/** Prints lines to stdout. */
export function say(...lines: readonly string[]): void {
  print(STDOUT, lines);
}

/** Prints lines to stderr. */
export function warn(...lines: readonly string[]): void {
  print(STDERR, lines);
}

function print(fd: number, lines: readonly string[]): void {
  if (lines.length === 0) return;
  // A reader that has gone away (`| head`) is no fault.
  writeAll(fd, new TextEncoder().encode(`${lines.join("\n")}\n`));
}

/** Loads the configuration for a command. */
export function openContext(invocation: Invocation, options: Options): Context {
  const { config, file, problems } = loadConfig(invocation.env, invocation.cwd);
  return {
    invocation,
    options,
    config,
    configFile: file,
    problems,
    layout: new Layout(config.cacheDir),
  };
}

/** A problem of the configuration as `<file>:<line>: <what>`. */
export function problemText({ source, line: find, message }: ConfigProblem): string {
  const line = find();
  return line === undefined ? `${source}: ${message}` : `${source}:${line}: ${message}`;
}

/** Whether there is a store at all. */
export function hasStore(layout: Layout): boolean {
  return isDirectory(layout.storeDir());
}

/** Takes the lock of collections and purges, or says why not. */
export function requireGcLock(layout: Layout, waitMsMax: number): Lock | "busy" {
  const lock = takeGcLock(layout, waitMsMax);
  if (lock !== "unavailable") return lock;
  throw new CommandError(
    `${layout.storeDir()} cannot be written; make it yours, or name another cache directory ` +
      "with KACHE_CACHE_DIR or [cache] local_store",
  );
}

/** "1 entry", "2 entries". */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
