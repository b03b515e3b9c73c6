// The one compiler run of a miss: by this process, or by the one that called an engine.
import { environmentWith, stringVector } from "../../base/environment.ts";
import type { Stat } from "../../base/file.ts";
import { needsOwnProcess } from "../../base/own-process.ts";
import { type ChildEnd, type ChildRun, jobserverFds, runChild } from "../../base/spawn.ts";
import type { Watch } from "../../observe/watch.ts";
import type { CompilerPlan } from "../call/caller.ts";
import type { Invocation } from "../call/invocation.ts";
import type { Standing } from "../unit/language.ts";

/** A compile that is ready to be run, and what its end comes to. */
export interface Prepared<Run> {
  readonly plan: CompilerPlan;
  ended(child: ChildRun): Run;
}

/** What is known of every compiler run that has ended. */
export interface EndedRun {
  readonly end: ChildEnd;
  readonly pid: number;
  /** What was printed, as the compiler wrote it; undefined when too much to keep. */
  readonly stdout: Uint8Array | undefined;
  readonly stderr: Uint8Array | undefined;
  readonly watch: Watch | undefined;
  /** Taken from the file-write clock just before the start: an input not older may have changed. */
  readonly startStamp: Stat | undefined;
  /** Directories that builds write to, as they were just before that. */
  readonly standing: Standing;
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
