// Starts a watch: puts the observer library in place, prepares its log, and says which variables make a
// child observed. Reading the log is observer-log.ts and observation.ts.
import type { Env } from "../base/environment.ts";
import { closeFd, openAppend, readFileStart, truncateFd, writeAll } from "../base/file.ts";
import type { FileDigests } from "../key/file-digest.ts";
import { refusesPreload } from "./elf.ts";
import { installLibrary } from "./install-library.ts";
import { foldObservation, type Observation } from "./observation.ts";
import {
  createObserverLog,
  decodeObserverLog,
  observerLogUsedBytes,
  OBSERVER_LOG_HEADER_BYTES,
} from "./observer-log.ts";

/** A log that a child will write. */
export interface Watch {
  /** Variables for the child's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What was seen, once the child has ended. */
  read(rootPid: number): Observation;
}

/** A large link writes about 200 KB; the file is sparse, so room costs nothing. */
const LOG_BYTES = 64 * 1024 ** 2;

/** What is to be watched. */
export interface Watched {
  readonly cacheDir: string;
  readonly digests: FileDigests;
  /** The program that runs, where it was found. */
  readonly program: string | undefined;
  readonly logPath: string;
  readonly env: Env;
}

/** Opens a watch with an empty file for its log; undefined where there is no observer (then the conservative rules apply). */
export function openWatch(watched: Watched): Watch | undefined {
  const { program, logPath, env } = watched;
  if (program !== undefined && refusesPreload(program)) return undefined;
  const library = installLibrary(watched);
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
    read: (rootPid) => named(readLog(logPath, rootPid), program),
  };
}

/** A compiler that did not say a word is known by its path, not by the number it had. */
function named(seen: Observation, program: string | undefined): Observation {
  if (seen.usable || seen.reason !== "root-not-observed" || program === undefined) return seen;
  return { ...seen, detail: program };
}

/** Read and not mapped: a hole of a mapped file on a full disk would end this process. */
function readLog(path: string, rootPid: number): Observation {
  const header = readFileStart(path, OBSERVER_LOG_HEADER_BYTES);
  const used = typeof header === "string" ? 0 : observerLogUsedBytes(header);
  const bytes = readFileStart(path, used);
  const log = decodeObserverLog(typeof bytes === "string" ? new Uint8Array() : bytes);
  return foldObservation(log, rootPid);
}
