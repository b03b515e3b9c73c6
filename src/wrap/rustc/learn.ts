// A finished compile → the members of its input set: what rustc reported, what the observer saw, and
// the conservative rules where nobody could look.
import { eachName } from "../../base/directory.ts";
import { readText, statPath } from "../../base/file.ts";
import { isWithin, joinPath, normalizePath } from "../../base/path.ts";
import { type DepInfo, parseDepInfo } from "../../compiler/rustc/dep-info.ts";
import { takesInCrates } from "../../compiler/rustc/output-kind.ts";
import { TERMINAL_WIDTH } from "../../compiler/rustc/presentation.ts";
import { mayRead, namesOnlyInIncludes } from "../../compiler/rustc/variable-texts.ts";
import { clippyConfiguration } from "../../key/clippy-config.ts";
import { mappedVariable, type Member, allPlaceMembers } from "../../key/input-set.ts";
import { envMembers, realOutDirPath } from "../../key/out-dir.ts";
import type { AwaitedFile } from "../../key/held-digest.ts";
import type { KeyedFiles } from "../../key/derived-key.ts";
import { isOwnStart, OWN_STACK } from "../../key/system-files.ts";
import type { UnusableReason } from "../../observe/log-gap.ts";
import type { Observation } from "../../observe/observation.ts";
import { isOlder, isTooNew } from "../compile/freshness.ts";
import { addDated, fileMember, keyedFilesChanged } from "../compile/inputs.ts";
import type { Learned } from "../unit/language.ts";
import { namedRootMembers } from "../compile/named-roots.ts";
import type { RustcRun } from "./rustc-run.ts";
import { mayAssembleFiles } from "./assembled-files.ts";
import { fallbackMembers, macroThatWrites, packageMembers } from "./fallback-members.ts";
import {
  CRATE_FILE,
  isCompilers,
  isLoadable,
  loadedCratesMention,
  loadedMacros,
  reachableCratesMention,
} from "./loaded-crates.ts";
import { isClippy, observedMembers } from "./observed-members.ts";
import type { Reported } from "./reported.ts";
import { leftFile, removedFile } from "./left-file.ts";
import { scriptMembers, scriptOf } from "./scripted.ts";
import { readsBelowLibc } from "./surroundings.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { absolute } from "../unit/unit.ts";

/**
 * Whether reads that rustc does not report are possible: linking, macros (directly or through a library
 * that re-exports one), crates or libraries searched along -L, clippy's configuration. Other units are
 * described by dep-info and the externs' digests alone.
 */
export function readsUnreported(unit: RustcUnit): boolean {
  const { compile } = unit;
  return (
    takesInCrates(compile) ||
    compile.inner !== undefined ||
    compile.staticLibraries.length > 0 ||
    compile.searchPaths.some(({ kind }) => kind !== "dependency") ||
    (compile.externs.some(({ path }) => path !== undefined) && mayLoadMacro(unit))
  );
}

/** Directories hold hundreds of thousands of files in old targets: beyond this many, assume the worst. */
const NAMES_LOOKED_AT_MAX = 20_000;

/** A macro is a dynamic library among the externs or where rustc looks for their dependencies. */
function mayLoadMacro(unit: RustcUnit): boolean {
  const { externs, searchPaths } = unit.compile;
  if (externs.some(({ path }) => path !== undefined && isLoadable(path))) return true;
  return searchPaths.some(({ path }) => {
    const loadable: string[] = [];
    let seen = 0;
    eachName(absolute(unit, path), (name) => {
      seen += 1;
      if (isLoadable(name) || seen > NAMES_LOOKED_AT_MAX) loadable.push(name);
      return loadable.length === 0;
    });
    return loadable.length > 0;
  });
}

/** Learns the inputs of a successful run. */
export function learnInputs(
  unit: RustcUnit,
  run: RustcRun,
  keyed: KeyedFiles,
  unreported: boolean,
): Learned {
  const text = readText(run.depInfo);
  const depInfo = text === undefined ? undefined : parseDepInfo(text);
  if (depInfo === undefined || (depInfo.sources.length === 0 && unit.place.stdin === undefined))
    return unknown("the compiler's dep-info is missing or degraded");
  const observation = run.watch?.read(run.pid);
  const ownReads = driversOwnReads(unit, depInfo, observation);
  const reported = { depInfo, ownReads, locators: locatorsIn(unit, depInfo) };
  if (observation?.usable !== true && mayAssembleFiles(unit, depInfo))
    return unknown("inline assembly may take in files, and nobody saw which");
  const script = scriptOf(unit);
  if (script !== undefined && observation === undefined)
    return unknown(`nobody saw what ${script} read`);
  const isChosen = script !== undefined && observation?.usable === true;
  const extra = !(unreported || isChosen)
    ? assembledFiles(unit, run, observation, reported)
    : beyondDepInfo(unit, run, observation, reported);
  if ("kind" in extra) return extra;
  const sources: Member[] = [];
  const members: Member[] = [];
  const awaited: AwaitedFile[] = [];
  const fault =
    argumentFilesChanged(unit, run) ??
    keyedFilesChanged(unit, run, keyed) ??
    addSources(unit, run, depInfo, sources) ??
    addDated(unit, run, extra.members, { members, awaited });
  if (fault !== undefined) return unknown(fault);
  const says = spoke(run);
  if (says && unit.compile.presentation.includes(TERMINAL_WIDTH))
    return unknown("what it says is as wide as the terminal");
  addEnvReads(unit, run, reported, members);
  const bound = [...textMembers(unit, sources, members), ...clippyMembers(unit)];
  members.push(...sources, ...bound);
  // How messages look counts only when there were any: a terminal's width must not cost a hit.
  if (says)
    members.push({ kind: "flag", name: "messages", value: unit.compile.presentation.join("\n") });
  return { kind: "learned", members, awaited, how: extra.how };
}

function unknown(detail: string): Learned & { kind: "unknown" } {
  return { kind: "unknown", detail };
}

/** What a compile read that no macro or linker can have made read: files of inline assembly. */
function assembledFiles(
  unit: RustcUnit,
  run: RustcRun,
  observation: Observation | undefined,
  reported: Reported,
) {
  if (observation?.usable !== true) return { members: [], how: "dep-info" };
  // Who read the source is the compiler; rustup's proxy in front of it reads settings of its own.
  const compilers = observation.reads.get(absolute(unit, unit.compile.source));
  const { sysroot } = unit.place.toolchain;
  const reads = new Map(
    [...observation.reads].filter(([path, programs]) => {
      const isOwn = compilers === undefined || !compilers.isDisjointFrom(programs);
      return isOwn && !isWithin(path, sysroot);
    }),
  );
  const none = new Map<string, never>();
  const nothing = { updated: none, executed: none, presentOnly: none, asked: none, touched: none };
  const seen = { ...observation, ...nothing, absent: none, directoriesListed: none, reads };
  const all = observedMembers(unit, run, seen, { ...reported, macros: [] });
  const members = all.filter(({ kind }) => kind === "file" || kind === "leads");
  return { members, how: members.length === 0 ? "dep-info" : "observed" };
}

/**
 * After these not even the conservative rules are enough: one program among others went unseen, or asked another process.
 * Who starts such programs reads more than the package: repositories, servers.
 */
const UNGUESSED: readonly UnusableReason[] = [
  "unwatchable",
  "undecodable-record",
  "program-not-observed",
];

function beyondDepInfo(
  unit: RustcUnit,
  run: RustcRun,
  observation: Observation | undefined,
  reported: Reported,
) {
  const script = scriptOf(unit);
  if (observation?.usable === true) {
    const start = [...observation.reads].find(
      ([path, programs]) => isOwnStart(path) && (path !== OWN_STACK || isCompilers(programs)),
    );
    if (start !== undefined) return unknown(`${start[0]} was read`);
    const stray = leftFile(unit, run, observation);
    if (stray !== undefined)
      return unknown(`the compile left ${stray}, which is not among its outputs`);
    const gone = removedFile(unit, observation);
    if (gone !== undefined) return unknown(`the compile removed ${gone}`);
    const macros = loadedMacros(unit, observation);
    const chosen = script === undefined ? [] : scriptMembers(unit, script, observation);
    const seen = [...observedMembers(unit, run, observation, { ...reported, macros }), ...chosen];
    if (!readsBelowLibc(unit, observation, macros)) return { members: seen, how: "observed" };
    // It may have read anything below libc: what was seen, and the package as a whole.
    const whole = packageMembers(unit);
    if (whole === undefined) return unknown("a macro makes system calls of its own");
    return { members: [...seen, ...whole], how: "observed; a macro makes system calls of its own" };
  }
  const why =
    observation === undefined ? "observer off" : `${observation.reason} ${observation.detail}`;
  if (observation !== undefined && UNGUESSED.includes(observation.reason))
    return unknown(`inputs cannot be known (${why})`);
  const writer = macroThatWrites(unit);
  if (writer !== undefined) return unknown(`nobody saw what ${writer} may have left (${why})`);
  const guessed = fallbackMembers(unit, run.linkInfo);
  if (guessed === undefined) return unknown(`inputs cannot be known (${why})`);
  return { members: guessed, how: `fallback: ${why}` };
}

/** rustc read its arguments from us; a file that changed meanwhile says something else by now. */
function argumentFilesChanged(unit: RustcUnit, run: RustcRun): string | undefined {
  const changed = unit.compile.argumentFiles.find((path) => isTooNew(path, run.startStamp));
  return changed === undefined ? undefined : `${changed} changed while the compiler ran`;
}

function addSources(
  unit: RustcUnit,
  run: RustcRun,
  depInfo: DepInfo,
  members: Member[],
): string | undefined {
  for (const source of depInfo.sources) {
    if (run.outDir !== undefined && isWithin(source, run.outDir.physical)) continue;
    const name = unit.place.roots.map(source);
    const member = fileMember(unit, run, name, absolute(unit, source));
    if (typeof member === "string") return member;
    members.push(member, ...siblingAbsence(unit, run, source));
  }
  return undefined;
}

/** Compiled code: no text that names what is to be read. */
const CODE = /\.(?:o|a|so)(?:\.[\d.]+)?$/;

/**
 * What binds a compile to this place when its texts name it, what a macro read, or a variable; of standard input only a
 * digest is left.
 */
function textMembers(
  unit: RustcUnit,
  sources: readonly Member[],
  others: readonly Member[],
): Member[] {
  const { roots, remapped, stdin } = unit.place;
  // Otherwise the key holds the roots themselves.
  if (!remapped) return [];
  const { cwd } = unit.invocation;
  if (stdin === undefined) {
    const texts = others.filter(({ name }) => !CODE.test(name) && !CRATE_FILE.test(name));
    const values = others.flatMap(({ kind, value }) => (kind === "env" ? (value ?? []) : []));
    const said = new TextEncoder().encode(values.join("\n"));
    return namedRootMembers({ cwd, roots }, [...sources, ...texts], said);
  }
  return sources.some(({ kind }) => kind === "file") ? allPlaceMembers(roots) : [];
}

/**
 * `mod x;` may stand in x.rs or x/mod.rs, and having both is an error: the other spelling's absence
 * counts, or its arrival would go unnoticed. One that was there before is another module's (`#[path]`).
 */
function siblingAbsence(unit: RustcUnit, run: RustcRun, source: string): Member[] {
  if (!source.endsWith(".rs")) return [];
  const sibling = source.endsWith("/mod.rs")
    ? `${source.slice(0, -"/mod.rs".length)}.rs`
    : `${source.slice(0, -".rs".length)}/mod.rs`;
  const stat = statPath(absolute(unit, sibling));
  const isOthers = stat === "unreadable" || (stat !== "absent" && isOlder(stat, run.startStamp));
  if (isOthers) return [];
  return [{ kind: "absent", name: unit.place.roots.map(sibling), value: undefined }];
}

function addEnvReads(
  unit: RustcUnit,
  run: RustcRun,
  { depInfo, ownReads, locators }: Reported,
  members: Member[],
): void {
  const { roots } = unit.place;
  for (const { name, value: given } of depInfo.envReads) {
    if (ownReads.has(name)) continue;
    const value = given === undefined ? undefined : realOutDirPath(given, run.outDir);
    if (locators.has(name))
      members.push({ kind: "env-path", name, value: mappedVariable(value, roots) });
    else members.push(...envMembers(run.outDir, { name, value }, roots));
  }
}

/**
 * The variables that the user declared mere locations (`path_only_env_vars`) and that are: each led to a
 * source, the unit's text uses it for nothing but includes, and no crate has a macro that could read it. Declaring
 * one does not replace the proof.
 */
function locatorsIn(unit: RustcUnit, depInfo: DepInfo): ReadonlySet<string> {
  const { pathOnlyEnvVars } = unit.config;
  const sources = depInfo.sources.map((source) => normalizePath(absolute(unit, source)));
  const proven = depInfo.envReads.filter(({ name, value }) => {
    if (value === undefined || !pathOnlyEnvVars.includes(name) || !/^\w+$/.test(name)) return false;
    const dir = normalizePath(joinPath(unit.invocation.cwd, value));
    if (!sources.some((source) => isWithin(source, dir))) return false;
    const named = sources.every((source) => {
      const text = readText(source);
      return text !== undefined && namesOnlyInIncludes(text, name);
    });
    return named && !reachableCratesMention(unit, name);
  });
  return new Set(proven.map(({ name }) => name));
}

/** Clippy reports the clippy.toml it found, not the places where it found none. */
function clippyMembers(unit: RustcUnit): Member[] {
  if (!isClippy(unit)) return [];
  const { cwd, env } = unit.invocation;
  const value = clippyConfiguration(cwd, env, unit.place.digests);
  return [{ kind: "clippy", name: "configuration", value }];
}

/**
 * Clippy asks for CARGO_MANIFEST_DIR to find its configuration, which has a member of its own. The
 * variable itself counts only if the unit may read it too: its text names it, or a crate it loads does.
 */
function driversOwnReads(
  unit: RustcUnit,
  depInfo: DepInfo,
  seen: Observation | undefined,
): ReadonlySet<string> {
  const name = "CARGO_MANIFEST_DIR";
  if (!isClippy(unit) || seen?.usable !== true) return new Set();
  const texts = depInfo.sources.map((source) => readText(absolute(unit, source)));
  const named = texts.some((text) => {
    return text === undefined || mayRead(text, name);
  });
  return named || loadedCratesMention(unit, seen, name) ? new Set() : new Set([name]);
}

/** Whether the compiler said anything. */
function spoke({ stderr }: RustcRun): boolean {
  const said = new TextDecoder().decode(stderr ?? new Uint8Array());
  return said.split("\n").some((line) => line !== "" && !isNotification(line));
}

function isNotification(line: string): boolean {
  return line.startsWith('{"$message_type":"artifact"');
}
