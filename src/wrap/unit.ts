// One cacheable unit on its way through the stages: what is known once the call is understood.
import type { Config } from "../config/config.ts";
import type { RustcCompile } from "../compiler/rustc/rustc-compile.ts";
import { joinPath } from "../base/path.ts";
import type { Timeline } from "../base/timeline.ts";
import type { KeyPlace } from "../key/derive-key.ts";
import type { CheckPlace } from "../key/input-set.ts";
import { outDirDigest } from "../key/out-dir.ts";
import type { Layout } from "../store/layout.ts";
import type { Invocation } from "./invocation.ts";

/** Everything a stage needs to know about the unit. */
export interface Unit {
  readonly invocation: Invocation;
  readonly config: Config;
  readonly layout: Layout;
  readonly compile: RustcCompile;
  /** rustup's `+name`, passed on first. */
  readonly channel: string | undefined;
  readonly place: KeyPlace;
  readonly timeline: Timeline;
}

/** An output's or argument's path, absolute. */
export function absolute(unit: Unit, path: string): string {
  return joinPath(unit.invocation.cwd, path);
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
    presentation: unit.compile.presentation,
    outDirDigest: () => outDirDigest(env["OUT_DIR"], digests),
  };
}
