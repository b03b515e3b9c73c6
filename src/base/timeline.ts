// Where an invocation's time went, by phase, from its start.
import { sinceStartMs } from "./clock.ts";

/** Phases of one invocation; together they are its whole time. */
export type Phase =
  | "start"
  | "key"
  | "lookup"
  | "wait"
  | "compile"
  | "learn"
  | "store"
  | "restore"
  | "verify"
  | "end";

/** Collects the time spent in each phase; one phase is open at any moment. */
export class Timeline {
  readonly #spentMs = new Map<Phase, number>();
  #phase: Phase = "start";
  #sinceMs: number;

  /** Begins at a time on this process's clock. */
  constructor(startMs: number) {
    this.#sinceMs = startMs;
  }

  /** Ends the open phase and begins another. */
  enter(phase: Phase): void {
    const now = sinceStartMs();
    const spent = Math.max(now - this.#sinceMs, 0);
    this.#spentMs.set(this.#phase, this.spentMs(this.#phase) + spent);
    this.#phase = phase;
    this.#sinceMs = now;
  }

  /** Ends the open phase; what passes until the next one is entered is nobody's. */
  pause(): void {
    this.enter(this.#phase);
    this.#sinceMs = Number.POSITIVE_INFINITY;
  }

  /** Time in a phase that has ended. */
  spentMs(phase: Phase): number {
    return this.#spentMs.get(phase) ?? 0;
  }

  /** Time in the open phase so far. */
  elapsedInPhaseMs(): number {
    return sinceStartMs() - this.#sinceMs;
  }

  /** All phases in microseconds, the open one up to now. */
  toMicroseconds(): Record<string, number> {
    this.enter(this.#phase);
    const MICROSECONDS = 1000;
    return Object.fromEntries(
      [...this.#spentMs].map(([phase, ms]) => [phase, Math.round(ms * MICROSECONDS)]),
    );
  }
}
