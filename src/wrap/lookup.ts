// InvocationKey → Hit or Miss: the manifest, the first input set that still holds, its entry, its blobs.
import { digestOf } from "../base/digest.ts";
import { readText, removeFile } from "../base/file.ts";
import { dirName } from "../base/path.ts";
import type { ResultKey, InvocationKey } from "../key/cache-key.ts";
import { decodeManifest, type InputSet, type Manifest, matchManifest } from "../key/manifest.ts";
import { recallSet, rememberSet } from "../key/settled-set.ts";
import { checkBlob } from "../store/blob.ts";
import { decodeEntry, type Entry, isHollow } from "../store/entry.ts";
import { removeEntry } from "../store/store.ts";
import { absolute, checkPlaceOf, type Unit } from "./unit/unit.ts";

/** What a look-up found. */
export type Lookup =
  | { readonly kind: "hit"; readonly entry: Entry }
  | { readonly kind: "miss"; readonly reason: MissReason; readonly manifest: Manifest | undefined };

/** Why there was no hit. */
export type MissReason = "never-compiled" | "inputs-changed" | "entry-gone" | "entry-damaged";

/** Looks the unit up. Runs no program and opens no database. */
export function lookUp(unit: Unit, key: InvocationKey): Lookup {
  const settled = unit.language.isRepeated
    ? recallSet(settledPath(unit, key), checkPlaceOf(unit))
    : undefined;
  const entry = settled === undefined ? undefined : soundEntry(unit, settled);
  if (typeof entry === "object") return { kind: "hit", entry };
  const text = readText(unit.layout.manifest(key));
  const manifest = text === undefined ? undefined : decodeManifest(text);
  if (manifest === undefined) return { kind: "miss", reason: "never-compiled", manifest };
  const set = matchManifest(manifest, checkPlaceOf(unit));
  if (set === undefined) return { kind: "miss", reason: "inputs-changed", manifest };
  const found = soundEntry(unit, set.key);
  if (typeof found === "string") return { kind: "miss", reason: found, manifest };
  if (unit.language.isRepeated) rememberPlace(unit, key, set);
  return { kind: "hit", entry: found };
}

/** Remembers the set for this place; where somebody takes that on, once the caller has its answer. */
function rememberPlace(unit: Unit, key: InvocationKey, set: InputSet): void {
  const remember = () => {
    const written = unit.language.outputs().map(({ path }) => dirName(absolute(unit, path)));
    rememberSet(settledPath(unit, key), set, checkPlaceOf(unit), new Set(written));
    return undefined;
  };
  const { afterwards } = unit.invocation.caller;
  if (afterwards === undefined) remember();
  else afterwards(remember);
}

/** One record for each key and place: paths in it are this place's own. */
function settledPath(unit: Unit, key: InvocationKey): string {
  const prefixes = unit.place.roots
    .prefixes()
    .map(({ prefix, sentinel }) => `${sentinel}${prefix}`);
  return unit.layout.settled(digestOf([key, unit.invocation.cwd, ...prefixes].join("\0")));
}

/** The entry with its blobs, if they can be trusted; damaged ones are removed. */
function soundEntry(unit: Unit, key: ResultKey): Entry | "entry-gone" | "entry-damaged" {
  const meta = readText(unit.layout.meta(key));
  if (meta === undefined) return "entry-gone";
  const entry = decodeEntry(meta);
  if (entry?.key === key && !isHollow(entry) && blobsSound(unit, entry)) return entry;
  removeEntry(unit.layout, key);
  return "entry-damaged";
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
