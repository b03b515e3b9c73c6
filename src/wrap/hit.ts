// A hit: restore, replay, verify when that was asked for, record, end.
import { type Caller, type End, STDERR, STDOUT } from "./call/caller.ts";
import type { Lookup } from "./lookup.ts";
import { recordHit, type Verified } from "./record.ts";
import { replay, restore } from "./restore.ts";
import type { Unit } from "./unit/unit.ts";

/** A hit. */
export type Hit = Extract<Lookup, { kind: "hit" }>;

/**
 * Restores and gives the end; undefined when that failed before anything was published. `verify` compiles
 * beside it and may change the end.
 */
export function finishHit(
  unit: Unit,
  hit: Hit,
  verify?: (hit: Hit) => Verified | undefined,
): End | undefined {
  const { caller } = unit.invocation;
  // The compiler itself is to find that, and to end by it.
  if (isUnheard(caller, hit.entry)) return undefined;
  unit.timeline.enter("restore");
  const restored = restore(unit, hit.entry);
  if (restored.kind === "failed") return undefined;
  caller.settled = { kind: "exited", code: hit.entry.exitCode };
  replay(caller, restored.stdout, restored.stderr);
  if (caller.isLeft) {
    caller.settled = undefined;
    return undefined;
  }
  recordHit(unit, hit.entry, { bytes: restored.bytes, verified: verify?.(hit) });
  return caller.settled;
}

/** Whether there is something to say that would be lost, or in an order that nobody knows. */
function isUnheard(caller: Caller, { stdout, stderr }: Hit["entry"]): boolean {
  if (stdout !== "" && stderr !== "" && caller.isOneStream) return true;
  return (stdout !== "" && caller.isLost(STDOUT)) || (stderr !== "" && caller.isLost(STDERR));
}
