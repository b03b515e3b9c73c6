// The story of one compiler call: understand it, derive its key, look it up, serve the hit or fly the miss.
// The only catch; whatever breaks in us, the compiler runs once and its status stands.
// What a hit does not need is loaded when it is needed: half of the code, a tenth of a hit's time.
import { needsOwnProcess, OwnProcessNeeded } from "../base/own-process.ts";
import { examineAhead, type ToolchainQuestion } from "../key/toolchain.ts";
import { isStoreEmpty } from "../store/store.ts";
import type { Begun, SeveralCalls } from "./unit/begun.ts";
import type { End } from "./call/caller.ts";
import { wantsEngine } from "./engines/engine-place.ts";
import { finishHit, type Hit } from "./hit.ts";
import { handedOver, type Invocation } from "./call/invocation.ts";
import { lookUp } from "./lookup.ts";
import { recordPassthrough } from "./record.ts";
import type { Unit } from "./unit/unit.ts";

/**
 * Serves one call, which `begin` understands in its language, and gives its end: the compiler's own. Throws
 * OwnProcessNeeded, and nothing else, in an engine that cannot serve it; then nothing has been done.
 */
export async function wrap(invocation: Invocation, begin: () => Begun): Promise<End> {
  let begun: Begun | undefined;
  try {
    begun = begin();
    if (begun.kind === "unit") return await serve(begun.unit);
    if (begun.kind === "several") return await serveEach(begun);
    // Cargo and configure ask before they build: an engine that starts now is there for the first compile.
    if (begun.record === "query") await foresee(invocation, begun.asked);
    else if (begun.record !== "unwanted") recordPassthrough(begun.record);
    return handedOver(invocation, begun.fallback, begun.words);
  } catch (fault) {
    const { settled } = invocation.caller;
    if (fault instanceof OwnProcessNeeded && settled === undefined) throw fault;
    // A bug of ours or a fault nobody foresaw: the build must not notice, reports must.
    recordFault(begun, fault);
    return settled ?? handedOver(invocation);
  }
}

async function serveEach(several: SeveralCalls): Promise<End> {
  const { serveSeveral } = await import("./no-hit.ts");
  return serveSeveral(several);
}

async function serve(unit: Unit): Promise<End> {
  const obstacle = unit.language.obstacle();
  if (obstacle !== undefined) return runUncached(unit, obstacle);
  // Examining a compiler takes longer than compiling a small crate: where nothing can be found, that waits.
  if (!unit.language.isKeyReady && isStoreEmpty(unit.layout)) {
    const { compileFirst } = await import("./no-hit.ts");
    return compileFirst(unit, await unit.language.missing());
  }
  unit.timeline.enter("key");
  const key = unit.language.deriveKey();
  if (key.kind === "no-key") return runUncached(unit, `cache key failed: ${key.detail}`);
  unit.timeline.enter("lookup");
  const found = lookUp(unit, key.key);
  if (found.kind === "hit") {
    const { env } = unit.invocation;
    if (env["KACHE_LOG"] !== undefined || env["KACHE_LOG_FILE"] !== undefined) {
      (await import("./no-hit.ts")).traceKey(unit, found.entry.key);
    }
    const end =
      unit.config.verify.oneIn === 0 ? finishHit(unit, found) : await finishVerified(unit, found);
    if (end !== undefined) {
      await startEngineAfter(unit.invocation);
      return end;
    }
    // A restore that fails leaves the compiler to run.
  }
  const { fly } = await import("./no-hit.ts");
  return fly(unit, await unit.language.missing(), key);
}

/** Sees to it that an engine serves the calls after this one. */
async function startEngineAfter(invocation: Invocation): Promise<void> {
  if (wantsEngine(invocation)) (await import("./no-hit.ts")).startEngine(invocation);
}

/** What follows a question: most often compiles, for which an engine makes itself ready. */
async function foresee(
  invocation: Invocation,
  asked: ToolchainQuestion | undefined,
): Promise<void> {
  await startEngineAfter(invocation);
  if (asked !== undefined) invocation.caller.afterwards?.(() => examineAhead(asked));
}

async function finishVerified(unit: Unit, hit: Hit): Promise<End | undefined> {
  needsOwnProcess("a second compile");
  const { verifierOf } = await import("./no-hit.ts");
  return finishHit(unit, hit, verifierOf(unit, await unit.language.missing()));
}

async function runUncached(unit: Unit, reason: string): Promise<End> {
  const { compileUncached } = await import("./no-hit.ts");
  return compileUncached(unit, reason);
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
