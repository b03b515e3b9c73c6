// Files that a compile leaves and its arguments do not announce: no hit would bring them back, so such a compile is
// not stored.
import { isWithin, normalizePath } from "../../base/path.ts";
import { isSystemHabit } from "../../key/system-files.ts";
import type { UsableObservation } from "../../observe/observation.ts";
import type { UnitBase } from "../unit/unit.ts";

/** A file that was written and that `isLeft` says of that it is there now, and none of the outputs. */
export function strayOutput(
  { layout }: UnitBase,
  { written }: UsableObservation,
  isLeft: (path: string) => boolean,
): string | undefined {
  return [...written].find((one) => {
    const path = normalizePath(one);
    return !isWithin(path, layout.cacheDir) && !isSystemHabit(path) && isLeft(path);
  });
}
