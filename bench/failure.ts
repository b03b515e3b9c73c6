// The one error type of the benchmark: a message and the status to exit with.

/** An expected end that is not success; anything else thrown is a bug. */
export class BenchFailure extends Error {
  /** 2 for wrong usage, 1 for everything else. */
  readonly status: 1 | 2;

  constructor(message: string, status: 1 | 2 = 1) {
    super(message);
    this.name = "BenchFailure";
    this.status = status;
  }
}
