// The programs that ran under observation, and who started them. Pure.
import type { ObserverEvent } from "./observer-log.ts";

/** One program image that ran. */
export interface ObservedProgram {
  readonly pid: number;
  /** Absolute path of the executable; a script's interpreter, not the script. */
  readonly exe: string;
  /** The library (absolute) whose code started it, of those that a program loaded after its start. */
  readonly startedBy: string | undefined;
}

type ExecEvent = Extract<ObserverEvent, { readonly kind: "exec" }>;

/**
 * Adds who started each. A pid is reused when it execs, and a spawn is announced before or after its child's START: the n-th
 * START of a pid belongs to its n-th exec; the root's first one to none.
 */
export function withStarters(
  processes: readonly Omit<ObservedProgram, "startedBy">[],
  events: readonly ObserverEvent[],
): ObservedProgram[] {
  const execs = new Map<number, ExecEvent[]>();
  for (const event of events) {
    if (event.kind === "exec")
      execs.set(event.childPid, [...(execs.get(event.childPid) ?? []), event]);
    else if (event.kind === "exec-failed" && event.announced) execs.get(event.pid)?.pop();
  }
  const root = processes[0]?.pid;
  const starts = new Map<number, number>(root === undefined ? [] : [[root, -1]]);
  return processes.map((program) => {
    const nth = starts.get(program.pid) ?? 0;
    starts.set(program.pid, nth + 1);
    return { ...program, startedBy: execs.get(program.pid)?.[nth]?.library };
  });
}
