// The probes that build scripts run to learn what the compiler can do, and expect to fail.
import { isWithin } from "../../base/path.ts";
import type { RustcRun } from "./compile.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { absolute } from "../unit.ts";

/** Whether a failed run is a probe's, with an error of the language: as repeatable as a success. */
export function isRepeatableFailure(unit: RustcUnit, run: RustcRun): boolean {
  return isProbe(unit) && isPlainFailure(run);
}

/** A compile of something in or into OUT_DIR that links nothing. */
function isProbe(unit: RustcUnit): boolean {
  const outDir = unit.invocation.env["OUT_DIR"];
  if (outDir === undefined || unit.compile.emits.some(({ kind }) => kind === "link")) return false;
  return [unit.compile.outDir, unit.compile.source].some(
    (path) => path !== undefined && isWithin(absolute(unit, path), outDir),
  );
}

/** An error of the language, with its code; not one of the machine. */
function isPlainFailure(run: RustcRun): boolean {
  const said = new TextDecoder().decode(run.stderr ?? new Uint8Array());
  const LANGUAGE_ERROR_STATUS = 1;
  const { end } = run;
  if (end.kind !== "exited" || end.code !== LANGUAGE_ERROR_STATUS) return false;
  return /error\[E\d{4}\]/.test(said) && !/os error|No space left|panicked at/.test(said);
}
