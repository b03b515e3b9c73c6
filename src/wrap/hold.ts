// Whether a caller can have its end before the result is stored, and what is needed for that: its outputs as they
// are now. Storing is half of what a miss of a small C file costs, and nobody has to wait for it.
import { type HeldOutput, holdOutput, releaseOutput } from "../store/held-output.ts";
import type { Output } from "../compiler/output.ts";
import type { CompileRun } from "./language.ts";
import { absolute, type Unit } from "./unit.ts";

/** The outputs of a compile that has ended, in memory. */
export interface HeldOutputs {
  readonly outputs: readonly Output[];
  /** One of them; undefined for what was not made. */
  of(output: Output): HeldOutput | undefined;
  /** Lets go of them. */
  release(): void;
}

/** More is copied once only, by who waits for it: it is the work of a compile that took long. */
const HELD_BYTES_MAX = 1 << 20;

/** What is told to the caller as it happens, when asked for. */
const TELLING = ["KACHE_PROGRESS", "KACHE_LOG", "KACHE_LOG_FILE"];

/** Holds the outputs; undefined where the result is to be stored first. */
export function holdOutputs(unit: Unit, run: CompileRun): HeldOutputs | undefined {
  const { caller, env } = unit.invocation;
  if (caller.afterwards === undefined) return undefined;
  if (TELLING.some((name) => env[name] !== undefined)) return undefined;
  const outputs = [...unit.language.outputs(), ...run.sideOutputs()];
  const held = new Map<string, HeldOutput>();
  const release = () => {
    for (const one of held.values()) releaseOutput(one);
    held.clear();
  };
  let left = HELD_BYTES_MAX;
  for (const { path } of outputs) {
    const one = holdOutput(absolute(unit, path), left);
    if (one === "not-held") {
      release();
      return undefined;
    }
    if (one === "absent" || held.has(path)) continue;
    held.set(path, one);
    left -= one.stat.size;
  }
  return { outputs, of: ({ path }) => held.get(path), release };
}
