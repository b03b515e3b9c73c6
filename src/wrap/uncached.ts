// An understood compile that is not cached: the compiler runs as a miss would run it.
import { detachOutputs } from "./detach.ts";
import { handover, passthrough } from "./passthrough.ts";
import { recordPassthrough } from "./record.ts";
import { uncachedWords } from "./remap.ts";
import type { Unit } from "./unit.ts";

/** Runs the compiler as a miss would, keeps nothing: for calls without key or store. */
export function compileUncached(unit: Unit, reason: string): never {
  const { invocation, compile } = unit;
  detachOutputs(compile, invocation.cwd);
  const { config, layout } = unit;
  recordPassthrough({ invocation, config, layout, crate: compile.crateName, reason });
  const keeps = config.incremental === "keep";
  const words = uncachedWords(invocation.words, compile, unit.place.roots, keeps);
  return passthrough({ ...handover(invocation), words, fallback: config.fallback });
}
