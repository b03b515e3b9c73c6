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
import { mayShareInode, placeBlob } from "../store/blob.ts";
import type { Entry, EntryFile } from "../store/entry.ts";
import type { Caller } from "./caller.ts";
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
  const { language } = unit;
  const stdout = language.localStream(entry.stdout, "stdout");
  const stderr = language.localStream(entry.stderr, "stderr");
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
    const next = { file, temp, to };
    staged.push(next);
    const placement =
      stage(unit, next) ??
      (language.makesDirectories && makeDirs(dirName(to)) ? stage(unit, next) : undefined);
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
  const output = unit.language.outputNamed(file.name);
  return output === undefined ? undefined : absolute(unit, output.path);
}

/** The permissions of a file that is there and that the compiler would write into. */
function keptMode(unit: Unit, { kind }: EntryFile, to: string): number | undefined {
  const PERMISSIONS = 0o777;
  const there = unit.language.writesInto.includes(kind) ? statPath(to) : "absent";
  return typeof there === "string" ? undefined : there.mode & PERMISSIONS;
}

/** The mode the compiler would leave: recorded executable bit, this process's umask. */
function modeOf(file: EntryFile): number {
  const umask = libc.umask(0);
  libc.umask(umask);
  return (file.executable ? 0o777 : 0o666) & ~umask;
}

function stage(unit: Unit, { file, temp, to }: Staged): Placement | "text" | undefined {
  const blob = unit.layout.blob(file.hash);
  const kept = keptMode(unit, file, to);
  if (file.kind === "dep-info") return stageDepInfo(unit, blob, temp, kept);
  const placement = placeBlob(
    blob,
    temp,
    kept ?? modeOf(file),
    mayShareInode(file, unit.language.facts.crateTypes),
  );
  if (placement === undefined) removeFile(temp);
  return placement;
}

function stageDepInfo(
  unit: Unit,
  blob: string,
  temp: string,
  mode: number | undefined,
): "text" | undefined {
  const stored = readText(blob);
  const text = stored === undefined ? undefined : unit.language.localDepInfo(stored);
  if (text === undefined) return undefined;
  const fd = openNew(temp, 0o666);
  if (fd < 0) return undefined;
  if (mode !== undefined) libc.fchmod(fd, mode);
  const ok = writeAll(fd, new TextEncoder().encode(unit.language.withDeclaredInputs(text)));
  closeFd(fd);
  if (!ok) removeFile(temp);
  return ok ? "text" : undefined;
}

/** Prints what the compiler printed. */
export function replay(caller: Caller, stdout: string, stderr: string): void {
  const encoder = new TextEncoder();
  const STDERR = 2;
  if (stdout !== "") caller.write(1, encoder.encode(stdout));
  if (stderr !== "") caller.write(STDERR, encoder.encode(stderr));
}
