// What the beginning of a call comes to: a unit for the stages, or a handover to the compiler.
import type { Invocation } from "./invocation.ts";
import type { PassthroughRecord } from "./record.ts";
import type { Unit } from "./unit.ts";

/** What an understood beginning is. */
export type Begun =
  | { readonly kind: "unit"; readonly unit: Unit }
  | {
      readonly kind: "handover";
      readonly invocation: Invocation;
      readonly fallback: string | undefined;
      /** The words to run: as called, or for an understood compile as uncachedWords makes them. */
      readonly words: readonly string[];
      /** Undefined: an event would only be noise (queries) or is unwanted (disabled). */
      readonly record: PassthroughRecord | undefined;
    };
