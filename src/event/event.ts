// One record per invocation: how it ended, where its time went, what it cost. events.jsonl, schema 8 (with the member
// names of the Rust kache, whose tools read it), one JSON object a line; readers skip what does not decode.
import { timestamp } from "../base/clock.ts";

/** How an invocation ended. `hit`s ran no compiler; `dup` compiled bytes the store already had. */
export const EVENT_RESULTS = [
  "local_hit",
  "prefetch_hit",
  "remote_hit",
  "dup",
  "miss",
  "error",
  "passthrough",
  "skipped",
] as const;

/** One of them. */
export type EventResult = (typeof EVENT_RESULTS)[number];

/** What comparing a hit with a compile showed. */
export const VERIFY_RESULTS = ["same", "path-debug", "content", "unverified"] as const;

/** One of them. */
export type VerifyResult = (typeof VERIFY_RESULTS)[number];

/** Event schema written here. */
const EVENT_SCHEMA = 8;

/** One invocation. Optional members are left out of the line when undefined. */
export interface Event {
  readonly ts: string;
  readonly crate_name: string;
  readonly version: string;
  readonly result: EventResult;
  readonly elapsed_ms: number;
  readonly compile_time_ms: number;
  readonly size: number;
  readonly cache_key: string;
  readonly schema: number;
  readonly key_ms: number;
  readonly lookup_ms: number;
  readonly restore_ms: number;
  readonly store_ms: number;
  readonly key_hash_hits: number;
  readonly key_hash_misses: number;
  readonly key_hash_bytes: number;
  readonly store_output_blobs: number;
  readonly store_duplicate_blobs: number;
  readonly store_new_blobs: number;
  readonly compiler_runs: number;
  readonly preprocessor_runs: number;
  readonly probe_runs: number;
  readonly reflinked_bytes: number;
  readonly hardlinked_bytes: number;
  readonly copied_bytes: number;
  readonly passthrough_reason?: string;
  readonly fallback?: boolean;
  readonly exit_code?: number;
  /** Finer than the members in milliseconds: from the process's start, by phase. */
  readonly phases_us?: Readonly<Record<string, number>>;
  /** Set when a resident engine served the call. */
  readonly engine?: true;
  /** Set when the caller had its answer before the result was stored: `elapsed_ms` ends there. */
  readonly answered_first?: true;
  readonly invocation_key?: string;
  /** Extra-filename and unit facts, to join events of one unit. */
  readonly unit?: string;
  /** Why a compiled result was not stored. */
  readonly not_stored?: string;
  /** Why the lookup missed, in words; the first differences of the nearest input set. */
  readonly miss_reason?: string;
  /** How inputs were learned: by the observer, or by dep-info and the conservative rules. */
  readonly observed?: string;
  /** What a compile beside a hit showed (KACHE_VERIFY), what differed, and where both sides lie. */
  readonly verified?: VerifyResult;
  readonly verify_detail?: string;
  readonly verify_evidence?: string;
  /** Roots whose literal paths the outputs hold unexpectedly: the entry serves only where they are. */
  readonly bound_to?: string;
}

/** An event with every count at zero, to be filled in. */
export function blankEvent(crate: string, version: string, result: EventResult): Event {
  return {
    ts: timestamp(),
    crate_name: crate,
    version,
    result,
    elapsed_ms: 0,
    compile_time_ms: 0,
    size: 0,
    cache_key: "",
    schema: EVENT_SCHEMA,
    key_ms: 0,
    lookup_ms: 0,
    restore_ms: 0,
    store_ms: 0,
    key_hash_hits: 0,
    key_hash_misses: 0,
    key_hash_bytes: 0,
    store_output_blobs: 0,
    store_duplicate_blobs: 0,
    store_new_blobs: 0,
    compiler_runs: 0,
    preprocessor_runs: 0,
    probe_runs: 0,
    reflinked_bytes: 0,
    hardlinked_bytes: 0,
    copied_bytes: 0,
  };
}
