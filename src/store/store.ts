// The store's hot face: put and remove entries. Opens no database.
import { removeDir } from "../base/directory.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { lstatPath, removeFile } from "../base/file.ts";
import type { ResultKey } from "../key/cache-key.ts";
import type { KeyField } from "../key/key-hasher.ts";
import type { Member } from "../key/input-set.ts";
import type { MemberDetail } from "../key/member-details.ts";
import { encodeEntry, type Entry } from "./entry.ts";
import type { Layout } from "./layout.ts";

/** What an entry's key was made of: kept beside it to explain later misses. */
export interface EntryInputs {
  readonly fields: readonly KeyField[];
  readonly members: readonly Member[];
  readonly details?: readonly MemberDetail[];
}

/** Whether nothing was ever stored: then nothing can be found. */
export function isStoreEmpty(layout: Layout): boolean {
  return lstatPath(layout.manifestsDir()) === "absent";
}

/** Publishes an entry whose blobs are all in place; false when the disk would not have it. */
export function putEntry(layout: Layout, entry: Entry, inputs: EntryInputs): boolean {
  // inputs.json first: an entry is visible by its meta.json.
  const told = writeFileAtomic(layout.inputs(entry.key), JSON.stringify({ schema: 1, ...inputs }));
  return told && writeFileAtomic(layout.meta(entry.key), encodeEntry(entry));
}

/** Removes an entry; its blobs stay until the sweep finds them unused. Idempotent. */
export function removeEntry(layout: Layout, key: ResultKey): boolean {
  // meta.json first: a crash leaves garbage, never an entry that lacks its parts.
  const gone = removeFile(layout.meta(key)) && removeFile(layout.inputs(key));
  removeDir(layout.entryDir(key));
  return gone && lstatPath(layout.meta(key)) === "absent";
}
