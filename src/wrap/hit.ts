// A hit: restore, replay, record, end.
import { exitNow } from "../base/libc.ts";
import type { Lookup } from "./lookup.ts";
import { recordHit } from "./record.ts";
import { replay, restore } from "./restore.ts";
import { endAsSettled, settle } from "./settled.ts";
import type { Unit } from "./unit.ts";

/** Restores and ends the process; returns only when that failed before anything was published. */
export function finishHit(unit: Unit, hit: Extract<Lookup, { kind: "hit" }>): void {
  unit.timeline.enter("restore");
  const restored = restore(unit, hit.entry);
  if (restored.kind === "failed") return;
  settle(() => exitNow(hit.entry.exitCode));
  replay(restored.stdout, restored.stderr);
  recordHit(unit, hit.entry, restored.bytes);
  endAsSettled();
}
