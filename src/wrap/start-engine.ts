// Starts an engine for the calls after this one, where there is none.
import { stringVector } from "../base/environment.ts";
import { statPath, touchPath } from "../base/file.ts";
import { wallMs } from "../base/clock.ts";
import { isLockFree } from "../base/lock.ts";
import { startDetached } from "../base/spawn.ts";
import { enginePlace, wantsEngine } from "./engine-place.ts";
import type { Invocation } from "./invocation.ts";

/** So long after a start another one is tried. */
const AGAIN_S = 2;

/** What the name of an engine's lock ends with. */
export const ENGINE_LOCK = ".lock";

/** An engine holds this lock as long as it lives, so that there is one of it. */
export function engineLock(place: string): string {
  return place + ENGINE_LOCK;
}

/**
 * Starts one unless it is unwanted or there. Never waits for it. Of several calls at once one starts it, and one
 * that cannot live is not started by every call.
 */
export function startEngine(invocation: Invocation): void {
  if (!wantsEngine(invocation)) return;
  const { env } = invocation;
  const place = enginePlace(env);
  if (place === undefined) return;
  const lock = engineLock(place);
  const tried = statPath(lock);
  const MS = 1000;
  if (typeof tried === "object" && (tried.mtimeSec + AGAIN_S) * MS > wallMs()) return;
  if (!isLockFree(lock)) return;
  touchPath(lock);
  // It knows each caller's environment; of its own it needs the time zone that dates are told in.
  const own = ["PATH=/usr/local/bin:/usr/bin:/bin", `TZ=${env["TZ"] ?? ""}`];
  const words = ["kache", "engine", place];
  startDetached(
    process.execPath,
    stringVector(words),
    stringVector(env["TZ"] === undefined ? own.slice(0, 1) : own),
  );
}
