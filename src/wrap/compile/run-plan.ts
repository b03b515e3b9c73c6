// The one compiler run of a miss: by this process, or by the one that called an engine.
import { environmentWith, stringVector } from "../../base/environment.ts";
import { needsOwnProcess } from "../../base/own-process.ts";
import { type ChildRun, jobserverFds, runChild } from "../../base/spawn.ts";
import type { CompilerPlan } from "../call/caller.ts";
import type { Invocation } from "../call/invocation.ts";

/** A compile that is ready to be run, and what its end comes to. */
export interface Prepared<Run> {
  readonly plan: CompilerPlan;
  ended(child: ChildRun): Run;
}

/** Runs it as a child of this process. */
export function runHere<Run>(invocation: Invocation, prepared: Prepared<Run>): Run {
  const { words, changes, onStdout, onStderr } = prepared.plan;
  needsOwnProcess(words[0] ?? "");
  return prepared.ended(
    runChild({
      program: words[0] ?? "",
      argv: stringVector(words),
      environment: environmentWith(changes),
      inherit: jobserverFds(invocation.env),
      onStdout,
      onStderr,
    }),
  );
}

/** Runs it as a child of the process that called. */
export async function runForCaller<Run>(
  invocation: Invocation,
  prepared: Prepared<Run>,
): Promise<Run> {
  const { run } = invocation.caller;
  return run === undefined
    ? runHere(invocation, prepared)
    : prepared.ended(await run(prepared.plan));
}
