// An understood compile that is not cached: the compiler runs as a miss would run it.
import { detachOutputs } from "./compile/detach.ts";
import type { End } from "./call/caller.ts";
import { handedOver } from "./call/invocation.ts";
import { recordPassthrough } from "./record.ts";
import type { Unit } from "./unit/unit.ts";

/** Runs the compiler as a miss would, keeps nothing: for calls without key or store. */
export function compileUncached(unit: Unit, reason: string): End {
  const { invocation, config, layout, language } = unit;
  if (language.sharesInodes) {
    detachOutputs(language.outputs(), invocation.cwd, (kind, there) =>
      language.writesInto(kind, there),
    );
  }
  recordPassthrough({ invocation, config, layout, crate: language.facts.crateName, reason });
  return handedOver(invocation, config.fallback, language.uncachedWords());
}
