// The story of one rustc call: recognise, key, look up, restore or compile and keep, record. One line
// per stage, one catch; whatever breaks in us, the compiler runs once and its status stands.
import { exitNow } from "../base/libc.ts";
import { endLike } from "../base/spawn.ts";
import { isWithin } from "../base/path.ts";
import { makeDirs } from "../base/file.ts";
import { type Lock, takeLock } from "../base/lock.ts";
import type { Recognized } from "../compiler/recognize.ts";
import { deriveInvocationKey } from "../key/derive-key.ts";
import { type Begun, begin } from "./begin.ts";
import { clearOwnFiles, compileUnit, type CompileRun } from "./compile.ts";
import { detachOutputs } from "./detach.ts";
import type { Invocation } from "./invocation.ts";
import { keep, type Kept, localizeDepInfo } from "./keep.ts";
import { readsUnreported, learnInputs } from "./learn.ts";
import { type Lookup, lookUp } from "./lookup.ts";
import { passthrough } from "./passthrough.ts";
import { recordCompiled, recordHit, recordPassthrough } from "./record.ts";
import { startDueGc } from "./start-gc.ts";
import { uncachedWords } from "./remap.ts";
import { replay, restore } from "./restore.ts";
import { openScratch } from "./scratch.ts";
import { absolute, type Unit } from "./unit.ts";

type RustcCall = Extract<Recognized, { kind: "rustc" }>;
type Key = Extract<ReturnType<typeof deriveInvocationKey>, { kind: "key" }>;

/** Whether the compiler has been run by this process: from then on its end is ours, come what may. */
let ended: CompileRun | undefined;

/** Serves one rustc call. Never returns: the process ends as the compiler would have. */
export function wrap(invocation: Invocation, call: RustcCall): never {
  let begun: Begun | undefined;
  try {
    begun = begin(invocation, call);
    return serve(begun);
  } catch (fault) {
    // A bug of ours or a fault nobody foresaw: the build must not notice, reports must.
    recordFault(begun, fault);
    if (ended !== undefined) return endLike(ended.end);
    return passthrough({ ...handover(invocation), fallback: undefined });
  }
}

function recordFault(begun: Begun | undefined, fault: unknown): void {
  if (begun?.kind !== "unit") return;
  const { invocation, config, layout, compile } = begun.unit;
  const stack = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  const reason = `internal error: ${stack}`;
  try {
    recordPassthrough({ invocation, config, layout, crate: compile.crateName, reason });
  } catch {
    // The very writing of events may be what is broken.
  }
}

function handover(invocation: Invocation) {
  const { words, env, cwd, damaged } = invocation;
  return { words, env, cwd, damaged };
}

function serve(begun: Begun): never {
  if (begun.kind === "handover") {
    if (begun.record !== undefined) recordPassthrough(begun.record);
    const { fallback, words } = begun;
    return passthrough({ ...handover(begun.invocation), words, fallback });
  }
  const { unit } = begun;
  unit.timeline.enter("key");
  const key = deriveInvocationKey(unit.compile, unit.place);
  if (key.kind === "no-key") return compileUncached(unit, `cache key failed: ${key.detail}`);
  return serveFrom(unit, key);
}

function serveFrom(unit: Unit, key: Key): never {
  unit.timeline.enter("lookup");
  const found = lookUp(unit, key.key);
  if (found.kind === "hit") finishHit(unit, found);
  return fly(unit, key);
}

/** Restores and ends the process; returns only when that failed before anything was published. */
function finishHit(unit: Unit, hit: Extract<Lookup, { kind: "hit" }>): void {
  unit.timeline.enter("restore");
  const restored = restore(unit, hit.entry);
  if (restored.kind === "failed") return;
  replay(restored.stdout, restored.stderr);
  recordHit(unit, hit.entry, restored.bytes);
  exitNow(hit.entry.exitCode);
}

/** The longest compile anybody waits for; after that both compile. */
const FLIGHT_WAIT_MS = 600_000;

/** A miss: one process compiles, others with the same key wait for its result. */
function fly(unit: Unit, key: Key): never {
  unit.timeline.enter("wait");
  const path = unit.layout.flightLock(key.key);
  let flight = takeLock(path, FLIGHT_WAIT_MS);
  if (flight === "unavailable" && makeDirs(unit.layout.storeDir())) flight = takeLock(path, 0);
  if (flight === "unavailable") return compileUncached(unit, "store unavailable");
  // Whoever held the lock before us may have made what we need.
  unit.timeline.enter("lookup");
  unit.place.digests.forget();
  const found = lookUp(unit, key.key);
  const lock = typeof flight === "object" ? flight : undefined;
  if (found.kind === "hit") {
    lock?.release(true);
    finishHit(unit, found);
  }
  return compileAndKeep(unit, key, found, lock);
}

/** Runs the compiler as a miss would, keeps nothing: for calls without key or store. */
function compileUncached(unit: Unit, reason: string): never {
  const { invocation, compile } = unit;
  detachOutputs(compile, invocation.cwd);
  const { config, layout } = unit;
  recordPassthrough({ invocation, config, layout, crate: compile.crateName, reason });
  const keeps = config.incremental === "keep";
  const words = uncachedWords(invocation.words, compile, unit.place.roots, keeps);
  return passthrough({ ...handover(invocation), words, fallback: config.fallback });
}

function compileAndKeep(unit: Unit, key: Key, missed: Lookup, lock: Lock | undefined): never {
  const scratch = openScratch(unit.layout.cacheDir);
  if (scratch === undefined) return compileUncached(unit, "store unavailable");
  unit.timeline.enter("compile");
  const unreported = readsUnreported(unit);
  const run = compileUnit(unit, scratch, unreported);
  if (run.end.kind === "not-started") {
    scratch.clear();
    return compileUncached(unit, `compiler spawn failed: error ${run.end.errno}`);
  }
  ended = run;
  const compileMs = unit.timeline.elapsedInPhaseMs();
  const kept = isKeepable(unit, run)
    ? learnAndKeep(unit, key, run, unreported, compileMs)
    : { kept: undefined, how: undefined };
  clearOwnFiles(unit, run);
  scratch.clear();
  lock?.release(true);
  recordCompiled(unit, { run, key: key.key, missed, compileMs, ...kept });
  return endLike(run.end);
}

/**
 * Successes, and the failures that build scripts provoke to learn what the compiler can do: those are
 * as deterministic as a success, and every fresh target directory would pay for them again.
 */
function isKeepable(unit: Unit, run: CompileRun): boolean {
  if (run.end.kind !== "exited") return false;
  return run.end.code === 0 || (isProbe(unit) && isPlainFailure(run));
}

function isProbe(unit: Unit): boolean {
  const outDir = unit.invocation.env["OUT_DIR"];
  if (outDir === undefined || unit.compile.emits.some(({ kind }) => kind === "link")) return false;
  return [unit.compile.outDir, unit.compile.source].some(
    (path) => path !== undefined && isWithin(absolute(unit, path), outDir),
  );
}

/** An error of the language, with its code; not one of the machine. */
function isPlainFailure(run: CompileRun): boolean {
  const said = new TextDecoder().decode(run.stderr ?? new Uint8Array());
  const LANGUAGE_ERROR_STATUS = 1;
  const { end } = run;
  if (end.kind !== "exited" || end.code !== LANGUAGE_ERROR_STATUS) return false;
  return /error\[E\d{4}\]/.test(said) && !/os error|No space left|panicked at/.test(said);
}

function learnAndKeep(
  unit: Unit,
  key: Key,
  run: CompileRun,
  unreported: boolean,
  compileMs: number,
): { kept: Kept; how: string | undefined } {
  unit.timeline.enter("learn");
  unit.place.digests.forget();
  const learned = learnInputs(unit, run, key.files, unreported);
  localizeDepInfo(unit, run);
  if (learned.kind === "unknown")
    return {
      kept: { kind: "not-kept", detail: learned.detail, storeFault: false },
      how: undefined,
    };
  unit.timeline.enter("store");
  const { key: invocationKey, fields } = key;
  const kept = keep(unit, { run, key: invocationKey, fields, members: learned.members, compileMs });
  if (kept.kind === "kept") startDueGc(unit);
  return { kept, how: learned.how };
}
