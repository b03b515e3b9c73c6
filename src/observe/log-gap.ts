// Whether a decoded log tells everything: every program that was started must have said so itself.
import type { ObserverEvent, ObserverLogFault } from "./observer-log.ts";

/** Why an observation says nothing. */
export type UnusableReason =
  | ObserverLogFault
  | "root-not-observed"
  | "program-not-observed"
  | "unwatchable"
  | "undecodable-record";

/** An observation that says nothing, and why. */
export interface Unusable {
  readonly usable: false;
  readonly reason: UnusableReason;
  readonly detail: string;
}

/** The first reason to distrust the log as a whole. */
export function findGap(events: readonly ObserverEvent[], rootPid: number): Unusable | undefined {
  // Announced minus reported program starts; a pid is reused when it execs, so this is a count.
  const missingStarts = new Map<number, number>([[rootPid, 1]]);
  const add = (pid: number, count: number): void => {
    missingStarts.set(pid, (missingStarts.get(pid) ?? 0) + count);
  };
  for (const event of events) {
    switch (event.kind) {
      case "undecodable":
        return { usable: false, reason: "undecodable-record", detail: `pid ${event.pid}` };
      case "unwatchable":
        return {
          usable: false,
          reason: "unwatchable",
          detail: `${event.reason}: ${event.subject}`,
        };
      case "start":
        add(event.pid, -1);
        break;
      case "exec":
        add(event.childPid, 1);
        break;
      case "exec-failed":
        if (event.announced) add(event.pid, -1);
        break;
      default:
        break;
    }
  }
  for (const [pid, count] of missingStarts) {
    if (count === 0) continue;
    const reason = pid === rootPid ? "root-not-observed" : "program-not-observed";
    return { usable: false, reason, detail: `pid ${pid}` };
  }
  return undefined;
}
