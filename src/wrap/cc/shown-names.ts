// Headers that gcc names by where their links lead: those of system directories, where that name is the shorter one.
// It then stands in make rules, `__FILE__`, debug information and messages. How long a name is depends on how the
// caller spells it and on how deep the checkout lies.
import { lstatPath, readText } from "../../base/file.ts";
import { realPath } from "../../base/many-paths.ts";
import { dirName, isWithin, joinPath } from "../../base/path.ts";
import { dependencyPath, NOWHERE } from "../../compiler/cc/outputs.ts";
import { type CheckPlace, type Member, memberPath } from "../../key/input-set.ts";
import type { Roots } from "../../key/roots.ts";
import { absolute } from "../unit/unit.ts";
import type { CcUnit } from "./cc-unit.ts";
import type { CcRun } from "./cc-run.ts";
import type { PathNames } from "./path-names.ts";

/** The beginning of the flag that says by which name gcc shows what is there: the length of its spelling, its name. */
export const SHOWN = "shown ";

/** As short as a checkout's path can be. */
const ROOT_LENGTH_MIN = 2;

/** What a `./` adds, which the observer leaves out. */
const SPELLINGS = [0, "./".length];

/** A run that has ended, with the make rules that it wrote or printed. */
export interface RuledRun extends CcRun {
  readonly rules: string | undefined;
}

/** What was read or looked at, by which of its names it is shown: a directory for what is in it, a link for itself. */
export function renamedMembers(
  unit: CcUnit,
  run: CcRun,
  naming: PathNames,
  paths: Iterable<string>,
): Member[] {
  if (run.family === "clang") return [];
  const { place, compile, invocation } = unit;
  const inCwd = `${invocation.cwd}/`;
  const spelledLength = (path: string) => (path.startsWith(inCwd) ? path.length - inCwd.length : 0);
  const subjects = new Map<string, number>();
  for (const dir of compile.searchPaths) {
    if (!dir.startsWith("/")) subjects.set(joinPath(invocation.cwd, dir), dir.length);
  }
  const named = [...paths].filter((path) => !naming.isCovered(path));
  const dirs = new Map([...new Set(named.map(dirName))].map((dir) => [dir, realPath(dir)]));
  for (const path of named) {
    const stat = lstatPath(path);
    const isLink = typeof stat === "object" && stat.kind === "symlink";
    const subject = isLink ? path : dirName(path);
    if (!subjects.has(subject)) subjects.set(subject, spelledLength(subject));
  }
  const members = new Map<string, Member>();
  for (const [subject, length] of subjects) {
    const real = dirs.get(subject) ?? realPath(subject);
    const name = naming.of(subject);
    if (real === undefined) continue;
    if (place.roots.map(real) === name && !mayBeShorter(real, length, place.roots)) continue;
    const flag = `${SHOWN}${length} ${name}`;
    members.set(flag, { kind: "flag", name: flag, value: shownText(flag, place) });
  }
  return [...members.values()];
}

/** Whether some checkout's path is so short that the full name is shorter than the spelled one. */
function mayBeShorter(real: string, length: number, roots: Roots): boolean {
  const within = roots.prefixes().filter(({ prefix }) => isWithin(real, prefix));
  const below = Math.min(...within.map(({ prefix }) => real.length - prefix.length));
  return below + ROOT_LENGTH_MIN < length + Math.max(...SPELLINGS);
}

/** The value of such a flag here: whether the full name is shorter than each spelling, and that name if it is. */
export function shownText(
  flag: string,
  place: Pick<CheckPlace, "cwd" | "roots">,
): string | undefined {
  const [, length = "", name = ""] = /^shown (\d+) (.*)$/s.exec(flag) ?? [];
  const path = memberPath(name, place);
  const real = path === undefined ? undefined : realPath(path);
  if (path === undefined || real === undefined) return undefined;
  const spelled = Number(length);
  const lengths = [path.length, ...(spelled > 0 ? SPELLINGS.map((more) => spelled + more) : [])];
  const shorter = lengths.map((one) => real.length < one);
  return shorter.includes(true) ? `${shorter.join(" ")} ${place.roots.map(real)}` : "as spelled";
}

/** The make rules that a run wrote or printed. */
export function rulesText(unit: CcUnit, { stdout }: CcRun): string | undefined {
  const { mode, prints } = unit.compile;
  if (mode === "rules" && prints) return new TextDecoder().decode(stdout);
  const path = dependencyPath(unit.compile);
  return path === undefined || path === NOWHERE ? undefined : readText(absolute(unit, path));
}
