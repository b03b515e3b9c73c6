// Headers that gcc names in make rules by where their links lead.
import { readText } from "../../base/file.ts";
import { realPaths } from "../../base/many-paths.ts";
import { escapeForMake } from "../../compiler/cc/make-rules.ts";
import { dependencyPath, NOWHERE } from "../../compiler/cc/outputs.ts";
import type { Member } from "../../key/input-set.ts";
import { absolute } from "../unit.ts";
import type { CcUnit } from "./cc-unit.ts";
import type { CcRun } from "./compile.ts";
import { LEADS_FLAG } from "./language.ts";
import type { PathNames } from "./path-names.ts";

/**
 * Those of the files that gcc may name so, by where they lead: it does so for a header of the system if that is
 * shorter. What lies outside all roots counts in any case; within, where links may lead to each checkout's own place,
 * where the rules show it.
 */
export function renamedMembers(
  unit: CcUnit,
  run: CcRun,
  naming: PathNames,
  paths: Iterable<string>,
): Member[] {
  const rules = run.family === "clang" ? undefined : rulesText(unit, run);
  if (rules === undefined) return [];
  const { roots } = unit.place;
  const named = [...paths].filter((path) => !naming.isCovered(path));
  const reals = realPaths(named);
  return named.flatMap((path, index): Member[] => {
    const real = reals[index];
    if (real === undefined) return [];
    const name = naming.of(path);
    const value = roots.map(real);
    if (value === name || (name.startsWith("<") && !rules.includes(escapeForMake(real)))) return [];
    return [{ kind: "flag", name: LEADS_FLAG + name, value }];
  });
}

/** The make rules that were written or printed. */
export function rulesText(unit: CcUnit, { stdout }: CcRun): string | undefined {
  const { mode, prints } = unit.compile;
  if (mode === "rules" && prints) return new TextDecoder().decode(stdout);
  const path = dependencyPath(unit.compile);
  return path === undefined || path === NOWHERE ? undefined : readText(absolute(unit, path));
}
