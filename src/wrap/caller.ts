// The process that a call came from, as the stages see it: its streams, its clock, and how it will end. Most
// often it is this very process; an engine serves others.
import { sinceStartMs } from "../base/clock.ts";
import { isTerminal, writeAll } from "../base/file.ts";
import type { ChildEnd, ChildRun } from "../base/spawn.ts";
import type { Handover } from "./handover.ts";

/** How a call ends: as the compiler ended or would have, or by becoming the compiler. */
export type End = ChildEnd | { readonly kind: "handover"; readonly handover: Handover };

/** A compiler run that an engine leaves to the caller's process, which has the descriptors and limits. */
export interface CompilerPlan {
  readonly words: readonly string[];
  /** Variables to set on top of the caller's own. */
  readonly changes: Readonly<Record<string, string>>;
  readonly onStdout: (bytes: Uint8Array) => void;
  readonly onStderr: (bytes: Uint8Array) => void;
}

/** The calling process. */
export interface Caller {
  /** When the call began, on this process's clock. */
  readonly startMs: number;
  isTerminal(fd: number): boolean;
  write(fd: number, bytes: Uint8Array): void;
  /** Runs a program there and waits; undefined where the caller is this process. */
  readonly run: ((plan: CompilerPlan) => Promise<ChildRun>) | undefined;
  /**
   * The end, once that is decided: by the compiler's end or by a served hit. From then on no fault of ours
   * may change it, and above all the compiler must not be run again.
   */
  settled: End | undefined;
}

/** This process as the caller. */
export function ownCaller(): Caller {
  return {
    startMs: 0,
    isTerminal,
    write: (fd, bytes) => {
      writeAll(fd, bytes);
    },
    run: undefined,
    settled: undefined,
  };
}

/** How long ago the call began. */
export function elapsedMs(caller: Caller): number {
  return sinceStartMs() - caller.startMs;
}
