// One cacheable unit on its way through the stages: what is known once the call is understood.
import type { Config } from "../../config/config.ts";
import { joinPath } from "../../base/path.ts";
import type { Timeline } from "../../base/timeline.ts";
import type { FileDigests } from "../../key/file-digest.ts";
import type { CheckPlace } from "../../key/input-set.ts";
import { outDirDigest } from "../../key/out-dir.ts";
import type { Roots } from "../../key/roots.ts";
import type { Layout } from "../../store/layout.ts";
import type { Invocation } from "../call/invocation.ts";
import type { Language } from "./language.ts";

/** Where a unit is compiled. */
export interface UnitPlace {
  readonly roots: Roots;
  readonly digests: FileDigests;
  /** Whether paths in the outputs are mapped; without it the key is bound to this very place. */
  readonly remapped: boolean;
}

/** What a unit has in every language. */
export interface UnitBase {
  readonly invocation: Invocation;
  readonly config: Config;
  readonly layout: Layout;
  readonly place: UnitPlace;
  readonly timeline: Timeline;
}

/** Everything a stage needs to know about the unit. */
export interface Unit extends UnitBase {
  /** What only the unit's own language knows. */
  readonly language: Language;
}

/** An output's or argument's path, absolute. */
export function absolute(unit: UnitBase, path: string): string {
  return joinPath(unit.invocation.cwd, path);
}

/** A unit's profile as reports name it, by the level of its optimisation. */
export function profileOf(optLevel = "0"): string {
  if (optLevel === "0") return "dev";
  return /^[sz]$/.test(optLevel) ? "release-size" : "release";
}

/** Where a unit's input sets are checked. */
export function checkPlaceOf(unit: Unit): CheckPlace {
  const { cwd, env } = unit.invocation;
  const { roots, digests } = unit.place;
  return {
    cwd,
    env,
    roots,
    digests,
    flag: (name) => unit.language.flag(name),
    outDirDigest: () => outDirDigest(env["OUT_DIR"], digests),
  };
}
