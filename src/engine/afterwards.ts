// What calls left to be done once they had their answer: the results of compiles, stored while the next compiler
// runs, and a toolchain that is examined ahead. In the order of the calls, a step at a time, between those that wait.

/** A call that left something. */
export interface Leaver {
  /** Does a step of it, in the call's surroundings; false when that was the last. */
  stepAfterwards(): boolean;
}

/** With more than this waiting, calls do their work before they answer: an engine that is late gets no later. */
const LEFT_MAX = 16;
/**
 * The next call of a make comes within 2 ms and is to be heard first. Once its compiler runs there is time; where
 * none comes, there is as well.
 */
const PAUSE_MS = 3;

/** The work that is left. */
export class Afterwards {
  readonly #left: Leaver[] = [];
  readonly #done: () => void;
  #timer: Timer | undefined;
  #isHurrying = false;

  /** `done` is told when nothing is left any more. */
  constructor(done: () => void) {
    this.#done = done;
  }

  /** Whether nothing is left. */
  get isEmpty(): boolean {
    return this.#left.length === 0;
  }

  /** Whether no more should be left. */
  get isFull(): boolean {
    return this.#left.length >= LEFT_MAX;
  }

  /** Takes on what a call left. */
  add(leaver: Leaver): void {
    this.#left.push(leaver);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.hurry();
    }, PAUSE_MS);
  }

  /** Nobody waits for an answer just now: a step after each look at the callers. */
  hurry(): void {
    if (this.isEmpty || this.#isHurrying) return;
    this.#isHurrying = true;
    setImmediate(() => {
      this.#isHurrying = false;
      this.#step();
      this.hurry();
    });
  }

  /** Does all of it now. */
  finish(): void {
    while (!this.isEmpty) this.#step();
  }

  #step(): void {
    const [first] = this.#left;
    let isMore = false;
    try {
      isMore = first?.stepAfterwards() ?? false;
    } catch {
      // A bug: nobody misses what is not stored, and the engine's status tells.
      process.exitCode = 1;
    }
    if (isMore) return;
    this.#left.shift();
    if (this.isEmpty) this.#done();
  }
}
