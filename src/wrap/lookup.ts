// InvocationKey → Hit or Miss: the manifest, the first input set that still holds, its entry, its blobs.
import { readText, removeFile } from "../base/file.ts";
import type { InvocationKey } from "../key/cache-key.ts";
import { decodeManifest, type InputSet, type Manifest, matchManifest } from "../key/manifest.ts";
import { checkBlob } from "../store/blob.ts";
import { decodeEntry, type Entry } from "../store/entry.ts";
import { removeEntry } from "../store/store.ts";
import { checkPlaceOf, type Unit } from "./unit.ts";

/** What a look-up found. */
export type Lookup =
  | { readonly kind: "hit"; readonly entry: Entry; readonly set: InputSet }
  | { readonly kind: "miss"; readonly reason: MissReason; readonly manifest: Manifest | undefined };

/** Why there was no hit. */
export type MissReason = "never-compiled" | "inputs-changed" | "entry-gone" | "entry-damaged";

/** Looks the unit up. Runs no program and opens no database. */
export function lookUp(unit: Unit, key: InvocationKey): Lookup {
  const text = readText(unit.layout.manifest(key));
  const manifest = text === undefined ? undefined : decodeManifest(text);
  if (manifest === undefined) return { kind: "miss", reason: "never-compiled", manifest };
  const set = matchManifest(manifest, checkPlaceOf(unit));
  if (set === undefined) return { kind: "miss", reason: "inputs-changed", manifest };
  const meta = readText(unit.layout.meta(set.key));
  if (meta === undefined) return { kind: "miss", reason: "entry-gone", manifest };
  const entry = decodeEntry(meta);
  if (entry?.key !== set.key || isHollow(entry) || !blobsSound(unit, entry)) {
    removeEntry(unit.layout, set.key);
    return { kind: "miss", reason: "entry-damaged", manifest };
  }
  return { kind: "hit", entry, set };
}

function blobsSound(unit: Unit, entry: Entry): boolean {
  const { digests } = unit.place;
  const thorough = unit.config.verifyRestores;
  return entry.files.every(({ hash, size, check }) => {
    const path = unit.layout.blob(hash);
    const claim = { digest: hash, size, thorough, ...(check === undefined ? {} : { check }) };
    const state = checkBlob(digests, path, claim);
    // Left in place, it would be taken for the real one by the next entry with the same content.
    if (state === "damaged") removeFile(path);
    return state === "sound";
  });
}

/** A success that left nothing is no success; a failed probe leaves nothing but its message. */
function isHollow(entry: Entry): boolean {
  return entry.files.length === 0 && entry.exitCode === 0;
}
