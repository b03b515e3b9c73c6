// The story of one compiler call: understand it, derive its key, look it up, serve the hit or fly the miss.
// The only catch; whatever breaks in us, the compiler runs once and its status stands.
import type { Begun } from "./begun.ts";
import { finishHit } from "./hit.ts";
import type { Invocation } from "./invocation.ts";
import { lookUp } from "./lookup.ts";
import { compileFirst, fly } from "./miss.ts";
import { handover, passthrough } from "./passthrough.ts";
import { recordPassthrough } from "./record.ts";
import { endAsSettled } from "./settled.ts";
import { compileUncached } from "./uncached.ts";
import { isStoreEmpty } from "../store/store.ts";
import type { Unit } from "./unit.ts";

/**
 * Serves one call, which `begin` understands in its language. Never returns: the process ends as the
 * compiler would have.
 */
export function wrap(invocation: Invocation, begin: () => Begun): never {
  let begun: Begun | undefined;
  try {
    begun = begin();
    if (begun.kind === "unit") return serve(begun.unit);
    if (begun.record !== undefined) recordPassthrough(begun.record);
    return passthrough({ ...handover(invocation), words: begun.words, fallback: begun.fallback });
  } catch (fault) {
    // A bug of ours or a fault nobody foresaw: the build must not notice, reports must.
    recordFault(begun, fault);
    endAsSettled();
    return passthrough({ ...handover(invocation), fallback: undefined });
  }
}

function serve(unit: Unit): never {
  const obstacle = unit.language.obstacle();
  if (obstacle !== undefined) return compileUncached(unit, obstacle);
  // Examining a compiler takes longer than compiling a small crate: where nothing can be found, that waits.
  if (!unit.language.isKeyReady && isStoreEmpty(unit.layout)) return compileFirst(unit);
  unit.timeline.enter("key");
  const key = unit.language.deriveKey();
  if (key.kind === "no-key") return compileUncached(unit, `cache key failed: ${key.detail}`);
  unit.timeline.enter("lookup");
  const found = lookUp(unit, key.key);
  if (found.kind === "hit") finishHit(unit, found);
  return fly(unit, key);
}

function recordFault(begun: Begun | undefined, fault: unknown): void {
  if (begun?.kind !== "unit") return;
  const { invocation, config, layout, language } = begun.unit;
  const stack = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  const reason = `internal error: ${stack}`;
  try {
    recordPassthrough({ invocation, config, layout, crate: language.facts.crateName, reason });
  } catch {
    // The very writing of events may be what is broken.
  }
}
