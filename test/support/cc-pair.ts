// Pairs of C and C++ compiles for the tables of the suites: a first one, something changed, a second one
// that must hit or miss, and the first again, which must hit; every object is compared with the plain
// compiler's under the same maps.
import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Run, Variables, World } from "./rig.ts";
import { kache } from "./toolchain.ts";
import { type Files, writeTree } from "./tree.ts";

/** One compiler call. */
export interface CcCallShape {
  readonly compiler?: string;
  /** The arguments; the default compiles `src/x.c` with debug information. */
  readonly args?: readonly string[];
  readonly env?: Variables;
  /** Below the project. */
  readonly cwd?: string;
}

/** One row: what is compiled, what changes, and what that must mean. */
export interface CcPair {
  /** The case's name: a fact. */
  readonly fact: string;
  readonly second: "hits" | "misses" | RegExp;
  readonly files?: Files;
  readonly first?: CcCallShape;
  readonly changed?: CcCallShape;
  readonly edit?: Files;
  readonly disturb?: (project: string, world: World) => void;
  /** Whether the first state cannot be brought back, so that no third compile is made. */
  readonly oneWay?: boolean;
  /** Whether the first compile is stored; undefined: yes. A pattern: why not. */
  readonly kept?: RegExp;
}

const DEFAULT_FILES: Files = {
  "src/x.c": '#include "x.h"\nint answer(void) { return ANSWER; }\n',
  "inc/x.h": "#define ANSWER 42\n",
  "out/.keep": "",
};

const DEFAULT_ARGS = ["-g", "-Iinc", "-c", "src/x.c", "-o", "out/x.o"];

/** What one run came to: the outcome, or why there is none. */
export function ccOutcome(run: Run): string {
  const [event] = run.events;
  if (run.events.length !== 1 || event === undefined) return `${run.events.length} events`;
  if (event.result === "local_hit") return "hits";
  if (event.result === "miss" || event.result === "dup") return "misses";
  return `${event.result}: ${event.passthrough_reason ?? event.not_stored ?? ""}`;
}

/** Runs one call through the executable under test. */
export function ccRun(world: World, project: string, call: CcCallShape = {}): Run {
  const { compiler = "gcc", args = DEFAULT_ARGS, env, cwd = "." } = call;
  return world.run([kache, compiler, ...args], {
    cwd: join(project, cwd),
    // Projects with the same content share entries: each has a cache of its own.
    env: { KACHE_CACHE_DIR: `${project}.cache`, ...env },
  });
}

function merge(first: CcCallShape, second: CcCallShape): CcCallShape {
  return { ...first, ...second, env: { ...first.env, ...second.env } };
}

function objectOf(project: string): Buffer | undefined {
  const path = join(project, "out", "x.o");
  return existsSync(path) ? readFileSync(path) : undefined;
}

let pairs = 0;

/** Runs one row. */
function runCcPair(world: World, pair: CcPair): void {
  pairs += 1;
  const files: Files = { ...DEFAULT_FILES, ...pair.files };
  const project = world.project(`pairs/unit${pairs}`, files);
  const first = pair.first ?? {};
  const second = merge(first, pair.changed ?? {});
  const clear = () => {
    rmSync(join(project, "out", "x.o"), { force: true });
  };
  const cold = ccRun(world, project, first);
  if (pair.kept === undefined)
    expect([cold.stderr, ccOutcome(cold)]).toEqual([cold.stderr, "misses"]);
  else expect(ccOutcome(cold)).toMatch(pair.kept);
  const bytes = objectOf(project);
  if (pair.edit !== undefined) writeTree(project, pair.edit);
  pair.disturb?.(project, world);
  clear();
  const outcome = ccOutcome(ccRun(world, project, second));
  if (typeof pair.second === "string") expect(outcome).toBe(pair.second);
  else expect(outcome).toMatch(pair.second);
  if (pair.second === "hits") expect(objectOf(project)).toEqual(bytes);
  if (pair.oneWay === true) return;
  const original: Record<string, string | Uint8Array | undefined> = {};
  for (const name of Object.keys(pair.edit ?? {})) original[name] = files[name];
  writeTree(project, original);
  clear();
  expect(ccOutcome(ccRun(world, project, first))).toBe("hits");
  expect(objectOf(project)).toEqual(bytes);
}

/** Declares one test a row. */
export function testCcPairs(world: World, rows: readonly CcPair[]): void {
  for (const row of rows) {
    test(row.fact, () => {
      runCcPair(world, row);
    });
  }
}
