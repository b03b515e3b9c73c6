// Passthrough: this process becomes the real compiler, so terminal, signals, descriptors and exit
// status are the compiler's own. What the runtime changed on the way is undone first.
import { type Env, environmentWith, stringVector } from "./environment.ts";
import { listNames } from "./directory.ts";
import { closeFd, readFd, openRead } from "./file.ts";
import { readLink } from "./link.ts";
import { addressOf, cstr, Errno, errno, libcCold } from "./libc.ts";
import { UNSET_PATH } from "./program.ts";
import { keepOnExec } from "./spawn.ts";

const FIRST_INHERITED_FD = 3;

/** This process's arguments as raw bytes, from the kernel; undefined when it does not tell. */
export function rawArguments(): Uint8Array[] | undefined {
  const fd = openRead("/proc/self/cmdline");
  if (fd < 0) return undefined;
  const parts: Uint8Array[] = [];
  const chunk = new Uint8Array(1 << 16);
  for (let got = readFd(fd, chunk); got > 0; got = readFd(fd, chunk))
    parts.push(chunk.slice(0, got));
  closeFd(fd);
  const all = Buffer.concat(parts);
  const args: Uint8Array[] = [];
  for (let at = 0; at < all.length;) {
    const end = all.indexOf(0, at);
    const stop = end < 0 ? all.length : end;
    args.push(all.subarray(at, stop));
    at = stop + 1;
  }
  return args;
}

/** Re-opens what was inherited to the next program: the runtime marks it close-on-exec at start. */
function keepInherited(): void {
  const names = listNames("/proc/self/fd");
  if (typeof names === "string") return;
  for (const name of names) {
    const fd = Number(name);
    if (fd < FIRST_INHERITED_FD) continue;
    const target = readLink(`/proc/self/fd/${name}`);
    // The runtime's own are event descriptors and its executable.
    if (target === undefined || target.startsWith("anon_inode:")) continue;
    if (target === process.execPath || target.startsWith("/proc/")) continue;
    keepOnExec(fd);
  }
}

/**
 * Replaces this process by the program. Returns the error number only when that failed. A bare name
 * is looked up in `searchPath` as execvp does.
 */
export function execProgram(
  program: string | Uint8Array,
  argv: readonly (string | Uint8Array)[],
  changes: Env,
  searchPath: string | undefined,
): number {
  const cold = libcCold();
  const args = stringVector(argv);
  const env = environmentWith(changes);
  keepInherited();
  const SIGPIPE = 13;
  const SIGXFSZ = 25;
  cold.signal(SIGPIPE, 0);
  cold.signal(SIGXFSZ, 0);
  if (typeof program !== "string" || program.includes("/")) {
    const path = typeof program === "string" ? program : Uint8Array.from([...program, 0]);
    cold.execve(typeof path === "string" ? cstr(path) : addressOf(path), args.address, env.address);
    return errno();
  }
  let fault: number = Errno.NoEntry;
  for (const dir of (searchPath ?? UNSET_PATH).split(":")) {
    cold.execve(cstr(`${dir === "" ? "." : dir}/${program}`), args.address, env.address);
    const code = errno();
    if (code !== Errno.NoEntry && code !== Errno.NotDirectory) fault = code;
  }
  return fault;
}
