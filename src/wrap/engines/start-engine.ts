// Starts an engine for the calls after this one, where there is none.
import { stringVector } from "../../base/environment.ts";
import { statPath, touchPath } from "../../base/file.ts";
import { wallMs } from "../../base/clock.ts";
import { isLockFree } from "../../base/lock.ts";
import { startDetached } from "../../base/spawn.ts";
import { enginePlace, wantsEngine } from "./engine-place.ts";
import type { Invocation } from "../call/invocation.ts";

/** So long after a start another one is tried. */
const AGAIN_S = 2;

/**
 * Bun's allocator gives pages back whenever the engine waits, and takes page faults for them in the next call: a
 * twentieth of a miss of C, for a sixth less memory (200 calls: 150 and 165 MB).
 */
const KEEPS_PAGES = ["MIMALLOC_PURGE_DELAY=-1", "MIMALLOC_PURGE_HOLES=0"];
/**
 * The runtime's last compiler works beside the build's and does not pay: without it a cold build of 200 C files costs
 * the engine 1.6 s of processor instead of 2.1, and after 4,000 hits a call is no slower. The one before it waits for
 * five times as many runs of a function: 0.13 s instead of 0.23 in a cold ripgrep, where most of what it made ready was
 * not needed any more, and 3,000 hits of C take the same time from first to last.
 */
const COMPILES_LESS = ["BUN_JSC_useFTLJIT=false", "BUN_JSC_thresholdForOptimizeAfterWarmUp=5000"];

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
  const own = ["PATH=/usr/local/bin:/usr/bin:/bin", ...KEEPS_PAGES, ...COMPILES_LESS];
  if (env["TZ"] !== undefined) own.push(`TZ=${env["TZ"]}`);
  const words = ["kache", "engine", place];
  startDetached(process.execPath, stringVector(words), stringVector(own));
}
