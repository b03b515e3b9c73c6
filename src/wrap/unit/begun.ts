// What the beginning of a call comes to: a unit for the stages, or a handover to the compiler. Types only.
import type { Config } from "../../config/config.ts";
import type { ToolchainQuestion } from "../../key/toolchain.ts";
import type { Layout } from "../../store/layout.ts";
import type { Invocation } from "../call/invocation.ts";
import type { Unit } from "./unit.ts";

/** A call that is served as several, one after the other, each as if it had been made alone. */
export interface SeveralCalls {
  readonly kind: "several";
  readonly invocation: Invocation;
  /** Each with the compiler's words. */
  readonly calls: readonly (readonly string[])[];
  /** Whether the compiler makes nothing of the sources after one that fails. */
  readonly stopsAtFailure: boolean;
}

/** What is known of a call that goes to the compiler uncached. */
export interface PassthroughRecord {
  readonly invocation: Invocation;
  readonly config: Config;
  readonly layout: Layout;
  readonly crate: string;
  readonly reason: string;
}

/** A call that runs the compiler and is not cached. */
export interface HandedOver {
  readonly kind: "handover";
  readonly invocation: Invocation;
  readonly fallback: string | undefined;
  /** The words to run: as called, or for an understood compile as uncachedWords makes them. */
  readonly words: readonly string[];
  /** What to say of it: nothing of queries, where an event would only be noise, or when disabled. */
  readonly record: PassthroughRecord | "query" | "unwanted";
  /** The toolchain that is asked: compiles by it are likely to follow. */
  readonly asked?: ToolchainQuestion;
}

/** What an understood beginning is. */
export type Begun = { readonly kind: "unit"; readonly unit: Unit } | SeveralCalls | HandedOver;
