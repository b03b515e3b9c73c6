// Prefix maps: they make the bytes of an output follow its key. Whatever runs the compiler for an
// understood unit passes them, hit, miss or passthrough alike.
import type { CcCompile } from "../../compiler/cc/cc-compile.ts";
import { PROJECT } from "../../key/cc-roots.ts";
import type { CcUnit } from "./cc-unit.ts";
import type { Roots } from "../../key/roots.ts";
import { isWithin, joinPath, normalizePath } from "../../base/path.ts";

/** What a root is called in outputs: the project ".", so that tools started there find its files. */
function nameOf(sentinel: string): string {
  return sentinel === PROJECT ? "." : sentinel;
}

/**
 * The maps to put before the user's own, which so win: gcc takes the last that matches. clang takes the
 * one whose text comes first, so that a root which the user maps himself, or a part of, is left to him.
 */
function prefixMaps(compile: CcCompile, roots: Roots, cwd: string): string[] {
  const own = compile.ownMaps.map(({ scope, from }) => ({
    scope,
    from: normalizePath(joinPath(cwd, from)),
  }));
  const touches = (prefix: string, scope: string) =>
    own.some((map) => {
      const overlaps = isWithin(map.from, prefix) || isWithin(prefix, map.from);
      return overlaps && (map.scope === "file" || map.scope === scope);
    });
  return [...roots.prefixes()].reverse().flatMap(({ prefix, sentinel }) => {
    const to = `${prefix}=${nameOf(sentinel)}`;
    const debug = touches(prefix, "debug");
    const macro = touches(prefix, "macro");
    if (!debug && !macro) return [`-ffile-prefix-map=${to}`];
    if (!debug) return [`-fdebug-prefix-map=${to}`];
    return macro ? [] : [`-fmacro-prefix-map=${to}`];
  });
}

/** The words that run the compiler with paths mapped. */
export function mappedWords(unit: CcUnit, args: readonly string[]): string[] {
  const { compile, place } = unit;
  const maps = place.remapped ? prefixMaps(compile, place.roots, place.cwd) : [];
  return [...compile.compiler, ...maps, ...args];
}
