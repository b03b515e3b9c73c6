// A finished compile → the members of its input set, out of what the observer saw: every file that was
// read or run, every place where one was looked for in vain, and what was asked of the environment.
import { statPath } from "../../base/file.ts";
import { baseName, dirName, joinPath, normalizePath } from "../../base/path.ts";
import { breaksLines } from "../../compiler/cc/gnu-outputs.ts";
import { outputsOf } from "../../compiler/cc/outputs.ts";
import type { KeyedFiles } from "../../key/derived-key.ts";
import { isKeyedVariable, spelledCall } from "../../key/derive-cc-key.ts";
import {
  ENVIRONMENT,
  environDigest,
  leadsTo,
  fileMode,
  type Member,
  allPlaceMembers,
} from "../../key/input-set.ts";
import { passedLibraries, programLibraries } from "../../key/program-libraries.ts";
import { namesRoot, SPELLED_FLAG } from "../../key/spelled-roots.ts";
import type { Observation, UsableObservation } from "../../observe/observation.ts";
import { isCompileTool, isQuietVariable, TZ, UTC } from "../../observe/cc-habits.ts";
import { isTooNew } from "../compile/freshness.ts";
import { addDated, keyedFilesChanged, listingOf } from "../compile/inputs.ts";
import type { Learned } from "../unit/language.ts";
import { strayOutput } from "../compile/stray-output.ts";
import { absolute } from "../unit/unit.ts";
import { comparedTimes } from "./clang-pch.ts";
import { clangNames } from "./clang-names.ts";
import { clockUse, dayMember } from "./clock-use.ts";
import type { CcUnit } from "./cc-unit.ts";
import type { CcRun } from "./cc-run.ts";
import { messagesText, OUTPUTS_FLAG, PROGRAM_FLAG } from "./call-flags.ts";
import { CLOCK_FLAG, FAKETIME, isClockOfTools, shownClock } from "./faked-clock.ts";
import { EPOCH, EPOCH_FLAG, unusableEpoch } from "./source-date.ts";
import { measuredMembers } from "./measured-names.ts";
import { namesPlace } from "./named-place.ts";
import { confusable, PathNames } from "./path-names.ts";
import { isJobserverPipe } from "../../base/spawn.ts";
import { findProgram } from "../../base/program.ts";
import { agedFile } from "./aged-file.ts";
import { driverFileObstacle } from "./driver-files.ts";
import { guessedMembers } from "./guessed-members.ts";
import { listMembers } from "./list-source.ts";
import { loaderMember } from "./loader-member.ts";
import { renamedMembers, type RuledRun, rulesText } from "./shown-names.ts";
import { twinMembers } from "./twins.ts";
import {
  isKeptAsIs,
  rulesNameRoot,
  storedRules,
  TARGETS_FLAG,
  targetsText,
} from "./dependency-text.ts";

function unknown(detail: string): Learned & { kind: "unknown" } {
  return { kind: "unknown", detail };
}

/** Learns the inputs of a successful run. */
export function learnCcInputs(unit: CcUnit, ended: CcRun, keyed: KeyedFiles): Learned {
  const run = { ...ended, rules: rulesText(unit, ended) };
  const seen = run.watch?.read(run.pid);
  const unwatched = whyUnwatched(seen);
  const obstacle = seen?.usable === true ? observedObstacle(unit, run, seen) : undefined;
  if (obstacle !== undefined) return unknown(obstacle);
  const changed = unit.compile.argumentFiles.find((path) =>
    isTooNew(absolute(unit, path), run.startStamp),
  );
  if (changed !== undefined) return unknown(`${changed} changed while the compiler ran`);
  const undated =
    seen?.usable === true ? observedMembers(unit, run, seen) : guessedMembers(unit, run);
  if (typeof undated === "string") {
    return unknown(
      unwatched === undefined ? undated : `inputs cannot be known (${unwatched}): ${undated}`,
    );
  }
  const members: Member[] = [];
  const fault =
    keyedFilesChanged(unit, run, keyed) ??
    addDated(unit, run, undated, { members, awaited: undefined });
  if (fault !== undefined) return unknown(fault);
  const clock = seen?.usable === true ? clockMembers(unit, run, seen) : [];
  if (typeof clock === "string") return unknown(clock);
  const named = clangNames(unit, run);
  if (typeof named === "string") return unknown(named);
  const rules = keptRules(unit, run);
  members.push(
    ...clock,
    ...twinMembers(members, run.family, unit.place),
    ...messageMembers(unit, run),
    ...targetMembers(unit, rules),
    ...spelledMembers(unit, run, rules),
    ...boundMembers(unit, run, seen),
    ...listMembers(unit, run),
    ...named,
    ...measuredMembers(unit, run, members),
    ...failureMembers(run),
  );
  const how = unwatched === undefined ? "observed" : `fallback: ${unwatched}`;
  return { kind: "learned", members, awaited: [], how };
}

/** Why nobody saw what the compiler did; undefined when that was seen. */
function whyUnwatched(seen: Observation | undefined): string | undefined {
  if (seen === undefined) return "no observer";
  return seen.usable ? undefined : `${seen.reason} ${seen.detail}`.trim();
}

/** What stands against keeping a run that was seen. */
function observedObstacle(unit: CcUnit, run: CcRun, seen: UsableObservation): string | undefined {
  const expected = new Set(
    outputsOf(unit.compile).map(({ path }) => normalizePath(absolute(unit, path))),
  );
  const stray = strayOutput(
    unit,
    seen,
    (path) => !expected.has(path) && statPath(path) !== "absent",
  );
  if (stray !== undefined) return `the compiler left ${stray}, which is not among its outputs`;
  // Before it was written: what is there next time is the result.
  const own = [...seen.reads.keys()].find((path) => expected.has(normalizePath(path)));
  if (own !== undefined) return `the compiler read ${own}, which is its output`;
  const given = driverFileObstacle(unit, seen.reads.keys()) ?? agedFile(unit, seen.reads.keys());
  if (given !== undefined) return given;
  return unit.compile.pchTimes && run.family !== "gcc"
    ? "a precompiled header of clang's holds times (see -Xclang -fno-pch-timestamp)"
    : undefined;
}

/** Turns what was seen into members. Files still lack their digest: the caller dates them. */
function observedMembers(unit: CcUnit, run: RuledRun, seen: UsableObservation): Member[] | string {
  const naming = new PathNames(unit);
  const members: Member[] = [];
  const add = (kind: Member["kind"], path: string, value?: string) => {
    members.push({ kind, name: naming.of(path), value });
  };
  const ran = whatRan(unit, seen);
  if (typeof ran === "string") return ran;
  const { programs, libraries, passed } = ran;
  const opened = [...seen.reads.keys(), ...seen.updated.keys(), ...seen.loaded.keys()];
  for (const path of [...opened, ...programs, ...libraries]) {
    if (!naming.isCovered(path)) add("file", path);
  }
  const loaded = loaderMember(run, [...seen.loaded.keys(), ...libraries]);
  if (typeof loaded === "string") return loaded;
  members.push(loaded);
  const { env } = unit.invocation;
  for (const path of seen.specialReads.keys()) {
    if (!naming.isCovered(path) && !isJobserverPipe(path, env)) return `${path} is no plain file`;
  }
  for (const [path, { kind }] of seen.presentOnly) {
    if (naming.isCovered(path)) continue;
    if (kind === "file") add("file", path);
    else if (kind === "directory") add("present", path);
  }
  // gcc opens the shorter name of a header, and only looks at the other.
  const looked = [...seen.presentOnly].flatMap(([path, { kind }]) => (kind === "file" ? path : []));
  const renamed = renamedMembers(unit, run, naming, [...seen.reads.keys(), ...looked]);
  members.push(...aliasMembers(unit, seen, naming), ...renamed);
  for (const path of naming.absences([...seen.absent.keys(), ...passed])) add("absent", path);
  // An output that `__has_include` asked for before it was there. Compilers look at their outputs, and do not open them to read.
  for (const path of seen.soughtOwn) add("absent", path);
  const chosen = programMembers(unit, programs, naming);
  for (const path of seen.inaccessible.keys()) {
    if (naming.isCovered(path)) continue;
    const member = passedOver(unit, path);
    if (member === undefined) return `${path} could not be looked at`;
    if (!chosen.some(({ name }) => name === member.name)) chosen.push(member);
  }
  for (const path of seen.directoriesListed.keys()) {
    if (!naming.isCovered(path)) add("listing", path, listingOf(path, run, seen));
  }
  for (const [path, times] of run.family === "gcc" ? [] : comparedTimes(seen)) {
    if (!naming.isCovered(path) && path !== absolute(unit, unit.compile.source)) {
      add("times", path, times);
    }
  }
  members.push(...chosen, ...variableMembers(unit, seen), ...naming.members());
  return confusable(members, unit.place.roots) ?? members;
}

interface WhatRan {
  readonly programs: ReadonlySet<string>;
  /** What their loaders gave them. */
  readonly libraries: ReadonlySet<string>;
  /** Where a loader looked for a library before it found it. */
  readonly passed: readonly string[];
}

/** The programs that ran with their libraries; or which of them cannot be looked at. */
function whatRan({ invocation, layout, place }: CcUnit, seen: UsableObservation): WhatRan | string {
  const programs = new Set([...seen.executed.keys(), ...seen.processes.map(({ exe }) => exe)]);
  const libraries = new Set<string>();
  const passed = passedLibraries(seen.loaded.keys(), invocation);
  const search = { ...invocation, digests: place.digests };
  for (const program of programs) {
    const found = programLibraries(layout.cacheDir, program, search);
    if (found === undefined) return `${program} cannot be looked at`;
    for (const library of found.paths) libraries.add(library);
    passed.push(...found.passed);
  }
  return { programs, libraries, passed };
}

/**
 * Directories that were looked at and not searched, by where they lead: compilers leave out a directory that is
 * another one's second name, and would search it if its link led elsewhere.
 */
function aliasMembers(unit: CcUnit, seen: UsableObservation, naming: PathNames): Member[] {
  const looked = [...seen.reads.keys(), ...seen.absent.keys(), ...seen.presentOnly.keys()];
  const searched = new Set(looked.map(dirName));
  const { roots } = unit.place;
  const members: Member[] = [];
  for (const [path, { kind }] of seen.presentOnly) {
    if (kind !== "directory" || searched.has(path) || naming.isCovered(path)) continue;
    const name = naming.of(path);
    const value = leadsTo(path, roots);
    if (value !== name) members.push({ kind: "leads", name, value });
  }
  return members;
}

/**
 * Programs found along PATH: which one is found counts, and not the variable. Of others whether they may be run: who may
 * not is passed over, for the next of that name. The driver is the key's.
 */
function programMembers(
  { invocation, compile, place }: CcUnit,
  programs: ReadonlySet<string>,
  naming: PathNames,
): Member[] {
  const driver = findProgram(compile.compiler[0], invocation);
  const others = [...programs].filter((path) => path !== driver);
  const names = new Set(others.map(baseName));
  const along = new Map([...names].map((name) => [name, findProgram(name, invocation)]));
  const members: Member[] = [];
  for (const [name, found] of along) {
    if (found === undefined || !programs.has(found)) continue;
    members.push({ kind: "flag", name: PROGRAM_FLAG + name, value: place.roots.map(found) });
  }
  for (const path of others) {
    if (along.get(baseName(path)) === path || naming.isCovered(path)) continue;
    members.push({ kind: "mode", name: naming.of(path), value: fileMode(path) });
  }
  return members;
}

/**
 * A path along PATH that could not be looked at, by which program of that name is found: what is passed over now
 * counts when it is found. Undefined for any other path.
 */
function passedOver({ invocation, place }: CcUnit, path: string): Member | undefined {
  const { env, cwd } = invocation;
  const dirs = (env["PATH"] ?? "").split(":").map((dir) => joinPath(cwd, dir));
  if (!dirs.includes(dirName(path))) return undefined;
  const found = findProgram(baseName(path), invocation);
  const value = found === undefined ? undefined : place.roots.map(found);
  return { kind: "flag", name: PROGRAM_FLAG + baseName(path), value };
}

function variableMembers(unit: CcUnit, seen: UsableObservation): Member[] {
  const { env } = unit.invocation;
  const members: Member[] = [];
  for (const [name, { programs, libraries }] of seen.envReads) {
    if (isKeyedVariable(name)) continue;
    if (name === EPOCH && isUnusedEpoch(seen)) {
      members.push({ kind: "flag", name: EPOCH_FLAG, value: unusableEpoch(env[EPOCH]) });
      continue;
    }
    if (name === FAKETIME && isClockOfTools(programs, libraries)) {
      members.push({ kind: "flag", name: CLOCK_FLAG, value: shownClock(env[FAKETIME]) });
      continue;
    }
    // A plugin has habits of its own.
    const meant =
      libraries.size > 0 || [...programs].some((program) => !isQuietVariable(program, name));
    if (meant) members.push({ kind: "env", name, value: env[name] });
  }
  // A script in front of the compiler reads its environment as a block, unseen, and so may a plugin.
  if (seen.processes.some(({ exe }) => !isCompileTool(exe)) || hasPlugin(seen)) {
    members.push({ kind: "environ", name: ENVIRONMENT, value: environDigest(env, ENVIRONMENT) });
  }
  return members;
}

/** Whether SOURCE_DATE_EPOCH was asked for by compilers alone, as clang does at its start, and no date was made. */
function isUnusedEpoch({ envReads }: UsableObservation): boolean {
  const asked = envReads.get(EPOCH);
  if (asked === undefined || asked.libraries.size > 0) return false;
  return ![TZ, UTC].some((name) => envReads.has(name)) && [...asked.programs].every(isCompileTool);
}

/**
 * What the compiler took from the clock: dates hold for a day, times for no second compile. What it makes of
 * SOURCE_DATE_EPOCH it makes in UTC, while gcc's __TIMESTAMP__ stays a file's time beside it.
 */
function clockMembers(
  unit: CcUnit,
  { startStamp }: CcRun,
  seen: UsableObservation,
): Member[] | string {
  if (!seen.envReads.has(TZ)) return [];
  const use = clockUse([...seen.reads.keys()], unit.stdin);
  if (use !== "date") return `the output holds the time (${use})`;
  const day = dayMember(startStamp, unit.invocation.env);
  return typeof day === "string" ? day : [day];
}

/** How messages look counts only when there were any. */
function messageMembers(unit: CcUnit, run: CcRun): Member[] {
  const spoke = (run.stderr?.length ?? 0) > 0;
  if (!spoke) return [];
  return [{ kind: "flag", name: "messages", value: messagesText(unit) }];
}

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

/** By which of its names a call spells the project counts where that shows in a text. */
function spelledMembers(
  { compile, place }: CcUnit,
  run: CcRun,
  rules: string | undefined,
): Member[] {
  const said = compile.prints ? [run.stderr] : [run.stderr, run.stdout];
  const isNamed =
    (rules !== undefined && rulesNameRoot(rules)) ||
    said.some((bytes) => namesRoot(textOf(bytes), place.roots));
  if (!isNamed) return [];
  return [{ kind: "flag", name: SPELLED_FLAG, value: spelledCall(compile, place) }];
}

/** A failure may leave or take away what was there: it is known for places like those it found. */
function failureMembers({ end, before }: CcRun): Member[] {
  if (end.kind === "exited" && end.code === 0) return [];
  return [{ kind: "flag", name: OUTPUTS_FLAG, value: before?.flag }];
}

/** A dependency file that cannot be written anew for other targets. */
function targetMembers({ compile }: CcUnit, rules: string | undefined): Member[] {
  if (rules === undefined || !isKeptAsIs(rules)) return [];
  return [{ kind: "flag", name: TARGETS_FLAG, value: targetsText(compile) }];
}

/** The make rules as they will be stored; undefined where none are written. */
function keptRules(unit: CcUnit, { family, rules }: RuledRun): string | undefined {
  if (unit.compile.prints || rules === undefined) return undefined;
  return storedRules(unit, family, rules);
}

/**
 * clang takes a precompiled header only where the headers lie that it was made of. What gcc keeps for the link's optimiser
 * holds the working directory, compressed, and what clang keeps the paths that it was given, in units of less than a
 * byte, whatever the maps say. Where lines are broken depends on how long the paths in them are. A plugin is told every
 * path.
 */
function boundMembers(
  { compile, place }: CcUnit,
  { family, stderr }: CcRun,
  seen: Observation | undefined,
): Member[] {
  const { roots } = place;
  const isKept =
    family === "gcc"
      ? keepsForLink(compile)
      : compile.mode === "pch" || (writesBitcode(compile) && namesPlace(compile, place));
  const isBroken = breaksLines(compile.presentation) && namesRoot(textOf(stderr), roots);
  const isPluginTold = seen?.usable === true && hasPlugin(seen);
  if (!isKept && !isBroken && !isPluginTold) return [];
  return allPlaceMembers(roots);
}

function writesBitcode(compile: CcUnit["compile"]): boolean {
  return keepsForLink(compile) || compile.keyed.some(({ flag }) => flag === "-emit-llvm");
}

function keepsForLink({ keyed }: CcUnit["compile"]): boolean {
  return (
    keyed.findLast(({ flag }) => /^-f(?:no-)?lto(?:=|$)/.test(flag))?.flag.startsWith("-flto") ??
    false
  );
}

/** What the C library loads, for character sets and users' names, and binutils, for the objects of the link's optimiser. */
const ORDINARY = /\/(?:gconv|bfd-plugins)\/|\/lib(?:nss_\w+|lto_plugin)\.so/;

/** Whether the compiler loaded code that is not its own. */
function hasPlugin({ loaded }: UsableObservation): boolean {
  return [...loaded.keys()].some((path) => !ORDINARY.test(path));
}
