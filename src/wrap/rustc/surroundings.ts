// What the observer saw being asked of the surroundings → members: variables, the environment as a whole,
// the name of the working directory. A compiler's own habits do not count, its macros' questions do.
import { isWithin } from "../../base/path.ts";
import { programName } from "../../compiler/program-name.ts";
import {
  allPlaceMembers,
  ENVIRONMENT,
  ENVIRONMENT_OF_CARGO,
  environDigest,
  mappedVariable,
  type Member,
  WORKING_DIRECTORY_NAME,
} from "../../key/input-set.ts";
import { envMembers } from "../../key/out-dir.ts";
import { isPassage } from "../../key/system-files.ts";
import { LOCATING_CARGO, WORKING_DIRECTORY } from "../../observe/known-macros.ts";
import type { UsableObservation } from "../../observe/observation.ts";
import type { ObservedProgram } from "../../observe/observed-program.ts";
import {
  isForNetwork,
  isHabitualVariable,
  isLinkTool,
  LIBRARIES_PATH,
  looksAlong,
} from "../../observe/tool-habits.ts";
import type { RustcRun } from "./rustc-run.ts";
import {
  COMPILERS,
  factsOf,
  isLoadedCrate,
  isLocator,
  type LoadedMacro,
  macrosAmong,
  sharesStd,
} from "./loaded-crates.ts";
import type { Reported } from "./reported.ts";
import type { RustcUnit } from "./rustc-unit.ts";

/** The members that stand for what was asked of the surroundings. */
export function surroundingMembers(
  unit: RustcUnit,
  run: RustcRun,
  seen: UsableObservation,
  known: Reported & { readonly macros: readonly LoadedMacro[] },
): Member[] {
  const { env } = unit.invocation;
  const members: Member[] = [];
  const shared = sharesStd(seen);
  for (const [name, { programs, libraries }] of seen.envReads) {
    const macros = macrosAmong(unit, seen, libraries);
    // What another library asks, its program's plugin, is the program's habit or it counts.
    const foreign = libraries.size > macros.length;
    const own =
      known.ownReads.has(name) ||
      known.locators.has(name) ||
      (!foreign && !shared && [...programs].every((program) => isHabitualVariable(program, name)));
    const isSearched = !foreign && [...programs].every((program) => looksAlong(program, name));
    if (macros.length === 0 && own) continue;
    const located =
      (own || isSearched) && macros.every((path) => isLocator(unit, path, name, seen));
    const { roots } = unit.place;
    const read = located
      ? [{ kind: "env-path", name, value: mappedVariable(env[name], roots) } as const]
      : envMembers(run.outDir, { name, value: env[name] }, roots);
    members.push(...read);
  }
  members.push(...programMembers(unit, seen, known.macros));
  return members;
}

/**
 * What stands for the programs that run beside a link's: they may read their environment as a block, unseen,
 * and write down where they run. Cargo that a macro asks for the way to a manifest does neither.
 */
function programMembers(
  unit: RustcUnit,
  seen: UsableObservation,
  macros: readonly LoadedMacro[],
): Member[] {
  const { cwd } = unit.invocation;
  const { sysroot } = unit.place.toolchain;
  const all = strangersIn(unit, seen);
  const located = all.filter((program) => isLocatingCargo(unit, program));
  const strangers = all.filter((program) => !located.includes(program));
  const members: Member[] = all
    .filter(({ exe }) => isWithin(exe, sysroot))
    .map(({ exe }) => ({ kind: "file", name: unit.place.roots.map(exe), value: undefined }));
  const enumerates = macros.some(
    ({ path, facts }) => facts.enumerates && !isLocator(unit, path, LOCATING_CARGO),
  );
  const name =
    strangers.length > 0 || enumerates
      ? ENVIRONMENT
      : located.length > 0
        ? ENVIRONMENT_OF_CARGO
        : undefined;
  if (name !== undefined) members.push(...environmentMembers(unit, name));
  // Shells hand on where they were called.
  if (strangers.length > 0)
    members.push({ kind: "env", name: "PWD", value: unit.place.env["PWD"] });
  const asked = seen.directoryReads;
  const askers = macrosAmong(unit, seen, asked.libraries);
  const isToldByWay = asksPassage(unit, seen);
  // What it has open may lie in any of them.
  if (isToldByWay) members.push(...allPlaceMembers(unit.place.roots));
  if (
    [...askingPrograms(seen, strangers)].some((exe) => asked.programs.has(exe)) ||
    askers.some((path) => !isLocator(unit, path, WORKING_DIRECTORY)) ||
    isToldByWay
  ) {
    members.push({ kind: "place", name: WORKING_DIRECTORY_NAME, value: cwd });
  }
  return members;
}

/** Whether a macro, or a program that it started, asked where a way through the kernel's files leads (`/proc/self/cwd`). */
function asksPassage({ place }: RustcUnit, seen: UsableObservation): boolean {
  const { sysroot } = place.toolchain;
  return [...seen.asked].some(
    ([path, { programs }]) =>
      isPassage(path) && [...programs].some((program) => !isLinkTool(program, sysroot)),
  );
}

/** The environment of this name, for whoever may have read all of it. */
export function environmentMembers(unit: RustcUnit, name: string): Member[] {
  const value = environDigest(unit.invocation.env, name);
  const environ: Member = { kind: "environ", name, value };
  if (name !== ENVIRONMENT) return [environ];
  return [environ, librariesPath(unit)];
}

/**
 * Where libraries are looked for first. Cargo sets it for every rustc, to directories of this place in front of the
 * user's own: it counts with its paths mapped.
 */
export function librariesPath({ place, invocation }: RustcUnit): Member {
  const value = mappedVariable(invocation.env[LIBRARIES_PATH], place.roots);
  return { kind: "env-path", name: LIBRARIES_PATH, value };
}

/**
 * Programs that may write down whatever they were told of a file: its times, its mode. Those of a link do not, nor
 * do the toolchain's own, which are asked for manifests and versions.
 */
export function tellersIn(unit: RustcUnit, seen: UsableObservation): ReadonlySet<string> {
  const { sysroot } = unit.place.toolchain;
  const tellers = strangersIn(unit, seen).filter(({ exe }) => !isWithin(exe, sysroot));
  return askingPrograms(seen, tellers);
}

/** Programs whose files are not the compiler's or the linker's own business. */
export function touchersIn(unit: RustcUnit, seen: UsableObservation): ReadonlySet<string> {
  return askingPrograms(seen, strangersIn(unit, seen));
}

/** The programs, and the compiler where a macro's questions look like its own. */
function askingPrograms(
  seen: UsableObservation,
  programs: readonly ObservedProgram[],
): ReadonlySet<string> {
  const compilers = sharesStd(seen) ? seen.processes.filter(isCompiler) : [];
  return new Set([...programs, ...compilers].map(({ exe }) => exe));
}

function isCompiler({ exe }: ObservedProgram): boolean {
  return COMPILERS.has(programName(exe));
}

/** Programs that rustc did not start for linking. */
function strangersIn(unit: RustcUnit, seen: UsableObservation): ObservedProgram[] {
  const { sysroot } = unit.place.toolchain;
  // A script may stand before the compiler.
  const own = seen.processes.find(isCompiler);
  const others = seen.processes.slice(1).filter((program) => program !== own);
  return others.filter(({ exe }) => !isLinkTool(exe, sysroot));
}

function isLocatingCargo(unit: RustcUnit, { exe, startedBy }: ObservedProgram): boolean {
  if (exe !== toolchainsCargo(unit) || startedBy === undefined) return false;
  return isLoadedCrate(unit, startedBy) && isLocator(unit, startedBy, LOCATING_CARGO);
}

/**
 * Which of the programs' looks at a file are the network's: those of cargo that is asked for nothing but the
 * way to a manifest. One that does anything else reads them for a reason.
 */
export function networkHabits(
  unit: RustcUnit,
  seen: UsableObservation,
): (path: string, programs: ReadonlySet<string>) => boolean {
  const cargo = toolchainsCargo(unit);
  const runs = seen.processes.slice(1).filter(({ exe }) => exe === cargo);
  const locating = runs.length > 0 && runs.every((program) => isLocatingCargo(unit, program));
  return (path, programs) =>
    locating && isForNetwork(path) && [...programs].every((program) => program === cargo);
}

/** It holds system calls of its own (rustix, for temporary files), and reads packages through libc. */
function toolchainsCargo(unit: RustcUnit): string {
  return `${unit.place.toolchain.sysroot}/bin/cargo`;
}

/** Whether anything that ran may have read below libc, where nobody sees it. */
export function readsBelowLibc(
  unit: RustcUnit,
  seen: UsableObservation,
  macros: readonly LoadedMacro[],
): boolean {
  return (
    macros.some(({ facts }) => facts.bypasses) ||
    strangersIn(unit, seen).some(
      ({ exe }) => exe !== toolchainsCargo(unit) && factsOf(unit, exe).bypasses,
    )
  );
}
