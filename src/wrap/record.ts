// Outcome → one event line. Progress goes to stderr only when the user asked for it.
import { VERSION } from "../base/version.ts";
import type { Config } from "../config/config.ts";
import { blankEvent, type Event, type EventResult } from "../event/event.ts";
import { appendEvent } from "../event/event-log.ts";
import { progressLine } from "../event/progress.ts";
import { nearestDifferences } from "../key/manifest.ts";
import type { Entry } from "../store/entry.ts";
import type { Layout } from "../store/layout.ts";
import { elapsedMs, STDERR } from "./call/caller.ts";
import type { Invocation } from "./call/invocation.ts";
import type { Kept } from "./keep/keep.ts";
import type { PassthroughRecord } from "./unit/begun.ts";
import type { CompileRun } from "./unit/language.ts";
import type { Lookup } from "./lookup.ts";
import type { RestoreBytes } from "./restore.ts";
import { checkPlaceOf, type Unit } from "./unit/unit.ts";

/** A compile that this process ran. */
export interface CompiledRecord {
  readonly run: CompileRun;
  readonly key: string;
  readonly missed: Lookup;
  readonly compileMs: number;
  /** What the call took, as its caller saw it. */
  readonly elapsedMs: number;
  readonly kept?: Kept | undefined;
  readonly how?: string | undefined;
  /** When the caller had its answer, as events tell times, where that was before the result was stored. */
  readonly answeredAt?: string;
}

function write(layout: Layout, config: Config, { env, caller }: Invocation, event: Event): void {
  const limits = { bytesMax: config.eventLogBytesMax, linesKept: config.eventLogLinesKept };
  appendEvent(layout.eventLog(), event, limits);
  const line = progressLine(event, env["KACHE_PROGRESS"]);
  if (line !== undefined) caller.write(STDERR, new TextEncoder().encode(`${line}\n`));
}

/** Records a passthrough: before the exec, since nothing of us is left afterwards. */
export function recordPassthrough(record: PassthroughRecord): void {
  const { config, invocation } = record;
  write(record.layout, config, invocation, {
    ...blankEvent(record.crate, VERSION, "passthrough"),
    elapsed_ms: Math.round(elapsedMs(invocation.caller)),
    passthrough_reason: record.reason,
    ...(config.fallback === undefined ? {} : { fallback: true }),
  });
}

function unitEvent(unit: Unit, result: EventResult): Event {
  const { counts } = unit.place.digests;
  const phases = unit.timeline.toMicroseconds();
  const ms = (phase: string) => Math.round((phases[phase] ?? 0) / 1000);
  return {
    ...blankEvent(unit.language.facts.crateName, VERSION, result),
    elapsed_ms: Math.round(elapsedMs(unit.invocation.caller)),
    key_ms: ms("key"),
    lookup_ms: ms("lookup"),
    restore_ms: ms("restore"),
    store_ms: ms("store") + ms("learn"),
    key_hash_hits: counts.remembered,
    key_hash_misses: counts.hashed,
    key_hash_bytes: counts.hashedBytes,
    phases_us: phases,
    unit: unit.language.unitId,
    ...(unit.invocation.caller.run === undefined ? {} : { engine: true }),
  };
}

function sizeOf(entry: Entry): number {
  return entry.files.reduce((total, file) => total + file.size, 0);
}

/** What a compile beside a hit showed. */
export type Verified =
  | { readonly kind: "same" }
  | { readonly kind: "unverified"; readonly detail: string }
  | {
      readonly kind: "path-debug" | "content";
      /** Which outputs differ, and how. */
      readonly detail: string;
      /** Where both sides lie; undefined when they could not be kept. */
      readonly evidence: string | undefined;
    };

/** How a hit was served. */
export interface Served {
  readonly bytes: RestoreBytes;
  /** What a second compile showed, when one was made. */
  readonly verified: Verified | undefined;
}

/** Records a hit. */
export function recordHit(unit: Unit, entry: Entry, { bytes, verified }: Served): void {
  write(unit.layout, unit.config, unit.invocation, {
    ...unitEvent(unit, "local_hit"),
    compile_time_ms: entry.compileMs,
    size: sizeOf(entry),
    cache_key: entry.key,
    invocation_key: entry.invocationKey,
    reflinked_bytes: bytes.reflink,
    hardlinked_bytes: bytes.hardlink,
    copied_bytes: bytes.copy,
    exit_code: entry.exitCode,
    ...(verified === undefined ? {} : verifiedMembers(verified)),
  });
}

function verifiedMembers(verified: Verified): Partial<Event> {
  if (verified.kind === "same") return { verified: "same", compiler_runs: 1 };
  const { kind, detail } = verified;
  if (kind === "unverified") return { verified: kind, verify_detail: detail };
  const evidence = verified.evidence === undefined ? {} : { verify_evidence: verified.evidence };
  return { verified: kind, verify_detail: detail, compiler_runs: 1, ...evidence };
}

function resultOf(record: CompiledRecord): EventResult {
  const { end } = record.run;
  const failed = end.kind !== "exited" || end.code !== 0;
  if (record.kept?.kind !== "kept") {
    if (failed) return "error";
    // A store that fails is not a decision to skip: it must show as misses.
    return record.kept?.storeFault === true ? "miss" : "skipped";
  }
  return record.kept.fresh === 0 && record.kept.blobs > 0 ? "dup" : "miss";
}

/** Records a compile, kept or not. */
export function recordCompiled(unit: Unit, record: CompiledRecord): void {
  const { run, kept } = record;
  const stored =
    kept?.kind === "kept"
      ? {
          size: sizeOf(kept.entry),
          cache_key: kept.entry.key,
          store_output_blobs: kept.blobs,
          store_new_blobs: kept.fresh,
          store_duplicate_blobs: kept.blobs - kept.fresh,
          ...(kept.boundTo.length === 0 ? {} : { bound_to: kept.boundTo.join(" ") }),
        }
      : {};
  write(unit.layout, unit.config, unit.invocation, {
    ...unitEvent(unit, resultOf(record)),
    elapsed_ms: Math.round(record.elapsedMs),
    compile_time_ms: Math.round(record.compileMs),
    invocation_key: record.key,
    compiler_runs: 1,
    ...stored,
    ...(kept?.kind === "not-kept" ? { not_stored: kept.detail } : {}),
    ...(record.how === undefined ? {} : { observed: record.how }),
    ...(record.answeredAt === undefined ? {} : { ts: record.answeredAt, answered_first: true }),
    ...(run.end.kind === "exited" ? { exit_code: run.end.code } : {}),
    ...missText(unit, record.missed),
  });
}

const DIFFERENCES_TOLD = 5;

/** Why it missed, in words: the reason, and which inputs of the nearest known set differ. */
function missText(unit: Unit, missed: Lookup): { miss_reason?: string } {
  if (missed.kind === "hit") return {};
  const differences =
    missed.reason === "inputs-changed" && missed.manifest !== undefined
      ? nearestDifferences(missed.manifest, checkPlaceOf(unit))
      : undefined;
  const told = (differences ?? [])
    .slice(0, DIFFERENCES_TOLD)
    .map(({ member }) => `${member.kind} ${member.name}`);
  return { miss_reason: [missed.reason, ...told].join(": ") };
}
