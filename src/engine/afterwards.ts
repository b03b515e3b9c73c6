// What calls left to be done once they had their answer: the results of compiles, stored when the build can spare
// the time, and a toolchain that is examined ahead. A step at a time, between the calls that wait.
import { sinceStartMs } from "../base/clock.ts";
import { descriptorsMax, isCoreFree, processorCount } from "../base/surroundings.ts";

/** A call that left work to be done after its answer. */
export interface Leaver {
  /** What others may ask for (`Afterwards.catchUp`); undefined where nobody would. */
  readonly leftKey: string | undefined;
  /** Whether it is done as soon as nobody waits for an answer, and not when a core is free. */
  readonly isPressing: boolean;
  /** Does a step of it, in the call's surroundings; false when that was the last. */
  stepAfterwards(): boolean;
}

/** With more pressing work than this, calls do theirs before they answer: an engine that is late gets no later. */
const PRESSING_MAX = 16;
/** More than this is not put off: each holds up to a megabyte of memory, and a handful of descriptors. */
const PUT_OFF_MAX = 256;
const DESCRIPTORS_EACH = 8;
/** Nor longer than this: who kills the engine loses it. */
const PUT_OFF_MS_MAX = 60_000;
/**
 * The next call of a make comes within 2 ms and is to be heard first. Once its compiler runs there is time; where
 * none comes, there is as well.
 */
const PAUSE_MS = 3;
/** How often to look for a free core, and how often in a row one is to be seen: linkers pause for moments. */
const LOOK_MS = 50;
const FREE_LOOKS = 2;
/** With no compiler running for so long a build is over, or does something else. */
const QUIET_MS = 50;
/** A call that gives no sign for so long is not waiting for an answer: it may be stopped. */
const AWAITED_MS = 200;

interface Left {
  readonly leaver: Leaver;
  readonly sinceMs: number;
}

/** The work that is left. */
export class Afterwards {
  readonly #left: Left[] = [];
  readonly #done: () => void;
  readonly #waiting: (() => void)[] = [];
  readonly #putOffMax = Math.min(PUT_OFF_MAX, descriptorsMax() / DESCRIPTORS_EACH);
  #timer: Timer | undefined;
  #timerMs = 0;
  #isStepping = false;
  #callers = 0;
  #compiling = 0;
  #heardMs = sinceStartMs();
  #freeLooks = 0;

  /** `done` is told when nothing is left any more. */
  constructor(done: () => void) {
    this.#done = done;
  }

  /** Whether nothing is left. */
  get isEmpty(): boolean {
    return this.#left.length === 0;
  }

  /** Whether no more pressing work should be left. */
  get isFull(): boolean {
    return this.#left.filter(({ leaver }) => leaver.isPressing).length >= PRESSING_MAX;
  }

  /** Takes on what a call left. */
  add(leaver: Leaver): void {
    this.#left.push({ leaver, sinceMs: sinceStartMs() });
    this.#lookIn(PAUSE_MS);
  }

  /** When somebody last called, or went. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** Somebody calls. */
  callerCame(): void {
    this.#callers += 1;
    this.#heardMs = sinceStartMs();
  }

  /** One of them has gone. */
  callerWent(): void {
    this.#callers -= 1;
    this.#heardMs = sinceStartMs();
  }

  /** A call's compiler runs: it does not wait for an answer just now. */
  compilerStarted(): void {
    this.#compiling += 1;
    if (!this.isEmpty && this.#isPressed()) this.#stepSoon();
  }

  /** It has ended: its call waits for an answer, and its core may have nothing more to do. */
  compilerEnded(): void {
    this.#compiling -= 1;
    this.#heardMs = sinceStartMs();
    if (!this.isEmpty) this.#lookIn(LOOK_MS);
  }

  /** Has all of it done, between the calls, and tells when. */
  settle(settled: () => void): void {
    if (this.isEmpty) {
      settled();
      return;
    }
    this.#waiting.push(settled);
    this.#stepSoon();
  }

  /** Does at once what was left under a key. */
  catchUp(key: string): void {
    for (;;) {
      const at = this.#left.findIndex(({ leaver }) => leaver.leftKey === key);
      if (at < 0) return;
      this.#step(at);
    }
  }

  /** Does all of it now. */
  finish(): void {
    while (!this.isEmpty) this.#step(0);
  }

  #lookIn(ms: number): void {
    const dueMs = sinceStartMs() + ms;
    if (this.#timer !== undefined && this.#timerMs <= dueMs) return;
    clearTimeout(this.#timer);
    this.#timerMs = dueMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.isEmpty) return;
      if (this.#isPressed() || this.#isQuiet() || this.#isFree()) this.#stepSoon();
      else this.#lookAgain();
    }, ms);
  }

  /** With a compiler for each of the cores there is none to be free until one of them has ended. */
  #lookAgain(): void {
    this.#lookIn(this.#isBusy() ? PUT_OFF_MS_MAX : LOOK_MS);
  }

  /** A step after each look at the callers, as long as there is time for one. */
  #stepSoon(): void {
    if (this.#isStepping || this.isEmpty) return;
    this.#isStepping = true;
    setImmediate(() => {
      this.#isStepping = false;
      if (this.#isAwaited() && !this.#isOverdue()) {
        this.#lookIn(PAUSE_MS);
        return;
      }
      const pressing = this.#left.findIndex(({ leaver }) => leaver.isPressing);
      this.#step(Math.max(pressing, 0));
      if (this.#isPressed() || this.#isQuiet() || isCoreFree()) this.#stepSoon();
      else this.#lookAgain();
    });
  }

  /** Whether a call waits for an answer. */
  #isAwaited(): boolean {
    const isHeard = sinceStartMs() - this.#heardMs < AWAITED_MS;
    return isHeard && this.#callers > this.#compiling;
  }

  /** Whether some of it is to be done though the build has no time to spare. */
  #isPressed(): boolean {
    return this.#isOverdue() || this.#left.some(({ leaver }) => leaver.isPressing);
  }

  /** Whether some of it is to be done though calls wait for answers. */
  #isOverdue(): boolean {
    const [first] = this.#left;
    return (
      this.#waiting.length > 0 ||
      this.#left.length > this.#putOffMax ||
      (first !== undefined && sinceStartMs() - first.sinceMs >= PUT_OFF_MS_MAX)
    );
  }

  #isQuiet(): boolean {
    return this.#compiling === 0 && sinceStartMs() - this.#heardMs > QUIET_MS;
  }

  /** Whether a compiler runs for each of the cores. */
  #isBusy(): boolean {
    return this.#compiling >= processorCount();
  }

  #isFree(): boolean {
    this.#freeLooks = !this.#isBusy() && isCoreFree() ? this.#freeLooks + 1 : 0;
    return this.#freeLooks >= FREE_LOOKS;
  }

  #step(at: number): void {
    const left = this.#left[at];
    if (left === undefined) return;
    let isMore = false;
    try {
      isMore = left.leaver.stepAfterwards();
    } catch {
      // A bug: nobody misses what is not stored, and the engine's status tells.
      process.exitCode = 1;
    }
    if (isMore) return;
    this.#left.splice(at, 1);
    if (!this.isEmpty) return;
    for (const settled of this.#waiting.splice(0)) settled();
    this.#done();
  }
}
