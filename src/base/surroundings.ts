// What the kernel says of this process: whose it is, how nice, where it runs; and how an engine takes on a
// caller's.
import { takeEnvironment } from "./environment.ts";
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
  const cold = libcCold();
  const MASK_WORDS = 16;
  const SLOTS_MAX = 8;
  const mask = new BigUint64Array(MASK_WORDS);
  cold.sched_getaffinity(0, mask.byteLength, addressOf(mask));
  let processors = 0;
  for (let word of mask) for (; word !== 0n; word &= word - 1n) processors += 1;
  const slots = Math.floor(processors / 2);
  return slots < 2 ? 0 : Math.floor(cold.sched_getcpu() / 2) % Math.min(slots, SLOTS_MAX);
}

/** What a process has only once. */
export interface Surroundings {
  readonly cwd: string;
  readonly umask: number;
  readonly env: Readonly<Record<string, string | undefined>>;
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
