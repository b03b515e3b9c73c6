// Starts a garbage collection now and then, in a process of its own that nobody waits for.
import { environmentWith, stringVector } from "../base/environment.ts";
import { wallMs } from "../base/clock.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { statPath } from "../base/file.ts";
import { startDetached } from "../base/spawn.ts";
import type { Unit } from "./unit.ts";

const INTERVAL_MS = 3_600_000;

/** After a store: starts `kache gc --background` when the last one is an hour ago. */
export function startDueGc(unit: Unit): void {
  const stamp = unit.layout.gcStamp();
  const stat = statPath(stamp);
  const MS = 1000;
  if (typeof stat === "object" && stat.mtimeSec * MS + INTERVAL_MS > wallMs()) return;
  // Stamped first, so that of many wrappers one starts it.
  if (!writeFileAtomic(stamp, "") || stat === "absent") return;
  startDetached(
    process.execPath,
    stringVector(["kache", "gc", "--background"]),
    // The caller's, also where an engine serves it.
    environmentWith({ ...unit.invocation.env, KACHE_CACHE_DIR: unit.config.cacheDir }),
  );
}
