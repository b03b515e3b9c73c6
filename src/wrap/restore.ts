// Hit → files at their output paths, then replay of stdout and stderr. Everything is staged beside its
// place before anything is published; a fault before that leaves nothing behind and the compiler runs.
import type { Placement } from "../base/copy.ts";
import { makeDirs } from "../base/directory.ts";
import {
  dirName,
  openNew,
  closeFd,
  readText,
  removeFile,
  renamePath,
  statPath,
  tempName,
  writeAll,
} from "../base/file.ts";
import { libc } from "../base/libc.ts";
import { debugObjects, outputsOf } from "../compiler/rustc/outputs.ts";
import { unmapText } from "../key/mapped-text.ts";
import type { Roots } from "../key/roots.ts";
import { mayShareInode, placeBlob } from "../store/blob.ts";
import type { Entry, EntryFile } from "../store/entry.ts";
import { absolute, type Unit } from "./unit.ts";

/** How many bytes went which way. */
export interface RestoreBytes {
  reflink: number;
  hardlink: number;
  copy: number;
}

/** The end of a restore. */
export type Restored =
  | {
      readonly kind: "restored";
      readonly bytes: RestoreBytes;
      readonly stdout: string;
      readonly stderr: string;
    }
  | { readonly kind: "failed"; readonly detail: string };

interface Staged {
  readonly file: EntryFile;
  readonly temp: string;
  readonly to: string;
}

/** Puts an entry's files in place. Nothing is printed yet. */
export function restore(unit: Unit, entry: Entry): Restored {
  const { roots } = unit.place;
  const stdout = unmapText(entry.stdout, roots);
  const stderr = unmapText(entry.stderr, roots);
  if (stdout === undefined || stderr === undefined)
    return { kind: "failed", detail: "a root is missing" };
  const bytes: RestoreBytes = { reflink: 0, hardlink: 0, copy: 0 };
  const staged: Staged[] = [];
  const giveUp = (detail: string): Restored => {
    for (const { temp } of staged) removeFile(temp);
    return { kind: "failed", detail };
  };
  for (const file of entry.files) {
    const to = targetOf(unit, file);
    if (to === undefined) return giveUp(`no place for ${file.name}`);
    const temp = `${dirName(to)}/${tempName()}`;
    staged.push({ file, temp, to });
    const placement =
      stage(unit, file, temp) ?? (makeDirs(dirName(to)) ? stage(unit, file, temp) : undefined);
    if (placement === undefined) return giveUp(`${file.name} could not be placed`);
    if (placement !== "text") bytes[placement] += file.size;
  }
  for (const { temp, to } of staged) {
    if (!renamePath(temp, to)) return giveUp(`${to} could not be replaced`);
  }
  for (const { file, to } of staged) {
    const stat = file.kind === "dep-info" ? "absent" : statPath(to);
    if (typeof stat === "object") unit.place.digests.remember(stat, file.hash);
  }
  return { kind: "restored", bytes, stdout, stderr };
}

/** Where a file of an entry belongs here; undefined when this call has no place for it. */
function targetOf(unit: Unit, file: EntryFile): string | undefined {
  const { compile } = unit;
  const [side] = debugObjects(compile, [file.name]);
  const output = outputsOf(compile).find(({ name }) => name === file.name) ?? side;
  return output === undefined ? undefined : absolute(unit, output.path);
}

let umaskKnown: number | undefined;

/** The mode the compiler would leave: recorded executable bit, this process's umask. */
function modeOf(file: EntryFile): number {
  if (umaskKnown === undefined) {
    umaskKnown = libc.umask(0);
    libc.umask(umaskKnown);
  }
  return (file.executable ? 0o777 : 0o666) & ~umaskKnown;
}

function stage(unit: Unit, file: EntryFile, temp: string): Placement | "text" | undefined {
  const blob = unit.layout.blob(file.hash);
  if (file.kind === "dep-info") return stageDepInfo(unit, blob, temp);
  const placement = placeBlob(blob, temp, modeOf(file), mayShareInode(file.name, file.executable));
  if (placement === undefined) removeFile(temp);
  return placement;
}

function stageDepInfo(unit: Unit, blob: string, temp: string): "text" | undefined {
  const stored = readText(blob);
  const text = stored === undefined ? undefined : localDepInfo(unit, stored);
  if (text === undefined) return undefined;
  const fd = openNew(temp, 0o666);
  if (fd < 0) return undefined;
  const ok = writeAll(fd, new TextEncoder().encode(text));
  closeFd(fd);
  if (!ok) removeFile(temp);
  return ok ? "text" : undefined;
}

/**
 * Stored dep-info with this checkout's paths; undefined when a root is missing. That what it names exists is
 * known: every source is a member of the input set that has just been checked.
 */
function localDepInfo(unit: Unit, stored: string): string | undefined {
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

/** Dep-info names outputs by their stored names, since every caller may put them elsewhere. */
export const OUTPUT_MARK = "<OUTPUT>/";

function outputPath(unit: Unit, escaped: string): string | undefined {
  const name = escaped.replaceAll("\\ ", " ");
  const output = outputsOf(unit.compile).find((one) => one.name === name);
  return output?.path.replaceAll(" ", "\\ ");
}

/** Prints what the compiler printed. */
export function replay(stdout: string, stderr: string): void {
  const encoder = new TextEncoder();
  const STDERR = 2;
  if (stdout !== "") writeAll(1, encoder.encode(stdout));
  if (stderr !== "") writeAll(STDERR, encoder.encode(stderr));
}
