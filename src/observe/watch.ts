// Starts a watch: puts the observer library in place, prepares its log, and says which variables make a
// child observed. Reading the log is observer-log.ts and observation.ts.
import { writeFileAtomic } from "../base/atomic-write.ts";
import { closeFd, openAppend, readFileStart, truncateFd, writeAll } from "../base/file.ts";
import type { FileDigests } from "../key/file-digest.ts";
import { foldObservation, type Observation } from "./observation.ts";
import {
  createObserverLog,
  decodeObserverLog,
  observerLogUsedBytes,
  OBSERVER_LOG_HEADER_BYTES,
} from "./observer-log.ts";
import { observerBytes, observerDigest } from "./library.ts";

/** A log that a child will write. */
export interface Watch {
  /** Variables for the child's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What was seen, once the child has ended. */
  read(rootPid: number): Observation;
}

/** A large link writes about 200 KB; the file is sparse, so room costs nothing. */
const LOG_BYTES = 64 * 1024 ** 2;

/** Opens a watch with an empty file for its log; undefined where there is no observer (then the conservative rules apply). */
export function openWatch(
  cacheDir: string,
  digests: FileDigests,
  logPath: string,
  env: Readonly<Record<string, string | undefined>>,
): Watch | undefined {
  const library = installLibrary(cacheDir, digests, env);
  if (library === undefined) return undefined;
  const fd = openAppend(logPath);
  if (fd < 0) return undefined;
  const ready = writeAll(fd, createObserverLog(LOG_BYTES)) && truncateFd(fd, LOG_BYTES);
  closeFd(fd);
  if (!ready) return undefined;
  const users = env["LD_PRELOAD"];
  return {
    environment: {
      KACHE_OBSERVE_LOG: logPath,
      LD_PRELOAD: users === undefined ? library : `${library}:${users}`,
    },
    read: (rootPid) => readLog(logPath, rootPid),
  };
}

/** Read and not mapped: a hole of a mapped file on a full disk would end this process. */
function readLog(path: string, rootPid: number): Observation {
  const header = readFileStart(path, OBSERVER_LOG_HEADER_BYTES);
  const used = typeof header === "string" ? 0 : observerLogUsedBytes(header);
  const bytes = readFileStart(path, used);
  const log = decodeObserverLog(typeof bytes === "string" ? new Uint8Array() : bytes);
  return foldObservation(log, rootPid);
}

/** The loader ends a name in LD_PRELOAD at blanks and ":", and takes "$" for words of its own. */
const UNLOADABLE = /[\s:$]/;

/**
 * The library out of this executable, under a name that follows from its content: in the cache directory, or
 * where that cannot be named in LD_PRELOAD, in another directory of the user's own.
 */
function installLibrary(
  cacheDir: string,
  digests: FileDigests,
  { XDG_RUNTIME_DIR: runtime = "", HOME: home = "" }: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const digest = observerDigest();
  const own = [runtime === "" ? "" : `${runtime}/kache`, home === "" ? "" : `${home}/.cache/kache`];
  const bases = [cacheDir, ...own];
  const base = bases.find((dir) => /^\/./.test(dir) && !UNLOADABLE.test(dir));
  if (digest === undefined || base === undefined) return undefined;
  const path = `${base}/observer/${digest}.so`;
  const there = digests.of(path);
  if (typeof there === "object" && there.digest === digest) return path;
  return writeFileAtomic(path, observerBytes(), 0o755) ? path : undefined;
}
