// Child processes through posix_spawn: streams forwarded as they come, jobserver descriptors kept,
// signal dispositions clean, exact end status. Bun's own spawn marks inherited descriptors
// close-on-exec, which cuts rustc off from cargo's jobserver; and it answers only asynchronously.
import { closeFd, readFd } from "./file.ts";
import { addressOf, cstr, Errno, errno, exitNow, libc, libcCold, pointerOf } from "./libc.ts";
import { needsOwnProcess } from "./own-process.ts";
import type { Env, StringVector } from "./environment.ts";
import type { Pointer } from "bun:ffi";

const F_SETFD = 2;
const O_CLOEXEC = 0o2000000;
const SIGPIPE = 13;
const SIGCHLD = 17;
const SIGXFSZ = 25;

/** How a child ended. */
export type ChildEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signaled"; readonly signal: number }
  | { readonly kind: "not-started"; readonly errno: number };

/** What to run: a program path, its arguments (with its own name first) and environment. */
export interface ChildPlan {
  readonly program: string;
  readonly argv: StringVector;
  readonly environment: StringVector;
  /** Descriptors that the child must inherit under their own numbers. */
  readonly inherit: readonly number[];
  readonly onStdout: Sink;
  readonly onStderr: Sink;
}

/** Takes a piece of a stream; false when nobody is there any more to read it. */
export type Sink = (bytes: Uint8Array) => boolean;

const JOBSERVER_NAMES = ["CARGO_MAKEFLAGS", "MAKEFLAGS", "MFLAGS"];

/** The jobserver's descriptors that make or cargo named in the environment, if passed by number. */
export function jobserverFds(env: Env): number[] {
  const fds: number[] = [];
  for (const name of JOBSERVER_NAMES) {
    for (const match of (env[name] ?? "").matchAll(/--jobserver-(?:auth|fds)=(\d+),(\d+)/g)) {
      fds.push(Number(match[1]), Number(match[2]));
    }
  }
  return [...new Set(fds)];
}

/** Whether a path is a pipe by which make or cargo hand their jobserver on: one with a name, or a descriptor's. */
export function isJobserverPipe(path: string, env: Env): boolean {
  const fd = /^\/dev\/fd\/(\d+)$/.exec(path)?.[1];
  if (fd !== undefined) return jobserverFds(env).includes(Number(fd));
  return JOBSERVER_NAMES.some((name) =>
    (env[name] ?? "").includes(`--jobserver-auth=fifo:${path}`),
  );
}

/** Sends a signal to a process; nothing happens when it has ended. */
export function sendSignal(pid: number, signal: number): void {
  libcCold().kill(pid, signal);
}

/** Lets a descriptor survive the next exec. */
export function keepOnExec(fd: number): void {
  libcCold().fcntl(fd, F_SETFD, 0);
}

function pipePair(): [number, number] | undefined {
  const pair = new Int32Array(2);
  if (libcCold().pipe2(addressOf(pair), O_CLOEXEC) !== 0) return undefined;
  return [pair[0] ?? -1, pair[1] ?? -1];
}

/** A child that ran to its end. */
export interface ChildRun {
  readonly pid: number;
  readonly end: ChildEnd;
  /** What was thrown where a stream could not be read or taken: the child was run to its end all the same. */
  readonly sinkFault?: unknown;
}

/** Runs the child to its end. Never throws for a fault of the child's. */
export function runChild(plan: ChildPlan): ChildRun {
  const out = pipePair();
  const err = pipePair();
  if (out === undefined || err === undefined) {
    return { pid: -1, end: { kind: "not-started", errno: errno() } };
  }
  // From before the child is there: a signal must never find it alone.
  const signals = noteSignals(ENDING_SIGNALS);
  const { pid, errno: fault } = spawnWith(plan, [out[1], err[1]]);
  closeFd(out[1]);
  closeFd(err[1]);
  const child = { pid, signals };
  passSignal(child);
  const heard = pid > 0 ? forward([out[0], err[0]], { plan, child }) : NOTHING_HEARD;
  if (pid <= 0) for (const [fd] of [out, err]) closeFd(fd);
  const ended: ChildEnd = pid > 0 ? reap(child) : { kind: "not-started", errno: fault };
  signals.restore();
  const isFine = ended.kind === "exited" && ended.code === 0;
  // It had said all by then; its own pipe would have broken before.
  const end: ChildEnd = isFine && heard.isLost ? { kind: "signaled", signal: SIGPIPE } : ended;
  return { pid, end, sinkFault: heard.fault };
}

/** What came of a child's streams. */
interface Heard {
  readonly fault: unknown;
  /** Whether nobody was there to read a part. */
  readonly isLost: boolean;
}

const NOTHING_HEARD: Heard = { fault: undefined, isLost: false };

/** A started child, and what has arrived for it. */
interface Child {
  readonly pid: number;
  readonly signals: SignalNotes;
}

/** Passes on to the child the signal that has arrived for us. */
function passSignal({ pid, signals }: Child): void {
  const signal = signals.look();
  if (signal !== 0 && pid > 0) libcCold().kill(pid, signal);
}

/** What to run with this process's own streams. */
export type AttachedPlan = Omit<ChildPlan, "onStdout" | "onStderr">;

/** Runs a child that reads and writes where this process does, and passes ending signals on to it. */
export function runAttached(plan: AttachedPlan): ChildEnd {
  needsOwnProcess(plan.program);
  // A child's end interrupts the wait as well.
  const signals = noteSignals([...ENDING_SIGNALS, SIGCHLD]);
  const { pid, errno: fault } = spawnWith(plan, undefined);
  let end: ChildEnd | undefined = pid > 0 ? undefined : { kind: "not-started", errno: fault };
  passSignal({ pid, signals });
  end ??= reapEnded(pid);
  while (end === undefined) {
    libcCold().poll(null, 0, SIGNAL_LOOK_MS);
    passSignal({ pid, signals });
    end = reapEnded(pid);
  }
  signals.restore();
  return end;
}

function spawnWith(
  plan: AttachedPlan,
  streams: readonly [out: number, err: number] | undefined,
): { pid: number; errno: number } {
  for (const fd of plan.inherit) keepOnExec(fd);
  const cold = libcCold();
  const signals = new Uint8Array(STRUCT_BYTES);
  const SPAWN_SETSIGDEF = 4;
  // The runtime ignores these two, and an ignored signal stays ignored across exec.
  cold.sigemptyset(addressOf(signals));
  cold.sigaddset(addressOf(signals), SIGPIPE);
  cold.sigaddset(addressOf(signals), SIGXFSZ);
  return spawn(plan, (actions, attributes) => {
    for (const [index, fd] of (streams ?? []).entries()) {
      cold.posix_spawn_file_actions_adddup2(actions, fd, index + 1);
    }
    cold.posix_spawnattr_setsigdefault(attributes, addressOf(signals));
    cold.posix_spawnattr_setflags(attributes, SPAWN_SETSIGDEF);
  });
}

/** posix_spawn's structs: 80 and 336 bytes in glibc, a set of signals 128. */
const STRUCT_BYTES = 512;

/** Starts a program as `prepare` fills in posix_spawn's two structs. */
function spawn(
  { program, argv, environment }: Pick<ChildPlan, "program" | "argv" | "environment">,
  prepare: (actions: Pointer, attributes: Pointer) => void,
): { pid: number; errno: number } {
  const cold = libcCold();
  const actions = new Uint8Array(STRUCT_BYTES);
  const attributes = new Uint8Array(STRUCT_BYTES);
  const pid = new Int32Array(1);
  cold.posix_spawn_file_actions_init(addressOf(actions));
  cold.posix_spawnattr_init(addressOf(attributes));
  prepare(addressOf(actions), addressOf(attributes));
  const start = program.includes("/") ? cold.posix_spawn : cold.posix_spawnp;
  const fault = start(
    addressOf(pid),
    cstr(program),
    addressOf(actions),
    addressOf(attributes),
    argv.address,
    environment.address,
  );
  cold.posix_spawn_file_actions_destroy(addressOf(actions));
  cold.posix_spawnattr_destroy(addressOf(attributes));
  return fault === 0 ? { pid: pid[0] ?? -1, errno: 0 } : { pid: -1, errno: fault };
}

const ENDING_SIGNALS = [1, 2, 3, 15]; // SIGHUP, SIGINT, SIGQUIT, SIGTERM

/**
 * Makes signals that would end this process interrupt `poll` instead, so that they can be passed on to
 * the child: editors and CI kill by process id, and rustc must not go on alone. The handler is libc's own
 * umask(): async-signal-safe, it notes its argument, the signal's number, where look() finds it.
 * (JavaScript cannot run in a signal handler.) While it waits this process makes no files: they would have that mask.
 */
function noteSignals(noted: readonly number[]): SignalNotes {
  const cold = libcCold();
  const umask = pointerOf(cold.dlsym(0, cstr("umask")));
  if (umask === null) return { look: () => 0, restore: () => undefined };
  const usual = libc.umask(NO_SIGNAL);
  libc.umask(usual); // until the first look: the child gets it
  const before = noted.map((signal) => {
    const handler = pointerOf(cold.signal(signal, umask)) ?? 0;
    // Ignored by whoever started us (nohup): by the child as well.
    if (handler === SIG_IGN) cold.signal(signal, SIG_IGN);
    return handler;
  });
  let unnoted = usual;
  return {
    look() {
      const seen = libc.umask(NO_SIGNAL);
      const isSignal = seen !== unnoted && ENDING_SIGNALS.includes(seen);
      unnoted = NO_SIGNAL;
      return isSignal ? seen : 0;
    },
    restore() {
      for (const [index, signal] of noted.entries()) cold.signal(signal, before[index] ?? 0);
      libc.umask(usual);
    },
  };
}

const SIG_IGN = 1;

/** What arrives while a child runs. */
interface SignalNotes {
  /** The ending signal that has arrived since the last look; 0 for none. The first comes after the start. */
  readonly look: () => number;
  /** Back to the handlers and the mask of before. */
  readonly restore: () => void;
}

/** A mask that is no signal's number (002 and 022 could be taken for one). */
const NO_SIGNAL = 0o777;

/** A signal that comes between a look and the next wait interrupts nothing: it is seen after this long. */
const SIGNAL_LOOK_MS = 200;

/** Hands on what a child says, and closes the ends where it is heard: one that nobody reads at once, as a pipe of its own. */
function forward(
  ends: readonly [out: number, err: number],
  { plan, child }: { readonly plan: ChildPlan; readonly child: Child },
): Heard {
  let fault: unknown;
  let isLost = false;
  const POLLIN = 1;
  const CHUNK_BYTES = 1 << 16;
  const chunk = new Uint8Array(CHUNK_BYTES);
  // Two struct pollfd: int fd; short events; short revents.
  const set = new Int32Array([ends[0], POLLIN, ends[1], POLLIN]);
  const sinks = [plan.onStdout, plan.onStderr];
  let open: number = ends.length;
  const close = (index: number) => {
    closeFd(set[index * 2] ?? -1);
    set[index * 2] = -1; // poll skips negative descriptors
    open -= 1;
  };
  while (open > 0) {
    set[1] = POLLIN;
    set[3] = POLLIN;
    const readable = libcCold().poll(addressOf(set), 2, SIGNAL_LOOK_MS);
    if (readable < 0 && errno() !== Errno.Interrupted) {
      fault ??= unheard();
      for (const index of ends.keys()) if ((set[index * 2] ?? -1) >= 0) close(index);
    }
    passSignal(child);
    if (readable <= 0) continue;
    for (const [index, sink] of sinks.entries()) {
      const fd = set[index * 2] ?? -1;
      const ready = (set[index * 2 + 1] ?? 0) >> 16;
      if (fd < 0 || ready === 0) continue;
      const got = readFd(fd, chunk);
      if (got > 0) {
        try {
          if (!sink(chunk.slice(0, got))) {
            isLost = true;
            close(index);
          }
        } catch (thrown) {
          fault ??= thrown;
        }
      } else {
        if (got < 0) fault ??= unheard();
        close(index);
      }
    }
  }
  return { fault, isLost };
}

/** What a stream that cannot be read comes to: what was heard is not all of it. */
function unheard(): Error {
  return new Error(`a stream of the child cannot be read: error ${errno()}`);
}

function reap(child: Child): ChildEnd {
  const status = new Int32Array(1);
  while (libcCold().waitpid(child.pid, addressOf(status), 0) < 0) {
    if (errno() !== Errno.Interrupted) return { kind: "not-started", errno: errno() };
    passSignal(child);
  }
  return endOf(status[0] ?? 0);
}

/** The end of a child that has ended; undefined while it runs. */
function reapEnded(pid: number): ChildEnd | undefined {
  const WNOHANG = 1;
  const status = new Int32Array(1);
  const ended = libcCold().waitpid(pid, addressOf(status), WNOHANG);
  if (ended === 0 || (ended < 0 && errno() === Errno.Interrupted)) return undefined;
  return ended < 0 ? { kind: "not-started", errno: errno() } : endOf(status[0] ?? 0);
}

/** Takes notice of detached children that have ended; only where no other child is waited for. */
export function reapEndedChildren(): void {
  const ANY = -1;
  const WNOHANG = 1;
  const status = new Int32Array(1);
  while (libcCold().waitpid(ANY, addressOf(status), WNOHANG) > 0);
}

/** An end out of the status word of wait(2). */
export function endOf(word: number): ChildEnd {
  const signal = word & 0x7f;
  return signal === 0 ? { kind: "exited", code: (word >> 8) & 0xff } : { kind: "signaled", signal };
}

/** Ends this process as the child ended: same exit status, or the same signal. */
export function endLike(end: ChildEnd): never {
  const cold = libcCold();
  if (end.kind === "signaled") {
    cold.signal(end.signal, 0);
    cold.kill(process.pid, end.signal);
    const SIGNAL_EXIT_BASE = 128;
    exitNow(SIGNAL_EXIT_BASE + end.signal);
  }
  return exitNow(end.kind === "exited" ? end.code : 1);
}

/** Starts a program in a session of its own with nothing attached; false when it did not start. */
export function startDetached(
  program: string,
  argv: StringVector,
  environment: StringVector,
): boolean {
  const cold = libcCold();
  const SPAWN_SETSID = 0x80;
  const O_RDWR = 2;
  const STANDARD_FDS = [0, 1, 2];
  const nowhere = new TextEncoder().encode("/dev/null\0");
  const { pid } = spawn({ program, argv, environment }, (actions, attributes) => {
    for (const fd of STANDARD_FDS) {
      cold.posix_spawn_file_actions_addopen(actions, fd, addressOf(nowhere), O_RDWR, 0);
    }
    cold.posix_spawnattr_setflags(attributes, SPAWN_SETSID);
  });
  return pid > 0;
}
