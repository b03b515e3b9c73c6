// Headers that gcc names in make rules by where their links lead.
import { readText } from "../../base/file.ts";
import { realPaths } from "../../base/many-paths.ts";
import { escapeForMake } from "../../compiler/cc/make-rules.ts";
import { dependencyPath, NOWHERE } from "../../compiler/cc/outputs.ts";
import type { Member } from "../../key/input-set.ts";
import { absolute } from "../unit.ts";
import type { CcUnit } from "./cc-unit.ts";
import type { CcRun } from "./compile.ts";
import type { PathNames } from "./path-names.ts";

/** A run that has ended, with the make rules that it wrote or printed. */
export interface RuledRun extends CcRun {
  readonly rules: string | undefined;
}

/**
 * Those of the files that gcc may name so, by where they lead: it does so for a header of the system if that is
 * shorter. What lies outside all roots counts in any case; within, where links may lead to each checkout's own place,
 * where the rules show it.
 */
export function renamedMembers(
  { place: { roots } }: CcUnit,
  { family, rules }: RuledRun,
  naming: PathNames,
  paths: Iterable<string>,
): Member[] {
  if (rules === undefined || family === "clang") return [];
  const named = [...paths].filter((path) => !naming.isCovered(path));
  const reals = realPaths(named);
  return named.flatMap((path, index): Member[] => {
    const real = reals[index];
    if (real === undefined) return [];
    const name = naming.of(path);
    const value = roots.map(real);
    if (value === name || (name.startsWith("<") && !rules.includes(escapeForMake(real)))) return [];
    return [{ kind: "leads", name, value }];
  });
}

/** The make rules that a run wrote or printed. */
export function rulesText(unit: CcUnit, { stdout }: CcRun): string | undefined {
  const { mode, prints } = unit.compile;
  if (mode === "rules" && prints) return new TextDecoder().decode(stdout);
  const path = dependencyPath(unit.compile);
  return path === undefined || path === NOWHERE ? undefined : readText(absolute(unit, path));
}
