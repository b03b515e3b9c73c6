// Pairs of rustc calls for the tables of the suites: a first compile, something changed, a second one
// that must hit or miss, and the first again, which must hit: nothing about a key may wander.
import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Run, RustcCall, World } from "./rig.ts";
import { type Files, fileMatching, writeTree } from "./tree.ts";

/** One row: what is compiled, what changes, and what that must mean. */
export interface Pair {
  /** The case's name: a fact. */
  readonly fact: string;
  readonly second: "hits" | "misses";
  /** The project; `src/lib.rs` has a default. */
  readonly files?: Files;
  /** Anything else that must be there before the first compile. */
  readonly prepare?: (project: string, world: World) => void;
  /** The first call; `first` applies to both calls, `changed` overrides it in the second. */
  readonly first?: RustcCall;
  readonly changed?: RustcCall;
  /** Files changed before the second call, and back before the third. */
  readonly edit?: Files;
  /** Changes that are no plain file edits. */
  readonly disturb?: (project: string, world: World) => void;
  /** Whether the first state cannot be brought back, so that no third compile is made. */
  readonly oneWay?: boolean;
}

const DEFAULT_FILES: Files = { "src/lib.rs": "pub fn answer() -> u32 { 42 }\n" };

/** The events of a run, reduced to whether the one unit compiled or hit. */
export function outcomeOf(run: Run): string {
  const [event] = run.events;
  if (run.events.length !== 1 || event === undefined) return `${run.events.length} events`;
  const compiled = run.compiles.length;
  if (event.result === "local_hit" && compiled === 0) return "hits";
  if (/^(miss|dup)$/.test(event.result) && compiled === 1) return "misses";
  const why = event.passthrough_reason ?? event.not_stored ?? "";
  return `${event.result} after ${compiled} compiles: ${why}`;
}

/** Fails with what the compiler said unless the call succeeded. */
export function mustSucceed(run: Run): Run {
  if (run.exitCode !== 0)
    throw new Error(`status ${String(run.exitCode)}\n${run.stdout}${run.stderr}`);
  return run;
}

function outputBytes(project: string, call: RustcCall): Buffer | undefined {
  const dir = join(project, call.outDir ?? "out");
  return existsSync(dir)
    ? readFileSync(fileMatching(dir, /\.(rlib|rmeta|so|a)$|^[^.]+$/))
    : undefined;
}

function clearOutput(project: string, call: RustcCall): void {
  rmSync(join(project, call.outDir ?? "out"), { recursive: true, force: true });
}

function merge(first: RustcCall, second: RustcCall): RustcCall {
  return { ...first, ...second, env: { ...first.env, ...second.env } };
}

let pairs = 0;

function runPair(world: World, pair: Pair): void {
  pairs += 1;
  const name = `unit${pairs}`;
  const project = world.project(`pairs/${name}`, { ...DEFAULT_FILES, ...pair.files });
  pair.prepare?.(project, world);
  const emit = pair.first?.emit ?? "dep-info,link";
  const first: RustcCall = { name, emit, ...pair.first };
  const second = merge(first, pair.changed ?? {});
  expect(outcomeOf(mustSucceed(world.rustc(project, first)))).toBe("misses");
  const bytes = outputBytes(project, first);
  if (pair.edit !== undefined) writeTree(project, pair.edit);
  pair.disturb?.(project, world);
  clearOutput(project, first);
  expect(outcomeOf(mustSucceed(world.rustc(project, second)))).toBe(pair.second);
  if (pair.second === "hits") expect(outputBytes(project, second)).toEqual(bytes);
  if (pair.oneWay === true) return;
  if (pair.edit !== undefined) restore(project, pair);
  clearOutput(project, first);
  expect(outcomeOf(mustSucceed(world.rustc(project, first)))).toBe("hits");
  expect(outputBytes(project, first)).toEqual(bytes);
}

function restore(project: string, pair: Pair): void {
  const original: Record<string, string | Uint8Array | undefined> = {};
  const before: Files = { ...DEFAULT_FILES, ...pair.files };
  for (const name of Object.keys(pair.edit ?? {})) original[name] = before[name];
  writeTree(project, original);
}

/** Declares one test a row. */
export function testPairs(world: World, rows: readonly Pair[]): void {
  for (const row of rows) {
    test(row.fact, () => {
      runPair(world, row);
    });
  }
}
