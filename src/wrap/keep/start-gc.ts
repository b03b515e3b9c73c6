// Starts a garbage collection now and then, in a process of its own that nobody waits for.
import { environmentWith, stringVector } from "../../base/environment.ts";
import { writeFileAtomic } from "../../base/atomic-write.ts";
import { type Stat, statPath } from "../../base/file.ts";
import { startDetached } from "../../base/spawn.ts";
import type { Unit } from "../unit/unit.ts";

const INTERVAL_S = 3_600;

/**
 * After a store: starts `kache gc --background` when the last one is an hour ago, by the file-write clock. What a build
 * preloads into its programs may show them another time (faketime).
 */
export function startDueGc(unit: Unit, now: Stat | undefined): void {
  const stamp = unit.layout.gcStamp();
  const stat = statPath(stamp);
  if (typeof stat === "object" && stat.mtimeSec + INTERVAL_S > (now?.ctimeSec ?? 0)) return;
  // Stamped first, so that of many wrappers one starts it.
  if (!writeFileAtomic(stamp, "") || stat === "absent") return;
  startDetached(
    process.execPath,
    stringVector(["kache", "gc", "--background"]),
    // The caller's, also where an engine serves it.
    environmentWith({
      ...unit.invocation.env,
      LD_PRELOAD: undefined,
      KACHE_CACHE_DIR: unit.config.cacheDir,
    }),
  );
}
