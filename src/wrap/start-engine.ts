// Starts an engine for the calls after this one, where there is none.
import { stringVector } from "../base/environment.ts";
import { isLockFree } from "../base/lock.ts";
import { startDetached } from "../base/spawn.ts";
import { enginePlace, isServable } from "./engine-place.ts";
import type { Invocation } from "./invocation.ts";

/** What the name of an engine's lock ends with. */
export const ENGINE_LOCK = ".lock";

/** An engine holds this lock as long as it lives, so that there is one of it. */
export function engineLock(place: string): string {
  return place + ENGINE_LOCK;
}

/** Starts one unless it is unwanted or there. Never waits for it. */
export function startEngine({ env, caller }: Invocation): void {
  if (caller.run !== undefined || !isServable(env)) return;
  const place = enginePlace(env);
  if (place === undefined || !isLockFree(engineLock(place))) return;
  // It knows each caller's environment; of its own it needs the time zone that dates are told in.
  const own = ["PATH=/usr/local/bin:/usr/bin:/bin", `TZ=${env["TZ"] ?? ""}`];
  const words = ["kache", "engine", place];
  startDetached(
    process.execPath,
    stringVector(words),
    stringVector(env["TZ"] === undefined ? own.slice(0, 1) : own),
  );
}
