// The engines that are there: found by their locks, ended on request.
import type { Env } from "../../base/environment.ts";
import { listNames } from "../../base/directory.ts";
import { readText, removeFile } from "../../base/file.ts";
import { isLockFree } from "../../base/lock.ts";
import { sendSignal } from "../../base/spawn.ts";
import { engineDir } from "./engine-place.ts";
import { ENGINE_LOCK } from "./start-engine.ts";

/** A living engine. */
export interface LivingEngine {
  readonly socket: string;
  readonly pid: number;
}

/** This user's engines, of every build. */
export function livingEngines(env: Env): LivingEngine[] {
  const dir = engineDir(env);
  const names = listNames(dir);
  if (typeof names === "string") return [];
  return names.flatMap((name) => {
    const path = `${dir}/${name}`;
    if (!name.endsWith(ENGINE_LOCK) || isLockFree(path)) return [];
    const pid = Number(readText(path));
    return Number.isInteger(pid) && pid > 1
      ? [{ socket: path.slice(0, -ENGINE_LOCK.length), pid }]
      : [];
  });
}

/** Has an engine end as soon as the compilers that its callers run have; what those make is kept. */
export function stopEngine({ socket, pid }: LivingEngine): void {
  const SIGTERM = 15;
  removeFile(socket);
  removeFile(socket + ENGINE_LOCK);
  sendSignal(pid, SIGTERM);
}
