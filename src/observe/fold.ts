// What one run took in and made so far: the observer's events, folded one by one. Pure.
// Order counts: a path that the run itself made is no input from then on, however often it is read.
import { baseName, tidyPath } from "../base/path.ts";
import type { ObservedProgram } from "./observed-program.ts";
import type { FileOutcome, ObserverEvent } from "./observer-log.ts";
import { isOwn } from "./own-paths.ts";
import { isBuildTool } from "./tool-habits.ts";

/** What a path turned out to be when it was asked about but not opened. */
export type PresentKind = "file" | "directory" | "symlink" | "other";

type StartedProgram = Omit<ObservedProgram, "startedBy">;
type MutableFacts = Map<string, Set<string>>;
type ExecEvent = Extract<ObserverEvent, { readonly kind: "exec" }>;

type MutableEnvironmentRead = { set: boolean; programs: Set<string>; libraries: Set<string> };

/** What is known of a run after some of its events. */
export interface Fold {
  readonly processes: StartedProgram[];
  readonly exeByImage: Map<number, string>;
  readonly reads: MutableFacts;
  readonly specialReads: MutableFacts;
  readonly loaded: MutableFacts;
  /** Images that have not ended so far. */
  readonly running: Map<number, StartedProgram>;
  readonly directoriesListed: MutableFacts;
  readonly absent: MutableFacts;
  /** What was to be read, or looked for by others than compilers, and was not there. */
  readonly sought: Set<string>;
  readonly inaccessible: MutableFacts;
  readonly present: Map<string, { kind: PresentKind; programs: Set<string> }>;
  readonly timesTold: MutableFacts;
  readonly updated: MutableFacts;
  readonly written: Set<string>;
  readonly touched: MutableFacts;
  /** Directories made by the run: what is below them is the run's own. */
  readonly ownDirectories: Set<string>;
  readonly removed: Set<string>;
  /** Written by the run where it had found something. */
  readonly replaced: Set<string>;
  /** Symlinks made by the run: what is reached through them is not. */
  readonly ownSymlinks: Set<string>;
  readonly envReads: Map<string, MutableEnvironmentRead>;
  readonly directoryReads: Pick<MutableEnvironmentRead, "programs" | "libraries">;
  readonly executed: MutableFacts;
  /** Per pid, exec calls that have not failed so far. */
  readonly attempts: Map<number, ExecEvent[]>;
}

/** Before the first event. */
export function startFold(): Fold {
  return {
    processes: [],
    exeByImage: new Map(),
    reads: new Map(),
    specialReads: new Map(),
    loaded: new Map(),
    running: new Map(),
    directoriesListed: new Map(),
    absent: new Map(),
    sought: new Set(),
    inaccessible: new Map(),
    present: new Map(),
    timesTold: new Map(),
    updated: new Map(),
    written: new Set(),
    touched: new Map(),
    ownDirectories: new Set(),
    removed: new Set(),
    replaced: new Set(),
    ownSymlinks: new Set(),
    envReads: new Map(),
    directoryReads: { programs: new Set(), libraries: new Set() },
    executed: new Map(),
    attempts: new Map(),
  };
}

/** Takes in one event. */
export function foldEvent(fold: Fold, event: ObserverEvent): void {
  const exe = fold.exeByImage.get(event.image) ?? "";
  switch (event.kind) {
    case "start":
      fold.exeByImage.set(event.image, event.path);
      fold.running.set(event.image, { pid: event.pid, exe: event.path });
      fold.processes.push({ pid: event.pid, exe: event.path });
      break;
    case "read":
      foldRead(fold, exe, tidyPath(event.path), event.outcome);
      break;
    case "loaded":
      note(fold.loaded, tidyPath(event.path), exe);
      break;
    case "end":
      // A forked child's end is not its parent's.
      if (fold.running.get(event.image)?.pid === event.pid) fold.running.delete(event.image);
      break;
    case "probe":
      foldProbe(fold, exe, tidyPath(event.path), event);
      break;
    case "list":
      foldList(fold, exe, tidyPath(event.path), event.outcome);
      break;
    case "write":
      foldWrite(fold, exe, tidyPath(event.path), event);
      break;
    case "change":
      foldChange(fold, exe, tidyPath(event.path), event.change);
      break;
    case "move":
      foldMove(fold, exe, tidyPath(event.from), tidyPath(event.path), event.change);
      break;
    case "getenv":
      noteEnvironmentRead(fold, exe, event);
      break;
    case "cwd":
      fold.directoryReads.programs.add(exe);
      if (event.library !== undefined) fold.directoryReads.libraries.add(event.library);
      break;
    case "exec":
    case "exec-failed":
      foldExec(fold, exe, event);
      break;
    case "unwatchable":
    case "undecodable":
      break;
  }
}

function note(facts: MutableFacts, path: string, exe: string): void {
  const programs = facts.get(path);
  if (programs === undefined) facts.set(path, new Set([exe]));
  else programs.add(exe);
}

function notePresence(fold: Fold, exe: string, path: string, outcome: FileOutcome): void {
  if (outcome === "absent" || outcome === "error") {
    note(outcome === "absent" ? fold.absent : fold.inaccessible, path, exe);
    return;
  }
  const known = fold.present.get(path);
  if (known === undefined) {
    fold.present.set(path, { kind: outcome, programs: new Set([exe]) });
    return;
  }
  known.programs.add(exe);
  // A link whose own text was asked for stays a link, whatever following it showed.
  if (known.kind !== "symlink") known.kind = outcome;
}

function foldProbe(
  fold: Fold,
  exe: string,
  path: string,
  event: Extract<ObserverEvent, { readonly kind: "probe" }>,
): void {
  if (isOwn(fold, path)) return;
  if (event.touches) {
    if (event.library !== undefined) note(fold.touched, path, event.library);
    return;
  }
  // Compilers remove and make what may be there or not, and go on.
  if (event.aside && event.library === undefined && isBuildTool(exe)) return;
  notePresence(fold, exe, path, event.outcome);
  // Compilers look at their outputs before they make them.
  const isOthers = event.library !== undefined || !isBuildTool(exe);
  if (event.outcome === "absent" && isOthers) fold.sought.add(path);
  const isTold = event.outcome === "file" || event.outcome === "directory";
  if (event.tellsTimes && isTold && event.library !== undefined)
    note(fold.timesTold, path, event.library);
}

function foldRead(fold: Fold, exe: string, path: string, outcome: FileOutcome): void {
  if (isOwn(fold, path)) return;
  if (outcome === "file") note(fold.reads, path, exe);
  else if (outcome === "other") note(fold.specialReads, path, exe);
  else notePresence(fold, exe, path, outcome);
  if (outcome === "absent") fold.sought.add(path);
}

function foldList(fold: Fold, exe: string, path: string, outcome: FileOutcome): void {
  if (isOwn(fold, path)) return;
  if (outcome === "directory") note(fold.directoriesListed, path, exe);
  else notePresence(fold, exe, path, outcome);
}

/** From here on the path is the run's own; that it was there or not before no longer matters. */
function noteWritten(fold: Fold, exe: string, path: string): void {
  if (!isOwn(fold, path)) note(fold.touched, path, exe);
  if (fold.present.has(path) || fold.reads.has(path)) fold.replaced.add(path);
  fold.written.add(path);
  fold.absent.delete(path);
  fold.present.delete(path);
  fold.ownSymlinks.delete(path);
}

function foldWrite(
  fold: Fold,
  exe: string,
  path: string,
  event: { readonly outcome: FileOutcome; readonly keepsContent: boolean },
): void {
  if (event.outcome === "absent" || event.outcome === "error") {
    if (!isOwn(fold, path)) notePresence(fold, exe, path, event.outcome);
    return;
  }
  if (event.outcome !== "file") return;
  if (event.keepsContent && !isOwn(fold, path)) note(fold.updated, path, exe);
  noteWritten(fold, exe, path);
}

function noteRemoved(fold: Fold, path: string): void {
  if (!isOwn(fold, path) || fold.replaced.has(path)) fold.removed.add(path);
}

function foldChange(
  fold: Fold,
  exe: string,
  path: string,
  change: Extract<ObserverEvent, { readonly kind: "change" }>["change"],
): void {
  if (change === "unlink" || change === "rmdir") noteRemoved(fold, path);
  noteWritten(fold, exe, path);
  if (change === "mkdir" || change === "temp-directory") fold.ownDirectories.add(path);
  if (change === "symlink") fold.ownSymlinks.add(path);
}

function foldMove(
  fold: Fold,
  exe: string,
  from: string,
  to: string,
  change: "rename" | "link",
): void {
  // What is moved to a new name without having been made here goes on living there unread.
  if (!isOwn(fold, from)) note(fold.reads, from, exe);
  const bringsDirectory = fold.ownDirectories.has(from);
  const bringsSymlink = fold.ownSymlinks.has(from);
  if (change === "rename") {
    noteRemoved(fold, from);
    noteWritten(fold, exe, from);
  }
  noteWritten(fold, exe, to);
  if (bringsDirectory) fold.ownDirectories.add(to);
  if (bringsSymlink) fold.ownSymlinks.add(to);
  for (const link of fold.ownSymlinks)
    if (link.startsWith(`${from}/`)) fold.ownSymlinks.add(to + link.slice(from.length));
}

function noteEnvironmentRead(
  fold: Fold,
  exe: string,
  { name, set, library }: Extract<ObserverEvent, { readonly kind: "getenv" }>,
): void {
  const known = fold.envReads.get(name) ?? {
    set: false,
    programs: new Set(),
    libraries: new Set(),
  };
  fold.envReads.set(name, known);
  if (library === undefined) known.programs.add(baseName(exe));
  else known.libraries.add(library);
  known.set ||= set;
}

function foldExec(
  fold: Fold,
  exe: string,
  event: Extract<ObserverEvent, { readonly kind: "exec" | "exec-failed" }>,
): void {
  const attempts = fold.attempts.get(event.pid) ?? [];
  fold.attempts.set(event.pid, attempts);
  if (event.kind === "exec") {
    attempts.push(event);
    return;
  }
  if (event.announced) attempts.pop();
  const path = tidyPath(event.path);
  const isAbsent = [ENOENT, ENOTDIR, ENAMETOOLONG].includes(event.errno);
  if (path.startsWith("/") && !isOwn(fold, path)) {
    note(isAbsent ? fold.absent : fold.inaccessible, path, exe);
  }
}

const ENOENT = 2;
const ENOTDIR = 20;
const ENAMETOOLONG = 36;

/** Takes in a start of a program that has not failed. */
export function noteExec(fold: Fold, event: ExecEvent): void {
  const path = tidyPath(event.path);
  if (!isOwn(fold, path)) note(fold.executed, path, fold.exeByImage.get(event.image) ?? "");
}
