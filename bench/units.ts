// Times one compiler call as a whole process: the very arguments and environment cargo gave rustc,
// answered by each cache from its own store, beside an empty program of the same runtime, which is
// the floor for any program compiled with it.
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileExecutable } from "../scripts/build.ts";
import { baseEnvironment } from "./environment.ts";
import { BenchFailure } from "./failure.ts";
import { compiledCrate, measure, recordExecs, runChecked } from "./measure.ts";
import type { Command, Cost, Exec, Instruments } from "./measure.ts";
import type { Tool, ToolName } from "./tools.ts";
import { writeUnitCrate, type UnitCrate } from "./unit-crates.ts";

/** What is timed: the empty program, the plain compiler, or a tool's hit. */
export type UnitSubject = "empty" | "rustc" | ToolName;

/** All timings of one subject for one crate. */
export interface UnitTiming {
  readonly crate: UnitCrate["name"];
  readonly subject: UnitSubject;
  readonly costs: readonly Cost[];
  readonly refused: string | undefined;
}

/** What a crate's call leaves behind. */
export interface UnitResult {
  readonly timings: readonly UnitTiming[];
  /** Size of the rlib, to tell how much a restore moves. */
  readonly rlibBytes: number;
}

/**
 * How often each subject is run; the plain compiler of a large crate takes long enough as it is.
 */
export interface UnitPlan {
  readonly instruments: Instruments;
  readonly directory: string;
  readonly repetitions: number;
  readonly compileRepetitions: number;
}

/** A program that does nothing, built with the flags that dist/kache is built with. */
export async function buildEmptyProgram(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const source = join(directory, "empty.ts");
  const executable = join(directory, "empty");
  await writeFile(source, "export {};\n");
  await compileExecutable(source, executable);
  return executable;
}

/** Times every subject for one crate; undefined where processes cannot be watched. */
export async function timeUnit(
  crate: UnitCrate,
  subjects: { readonly empty: string; readonly tools: readonly Tool[] },
  plan: UnitPlan,
): Promise<UnitResult | undefined> {
  const package_ = join(plan.directory, crate.name);
  await writeUnitCrate(crate, package_);
  const call = await captureCall(crate, package_, plan.instruments);
  if (call === undefined) return undefined;
  const outputs = outputsOf(call, crate.name);
  const rlibBytes = await sizeOfRlib(await outputs.list());
  const tools = subjects.tools.filter((tool) => tool.wrapper !== undefined);
  for (const tool of tools) await tool.begin();
  try {
    for (const tool of tools) {
      await outputs.remove();
      await runChecked(replay(call, tool));
      await tool.takeCounts();
    }
    const costs = await repeat(call, outputs, { empty: subjects.empty, tools, plan });
    const timings: UnitTiming[] = [];
    for (const [subject, list] of costs) {
      const tool = tools.find((each) => each.name === subject);
      const counts = await tool?.takeCounts();
      const refused =
        counts !== undefined && counts.hits < list.length
          ? `${counts.hits} hits in ${list.length} runs`
          : undefined;
      timings.push({ crate: crate.name, subject, costs: list, refused });
    }
    return { timings, rlibBytes };
  } finally {
    for (const tool of tools) await tool.end();
  }
}

/** Runs every subject in turn, in reversed order every other time. */
async function repeat(
  call: Exec,
  outputs: Outputs,
  run: { readonly empty: string; readonly tools: readonly Tool[]; readonly plan: UnitPlan },
): Promise<ReadonlyMap<UnitSubject, Cost[]>> {
  const { plan } = run;
  const commands: [UnitSubject, Command][] = [
    ["empty", { ...call, argv: [run.empty] }],
    ["rustc", call],
    ...run.tools.map((tool): [UnitSubject, Command] => [tool.name, replay(call, tool)]),
  ];
  const costs = new Map<UnitSubject, Cost[]>(commands.map(([subject]) => [subject, []]));
  for (let at = 0; at < plan.repetitions; at++) {
    for (const [subject, command] of at % 2 === 0 ? commands : commands.toReversed()) {
      if (subject === "rustc" && at >= plan.compileRepetitions) continue;
      await outputs.remove();
      costs.get(subject)?.push(await measure(plan.instruments, command));
      if (subject !== "empty") await outputs.check(subject);
    }
  }
  return costs;
}

/** Lets cargo build the crate once and keeps its call of rustc for it. */
async function captureCall(
  crate: UnitCrate,
  directory: string,
  instruments: Instruments,
): Promise<Exec | undefined> {
  const where = { cwd: directory, environment: baseEnvironment() };
  if (crate.serde) await runChecked({ ...where, argv: ["cargo", "fetch", "--quiet"] });
  const build = { ...where, argv: ["cargo", "build", "--offline"] };
  const execs = await recordExecs(instruments, build);
  if (execs === undefined) return undefined;
  const call = execs.findLast((exec) => compiledCrate(exec.argv) === crate.name);
  if (call === undefined) throw new BenchFailure(`cargo did not compile ${crate.name}`);
  // The jobserver of that build is gone; without its variables rustc makes its own.
  const gone = new Set(["CARGO_MAKEFLAGS", "MAKEFLAGS", "MFLAGS"]);
  const kept = Object.entries(call.environment).filter(([name]) => !gone.has(name));
  return { ...call, environment: Object.fromEntries(kept) };
}

/** The captured call with a tool in front of the compiler. */
function replay(call: Exec, tool: Tool): Command {
  return {
    argv: [...(tool.wrapper === undefined ? [] : [tool.wrapper]), ...call.argv],
    cwd: call.cwd,
    environment: { ...tool.environment, ...call.environment },
  };
}

/** The files a call writes, recognised by the suffix cargo chose for them. */
interface Outputs {
  readonly list: () => Promise<string[]>;
  readonly remove: () => Promise<void>;
  /** Fails when a subject did not put all of them back. */
  readonly check: (subject: UnitSubject) => Promise<void>;
}

function outputsOf(call: Exec, crate: string): Outputs {
  const directory = call.argv[call.argv.indexOf("--out-dir") + 1];
  const suffix = call.argv
    .find((argument) => argument.startsWith("extra-filename="))
    ?.slice("extra-filename=".length);
  if (directory === undefined || suffix === undefined) {
    throw new BenchFailure(`cargo's call for ${crate} has no --out-dir or extra-filename`);
  }
  const list = async () =>
    (await readdir(directory))
      .filter((name) => name.includes(`${crate}${suffix}`))
      .map((name) => join(directory, name));
  let expected = 0;
  return {
    list,
    remove: async () => {
      const present = await list();
      expected = Math.max(expected, present.length);
      for (const path of present) await rm(path);
    },
    check: async (subject) => {
      const present = (await list()).length;
      if (present === 0 || present < expected) {
        throw new BenchFailure(`${subject} left ${present} of ${expected} outputs of ${crate}`);
      }
    },
  };
}

async function sizeOfRlib(paths: readonly string[]): Promise<number> {
  const rlib = paths.find((path) => path.endsWith(".rlib"));
  return rlib === undefined ? 0 : (await stat(rlib)).size;
}
