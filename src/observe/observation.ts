// The observer's events → what one run took in and left behind. Pure.
// Deciding which facts matter (toolchain, target directory, habitual variables) is the reader's.
import { type ObservedProgram, withStarters } from "./observed-program.ts";
import { type Fold, foldEvent, noteExec, type PresentKind, startFold } from "./fold.ts";
import type { ObserverLog } from "./observer-log.ts";
import { findGap, type Unusable } from "./log-gap.ts";

/** A path that was found, but only asked about. */
export interface PresentPath {
  readonly kind: PresentKind;
  readonly programs: ReadonlySet<string>;
}

/** A variable that was looked up. */
export interface EnvironmentRead {
  /** Whether any look-up found it set. */
  readonly set: boolean;
  /** File names (not paths) of the executables that asked themselves. */
  readonly programs: ReadonlySet<string>;
  /** Libraries (absolute) that asked, of those that a program loaded after its start. */
  readonly libraries: ReadonlySet<string>;
}

/** Who wanted to know the name of the working directory: executables and libraries, absolute. */
export type DirectoryReads = Pick<EnvironmentRead, "programs" | "libraries">;

/** Path → executables (absolute) for which it is a fact. */
export type PathFacts = ReadonlyMap<string, ReadonlySet<string>>;

/** Everything one watched run was seen to take in or leave behind. Paths are absolute. */
export interface UsableObservation {
  readonly usable: true;
  readonly processes: readonly ObservedProgram[];
  /** Regular files opened for reading, or whose content was moved or linked elsewhere. */
  readonly reads: PathFacts;
  /** Devices, pipes and sockets opened for reading. */
  readonly specialReads: PathFacts;
  /** Libraries that a program loaded after its start and had at its end or when it closed one, by the names it loaded them by. */
  readonly loaded: PathFacts;
  /** Programs of which some image ended without saying what it had loaded. */
  readonly unended: ReadonlySet<string>;
  readonly directoriesListed: PathFacts;
  /** Looked for and not there. */
  readonly absent: PathFacts;
  /** What was to be read, or looked for by others than compilers, was not there, and was made by the run after that. */
  readonly soughtOwn: ReadonlySet<string>;
  /** Looked for and refused (no permission, symlink loop, name too long). */
  readonly inaccessible: PathFacts;
  readonly presentOnly: ReadonlyMap<string, PresentPath>;
  /** Everything that was asked about and is there, also what was read or listed besides. */
  readonly asked: ReadonlyMap<string, PresentPath>;
  /** Files and directories whose times were told to a library (absolute) that a program loaded after its start. */
  readonly timesTold: PathFacts;
  /** Opened for writing with earlier content kept: that content may have been an input. */
  readonly updated: PathFacts;
  /** Written, created, renamed from or to, or removed. */
  readonly written: ReadonlySet<string>;
  /** Written, made or moved here, before the run had made it: by which executables and, of those loaded later, libraries. */
  readonly touched: PathFacts;
  /** Directories that the run made, as it spelled them. */
  readonly made: ReadonlySet<string>;
  /** Removed or renamed, and not made by the run, or in place of what it had found there. */
  readonly removed: ReadonlySet<string>;
  readonly envReads: ReadonlyMap<string, EnvironmentRead>;
  readonly directoryReads: DirectoryReads;
  /** Program files and scripts that were started, as found. */
  readonly executed: PathFacts;
}

/** The outcome of watching one run. */
export type Observation = UsableObservation | Unusable;

/** Folds a decoded log; `rootPid` is the process that was started with the observer preloaded. */
export function foldObservation(log: ObserverLog, rootPid: number): Observation {
  if (!log.ok) return { usable: false, reason: log.reason, detail: "" };
  const gap = findGap(log.events, rootPid);
  if (gap !== undefined) return gap;
  const fold = startFold();
  for (const event of log.events) foldEvent(fold, event);
  for (const path of fold.attempts.values()) for (const exec of path) noteExec(fold, exec);
  return {
    usable: true,
    processes: withStarters(fold.processes, log.events),
    reads: fold.reads,
    specialReads: fold.specialReads,
    loaded: fold.loaded,
    unended: new Set([...fold.running.values()].map(({ exe }) => exe)),
    directoriesListed: fold.directoriesListed,
    absent: fold.absent,
    soughtOwn: new Set([...fold.written].filter((path) => fold.sought.has(path))),
    inaccessible: fold.inaccessible,
    presentOnly: presentOnly(fold),
    asked: fold.present,
    timesTold: fold.timesTold,
    updated: fold.updated,
    written: fold.written,
    touched: fold.touched,
    made: fold.ownDirectories,
    removed: fold.removed,
    envReads: fold.envReads,
    directoryReads: fold.directoryReads,
    executed: fold.executed,
  };
}

function presentOnly(fold: Fold): ReadonlyMap<string, PresentPath> {
  const only = new Map<string, PresentPath>();
  for (const [path, present] of fold.present) {
    if (!fold.reads.has(path) && !fold.directoriesListed.has(path)) only.set(path, present);
  }
  return only;
}
