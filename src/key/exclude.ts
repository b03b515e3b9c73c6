// `[cache] exclude`: globs over source paths, in every spelling a user may have meant.
import type { Env } from "../base/environment.ts";
import { globMatcher } from "../base/glob.ts";
import { realPath } from "../base/many-paths.ts";
import { isWithin, joinPath, normalizePath } from "../base/path.ts";

/** Where a pattern's variables and relative paths are read. */
export interface ExcludePlace {
  readonly cwd: string;
  readonly env: Env;
}

/** Whether any pattern matches the source as given, absolute, physical or relative to the directory. */
export function isExcluded(
  source: string,
  patterns: readonly string[],
  place: ExcludePlace,
): boolean {
  if (patterns.length === 0) return false;
  const full = normalizePath(joinPath(place.cwd, source));
  const physical = realPath(full) ?? full;
  const spellings = new Set([source, full, physical]);
  for (const path of [full, physical]) {
    if (isWithin(path, place.cwd)) spellings.add(path.slice(place.cwd.length + 1));
  }
  return patterns.some((pattern) => {
    const matcher = globMatcher(expandPattern(pattern, place.env));
    return matcher !== undefined && [...spellings].some((path) => matcher.test(path));
  });
}

function expandPattern(pattern: string, env: ExcludePlace["env"]): string {
  const known = { CARGO_HOME: `${env["HOME"] ?? ""}/.cargo`, ...env };
  return pattern
    .replace(/\$\{(\w+)\}|\$(\w+)/g, (whole, braced?: string, bare?: string) => {
      return (known as ExcludePlace["env"])[braced ?? bare ?? ""] ?? whole;
    })
    .replace(/^~(?=\/)/, env["HOME"] ?? "~");
}
