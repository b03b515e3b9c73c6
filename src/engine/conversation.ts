// One caller of the engine: its call as an Invocation, its process as the stages' Caller, and what is said
// between the two.
import type { Env } from "../base/environment.ts";
import { sinceStartMs } from "../base/clock.ts";
import { Errno } from "../base/libc.ts";
import { OwnProcessNeeded } from "../base/own-process.ts";
import { type ChildEnd, type ChildRun, endOf } from "../base/spawn.ts";
import { isOutsideContainers, takeOn, within } from "../base/surroundings.ts";
import { findProgram } from "../base/program.ts";
import {
  type Caller,
  type CompilerPlan,
  type End,
  type LaterWork,
  STDERR,
  STDOUT,
} from "../wrap/call/caller.ts";
import type { Handover } from "../wrap/call/handover.ts";
import type { Afterwards, Leaver } from "./afterwards.ts";
import type { Invocation } from "../wrap/call/invocation.ts";
import { fallbackOf, notRun } from "../wrap/call/passthrough.ts";
import {
  decodeEnded,
  encodeFrame,
  encodeProgram,
  encodeWords,
  type Frame,
  type Request,
} from "../wrap/engines/frames.ts";

const NOTHING = new Uint8Array();

/** A compile that the caller runs. */
interface Running {
  readonly plan: CompilerPlan;
  readonly ended: (run: ChildRun) => void;
  readonly gone: (fault: OwnProcessNeeded) => void;
  sinkFault: unknown;
}

/** What a call leaves to be done. */
interface Work {
  readonly steps: LaterWork;
  readonly key: string | undefined;
}

/** What the caller was told to become: it is heard of again only where that fails. */
interface Becoming {
  readonly handover: Handover;
  /** Whether it is the fallback wrapper in front. */
  readonly isFront: boolean;
}

/** A caller that is being served. */
export class Conversation implements Caller, Leaver {
  readonly startMs = sinceStartMs();
  settled: End | undefined;
  /** A launcher sees to these itself. */
  readonly isShort = false;
  readonly isLeft = false;
  readonly #request: Request;
  /** Undefined where programs would read it differently. */
  readonly #env: Env | undefined;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #left: Afterwards;
  #running: Running | undefined;
  #becoming: Becoming | undefined;
  #work: Work | undefined;
  #steps: Iterator<undefined> | undefined;

  /** `send` takes frames for the caller; `left` is where calls before this one left their work. */
  constructor(request: Request, send: (bytes: Uint8Array) => void, left: Afterwards) {
    this.#request = request;
    this.#env = environmentOf(request.variables);
    this.#send = send;
    this.#left = left;
  }

  /** The call; undefined where an engine would understand it differently from the caller's own process. */
  invocation(): Invocation | undefined {
    const { cwd, words } = this.#request;
    const env = this.#env;
    const [calledAs] = words;
    if (env === undefined || calledAs === undefined || !this.#takeOn(env)) return undefined;
    const rest = words.slice(1);
    return {
      calledAs,
      words: rest,
      verbatim: rest.length,
      cwd,
      env,
      damaged: false,
      changes: {},
      caller: this,
    };
  }

  /** Makes what this process has only once the caller's, until another one is served. */
  #takeOn(env: Env): boolean {
    const { cwd, umask } = this.#request;
    return takeOn({ cwd, umask, env });
  }

  isTerminal(fd: number): boolean {
    return (this.#request.streams & (1 << fd)) !== 0;
  }

  write(fd: number, bytes: Uint8Array): boolean {
    if (bytes.length > 0) this.#send(encodeFrame(fd === STDOUT ? "O" : "E", bytes));
    return true;
  }

  isLost(): boolean {
    // A launcher asks for nothing then.
    return false;
  }

  get isOneStream(): boolean {
    const ONE_FILE = 1 << 3;
    return (this.#request.streams & ONE_FILE) !== 0;
  }

  readonly run = async (plan: CompilerPlan): Promise<ChildRun> => {
    const path = this.#find(plan.words);
    if (path === undefined) throw new OwnProcessNeeded("a program that was not found");
    const { words, changes } = plan;
    const ended = new Promise<ChildRun>((resolve, reject) => {
      this.#running = { plan, ended: resolve, gone: reject, sinkFault: undefined };
    });
    this.#send(encodeFrame("R", encodeProgram({ path, words, changes })));
    this.#left.compilerStarted();
    let run: ChildRun;
    try {
      run = await ended;
    } finally {
      this.#left.compilerEnded();
      this.#running = undefined;
    }
    // Others were served meanwhile.
    this.#takeOn(this.#env ?? {});
    return run;
  };

  get isPatient(): boolean {
    return isOutsideContainers() && !isContinuousIntegration(this.#env ?? {});
  }

  get afterwards(): ((steps: LaterWork, key?: string) => void) | undefined {
    if (!this.isPatient && this.#left.isFull) return undefined;
    return (steps, key) => {
      this.#work = { steps, key };
    };
  }

  readonly catchUp = (key: string): void => {
    this.#left.catchUp(key);
  };

  get leftKey(): string | undefined {
    return this.#work?.key;
  }

  /** A toolchain is examined for the calls that follow. */
  get isPressing(): boolean {
    return !this.isPatient || this.#work?.key === undefined;
  }

  /** The call has its end: what it left is taken on. */
  leaveWork(): void {
    if (this.#work !== undefined) this.#left.add(this);
  }

  stepAfterwards(): boolean {
    const { cwd, umask } = this.#request;
    return within({ cwd, umask, env: this.#env ?? {} }, () => {
      this.#steps ??= this.#work?.steps();
      return this.#steps?.next().done === false;
    });
  }

  /** Takes what the caller says while it runs a program; false for what it should not say. */
  hear({ kind, bytes }: Frame): boolean {
    const running = this.#running;
    if (running === undefined) return this.#hearNotBecome({ kind, bytes });
    switch (kind) {
      case "o":
      case "e":
        try {
          if (kind === "o") running.plan.onStdout(bytes);
          else running.plan.onStderr(bytes);
        } catch (thrown) {
          // The compile goes on and is not kept.
          running.sinkFault ??= thrown;
        }
        return true;
      case "x": {
        const end = decodeEnded(bytes);
        if (end === undefined) return false;
        running.ended({ pid: end.pid, end: endFrom(end), sinkFault: running.sinkFault });
        return true;
      }
      default:
        return false;
    }
  }

  #hearNotBecome({ kind, bytes }: Frame): boolean {
    const becoming = this.#becoming;
    const end = becoming !== undefined && kind === "x" ? decodeEnded(bytes) : undefined;
    if (becoming === undefined || end === undefined) return false;
    this.#hasNotBecome(becoming, end.status);
    return true;
  }

  /** The caller is not there any more. */
  leave(): void {
    this.#running?.gone(new OwnProcessNeeded("the caller has gone"));
  }

  /** Tells the caller its end. */
  finish(end: End): void {
    switch (end.kind) {
      case "exited":
        this.#send(encodeFrame("X", encodeWords(end.code)));
        break;
      case "signaled":
        this.#send(encodeFrame("S", encodeWords(end.signal)));
        break;
      case "not-started":
        this.#send(encodeFrame("X", encodeWords(1)));
        break;
      case "handover":
        this.#become(end.handover);
    }
  }

  /** Leaves the call to the caller's own process. */
  refuse(): void {
    this.#send(encodeFrame("N", NOTHING));
  }

  #become(handover: Handover): void {
    const { words, changes } = handover;
    const front = fallbackOf(handover);
    const path = front?.path ?? this.#find(words);
    const all = front === undefined ? words : [front.name, ...words];
    // The call is recorded by now: the caller's own process would record it once more.
    if (path === undefined) this.#tellNotRun(words, Errno.NoEntry);
    else {
      this.#becoming = { handover, isFront: front !== undefined };
      this.#send(encodeFrame("B", encodeProgram({ path, words: all, changes })));
    }
  }

  /** The caller is still there: the program could not be started. */
  #hasNotBecome({ handover, isFront }: Becoming, fault: number): void {
    this.#becoming = undefined;
    if (isFront) this.#become({ ...handover, fallback: undefined });
    else this.#tellNotRun(handover.words, fault);
  }

  #tellNotRun([name = ""]: readonly string[], fault: number): void {
    const { message, status } = notRun(name, fault);
    this.write(STDERR, new TextEncoder().encode(message));
    this.finish({ kind: "exited", code: status });
  }

  #find([program = ""]: readonly string[]): string | undefined {
    return findProgram(program, { cwd: this.#request.cwd, env: this.#env ?? {} });
  }
}

function endFrom({ pid, status }: { readonly pid: number; readonly status: number }): ChildEnd {
  return pid < 0 ? { kind: "not-started", errno: status } : endOf(status);
}

/** Whether the machine may be taken away when the build is over: the variable that such services set. */
function isContinuousIntegration({ CI: said = "" }: Env): boolean {
  return !/^(?:|0|false|off|no)$/i.test(said);
}

/** The variables; undefined where a name stands twice, which programs read differently. */
function environmentOf(variables: readonly string[]): Env | undefined {
  const env = new Map<string, string>();
  for (const item of variables) {
    const at = item.indexOf("=");
    if (at < 0) continue;
    const name = item.slice(0, at);
    if (env.has(name)) return undefined;
    env.set(name, item.slice(at + 1));
  }
  return Object.fromEntries(env);
}
