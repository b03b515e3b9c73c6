// What the observer saw being asked of the surroundings → members: variables, the environment as a whole,
// the name of the working directory. A compiler's own habits do not count, its macros' questions do.
import { readText } from "../../base/file.ts";
import { parseDepInfo } from "../../compiler/rustc/dep-info.ts";
import {
  environDigest,
  mappedVariable,
  type Member,
  WORKING_DIRECTORY_NAME,
} from "../../key/input-set.ts";
import { envMembers } from "../../key/out-dir.ts";
import { locatesOnly, WORKING_DIRECTORY } from "../../observe/known-macros.ts";
import type { MacroFacts } from "../../observe/macro-facts.ts";
import type { UsableObservation } from "../../observe/observation.ts";
import { isHabitualVariable, isLinkTool } from "../../observe/tool-habits.ts";
import type { RustcRun } from "./compile.ts";
import { isLoadedCrate } from "./loaded-crates.ts";
import type { Reported } from "./reported.ts";
import type { RustcUnit } from "./rustc-unit.ts";

/** The members that stand for what was asked of the surroundings. */
export function surroundingMembers(
  unit: RustcUnit,
  run: RustcRun,
  seen: UsableObservation,
  known: Reported & { readonly macros: MacroFacts },
): Member[] {
  const { env, cwd } = unit.invocation;
  const members: Member[] = [];
  for (const [name, { programs, libraries }] of seen.envReads) {
    const macros = macrosAmong(unit, libraries);
    // What another library asks, its program's plugin, is the program's habit or it counts.
    const foreign = libraries.size > macros.length;
    const own =
      known.ownReads.has(name) ||
      known.locators.has(name) ||
      (!foreign && [...programs].every((program) => isHabitualVariable(program, name)));
    if (macros.length === 0 && own) continue;
    const located = own && macros.every((path) => isLocator(unit, path, name));
    const { roots } = unit.place;
    const read = located
      ? [{ kind: "env-path", name, value: mappedVariable(env[name], roots) } as const]
      : envMembers(run.outDir, { name, value: env[name] }, roots);
    members.push(...read);
  }
  // A program that rustc did not start for linking may read its environment as a block, unseen.
  const { sysroot } = unit.place.toolchain;
  const strangers = seen.processes.slice(1).filter(({ exe }) => !isLinkTool(exe, sysroot));
  if (strangers.length > 0 || known.macros.enumerates) {
    members.push({ kind: "environ", name: "environment", value: environDigest(env) });
  }
  const askers = macrosAmong(unit, seen.directoryReads.libraries);
  if (
    strangers.some(({ exe }) => seen.directoryReads.programs.has(exe)) ||
    askers.some((path) => !isLocator(unit, path, WORKING_DIRECTORY))
  ) {
    members.push({ kind: "place", name: WORKING_DIRECTORY_NAME, value: cwd });
  }
  return members;
}

/** Those of the libraries that are crates: macros. Others belong to the program that loaded them. */
function macrosAmong(unit: RustcUnit, libraries: ReadonlySet<string>): string[] {
  return [...libraries].filter((path) => isLoadedCrate(unit, path));
}

/** Whether a macro is known to ask for this only to find files. */
function isLocator(unit: RustcUnit, library: string, asked: string): boolean {
  const name = registryPackage(unit, library);
  return name !== undefined && locatesOnly(name, asked);
}

const REGISTRY_SOURCE = /^<CARGO_HOME>\/registry\/src\/index\.crates\.io-[0-9a-f]+\/([^/]+)\//;

/**
 * The crates.io package that a compiled macro comes from, by the dep-info that cargo lets rustc write
 * beside it; undefined when any of its sources lies elsewhere.
 */
function registryPackage(unit: RustcUnit, library: string): string | undefined {
  const text = readText(library.replace(/\/lib([^/]+)\.\w+$/, "/$1.d"));
  const sources = text === undefined ? [] : (parseDepInfo(text)?.sources ?? []);
  const names = sources.map((path) => REGISTRY_SOURCE.exec(unit.place.roots.map(path))?.[1]);
  return names.every((name) => name === names[0]) ? names[0] : undefined;
}
