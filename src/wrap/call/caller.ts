// The process that a call came from, as the stages see it: its streams, its clock, and how it will end. Most
// often it is this very process; an engine serves others.
import { sinceStartMs } from "../../base/clock.ts";
import { isTerminal, writeAll } from "../../base/file.ts";
import { Errno, errno } from "../../base/libc.ts";
import { isLost, isOneStream } from "../../base/streams.ts";
import type { ChildEnd, ChildRun, Sink } from "../../base/spawn.ts";
import type { Handover } from "./handover.ts";

/** The descriptor of standard output. */
export const STDOUT = 1;

/** The descriptor of standard error. */
export const STDERR = 2;

/** How a call ends: as the compiler ended or would have, or by becoming the compiler. */
export type End = ChildEnd | { readonly kind: "handover"; readonly handover: Handover };

/** A compiler run that an engine leaves to the caller's process, which has the descriptors and limits. */
export interface CompilerPlan {
  readonly words: readonly string[];
  /** Variables to set on top of the caller's own. */
  readonly changes: Readonly<Record<string, string>>;
  readonly onStdout: Sink;
  readonly onStderr: Sink;
}

/** Work that no answer needs, in steps. */
export type LaterWork = () => Iterator<undefined> | undefined;

/** The calling process. */
export interface Caller {
  /** When the call began, on this process's clock. */
  readonly startMs: number;
  isTerminal(fd: number): boolean;
  /** Writes to its stream; false where nobody reads that any more. */
  write(fd: number, bytes: Uint8Array): boolean;
  /** Whether something could not be written to standard output (a full disk, for one), by which compilers fail. */
  readonly isShort: boolean;
  /** Whether the reader of standard output has left before all was written: compilers end by that. */
  readonly isLeft: boolean;
  /** Whether it is known beforehand that what is written to a stream of its would be lost. */
  isLost(fd: number): boolean;
  /** Whether its standard output and standard error are one file, in which their order shows. */
  readonly isOneStream: boolean;
  /** Runs a program there and waits; undefined where the caller is this process. */
  readonly run: ((plan: CompilerPlan) => Promise<ChildRun>) | undefined;
  /**
   * Keeps work for when the call has its end; under the key, another call may ask for it before (`catchUp`).
   * Undefined where nobody is there to keep it: work is then done at once.
   */
  readonly afterwards: ((work: LaterWork, key?: string) => void) | undefined;
  /** Whether such work may wait until a core is free: not where this process may end with the build. */
  readonly isPatient: boolean;
  /** Does at once what a call before this one left under a key; undefined where nothing is ever left. */
  readonly catchUp: ((key: string) => void) | undefined;
  /**
   * The end, once that is decided: by the compiler's end or by a served hit. From then on no fault of ours
   * may change it, and above all the compiler must not be run again.
   */
  settled: End | undefined;
}

/** This process as the caller. */
class OwnCaller implements Caller {
  readonly startMs = 0;
  readonly isTerminal = isTerminal;
  readonly isLost = isLost;
  readonly run = undefined;
  readonly afterwards = undefined;
  readonly isPatient = false;
  readonly catchUp = undefined;
  settled: End | undefined;
  isShort = false;
  isLeft = false;

  get isOneStream(): boolean {
    return isOneStream();
  }

  write(fd: number, bytes: Uint8Array): boolean {
    if (writeAll(fd, bytes)) return true;
    const fault = errno();
    if (fault === Errno.BrokenPipe) {
      this.isLeft ||= fd === STDOUT;
      return false;
    }
    // What gcc cannot say on standard error does not fail it; rustc and clang do not mind a closed stream.
    this.isShort ||= fd === STDOUT && fault !== Errno.BadDescriptor;
    return true;
  }
}

/** This process as the caller. */
export function ownCaller(): Caller {
  return new OwnCaller();
}

/** How long ago the call began. */
export function elapsedMs(caller: Caller): number {
  return sinceStartMs() - caller.startMs;
}
