// The probes that build scripts run to learn what the compiler can do, and expect to fail.
import { isWithin } from "../../base/path.ts";
import type { RustcRun } from "./rustc-run.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { absolute } from "../unit/unit.ts";

/** Whether a failed run is a probe's, with an error of the language: as repeatable as a success. */
export function isRepeatableFailure(unit: RustcUnit, run: RustcRun): boolean {
  return isProbe(unit) && isPlainFailure(run);
}

/** A compile of something in or into OUT_DIR that links nothing. */
function isProbe(unit: RustcUnit): boolean {
  const outDir = unit.invocation.env["OUT_DIR"];
  if (outDir === undefined || unit.compile.emits.some(({ kind }) => kind === "link")) return false;
  return [unit.compile.outDir, unit.compile.output, unit.compile.source].some(
    (path) => path !== undefined && isWithin(absolute(unit, path), outDir),
  );
}

/** An error with a code, or one that points into the source. */
const LANGUAGE_ERROR = /error\[E\d{4}\]|^error: .+\n *--> /m;
/** Errors of the machine, and of files that were looked for in vain: those may come to be. */
const NOT_REPEATABLE =
  /os error|No space left|panicked at|error\[E(?:0583|0761|046\d|0514|0519|0523)\]/;

/** An error of the language; not one of the machine. */
function isPlainFailure(run: RustcRun): boolean {
  const said = new TextDecoder().decode(run.stderr ?? new Uint8Array());
  const LANGUAGE_ERROR_STATUS = 1;
  const { end } = run;
  if (end.kind !== "exited" || end.code !== LANGUAGE_ERROR_STATUS) return false;
  return LANGUAGE_ERROR.test(said) && !NOT_REPEATABLE.test(said);
}
