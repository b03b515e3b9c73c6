// What rustc writes and prints with this place's paths taken out and put back: dep-info and messages.
import { writeFileAtomic } from "../../base/atomic-write.ts";
import { decodeUtf8, readText } from "../../base/file.ts";
import { rewriteDepInfo } from "../../compiler/rustc/dep-info.ts";
import { outputsOf } from "../../compiler/rustc/outputs.ts";
import { mapText } from "../../key/mapped-text.ts";
import { realOutDirPath } from "../../key/out-dir.ts";
import type { Roots } from "../../key/roots.ts";
import type { StoredStreams } from "../language.ts";
import { absolute } from "../unit.ts";
import type { RustcRun } from "./compile.ts";
import type { RustcUnit } from "./rustc-unit.ts";

/** Dep-info names outputs by their stored names, since every caller may put them elsewhere. */
const OUTPUT_MARK = "<OUTPUT>/";

/**
 * Stored dep-info with this checkout's paths; undefined when a root is missing. That what it names exists is
 * known: every source is a member of the input set that has just been checked.
 */
export function localDepInfo(unit: RustcUnit, stored: string): string | undefined {
  const { roots } = unit.place;
  const missing: string[] = [];
  // Variables' lines come last; their values are no paths.
  const rulesEnd = stored.indexOf("\n# ");
  const rules = rulesEnd < 0 ? stored : stored.slice(0, rulesEnd);
  const local = rules.replace(/(?<=^|\s)<[A-Z_0-9]+>(?:\/(?:\\ |[^\s:])*)?/gm, (mapped) => {
    const path = mapped.startsWith(OUTPUT_MARK)
      ? outputPath(unit, mapped.slice(OUTPUT_MARK.length))
      : unmapEscaped(roots, mapped);
    if (path === undefined) missing.push(mapped);
    return path ?? "";
  });
  if (missing.length > 0) return undefined;
  const rest = stored.slice(rules.length);
  const outDir = unit.invocation.env["OUT_DIR"];
  if (outDir === undefined) return local + rest;
  return (
    local +
    rest.replace(/^# env-dep:OUT_DIR=.*$/m, () => `# env-dep:OUT_DIR=${escapeValue(outDir)}`)
  );
}

/** Only the root's own path needs escaping: what follows it is escaped already. */
function unmapEscaped(roots: Roots, mapped: string): string | undefined {
  const end = mapped.indexOf(">") + 1;
  const root = roots.unmap(mapped.slice(0, end));
  return root === undefined ? undefined : root.replaceAll(" ", "\\ ") + mapped.slice(end);
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}

function outputPath(unit: RustcUnit, escaped: string): string | undefined {
  const name = escaped.replaceAll("\\ ", " ");
  const output = outputsOf(unit.compile).find((one) => one.name === name);
  return output?.path.replaceAll(" ", "\\ ");
}

/** Dep-info without this place's paths, as it is stored. */
export function storedDepInfo(unit: RustcUnit, run: RustcRun, text: string): string {
  const names = new Map(outputsOf(unit.compile).map((one) => [one.path, one.name]));
  return rewriteDepInfo(localText(run, text), (written) => {
    const name = names.get(written);
    return name === undefined ? unit.place.roots.map(written) : OUTPUT_MARK + name;
  });
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
  return rewriteDepInfo(text, (path) => realOutDirPath(path, outDir)).replaceAll(
    `# env-dep:OUT_DIR=${outDir.physical}`,
    () => `# env-dep:OUT_DIR=${outDir.real}`,
  );
}

/** Warnings after which rustc succeeds with an output that is not what was asked for. */
const DEGRADED =
  /stripping debug info with|unable to run `(?:strip|dsymutil|rust-objcopy)|processing debug info with|failed to connect to jobserver|internal compiler error/;

/** The streams without this place's paths, or why they cannot be stored. */
export function storedStreams(unit: RustcUnit, run: RustcRun): StoredStreams | string {
  if (run.stdout === undefined || run.stderr === undefined) return "the compiler printed too much";
  const stdout = decodeUtf8(run.stdout);
  const stderr = decodeUtf8(run.stderr);
  if (stdout === undefined || stderr === undefined)
    return "the compiler printed bytes that are not UTF-8";
  if (DEGRADED.test(stderr)) return "the compiler warned that its output is degraded";
  const { roots } = unit.place;
  const real = (text: string) =>
    run.outDir === undefined ? text : text.replaceAll(run.outDir.physical, run.outDir.real);
  const mapped = { stdout: mapText(real(stdout), roots), stderr: mapText(real(stderr), roots) };
  if (mapped.stdout === undefined || mapped.stderr === undefined)
    return "the compiler printed a NUL";
  return { stdout: mapped.stdout, stderr: mapped.stderr };
}
