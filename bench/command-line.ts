// How the programs of the benchmark and of the proof run: options first, and a failure they foresee is a
// message and a status.
import { StartFailure } from "../scripts/start/failure.ts";
import { BenchFailure } from "./failure.ts";

/** A program with options. */
export interface Program<Options> {
  readonly usage: string;
  /** Reads the arguments; throws a BenchFailure for wrong ones. */
  readonly parse: (given: readonly string[]) => Options | "help";
  /** Does the work and answers with the exit status. */
  readonly run: (options: Options) => Promise<number>;
}

/** Runs a program to its exit status; faults nobody foresaw are thrown. */
export async function runProgram<Options extends object>(
  program: Program<Options>,
  given: readonly string[],
): Promise<number> {
  try {
    const options = program.parse(given);
    if (options !== "help") return await program.run(options);
    process.stdout.write(program.usage);
    return 0;
  } catch (error) {
    if (!(error instanceof BenchFailure || error instanceof StartFailure)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return error.status;
  }
}
