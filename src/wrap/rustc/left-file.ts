// What a macro leaves beside the outputs, or a linker as its second file, and what a macro removes.
import { lstatPath } from "../../base/file.ts";
import { realPath } from "../../base/many-paths.ts";
import { baseName, dirName, isWithin, normalizePath } from "../../base/path.ts";
import { debugObjects, outputsOf } from "../../compiler/rustc/outputs.ts";
import { realOutDirPath } from "../../key/out-dir.ts";
import type { UsableObservation } from "../../observe/observation.ts";
import { isOlder } from "../compile/freshness.ts";
import { strayOutput } from "../compile/stray-output.ts";
import { absolute } from "../unit/unit.ts";
import type { RustcRun } from "./rustc-run.ts";
import type { RustcUnit } from "./rustc-unit.ts";

/** A file or directory that was written or made, is there now, and that no hit would bring back. */
export function leftFile(
  unit: RustcUnit,
  run: RustcRun,
  seen: UsableObservation,
): string | undefined {
  const own = [run.depInfo, ...(run.linkInfo === undefined ? [] : [run.linkInfo])];
  const outputs = outputsOf(unit.compile).map(({ path }) => absolute(unit, path));
  const expected = [...new Set([...outputs, ...own].map(physical))];
  return strayOutput(unit, seen, (path) => {
    // By now it lies in OUT_DIR.
    const home = realOutDirPath(path, run.outDir);
    if (home !== path) return lstatPath(home) !== "absent";
    const stat = lstatPath(path);
    // What was opened for writing and is as it was (a lock), is left by nobody.
    if (typeof stat === "string" || isOlder(stat, run.startStamp)) return false;
    const place = physical(path);
    // Compilers make the directories of their outputs.
    if (expected.some((output) => isWithin(output, place))) return false;
    return debugObjects(unit.compile, [baseName(path)]).length === 0;
  });
}

/** A file or directory that was there before and is gone, which a hit would leave there. */
export function removedFile(unit: RustcUnit, seen: UsableObservation): string | undefined {
  const gone = [...seen.removed].filter((path) => {
    return !isWithin(path, unit.layout.cacheDir) && lstatPath(path) === "absent";
  });
  if (gone.length === 0) return undefined;
  const outputs = outputsOf(unit.compile).map(({ path }) => physical(absolute(unit, path)));
  // What is made by one name and removed by another (`../out`, through a descriptor) is the run's own.
  const others = [...seen.written].filter((path) => !seen.removed.has(path)).map(physical);
  const own = [...outputs, ...others, ...[...seen.made].map(physical)];
  return gone.find((path) => !own.some((one) => isWithin(physical(path), one)));
}

/** A path by where its directory leads, for compilers write to it by either name. */
function physical(path: string): string {
  const plain = normalizePath(path);
  return `${realPath(dirName(plain)) ?? dirName(plain)}/${baseName(plain)}`;
}
