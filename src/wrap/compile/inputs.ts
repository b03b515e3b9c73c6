// Inputs dated after the compile: none may be younger than its start, or differ from what the key says.
import { isModifiedBefore, isOlder } from "./freshness.ts";
import { type Stat, statPath } from "../../base/file.ts";
import { dirName } from "../../base/path.ts";
import type { AwaitedFile } from "../../key/held-digest.ts";
import type { KeyedFiles } from "../../key/derived-key.ts";
import { listingDigest, type Member } from "../../key/input-set.ts";
import { absolute, type UnitBase } from "../unit/unit.ts";

type Start = { readonly startStamp: Stat | undefined };

/** The member of a file whose digest is taken now, or why it cannot be trusted. */
export function fileMember(
  unit: UnitBase,
  run: Start,
  name: string,
  path: string,
): Member | string {
  const found = unit.place.digests.of(path);
  if (typeof found === "string") return `${path} is ${found}`;
  if (!isOlder(found.stat, run.startStamp)) {
    return `${path} changed while the compiler ran`;
  }
  return { kind: "file", name, value: found.digest };
}

/**
 * Which file of the key changed, in words. The key says what it held when it was derived; the compiler
 * read it later. A parallel process may have moved its ctime by linking it, so content and mtime decide.
 */
export function keyedFilesChanged(
  unit: UnitBase,
  run: Start,
  keyed: KeyedFiles,
): string | undefined {
  for (const [path, before] of keyed) {
    const now = unit.place.digests.of(path);
    const same =
      typeof before === "string" || typeof now === "string"
        ? before === now
        : before.digest === now.digest && isModifiedBefore(now.stat, run.startStamp);
    if (!same) return `${path} changed while the compiler ran`;
  }
  return undefined;
}

/** What stands for a listing that nobody can know any more: no digest is equal to it. */
const CHANGED = "changed while the compiler ran";

/** What a directory's listing counts by, which was taken in the run: its digest, unless somebody else changed it since. */
export function listingOf(
  path: string,
  { startStamp }: Start,
  { written }: { readonly written: ReadonlySet<string> },
): string | undefined {
  const stat = statPath(path);
  const isKept = typeof stat === "object" && isModifiedBefore(stat, startStamp);
  const isOwn = () => [...written].some((own) => dirName(own) === path);
  return isKept || isOwn() ? listingDigest(path) : CHANGED;
}

/** Where members go, and files whose digest will be known when the result is stored, if that is early enough. */
export interface Dated {
  readonly members: Member[];
  readonly awaited: AwaitedFile[] | undefined;
}

/** Libraries: only linkers read them all, and nothing looks into them for texts. */
const LIBRARY = /\.rlib$/;

/** Takes the members in, dating the files among them; tells which of those changed. */
export function addDated(
  unit: UnitBase,
  run: Start,
  from: readonly Member[],
  { members, awaited }: Dated,
): string | undefined {
  for (const member of from) {
    if (member.kind !== "file" || member.value !== undefined) {
      members.push(member);
      continue;
    }
    const { name } = member;
    const path = absolute(unit, unit.place.roots.unmap(name) ?? name);
    const unread = LIBRARY.test(path) ? unit.place.digests.unread(path) : undefined;
    if (awaited !== undefined && unread !== undefined && isOlder(unread.stat, run.startStamp)) {
      awaited.push({ name, held: unread.held.await() });
      continue;
    }
    const dated = fileMember(unit, run, name, path);
    if (typeof dated === "string") return dated;
    members.push(dated);
  }
  return undefined;
}

/** The members of files that were awaited; or which of them is not any more what was read. */
export function awaitedMembers(awaited: readonly AwaitedFile[]): readonly Member[] | string {
  const members: Member[] = [];
  for (const { name, held } of awaited) {
    const value = held.digest();
    if (value === undefined) return `${name} changed before the result was stored`;
    members.push({ kind: "file", name, value });
  }
  return members;
}
