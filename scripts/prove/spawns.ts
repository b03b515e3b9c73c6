// The programs that a watched build executed → what they mean for the proof. Pure.
import { basename } from "node:path";
import type { Exec } from "../../bench/measure.ts";

/** The compiles of one build, as processes. */
export interface Spawns {
  /** Calls of the wrapper for units of cargo's. */
  readonly units: number;
  /** Starts of the wrapper of any sort: queries and probes too. */
  readonly wrappers: number;
  /** Crates that a rustc compiled for cargo. */
  readonly compiled: readonly string[];
  /** Compiles that build scripts made to learn what the compiler can do, by package. */
  readonly probes: readonly string[];
}

/** Sorts a build's processes; `wrapper` is the executable cargo starts for rustc. */
export function sortSpawns(execs: readonly Exec[], wrapper: string): Spawns {
  const wrapped = execs.filter((exec) => exec.argv[0] === wrapper);
  const compiles = execs.filter((exec) => isCompile(exec.argv));
  const crate = (exec: Exec) => crateName(exec.argv) ?? "?";
  const packageOf = (exec: Exec) => exec.environment["CARGO_PKG_NAME"] ?? "?";
  return {
    units: wrapped.filter(isUnit).length,
    wrappers: wrapped.length,
    compiled: unique(compiles.filter(isUnit).map(crate)),
    probes: unique(
      compiles.filter((exec) => !isUnit(exec)).map((exec) => `${packageOf(exec)}: ${crate(exec)}`),
    ),
  };
}

/** Cargo names the crate to its own calls only; what a build script starts lacks the variable. */
function isUnit(exec: Exec): boolean {
  return exec.environment["CARGO_CRATE_NAME"] !== undefined;
}

/** Whether it is a compiler that compiles: queries print something or have no crate. */
function isCompile(argv: readonly string[]): boolean {
  if (!/^(rustc|clippy-driver)$/.test(basename(argv[0] ?? ""))) return false;
  const asks = argv.some((word) => /^(--print|-vV|-V|--version)/.test(word));
  const name = crateName(argv);
  return !asks && name !== "___" && (name !== undefined || argv.includes("-"));
}

function crateName(argv: readonly string[]): string | undefined {
  const joined = argv.find((word) => word.startsWith("--crate-name="));
  if (joined !== undefined) return joined.slice("--crate-name=".length);
  const at = argv.indexOf("--crate-name");
  return at === -1 ? undefined : argv[at + 1];
}

/** rustup's proxy and the compiler behind it are two executions of one compile. */
function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
