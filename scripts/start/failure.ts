// The one error type of the demonstration: a message for the user and the status to exit with.

/** An expected end that is not success; anything else thrown is a bug. */
export class StartFailure extends Error {
  /** Exit status of the whole command. */
  readonly status: number;

  constructor(message: string, status = 1) {
    super(message);
    this.name = "StartFailure";
    this.status = status;
  }
}
