// The compiles that configure, CMake and build scripts try to learn what a compiler can do, and expect to fail.
import { lstatPath, sameStat, type Stat } from "../../base/file.ts";
import { baseName, isWithin } from "../../base/path.ts";
import { outputsOf } from "../../compiler/cc/outputs.ts";
import { TRY_COMPILE } from "../../key/cc-roots.ts";
import { isTooNew } from "../compile/freshness.ts";
import { absolute } from "../unit/unit.ts";
import type { CcUnit } from "./cc-unit.ts";
import { withoutColor } from "./color.ts";
import type { CcRun, PlacesBefore } from "./cc-run.ts";
import { NO_DIRECTORY, outputsThere } from "./call-flags.ts";

/** Looks at them; undefined for what is no probe, of whose failure nobody will ask. */
export function placesBefore(unit: CcUnit): PlacesBefore | undefined {
  if (!isProbe(unit)) return undefined;
  const there = new Map<string, Stat>();
  for (const { path } of outputsOf(unit.compile)) {
    const stat = lstatPath(absolute(unit, path));
    if (typeof stat === "object") there.set(absolute(unit, path), stat);
  }
  return { flag: outputsThere(unit), there };
}

/** Whether everything that was there lies there untouched, and there was a place for the rest. */
function leftAlone({ flag, there }: PlacesBefore, { startStamp }: CcRun): boolean {
  if (flag?.includes(NO_DIRECTORY) === true) return false;
  return [...there].every(([path, before]) => {
    const now = lstatPath(path);
    // One as young as the compile would be taken for its output.
    return typeof now === "object" && sameStat(before, now) && !isTooNew(path, startStamp);
  });
}

/**
 * Whether a failed run is a probe's, seen as a whole, after which what lay in its outputs' places lies there still,
 * with errors of the language or of the arguments and nothing else: as repeatable as a success.
 */
export function isRepeatableFailure(run: CcRun): boolean {
  const { end, before, watch, stderr, family } = run;
  const LANGUAGE_ERROR_STATUS = 1;
  if (end.kind !== "exited" || end.code !== LANGUAGE_ERROR_STATUS) return false;
  if (before === undefined || !leftAlone(before, run)) return false;
  if (watch?.read(run.pid).usable !== true) return false;
  return isPlainFailure(withoutColor(new TextDecoder().decode(stderr), family));
}

/** Names that autoconf and the `cc` crate give to what they only try. */
const PROBE_NAME = /^(?:conftest|flag_check)\./;

/** A compile of which people do not wait for its end to mend what it complains of. */
function isProbe(unit: CcUnit): boolean {
  const { compile, invocation, stdin } = unit;
  if (compile.discards || stdin !== undefined) return true;
  if (PROBE_NAME.test(baseName(compile.source)) || TRY_COMPILE.test(invocation.cwd)) return true;
  const outDir = invocation.env["OUT_DIR"];
  return outDir !== undefined && isWithin(absolute(unit, compile.source), outDir);
}

/** An error at a place in a source. */
const AT_A_PLACE = /^[^\s:][^:]*:\d+:(?:\d+:)? (?:fatal )?error: /;
/** An error of the call, told by the driver or the compiler. */
const OF_THE_CALL = /^(?:[\w./+-]*\/)?[\w.+-]+: error: /;
/** Errors of the machine, and names drawn at random. */
const NOT_REPEATABLE =
  /internal compiler error|frontend command failed|unable to |cannot (?:execute|allocate|create|open|write)|can't |failed to |No space left|Permission denied|Input\/output error|Too many open files|temporarily unavailable|out of memory|memory exhausted|Killed|terminated (?:by|signal|program)|signal terminated|Segmentation fault|Bus error|PLEASE |opening |could not |Disk quota|Read-only file system|Stale file handle|File too large|busy|Interrupted system call|write error|error writing|error closing|\/cc[A-Za-z0-9]{6}\.|-[0-9a-f]{6}\.[so]\b/i;

function isPlainFailure(said: string): boolean {
  const errors = said.split("\n").filter((line) => /\berror\b/i.test(line));
  const located = errors.some((line) => AT_A_PLACE.test(line) || OF_THE_CALL.test(line));
  return located && !NOT_REPEATABLE.test(said);
}
