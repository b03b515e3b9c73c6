// Hit → files at their output paths, then replay of stdout and stderr. Everything is staged beside its
// place before anything is published; a fault before that leaves nothing behind and the compiler runs.
import type { Placement } from "../base/copy.ts";
import { makeDirs } from "../base/directory.ts";
import {
  lstatPath,
  openInto,
  openNew,
  closeFd,
  readText,
  removeFile,
  renamePath,
  type Stat,
  statPath,
  tempName,
  type Unseen,
  writeAll,
} from "../base/file.ts";
import { dirName } from "../base/path.ts";
import { mayShareInode, placeBlob, writeBlobInto } from "../store/blob.ts";
import type { Entry, EntryFile } from "../store/entry.ts";
import { type Caller, STDERR, STDOUT } from "./call/caller.ts";
import { absolute, type Unit } from "./unit/unit.ts";

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

/** A file on its way to its place. */
interface Staged {
  readonly file: EntryFile;
  readonly to: string;
  /** Where it lies until then; undefined where it is written into the file that is there. */
  readonly temp: string | undefined;
  /** The text of make rules. */
  readonly text: Uint8Array | undefined;
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
    for (const { temp } of staged) if (temp !== undefined) removeFile(temp);
    return { kind: "failed", detail };
  };
  const lacking = entry.exitCode === 0 ? lackingOf(unit, entry) : undefined;
  if (lacking !== undefined) return giveUp(`${lacking} is not among its files`);
  for (const file of entry.files) {
    const to = targetOf(unit, file);
    if (to === undefined) return giveUp(`no place for ${file.name}`);
    const text = file.kind === "dep-info" ? localText(unit, file) : undefined;
    if (text === "unknown") return giveUp(`${file.name} could not be placed`);
    const there = lstatPath(to);
    const isInto = typeof there === "object" && language.writesInto(file.kind, there);
    if (isCompilers(to, there, isInto)) return giveUp(`${to} is no plain file`);
    const temp = isInto ? undefined : `${dirName(to)}/${tempName()}`;
    const next = { file, to, temp, text };
    staged.push(next);
    const placement =
      stage(unit, next) ??
      (language.makesDirectories && makeDirs(dirName(to)) ? stage(unit, next) : undefined);
    if (placement === undefined) return giveUp(`${file.name} could not be placed`);
    if (placement !== "text" && placement !== "later") bytes[placement] += file.size;
  }
  // What is written into first: rules that were left half written beside a finished object would pass for whole ones.
  for (const next of staged) {
    if (next.temp !== undefined) continue;
    const placement = writeInto(unit, next);
    if (placement === undefined) return giveUp(`${next.to} could not be written`);
    if (placement !== "text") bytes[placement] += next.file.size;
  }
  for (const { temp, to } of staged) {
    if (temp !== undefined && !renamePath(temp, to)) return giveUp(`${to} could not be replaced`);
  }
  for (const { file, to } of staged) {
    const stat = file.kind === "dep-info" ? "absent" : statPath(to);
    if (typeof stat === "object") unit.place.digests.remember(stat, file.hash);
  }
  return { kind: "restored", bytes, stdout, stderr };
}

/** A device that takes everything: make rules that nobody wants are sent there. */
const SINK = "/dev/null";

/**
 * Whether what lies at an output's place is the compiler's to deal with: a device or a pipe is written to and never
 * replaced, a directory is its error, and behind a link a file is written to or made, unless the link is replaced.
 */
function isCompilers(to: string, there: Stat | Unseen, isInto: boolean): boolean {
  if (typeof there === "string" || there.kind === "file") return false;
  if (there.kind === "other") return !isInto || to !== SINK;
  if (there.kind === "directory" || isInto) return true;
  const behind = statPath(to);
  return typeof behind === "string" || behind.kind !== "file";
}

/** An output that every such call leaves and the entry has not. */
function lackingOf(unit: Unit, { files }: Entry): string | undefined {
  const lacks = unit.language
    .outputs()
    .find(({ name, required }) => required && !files.some((file) => file.name === name));
  return lacks?.name;
}

/** Where a file of an entry belongs here; undefined when this call has no place for it. */
function targetOf(unit: Unit, file: EntryFile): string | undefined {
  const output = unit.language.outputNamed(file.name);
  return output === undefined ? undefined : absolute(unit, output.path);
}

/** The mode that compilers ask for, of which the umask, or the directory's list, takes away. */
function askedMode(file: EntryFile): number {
  return file.executable ? 0o777 : 0o666;
}

/** How bytes came beside their place. */
type StagedAs = Placement | "text" | "later";

function stage(unit: Unit, { file, temp, text }: Staged): StagedAs | undefined {
  if (temp === undefined) return "later";
  if (text !== undefined) return stageText(text, temp);
  const { sharesInodes, facts } = unit.language;
  const mayLink = sharesInodes && mayShareInode(file, facts.crateTypes);
  const placement = placeBlob(unit.layout.blob(file.hash), temp, askedMode(file), mayLink);
  if (placement === undefined) removeFile(temp);
  return placement;
}

/** The text of a file of make rules as it must stand here. */
function localText({ layout, language }: Unit, file: EntryFile): Uint8Array | "unknown" {
  const stored = readText(layout.blob(file.hash));
  const text = stored === undefined ? undefined : language.localDepInfo(stored);
  return text === undefined
    ? "unknown"
    : new TextEncoder().encode(language.withDeclaredInputs(text));
}

function stageText(text: Uint8Array, temp: string): "text" | undefined {
  const fd = openNew(temp, 0o666);
  if (fd < 0) return undefined;
  const ok = writeAll(fd, text);
  closeFd(fd);
  if (!ok) removeFile(temp);
  return ok ? "text" : undefined;
}

/** Writes into the file that is there, as the compiler would: its permissions, owner and inode stay. */
function writeInto(unit: Unit, { file, to, text }: Staged): Placement | "text" | undefined {
  if (text === undefined) return writeBlobInto(unit.layout.blob(file.hash), to);
  const fd = openInto(to);
  if (fd < 0) return undefined;
  const ok = writeAll(fd, text);
  closeFd(fd);
  return ok ? "text" : undefined;
}

/** Prints what the compiler printed. */
export function replay(caller: Caller, stdout: string, stderr: string): void {
  const encoder = new TextEncoder();
  if (stdout !== "") caller.write(STDOUT, encoder.encode(stdout));
  if (stderr !== "") caller.write(STDERR, encoder.encode(stderr));
}
