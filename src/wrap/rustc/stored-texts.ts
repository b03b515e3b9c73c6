// What rustc wrote and printed with this place's paths taken out: dep-info and messages.
import { writeFileAtomic } from "../../base/atomic-write.ts";
import { decodeUtf8, readText } from "../../base/file.ts";
import { rewriteDepInfo } from "../../compiler/rustc/dep-info.ts";
import { outputsOf } from "../../compiler/rustc/outputs.ts";
import { mapText } from "../../key/mapped-text.ts";
import { realOutDirPath } from "../../key/out-dir.ts";
import type { StoredStreams } from "../unit/language.ts";
import { absolute } from "../unit/unit.ts";
import type { RustcRun } from "./rustc-run.ts";
import { escapeValue, OUTPUT_MARK } from "./local-dep-info.ts";
import type { RustcUnit } from "./rustc-unit.ts";

/** The lines of variables without what each place has of its own: a restore fills in its values. */
function withoutValues(text: string): string {
  return text.replace(/^# env-dep:([^=\n]*)=.*$/gm, "# env-dep:$1=");
}

/** Dep-info without this place's paths, as it is stored. */
export function storedDepInfo(unit: RustcUnit, run: RustcRun, text: string): string {
  const names = new Map(outputsOf(unit.compile).map((one) => [one.path, one.name]));
  const stored = rewriteDepInfo(localText(run, text), (written) => {
    const name = names.get(written);
    return name === undefined ? unit.place.roots.map(written) : OUTPUT_MARK + name;
  });
  return withoutValues(stored);
}

/** On disk, dep-info names the real OUT_DIR and not our copy of it. */
export function localizeDepInfo(unit: RustcUnit, run: RustcRun): void {
  const output = outputsOf(unit.compile).find(({ kind }) => kind === "dep-info");
  if (output === undefined || run.outDir === undefined) return;
  const path = absolute(unit, output.path);
  const text = readText(path);
  if (text === undefined) return;
  const local = localText(run, text);
  if (local !== text) writeFileAtomic(path, local);
}

function localText(run: RustcRun, text: string): string {
  const { outDir } = run;
  if (outDir === undefined) return text;
  const local = rewriteDepInfo(text, (path) => realOutDirPath(path, outDir));
  const lines = new RegExp(`^(# env-dep:[^=\\n]*=)${outDir.physical}(?=/|$)`, "gm");
  return local.replace(lines, (_, head: string) => head + escapeValue(outDir.real));
}

/** Warnings after which rustc succeeds with an output that is not what was asked for. */
const DEGRADED =
  /stripping debug info with|unable to run `(?:strip|dsymutil|rust-objcopy)|processing debug info with|failed to connect to jobserver|internal compiler error/;

/** Where rustc writes the whole name of a type that is too long for a message, beside the outputs. */
const LONG_TYPE = /\.long-type-\w+\.txt/;

/** The streams without this place's paths, or why they cannot be stored. */
export function storedStreams(unit: RustcUnit, run: RustcRun): StoredStreams | string {
  if (run.stdout === undefined || run.stderr === undefined) return "the compiler printed too much";
  const stdout = decodeUtf8(run.stdout);
  const stderr = decodeUtf8(run.stderr);
  if (stdout === undefined || stderr === undefined)
    return "the compiler printed bytes that are not UTF-8";
  if (DEGRADED.test(stderr)) return "the compiler warned that its output is degraded";
  if (LONG_TYPE.test(stderr)) return "the compiler wrote a type's name into a file";
  const { roots } = unit.place;
  const real = (printed: string) => {
    const text = run.ownNotice === undefined ? printed : printed.replace(run.ownNotice, "");
    return run.outDir === undefined ? text : text.replaceAll(run.outDir.physical, run.outDir.real);
  };
  const mapped = { stdout: mapText(real(stdout), roots), stderr: mapText(real(stderr), roots) };
  if (mapped.stdout === undefined || mapped.stderr === undefined)
    return "the compiler printed a NUL";
  return { stdout: mapped.stdout, stderr: mapped.stderr };
}
