// A hit: restore, replay, verify when that was asked for, record, end.
import { exitNow } from "../base/libc.ts";
import type { Lookup } from "./lookup.ts";
import { recordHit, type Verified } from "./record.ts";
import { replay, restore } from "./restore.ts";
import { endAsSettled, settle } from "./settled.ts";
import type { Unit } from "./unit.ts";

/** A hit. */
export type Hit = Extract<Lookup, { kind: "hit" }>;

/**
 * Restores and ends the process; returns only when that failed before anything was published. `verify`
 * compiles beside it and may change the end.
 */
export function finishHit(unit: Unit, hit: Hit, verify?: (hit: Hit) => Verified | undefined): void {
  unit.timeline.enter("restore");
  const restored = restore(unit, hit.entry);
  if (restored.kind === "failed") return;
  settle(() => exitNow(hit.entry.exitCode));
  replay(restored.stdout, restored.stderr);
  recordHit(unit, hit.entry, { bytes: restored.bytes, verified: verify?.(hit) });
  endAsSettled();
}
