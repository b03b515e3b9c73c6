// Runs programs under the two small C programs in native/: one takes time and peak memory of a run,
// the other writes down every program a run executes.
import { mkdir, readFile, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { settleEngines } from "../src/wrap/engines/settle.ts";
import { BenchFailure } from "./failure.ts";

/** A program to run. */
export interface Command {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What one run cost. */
export interface Cost {
  readonly wallMs: number;
  /** Largest resident set of any one process of the run. */
  readonly peakKb: number;
  /** User and system time of all its processes that ended with it. */
  readonly cpuMs: number;
}

/** One program that was executed. */
export interface Exec {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The compiled C programs and a directory for their output. */
export interface Instruments {
  readonly measure: string;
  /** Absent where ptrace is not Linux's. */
  readonly execs: string | undefined;
  readonly directory: string;
}

/** Compiles the instruments into `directory`. */
export async function buildInstruments(directory: string): Promise<Instruments> {
  await mkdir(directory, { recursive: true });
  const compile = async (name: string): Promise<string> => {
    const source = join(import.meta.dir, "native", `${name}.c`);
    const output = join(directory, name);
    await runChecked({
      argv: ["cc", "-O2", "-o", output, source],
      cwd: directory,
      environment: pathOnly(),
    });
    return output;
  };
  const execs = process.platform === "linux" ? await compile("execs") : undefined;
  return { measure: await compile("measure"), execs, directory };
}

/** Runs a command that must succeed, and returns its cost. */
export async function measure(instruments: Instruments, command: Command): Promise<Cost> {
  const result = join(instruments.directory, "cost");
  const measured = { ...command, argv: [instruments.measure, result, ...command.argv] };
  await runLogged(measured, join(instruments.directory, "output"));
  return parseCost(await readFile(result, "utf8"));
}

/** Decodes the line that measure.c writes. */
export function parseCost(line: string): Cost {
  const fields = line.trim().split(" ").map(Number);
  const [wallNs, peakKb, userUs, systemUs] = fields;
  if (fields.length !== 5 || fields.some(Number.isNaN)) {
    throw new BenchFailure(`measure wrote an unreadable line: ${line}`);
  }
  return {
    wallMs: wallNs! / 1e6,
    peakKb: peakKb!,
    cpuMs: (userUs! + systemUs!) / 1000,
  };
}

/** Runs a command that must succeed and returns all programs it executed, in order. */
export async function recordExecs(
  instruments: Instruments,
  command: Command,
): Promise<readonly Exec[] | undefined> {
  if (instruments.execs === undefined) return undefined;
  const directory = join(instruments.directory, "execs-log");
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  const watched = { ...command, argv: [instruments.execs, directory, ...command.argv] };
  await runLogged(watched, join(instruments.directory, "output"));
  const count = (await readdir(directory)).filter((name) => name.endsWith(".argv")).length;
  const found: Exec[] = [];
  for (let at = 0; at < count; at++) {
    const read = (kind: string) => readFile(join(directory, `${at}.${kind}`), "utf8");
    found.push({
      argv: (await read("argv")).split("\0").slice(0, -1),
      cwd: await read("cwd"),
      environment: parseEnvironment(await read("environ")),
    });
  }
  return found;
}

/** The crate a run of the compiler compiles; undefined for queries and for other programs. */
export function compiledCrate(argv: readonly string[]): string | undefined {
  if (!/^(rustc|clippy-driver)(\.exe)?$/.test(basename(argv[0] ?? ""))) return undefined;
  const name = argv[argv.indexOf("--crate-name") + 1];
  const query = argv.some((argument) => argument.startsWith("--print"));
  return argv.includes("--crate-name") && !query && name !== "___" ? name : undefined;
}

/** Whether a program is one that compiles, assembles or preprocesses C, or the driver of those. */
export function isCCompiler(argv: readonly string[]): boolean {
  return /^(?:cc1(?:plus)?|as|cc|c\+\+|cpp|gcc|g\+\+|clang|clang\+\+)(?:-\d+)?$/.test(
    basename(argv[0] ?? "").replace(/^[a-z0-9_]+-linux-gnu-/, ""),
  );
}

/** Runs a command to its end and returns its stdout; a failure shows the end of its stderr. */
export async function runChecked(command: Command): Promise<string> {
  const run = Bun.spawn([...command.argv], {
    cwd: command.cwd,
    env: { ...command.environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [printed, messages, status] = await Promise.all([
    run.stdout.text(),
    run.stderr.text(),
    run.exited,
  ]);
  // An engine answers before it has stored.
  settleEngines(command.environment);
  if (status !== 0) throw failed(command, status, messages);
  return printed;
}

/**
 * As `runChecked`, for a command that may leave a daemon behind: a pipe would wait for that too.
 */
async function runLogged(command: Command, log: string): Promise<void> {
  // A file given as a stream is written over from its start, not emptied.
  for (const stream of ["stdout", "stderr"]) await rm(`${log}.${stream}`, { force: true });
  const run = Bun.spawn([...command.argv], {
    cwd: command.cwd,
    env: { ...command.environment },
    stdin: "ignore",
    stdout: Bun.file(`${log}.stdout`),
    stderr: Bun.file(`${log}.stderr`),
  });
  const status = await run.exited;
  settleEngines(command.environment);
  if (status !== 0) throw failed(command, status, await readFile(`${log}.stderr`, "utf8"));
}

// Enough for one rustc error with its notes.
const TAIL_LINES = 40;

function failed(command: Command, status: number, messages: string): BenchFailure {
  const tail = messages.trim().split("\n").slice(-TAIL_LINES).join("\n");
  return new BenchFailure(
    `\`${command.argv.join(" ")}\` failed with status ${status} in ${command.cwd}:\n${tail}`,
  );
}

function parseEnvironment(text: string): Record<string, string> {
  const entries = text.split("\0").filter((entry) => entry.includes("="));
  return Object.fromEntries(
    entries.map((entry) => [
      entry.slice(0, entry.indexOf("=")),
      entry.slice(entry.indexOf("=") + 1),
    ]),
  );
}

function pathOnly(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "" };
}
