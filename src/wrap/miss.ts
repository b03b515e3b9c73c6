// A miss: one process per key compiles, learns and keeps; the others wait and are served.
import { writeFileAtomic } from "../base/atomic-write.ts";
import { timestamp } from "../base/clock.ts";
import { makeDirs } from "../base/directory.ts";
import { errorText } from "../base/error-text.ts";
import { readText } from "../base/file.ts";
import { type Lock, takeLock } from "../base/lock.ts";
import { needsOwnProcess } from "../base/own-process.ts";
import { normalizePath } from "../base/path.ts";
import type { InvocationKey } from "../key/cache-key.ts";
import type { DerivedKey } from "../key/derived-key.ts";
import { damagedPart } from "../key/input-set.ts";
import type { KeyField } from "../key/key-hasher.ts";
import { elapsedMs, type End, STDERR, STDOUT } from "./call/caller.ts";
import { isOlder } from "./compile/freshness.ts";
import { finishHit } from "./hit.ts";
import { awaitedMembers } from "./compile/inputs.ts";
import { holdOutputs } from "./keep/hold.ts";
import { type Finished, keep, notKept, type NotKept } from "./keep/keep.ts";
import type { CompileRun, Learned, MissLanguage } from "./unit/language.ts";
import { traceKey } from "./unit/key-trace.ts";
import { type Lookup, lookUp } from "./lookup.ts";
import { recordCompiled } from "./record.ts";
import { openScratch, type Scratch } from "./unit/scratch.ts";
import { settleEngines } from "./engines/settle.ts";
import { startEngine } from "./engines/start-engine.ts";
import { startDueGc } from "./keep/start-gc.ts";
import { compileUncached } from "./uncached.ts";
import { absolute, checkPlaceOf, type Unit } from "./unit/unit.ts";
import { verifierOf } from "./verify.ts";
import { switchedMember, switchedPath } from "./compile/ways.ts";

type Key = Extract<DerivedKey, { kind: "key" }>;

/** The longest compile anybody waits for; after that both compile. */
const FLIGHT_WAIT_MS = 600_000;

/** A miss: one process compiles, others with the same key wait for its result. */
export async function fly(unit: Unit, missing: MissLanguage, key: Key): Promise<End> {
  unit.timeline.enter("wait");
  const path = unit.layout.flightLock(key.key);
  // An engine does not wait: whom it would wait for may be another of its callers.
  const isServed = unit.invocation.caller.run !== undefined;
  let flight = takeLock(path, 0);
  if (flight === "busy" && isServed) {
    // It may be this engine's own, for what is not stored yet.
    unit.invocation.caller.catchUp?.(key.key);
    flight = takeLock(path, 0);
  } else if (flight === "busy") flight = waitFor(path, unit);
  if (flight === "busy") needsOwnProcess("waiting for another compile");
  if (flight === "unavailable" && makeDirs(unit.layout.storeDir())) flight = takeLock(path, 0);
  if (flight === "unavailable") return compileUncached(unit, "store unavailable");
  // Whoever held the lock before us may have made what we need.
  unit.timeline.enter("lookup");
  unit.place.digests.forget();
  const found = lookUp(unit, key.key);
  const lock = typeof flight === "object" ? flight : undefined;
  if (found.kind === "hit") {
    lock?.release(true);
    if (unit.config.verify.oneIn > 0) needsOwnProcess("a second compile");
    const end = finishHit(unit, found, verifierOf(unit, missing));
    if (end !== undefined) return end;
  }
  return compileAndKeep(unit, missing, { keyOf: () => key, missed: found, lock });
}

/** Waits for whoever compiles; an engine that has done so may put off storing what came of it. */
function waitFor(path: string, { invocation }: Unit): ReturnType<typeof takeLock> {
  const ASK_MS = 500;
  for (let waitedMs = 0; ; waitedMs += ASK_MS) {
    settleEngines(invocation.env);
    const flight = takeLock(path, ASK_MS);
    if (flight !== "busy" || waitedMs >= FLIGHT_WAIT_MS) return flight;
  }
}

/** A miss of which the key is derived afterwards: for an empty store and a compiler never seen. */
export function compileFirst(unit: Unit, missing: MissLanguage): Promise<End> {
  const missed: Lookup = { kind: "miss", reason: "never-compiled", manifest: undefined };
  return compileAndKeep(unit, missing, {
    keyOf: (run) => lateKey(unit, run),
    missed,
    lock: undefined,
  });
}

/** A key derived after the compile: every file in it must have been there as it is now. */
function lateKey(unit: Unit, run: CompileRun): DerivedKey {
  // What was looked at to start the compile is not the key's.
  unit.place.digests.forget();
  const key = unit.language.deriveKey();
  if (key.kind === "no-key") return key;
  for (const [path, found] of key.files) {
    if (typeof found === "string") continue;
    if (!isOlder(found.stat, run.startStamp)) {
      return { kind: "no-key", detail: `${path} changed while the compiler ran` };
    }
  }
  const switched = switchedPath(key.files.keys(), run);
  if (switched !== undefined) return { kind: "no-key", detail: switched };
  return key;
}

/** A compile that is about to start. */
interface Flight {
  /** Its key, asked for when the compiler has run. */
  readonly keyOf: (run: CompileRun) => DerivedKey;
  readonly missed: Lookup;
  readonly lock: Lock | undefined;
}

async function compileAndKeep(unit: Unit, missing: MissLanguage, flight: Flight): Promise<End> {
  const { caller } = unit.invocation;
  const scratch = openScratch(unit.layout, flight.lock);
  const close = () => {
    scratch?.clear();
    flight.lock?.release(true);
  };
  let isOpen = true;
  try {
    if ([STDOUT, STDERR].some((fd) => caller.isLost(fd))) {
      return compileUncached(unit, "nobody reads what the compiler says");
    }
    const isOrdered = unit.language.isPrinted || flight.missed.kind === "hit";
    if (isOrdered && caller.isOneStream) {
      return compileUncached(unit, "text and messages go to one file");
    }
    if (scratch === undefined) return compileUncached(unit, "store unavailable");
    startEngine(unit.invocation);
    const { end, key, rest } = await compileWith(unit, missing, flight, scratch);
    if (rest !== undefined && caller.afterwards !== undefined) {
      isOpen = false;
      caller.afterwards(() => {
        try {
          rest();
        } finally {
          close();
        }
        return undefined;
      }, key);
    } else rest?.();
    return end;
  } finally {
    // On every way out: an engine outlives its callers, and others would wait for the lock.
    if (isOpen) close();
  }
}

/** A compile that was made. */
interface Compiled {
  readonly end: End;
  readonly key: string;
  /** What is left to be done when the caller has its end. */
  readonly rest: (() => void) | undefined;
}

async function compileWith(
  unit: Unit,
  missing: MissLanguage,
  flight: Flight,
  scratch: Scratch,
): Promise<Compiled> {
  unit.timeline.enter("compile");
  const run = await missing.compile(scratch);
  if (run.end.kind === "not-started") {
    const end = compileUncached(unit, `compiler spawn failed: ${errorText(run.end.errno)}`);
    return { end, key: "", rest: undefined };
  }
  unit.invocation.caller.settled = run.end;
  const compileMs = unit.timeline.elapsedInPhaseMs();
  unit.timeline.enter("key");
  const key = flight.keyOf(run);
  const learned = isKeepable(run) ? learn(unit, key, run) : undefined;
  const held = learned?.kind === "learned" ? holdOutputs(unit, run, scratch) : undefined;
  const made = { run, compileMs, held };
  const store = () =>
    learned?.kind === "learned"
      ? storeLearned(unit, learned, made, flight.lock)
      : { kept: learned, how: undefined };
  const stored = held === undefined ? store() : undefined;
  if (run.end.kind === "exited" && run.end.code === 0) declareInputs(unit);
  run.clear();
  const facts = {
    run,
    key: key.kind === "key" ? key.key : "",
    missed: flight.missed,
    compileMs,
    elapsedMs: elapsedMs(unit.invocation.caller),
  };
  if (held === undefined) {
    recordCompiled(unit, { ...facts, ...stored });
    return { end: run.end, key: facts.key, rest: undefined };
  }
  unit.timeline.pause();
  const answeredAt = timestamp();
  return {
    end: run.end,
    key: facts.key,
    rest: () => {
      try {
        recordCompiled(unit, { ...facts, ...store(), answeredAt });
      } finally {
        held.release();
      }
    },
  };
}

/** What a compile made, and what of it is held. */
type Made = Pick<Finished, "run" | "compileMs" | "held">;

function storeLearned(unit: Unit, learned: LearnedKey, made: Made, lock: Lock | undefined) {
  unit.timeline.enter("store");
  const { how } = learned;
  const awaited = awaitedMembers(learned.awaited);
  if (typeof awaited === "string") return { kept: notKept(awaited), how };
  const members = [...learned.members, ...awaited];
  const { run, compileMs, held } = made;
  const finished = { run, key: learned.key, fields: learned.fields, members, compileMs, held };
  const kept = keep(unit, finished, lock);
  if (kept.kind === "kept") {
    traceKey(unit, kept.entry.key);
    startDueGc(unit, run.startStamp);
  }
  return { kept, how };
}

/** Adds declared inputs to the dep-info that was made: after it was stored, for they are this place's. */
function declareInputs(unit: Unit): void {
  for (const { path, kind } of unit.language.outputs()) {
    if (kind !== "dep-info") continue;
    const to = absolute(unit, path);
    const text = readText(to);
    const declared = text === undefined ? undefined : unit.language.withDeclaredInputs(text);
    if (declared !== undefined && declared !== text) writeFileAtomic(to, declared);
  }
}

/**
 * Successes, and the failures that build scripts provoke to learn what the compiler can do: those are
 * as deterministic as a success, and every fresh target directory would pay for them again.
 */
function isKeepable(run: CompileRun): boolean {
  if (run.end.kind !== "exited") return false;
  return run.end.code === 0 || run.isRepeatableFailure();
}

/** What a compile's result is kept under. */
interface LearnedKey extends Extract<Learned, { kind: "learned" }> {
  readonly key: InvocationKey;
  readonly fields: readonly KeyField[];
}

function learn(unit: Unit, key: DerivedKey, run: CompileRun): LearnedKey | NotKept {
  if (key.kind === "no-key") {
    run.localizeOutputs();
    return notKept(`cache key failed: ${key.detail}`);
  }
  unit.timeline.enter("learn");
  unit.place.digests.forget();
  const learned = run.learn(key.files);
  run.localizeOutputs();
  if (learned.kind === "unknown") return notKept(learned.detail);
  const { env } = unit.invocation;
  const [damaged] = learned.members.flatMap((member) => damagedPart(member, env) ?? []);
  if (damaged !== undefined) return notKept(`${damaged} is not UTF-8`);
  const outputs = [...unit.language.outputs(), ...run.sideOutputs()].map(({ path }) =>
    normalizePath(absolute(unit, path)),
  );
  const { startStamp, standing } = run;
  const awaited = learned.awaited.map(({ name }) => ({ kind: "file", name, value: "" }) as const);
  const switched =
    switchedMember([...learned.members, ...awaited], checkPlaceOf(unit), {
      startStamp,
      standing,
      outputs,
    }) ?? switchedPath(key.files.keys(), run);
  if (switched !== undefined) return notKept(switched);
  return { ...learned, key: key.key, fields: key.fields };
}
