// Bytes by digest: taking a file in, checking one, placing one. A blob that a checkout also links is
// trusted only while its stat is the one its digest was remembered with.
import { type Digest, StreamDigest } from "../base/digest.ts";
import { cloneTo, copyInto, copyTo, mayClone, type Placement } from "../base/copy.ts";
import { libc } from "../base/libc.ts";
import { choosesPermissions, makeDirs } from "../base/directory.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import {
  closeFd,
  digestFd,
  eachChunk,
  hasExecuteBit,
  lstatPath,
  openInto,
  openNew,
  openReadNoFollow,
  removeFile,
  renamePath,
  rewindFd,
  sameStat,
  type Stat,
  statFd,
  statPath,
  tempName,
  touchFd,
} from "../base/file.ts";
import { linkFd, linkPath } from "../base/link.ts";
import { dirName } from "../base/path.ts";
import type { HeldOutput } from "./held-output.ts";
import type { LeakScanner } from "./leak-scan.ts";
import { eachPackedSection } from "./packed-sections.ts";
import { rememberOwnLink } from "./own-links.ts";
import { QuickCheck, quickCheckOf } from "./quick-check.ts";
import type { FileDigests } from "../key/file-digest.ts";
import type { Layout } from "./layout.ts";

/** Blobs are never written to; a link of one in a checkout gets its own mode when it is placed. */
const BLOB_MODE = 0o444;

/**
 * Whether a file may share its inode with the store: only what nobody but a compiler and cargo touches,
 * and what is replaced as a whole when it is written again. Programs and libraries that people strip, patch
 * or give capabilities to, and metadata, get an inode of their own.
 */
export function mayShareInode(
  { name, executable }: { readonly name: string; readonly executable: boolean },
  crateTypes: readonly string[],
): boolean {
  if (!executable) return name.endsWith(".rlib") || name.endsWith(".a");
  // Cargo's own: a third of what a development build writes.
  return name.startsWith("build_script_") || crateTypes.includes("proc-macro");
}

/** A file taken into the store. */
export interface TakenIn {
  readonly digest: Digest;
  /** For files that may share their inode; see quick-check.ts. */
  readonly check: string | undefined;
  readonly size: number;
  readonly executable: boolean;
  /** Whether its bytes were new to the store. */
  readonly fresh: boolean;
}

/** A compiler's output on its way into the store. */
export interface NewOutput {
  readonly path: string;
  readonly mayLink: boolean;
  /** Looks through the bytes for paths of this machine. */
  readonly scanner: LeakScanner | undefined;
  /** Its bytes as they were when the compiler ended, where the file itself may be another one by now. */
  readonly held?: HeldOutput | undefined;
}

/** Cargo dates metadata anew within moments, and once. */
const TAKES_MAX = 3;

/**
 * Takes a compiler's output into the store: by reflink, else by a hard link when `mayLink`, else by a
 * copy inside the kernel. Undefined when it changed meanwhile or the disk would not have it.
 */
export function takeIn(
  layout: Layout,
  digests: FileDigests,
  output: NewOutput,
): TakenIn | undefined {
  const { path, held } = output;
  const source = held?.fd ?? openReadNoFollow(path);
  if (source < 0) return undefined;
  try {
    for (let takes = 1; takes <= TAKES_MAX; takes += 1) {
      const taken = takeOpened(layout, digests, { ...output, source });
      if (taken !== "changed") return taken;
      // What was held with a check may have been dated anew this very moment: its check tells whether it was that.
      if (held?.check === undefined) return undefined;
      rewindFd(source);
    }
    return undefined;
  } finally {
    if (held === undefined) closeFd(source);
  }
}

function takeOpened(
  layout: Layout,
  digests: FileDigests,
  { path, mayLink: wantsLink, scanner, held, source }: NewOutput & { readonly source: number },
): TakenIn | "changed" | undefined {
  const mayLink = wantsLink && held?.isOpened !== false;
  // What was held with a check may have been dated anew since.
  const before = held === undefined || held.check !== undefined ? statFd(source) : held.stat;
  if (typeof before === "string" || before.kind !== "file") return undefined;
  const known = held?.content?.known;
  const hasher = known === undefined ? new StreamDigest() : undefined;
  // Only what is ever linked will be checked by it, and what was held with one.
  const quick = wantsLink || held?.check !== undefined ? new QuickCheck() : undefined;
  const whole = eachChunk(source, (bytes) => {
    hasher?.add(bytes);
    quick?.add(bytes);
    scanner?.add(bytes);
  });
  if (!whole) return undefined;
  if (scanner !== undefined) scanPacked(source, before.size, scanner);
  const digest = hasher?.finish() ?? known;
  if (digest === undefined) return undefined;
  const check = quick?.finish();
  if (held?.check !== undefined && check !== held.check) return undefined;
  const unchanged = () => {
    const after = held === undefined ? statPath(path) : held.isOpened ? statFd(source) : held.stat;
    if (typeof after === "string" || after.size !== before.size) return undefined;
    return after.mtimeNsec === before.mtimeNsec ? after : undefined;
  };
  const unlinked = mayLink ? statFd(source) : "absent";
  const isUnnamed = held?.isUnnamed === true;
  const fresh = addBlob(layout, digests, { source, before, digest, mayLink, isUnnamed, unchanged });
  if (typeof fresh !== "boolean") return fresh;
  const after = unchanged();
  if (after === undefined) return "changed";
  if (typeof unlinked === "object") rememberOwnLink(unlinked, after);
  // Later changes show in the times; linking has already moved ctime. What was held may have been changed in the
  // very tick of its times.
  if (held?.isOpened !== false) digests.remember(after, digest);
  held?.content?.settle(digest);
  return {
    digest,
    check: wantsLink ? check : undefined,
    size: after.size,
    executable: hasExecuteBit(after),
    fresh,
  };
}

function scanPacked(source: number, size: number, scanner: LeakScanner): void {
  scanner.end();
  const end = eachPackedSection(source, size, (content) => {
    scanner.add(content);
    scanner.end();
  });
  if (end !== "done") scanner.giveUp();
}

interface NewBlob {
  readonly source: number;
  readonly before: Stat;
  readonly digest: Digest;
  readonly mayLink: boolean;
  /** Whether the source is a file of the store's that has no name yet. */
  readonly isUnnamed: boolean;
  /** The source's stat while it is still what was read. */
  readonly unchanged: () => Stat | undefined;
}

/**
 * Whether the blob was added (false: there already); undefined on a fault. Nothing is published under a digest that
 * a source which changed between its reading and its copying does not have.
 */
function addBlob(
  layout: Layout,
  digests: FileDigests,
  blob: NewBlob,
): boolean | "changed" | undefined {
  const path = layout.blob(blob.digest);
  if (checkBlob(digests, path, { digest: blob.digest, size: blob.before.size }) === "sound")
    return false;
  removeFile(path);
  const temp = `${dirName(path)}/${tempName()}`;
  if (!placeNew(blob, temp) && !(makeDirs(dirName(path)) && placeNew(blob, temp))) return undefined;
  const isChanged = blob.unchanged() === undefined;
  if (isChanged || !renamePath(temp, path)) {
    removeFile(temp);
    return isChanged ? "changed" : undefined;
  }
  const stat = statPath(path);
  // A linked one may have been written into this very moment.
  if (typeof stat === "object" && blob.unchanged() !== undefined) {
    digests.remember(stat, blob.digest);
  }
  return true;
}

function placeNew(blob: NewBlob, temp: string): boolean {
  const { source, before, mayLink, isUnnamed } = blob;
  if (isUnnamed && linkFd(source, temp)) return finishPlaced(source, BLOB_MODE);
  rewindFd(source);
  // Of what was held, cargo may have made another name since.
  const link = mayLink && before.nlink === 1 ? () => linkFd(source, temp) : undefined;
  return (
    place({ source, size: before.size, link }, temp, { asked: BLOB_MODE, exact: BLOB_MODE }) !==
    undefined
  );
}

/** Adds bytes that exist only in memory (rewritten dep-info). */
export function addBytes(
  layout: Layout,
  digests: FileDigests,
  digest: Digest,
  bytes: Uint8Array,
): boolean | undefined {
  const path = layout.blob(digest);
  if (checkBlob(digests, path, { digest, size: bytes.length }) === "sound") return false;
  return writeFileAtomic(path, bytes, BLOB_MODE) ? true : undefined;
}

/** What a look at a blob shows. */
export type BlobState = "sound" | "absent" | "damaged";

/** What a blob is checked against. */
export interface BlobClaim {
  readonly digest: Digest;
  readonly size: number;
  /** The entry's quick check, when there is one. */
  readonly check?: string;
  /** Whether to read it in any case, and by its digest (KACHE_VERIFY_RESTORES). */
  readonly thorough?: boolean;
}

/** Checks a blob: size, and content unless its stat is one the digest was remembered with. */
export function checkBlob(digests: FileDigests, path: string, claim: BlobClaim): BlobState {
  const { digest, size, check, thorough = false } = claim;
  const stat = lstatPath(path);
  if (stat === "absent") return "absent";
  if (typeof stat === "string" || stat.kind !== "file" || stat.size !== size) return "damaged";
  if (!thorough && digests.recall(stat) === digest) return "sound";
  const holds =
    check !== undefined && !thorough ? quickCheckOf(path) === check : digestOfFile(path) === digest;
  const after = lstatPath(path);
  if (!holds || typeof after === "string") return "damaged";
  if (sameStat(stat, after)) digests.remember(after, digest);
  return "sound";
}

/** The digest of a file as it is now; undefined when it cannot be read. */
export function digestOfFile(path: string): Digest | undefined {
  const fd = openReadNoFollow(path);
  if (fd < 0) return undefined;
  const digest = digestFd(fd);
  closeFd(fd);
  return digest;
}

/**
 * Puts a blob at `to`, which must not exist: reflink, else (when `mayLink`) a hard link if the blob has
 * no other, else a copy. The file gets the mode that this process would make it with by `asked`, and the time of
 * now from the file-write clock, which is what cargo compares. More than one link per blob would let one checkout
 * re-date another's file.
 */
export function placeBlob(
  blob: string,
  to: string,
  asked: number,
  mayLink: boolean,
): Placement | undefined {
  const source = openReadNoFollow(blob);
  if (source < 0) return undefined;
  try {
    const stat = statFd(source);
    if (typeof stat === "string") return undefined;
    const link =
      mayLink && stat.nlink === 1
        ? () => linkExclusively(source, blob, to) && finishPlaced(source, asked & ~umask())
        : undefined;
    return place({ source, size: stat.size, link }, to, { asked });
  } finally {
    closeFd(source);
  }
}

/** Writes a blob's bytes into a file that is there, which keeps its permissions, its owner and its inode. */
export function writeBlobInto(blob: string, to: string): Placement | undefined {
  const source = openReadNoFollow(blob);
  if (source < 0) return undefined;
  const target = openInto(to);
  try {
    const stat = statFd(source);
    if (target < 0 || typeof stat === "string") return undefined;
    return copyInto(source, target, stat.size);
  } finally {
    closeFd(source);
    if (target >= 0) closeFd(target);
  }
}

/** An open file to be placed. */
interface Placing {
  readonly source: number;
  readonly size: number;
  /** Links it, where that is allowed. */
  readonly link: (() => boolean) | undefined;
}

/** The mode a new file is asked for, of which the umask or the directory's list takes away; the one it is to have. */
interface NewMode {
  readonly asked: number;
  readonly exact?: number;
}

function place({ source, size, link }: Placing, to: string, mode: NewMode): Placement | undefined {
  if (link !== undefined) {
    const placement = mayClone(source)
      ? placeCopy({ source, size, isLast: false }, to, mode)
      : "not-cloned";
    if (placement !== "not-cloned") return placement;
    if (link()) return "hardlink";
  }
  const placement = placeCopy({ source, size, isLast: true }, to, mode);
  return placement === "not-cloned" ? undefined : placement;
}

/** A private file: cloned, else (when nothing comes after this) copied. */
function placeCopy(
  from: { readonly source: number; readonly size: number; readonly isLast: boolean },
  to: string,
  { asked, exact }: NewMode,
): "reflink" | "copy" | "not-cloned" | undefined {
  const target = openNew(to, asked);
  if (target < 0) return undefined;
  const cloned = cloneTo(from.source, target);
  if (!cloned && !from.isLast) {
    closeFd(target);
    removeFile(to);
    return "not-cloned";
  }
  const placed = cloned || copyTo(from.source, target, from.size);
  const ok = placed && (exact === undefined ? touchFd(target) : finishPlaced(target, exact));
  closeFd(target);
  if (!ok) removeFile(to);
  return ok ? (cloned ? "reflink" : "copy") : undefined;
}

/** This process's mask of modes, which can only be read by setting it. */
function umask(): number {
  const mask = libc.umask(0);
  libc.umask(mask);
  return mask;
}

/** Links the blob to `to`, if that makes exactly two; not where a new file would have a group or mode of its own. */
function linkExclusively(source: number, blob: string, to: string): boolean {
  if (choosesPermissions(dirName(to)) || !linkPath(blob, to)) return false;
  const linked = statFd(source);
  const EXCLUSIVE_LINKS = 2;
  if (typeof linked === "object" && linked.nlink === EXCLUSIVE_LINKS) return true;
  removeFile(to);
  return false;
}

function finishPlaced(fd: number, mode: number): boolean {
  return libc.fchmod(fd, mode) === 0 && touchFd(fd);
}
