// Whether a caller can have its end before the result is stored, and what is needed for that: its outputs as they
// are now. Storing is half of what a miss of a small C file costs, and a thirtieth of a cold build of Rust: nobody has
// to wait for it.
import { hasExecuteBit, type Stat } from "../../base/file.ts";
import { pauseMs, TICK_MS_MAX } from "../../base/clock.ts";
import { mayShareInode } from "../../store/blob.ts";
import {
  holdCopied,
  type HeldOutput,
  holdOpened,
  holdOutput,
  releaseOutput,
} from "../../store/held-output.ts";
import type { Output } from "../../compiler/output.ts";
import { isModifiedBefore } from "../compile/freshness.ts";
import type { CompileRun } from "../unit/language.ts";
import type { Scratch } from "../unit/scratch.ts";
import { absolute, type Unit } from "../unit/unit.ts";

/** The outputs of a compile that has ended, as they were then. */
export interface HeldOutputs {
  readonly outputs: readonly Output[];
  /** One of them; undefined for what was not made. */
  of(output: Output): HeldOutput | undefined;
  /** Lets go of them. */
  release(): void;
}

/** So much is copied into memory: more is held open where that is as good, else copied into the store's directory. */
const COPIED_BYTES_MAX = 1 << 20;

/** What is told to the caller as it happens, when asked for. */
const TELLING = ["KACHE_PROGRESS", "KACHE_LOG", "KACHE_LOG_FILE"];

/** Holds the outputs; undefined where the result is to be stored first. */
export function holdOutputs(
  unit: Unit,
  run: CompileRun,
  scratch: Scratch,
): HeldOutputs | undefined {
  const { caller, env } = unit.invocation;
  if (caller.afterwards === undefined) return undefined;
  if (TELLING.some((name) => env[name] !== undefined)) return undefined;
  const outputs = [...unit.language.outputs(), ...run.sideOutputs()];
  const held = new Map<string, HeldOutput>();
  const release = () => {
    for (const one of held.values()) releaseOutput(one);
    held.clear();
  };
  let left = COPIED_BYTES_MAX;
  for (const output of outputs) {
    const { path } = output;
    const copied = holdOutput(absolute(unit, path), left);
    const one = copied === "not-held" && caller.isPatient ? large(unit, output, scratch) : copied;
    if (one === "not-held") {
      release();
      return undefined;
    }
    if (one === "absent" || held.has(path)) continue;
    held.set(path, one);
    if (!one.isOpened && one.isUnnamed !== true) left -= one.stat.size;
  }
  return { outputs, of: ({ path }) => held.get(path), release };
}

/** A large output: held open where nobody but the compiler and cargo touches it, else copied. */
function large(unit: Unit, output: Output, scratch: Scratch): HeldOutput | "absent" | "not-held" {
  const held = opened(unit, output, scratch);
  if (held !== "not-held") return held;
  return holdCopied(absolute(unit, output.path), unit.layout.storeDir());
}

function opened(unit: Unit, output: Output, scratch: Scratch): HeldOutput | "not-held" {
  const { crateTypes } = unit.language.facts;
  const isPast = (stat: Stat) => {
    const made = { name: output.name, executable: hasExecuteBit(stat) };
    if (output.kind !== "metadata" && !mayShareInode(made, crateTypes)) return false;
    for (let waitedMs = 0; waitedMs <= TICK_MS_MAX; waitedMs += 1) {
      if (isModifiedBefore(stat, scratch.stamp())) return true;
      pauseMs(1);
    }
    return false;
  };
  return holdOpened(absolute(unit, output.path), isPast, output.kind === "metadata");
}
