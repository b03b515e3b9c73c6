// Which engine a process may be served by, as a socket's path: one of the same build, user, group and niceness,
// for the same view of the file system. native/launcher/place.c is the same for the caller's side.
//   <directory>/<build, 16 hex>.<mount namespace>.<root's inode>.<group>.<niceness + 20>.<slot>
import type { Env } from "../../base/environment.ts";
import { lstatPath, statPath } from "../../base/file.ts";
import { makeNewDir } from "../../base/directory.ts";
import { processIds, processorSlot } from "../../base/surroundings.ts";
import { ENGINE_BUILD } from "../../base/version.ts";
import type { Invocation } from "../call/invocation.ts";

/** A socket's address holds no longer path (unix(7)). */
const PATH_BYTES_MAX = 107;

/** Whether calls like this one may be served by an engine, and this process is none. */
export function wantsEngine({ env, caller }: Pick<Invocation, "env" | "caller">): boolean {
  if (caller.run !== undefined) return false;
  if (ENGINE_BUILD === undefined) return false;
  if (/^(?:0|false|off|no)$/i.test(env["KACHE_ENGINE"] ?? "")) return false;
  return ["LD_PRELOAD", "LD_AUDIT", "KACHE_ACTIVE"].every((name) => (env[name] ?? "") === "");
}

/** The directory of this user's engines. */
export function engineDir(env: Env): string {
  const { KACHE_ENGINE_DIR: own = "", XDG_RUNTIME_DIR: runtime = "" } = env;
  if (own.startsWith("/")) return own;
  return runtime.startsWith("/") ? `${runtime}/kache` : `/tmp/kache.${processIds().uid}`;
}

/**
 * The socket for processes like this one. Undefined where there can be none: this build has no launcher, or
 * the directory is not this user's alone.
 */
export function enginePlace(env: Env): string | undefined {
  if (ENGINE_BUILD === undefined) return undefined;
  const dir = engineDir(env);
  const { uid, gid, nice } = processIds();
  const PRIVATE = 0o700;
  makeNewDir(dir, PRIVATE);
  const made = lstatPath(dir);
  const isOwn = typeof made === "object" && made.kind === "directory" && made.uid === uid;
  if (!isOwn || (made.mode & 0o077) !== 0) return undefined;
  const mounts = statPath("/proc/self/ns/mnt");
  const root = statPath("/");
  if (typeof mounts !== "object" || typeof root !== "object") return undefined;
  const NICE_MAX = 20;
  const seat = [mounts.inoLow, root.inoLow, gid, nice + NICE_MAX, processorSlot()];
  const path = `${dir}/${[ENGINE_BUILD, ...seat].join(".")}`;
  return new TextEncoder().encode(path).length > PATH_BYTES_MAX ? undefined : path;
}
