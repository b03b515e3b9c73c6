// What the kernel says of this process: whose it is, how nice, where it runs; and how an engine takes on a
// caller's.
import { type Env, takeEnvironment } from "./environment.ts";
import { readText, statPath } from "./file.ts";
import { addressOf, cstr, libc, libcCold } from "./libc.ts";

/** The user, the group and the niceness that files and children of this process get. */
export function processIds(): {
  readonly uid: number;
  readonly gid: number;
  readonly nice: number;
} {
  const cold = libcCold();
  return { uid: cold.geteuid(), gid: cold.getegid(), nice: cold.getpriority(0, 0) };
}

/**
 * Which of the engines this process belongs to: two neighbouring processors share one, up to eight. A single
 * engine would serve one hit at a time; one per processor would mostly idle beside the compilers.
 */
export function processorSlot(): number {
  const SLOTS_MAX = 8;
  const slots = Math.floor(processorCount() / 2);
  return slots < 2 ? 0 : Math.floor(libcCold().sched_getcpu() / 2) % Math.min(slots, SLOTS_MAX);
}

/** How many processors this process may run on. */
export function processorCount(): number {
  const MASK_WORDS = 16;
  const mask = new BigUint64Array(MASK_WORDS);
  libcCold().sched_getaffinity(0, mask.byteLength, addressOf(mask));
  let processors = 0;
  for (let word of mask) for (; word !== 0n; word &= word - 1n) processors += 1;
  return processors;
}

/**
 * Whether one of the cores has nothing to do at this moment: fewer threads want to run than half as many as there
 * are processors (proc_loadavg(5), 30 µs), of which two may be one core, and what runs on one then slows the other.
 * No, where that cannot be told.
 */
export function isCoreFree(): boolean {
  const running = /(\d+)\//.exec(readText("/proc/loadavg") ?? "")?.[1];
  // One of those that run is this process, which asks.
  return running !== undefined && Number(running) - 1 < processorCount() / 2;
}

/** How many descriptors this process may have open; the least that systems give where it cannot be told. */
export function descriptorsMax(): number {
  const LEAST = 256;
  const soft = /^Max open files +(\d+)/m.exec(readText("/proc/self/limits") ?? "")?.[1];
  return soft === undefined ? LEAST : Number(soft);
}

/** The number of the first namespace of processes (PROC_PID_INIT_INO): the machine's own, which ends when it does. */
const MACHINES_PROCESSES = 0xeffffffc;

let isOutside: boolean | undefined;

/** Whether this process is in none of the namespaces that containers end with all their processes; it never moves. */
export function isOutsideContainers(): boolean {
  if (isOutside === undefined) {
    const stat = statPath("/proc/self/ns/pid");
    isOutside = typeof stat === "object" && stat.inoLow === MACHINES_PROCESSES;
  }
  return isOutside;
}

/** What a process has only once. */
export interface Surroundings {
  readonly cwd: string;
  readonly umask: number;
  readonly env: Env;
}

let taken: Surroundings | undefined;

/** Takes on a caller's surroundings; false where its directory is not there any more. */
export function takeOn(surroundings: Surroundings): boolean {
  const { cwd, umask, env } = surroundings;
  taken = surroundings;
  libc.umask(umask);
  takeEnvironment(env);
  return libcCold().chdir(cstr(cwd)) === 0;
}

/** Works in a caller's surroundings, and goes back to those that were taken on before. */
export function within<Result>(surroundings: Surroundings, work: () => Result): Result {
  const before = taken;
  takeOn(surroundings);
  try {
    return work();
  } finally {
    if (before !== undefined) takeOn(before);
  }
}
