// Doctor: can the cache directory be used, is what lies in it sound, can compiles be watched.
import { statfsSync } from "node:fs";
import { wallMs } from "../../base/clock.ts";
import { digestOf } from "../../base/digest.ts";
import { writeFileAtomic } from "../../base/atomic-write.ts";
import {
  isDirectory,
  isExecutable,
  lstatPath,
  readFileBytes,
  removeFile,
  statPath,
  tempName,
} from "../../base/file.ts";
import { ancestorsOf, isWithin } from "../../base/path.ts";
import { DAY_MS, formatSize } from "../../base/units.ts";
import { ENGINE_BUILD } from "../../base/version.ts";
import { libraryPaths } from "../../observe/install-library.ts";
import { observerDigest } from "../../observe/library.ts";
import { engineDir, enginePlace } from "../../wrap/engines/engine-place.ts";
import { livingEngines } from "../../wrap/engines/running-engines.ts";
import { flightLocks } from "../../store/leftovers.ts";
import { readGcStats } from "../../store/sweep.ts";
import { newestMs, readUsage, totalsOf } from "../../store/usage.ts";
import { type Context, counted } from "../context.ts";
import { type Check, failed, passed } from "./check.ts";

/** All checks of the cache. */
export function cacheChecks(context: Context): Check[] {
  return [
    cacheDir(context),
    store(context),
    observer(context),
    engine(context),
    staleLocks(context),
    collection(context),
  ];
}

const LABEL = "Cache dir";
const UNKNOWN_BYTES = Number.MAX_SAFE_INTEGER;
const ELSEWHERE = "name another with KACHE_CACHE_DIR or [cache] local_store";

function cacheDir({ config: { cacheDir: dir }, layout }: Context): Check {
  const stat = statPath(dir);
  if (typeof stat === "object" && stat.kind !== "directory") {
    return failed(LABEL, `${dir} is not a directory`, `move it away, or ${ELSEWHERE}`);
  }
  const there = ancestorsOf(dir).find(isDirectory) ?? "/";
  // A build by another user may have left parts that are not ours.
  const parts = [there, layout.storeDir(), layout.blobsDir(), layout.manifestsDir()];
  const shut = parts.find((part) => isDirectory(part) && !canWrite(part));
  if (shut !== undefined) {
    return writeFault(dir, shut);
  }
  const space = spaceOf(there);
  const LITTLE_BYTES = 256 * 1024 ** 2;
  const found = stat === "absent" ? `${dir} (not there yet; the first build makes it)` : dir;
  if (space.freeBytes < LITTLE_BYTES) {
    return failed(
      LABEL,
      `${found}: only ${formatSize(space.freeBytes)} free`,
      "free space, or run kache gc --max-age 1d",
    );
  }
  const remote =
    space.remote === undefined
      ? ""
      : `; on ${space.remote}, where hits are slower and locks may not hold`;
  const free = space.freeBytes === UNKNOWN_BYTES ? "" : `, ${formatSize(space.freeBytes)} free`;
  return passed(LABEL, `${found}${free}${remote}`);
}

function canWrite(dir: string): boolean {
  const path = `${dir}/${tempName()}`;
  const PROBE_BYTES = 4096;
  const ok = writeFileAtomic(path, new Uint8Array(PROBE_BYTES));
  removeFile(path);
  return ok;
}

function writeFault(dir: string, shut: string): Check {
  const FULL_BYTES = 1 << 20;
  const { freeBytes } = spaceOf(shut);
  if (freeBytes < FULL_BYTES) {
    return failed(LABEL, `${dir}: the file system is full`, `free space, or ${ELSEWHERE}`);
  }
  const said = isWithin(shut, dir)
    ? `${shut} cannot be written`
    : `${dir} is not there and ${shut} cannot be written`;
  return failed(LABEL, said, `make it writable, or ${ELSEWHERE}`);
}

/** Magic numbers of file systems on another machine, from Linux's magic.h. */
const REMOTE_TYPES: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x01021997, "9p"],
  [0x6a656a63, "virtiofs"],
]);

function spaceOf(dir: string): { freeBytes: number; remote: string | undefined } {
  try {
    const { bavail, bsize, blocks, type } = statfsSync(dir);
    // What the kernel makes up (/proc, /sys) has no room to be full of.
    const freeBytes = blocks === 0 ? UNKNOWN_BYTES : bavail * bsize;
    return { freeBytes, remote: REMOTE_TYPES.get(type) };
  } catch (fault) {
    // Not to be learned is not full.
    if (fault instanceof Error) return { freeBytes: UNKNOWN_BYTES, remote: undefined };
    throw fault;
  }
}

function store({ layout, config }: Context): Check {
  const { entries, damaged } = readUsage(layout);
  const totals = totalsOf(entries);
  const size = `${formatSize(totals.blobBytes)} of ${formatSize(config.sizeBytesMax)}`;
  const held = `${counted(totals.entries, "entry", "entries")}, ${size}`;
  if (damaged.length > 0) {
    const many = counted(damaged.length, "damaged entry", "damaged entries");
    return failed("Store", `${held}, ${many}`, "kache doctor --repair removes what is damaged");
  }
  const OVER_SHARE = 1.1;
  return totals.blobBytes > config.sizeBytesMax * OVER_SHARE
    ? failed("Store", held, "it is over its limit: run kache gc, or raise [cache] local_max_size")
    : passed("Store", held);
}

function engine({ config, invocation }: Context): Check {
  const label = "Engine";
  if (!config.engine)
    return passed(label, "off (KACHE_ENGINE); every call is served by its own process");
  if (ENGINE_BUILD === undefined) return passed(label, "not part of this build");
  const { env } = invocation;
  const named = env["KACHE_ENGINE_DIR"] ?? "";
  if (named !== "" && !named.startsWith("/")) {
    const said = `KACHE_ENGINE_DIR is ${named}, which is no full path; engines are in ${engineDir(env)}`;
    return failed(label, said, "write the whole path, or unset it");
  }
  if (enginePlace(env) === undefined) {
    const dir = engineDir(env);
    const fix = `chmod 700 ${dir}, or name a directory of your own in KACHE_ENGINE_DIR (up to 50 characters)`;
    return failed(label, `${dir} cannot hold the sockets of this user's engines`, fix);
  }
  const [living] = livingEngines(env);
  return passed(
    label,
    living === undefined ? "starts with the next compile" : `serves calls (process ${living.pid})`,
  );
}

function observer({ config, invocation }: Context): Check {
  const label = "Observer";
  const digest = observerDigest();
  if (!config.observe)
    return passed(label, "off (KACHE_OBSERVE); compiles follow the conservative rules");
  if (digest === undefined)
    return passed(label, "not part of this build; compiles follow the conservative rules");
  const there = libraryPaths({ cacheDir: config.cacheDir, env: invocation.env }).filter(
    (place) => lstatPath(place) !== "absent",
  );
  const path = there.find(isExecutable) ?? there[0];
  if (path === undefined)
    return passed(label, "not in place yet; the first compile that needs it does that");
  const bytes = readFileBytes(path);
  if (bytes === "unreadable" || digestOf(bytes) !== digest) {
    return failed(label, `${path} is damaged`, "remove it; the next compile puts it back");
  }
  return loads(path)
    ? passed(label, "compiles can be watched")
    : failed(
        label,
        `${path} cannot be loaded`,
        "is the cache directory mounted noexec? Then move it elsewhere",
      );
}

/** Whether the loader takes the library: it prints a line and goes on when it does not. */
function loads(path: string): boolean {
  try {
    const { stderr, exitCode } = Bun.spawnSync(["/bin/true"], { env: { LD_PRELOAD: path } });
    return exitCode === 0 && !stderr.toString().includes("cannot be preloaded");
  } catch (fault) {
    // No such program: nothing was learned.
    if (fault instanceof Error) return true;
    throw fault;
  }
}

function staleLocks({ layout }: Context): Check {
  const stale = flightLocks(layout).filter((path) => {
    const stat = lstatPath(path);
    return typeof stat === "object" && newestMs(stat) + DAY_MS < wallMs();
  });
  if (stale.length === 0) return passed("Stale locks", "none");
  const many = counted(stale.length, "lock file", "lock files");
  return failed(
    "Stale locks",
    `${many} of compiles that were killed`,
    "harmless; kache gc removes them",
  );
}

function collection({ layout }: Context): Check {
  const last = readGcStats(layout);
  return passed(
    "Last gc",
    last === undefined ? "none yet" : `${last.lastRun}, ${last.entriesEvicted} evicted`,
  );
}
