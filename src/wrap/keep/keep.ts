// A finished, understood compile → blobs, entry, manifest. Any fault means: not kept, and why; the
// build has its outputs already.
import { digestOf } from "../../base/digest.ts";
import { writeFileAtomic } from "../../base/atomic-write.ts";
import {
  decodeUtf8,
  hasExecuteBit,
  readFileBytes,
  readText,
  readUpTo,
  statPath,
  type Unseen,
} from "../../base/file.ts";
import { timestamp } from "../../base/clock.ts";
import { VERSION } from "../../base/version.ts";
import type { Lock } from "../../base/lock.ts";
import type { Output } from "../../compiler/output.ts";
import type { InvocationKey } from "../../key/cache-key.ts";
import type { Member } from "../../key/input-set.ts";
import type { KeyField } from "../../key/key-hasher.ts";
import {
  decodeManifest,
  encodeManifest,
  extendManifest,
  type InputSet,
} from "../../key/manifest.ts";
import { memberDetails } from "../../key/member-details.ts";
import { deriveResultKey, orderMembers } from "../../key/result-key.ts";
import { addBytes, mayShareInode, takeIn } from "../../store/blob.ts";
import { type Entry, type EntryFile, isHollow } from "../../store/entry.ts";
import { LeakScanner } from "../../store/leak-scan.ts";
import { putEntry } from "../../store/store.ts";
import { bindTo } from "./bind.ts";
import { mayBeOlder } from "../compile/freshness.ts";
import type { HeldOutputs } from "./hold.ts";
import type { CompileRun } from "../unit/language.ts";
import { absolute, checkPlaceOf, type Unit } from "../unit/unit.ts";

/** A result that is not kept. */
export interface NotKept {
  readonly kind: "not-kept";
  readonly detail: string;
  /** Whether the store failed, and not the result: it would have been kept on a sound disk. */
  readonly storeFault: boolean;
}

/** What became of a compile's result. */
export type Kept =
  | {
      readonly kind: "kept";
      readonly entry: Entry;
      readonly blobs: number;
      readonly fresh: number;
      /** Roots whose literal paths the outputs hold though nothing in the key says so. */
      readonly boundTo: readonly string[];
    }
  | NotKept;

/** A compile with everything its entry needs. */
export interface Finished {
  readonly run: CompileRun;
  readonly key: InvocationKey;
  readonly fields: readonly KeyField[];
  readonly members: readonly Member[];
  readonly compileMs: number;
  /** The outputs as they were at its end; undefined where they are still that. */
  readonly held: HeldOutputs | undefined;
}

/** A result that is not to be kept, and why. */
export function notKept(detail: string): NotKept {
  return { kind: "not-kept", detail, storeFault: false };
}

/** A result that the cache directory would not have. */
function notStored(detail: string): NotKept {
  return { kind: "not-kept", detail, storeFault: true };
}

/** Stores the result and extends the manifest, into which the key's lock turns where one is held. */
export function keep(unit: Unit, finished: Finished, lock: Lock | undefined): Kept {
  const { run, key, fields, held } = finished;
  const streams = run.storedStreams();
  if (typeof streams === "string") return notKept(streams);
  const { roots, remapped } = unit.place;
  const scanner = new LeakScanner(roots);
  const files: EntryFile[] = [];
  let fresh = 0;
  for (const output of held?.outputs ?? [...unit.language.outputs(), ...run.sideOutputs()]) {
    // Without remapping the key holds the paths themselves.
    const taken = takeOutput(unit, finished, output, remapped ? scanner : undefined);
    if (taken === undefined) continue;
    if ("kind" in taken) return taken;
    files.push(taken.file);
    if (taken.fresh) fresh += 1;
  }
  const exitCode = run.end.kind === "exited" ? run.end.code : 1;
  for (const text of remapped ? [streams.stdout, streams.stderr] : []) scanner.addText(text);
  const binding = bindTo(scanner.found(), roots, finished);
  const members = orderMembers([...finished.members, ...binding.members]);
  const details = memberDetails(members, checkPlaceOf(unit));
  const resultKey = deriveResultKey(key, members);
  const entry: Entry = {
    key: resultKey,
    ...unit.language.facts,
    files,
    stdout: streams.stdout,
    stderr: streams.stderr,
    exitCode,
    compileMs: Math.round(finished.compileMs),
    invocationKey: key,
    created: timestamp(),
    version: VERSION,
  };
  if (isHollow(entry)) return notKept("the compile left no output");
  if (!putEntry(unit.layout, entry, { fields, members, details })) {
    return notStored("the cache directory would not take the entry");
  }
  if (!addInputSet(unit, { key: resultKey, members }, key, lock))
    return notStored("the cache directory would not take the manifest");
  return { kind: "kept", entry, blobs: files.length, fresh, boundTo: binding.unexpected };
}

function addInputSet(
  unit: Unit,
  set: InputSet,
  key: InvocationKey,
  lock: Lock | undefined,
): boolean {
  const path = unit.layout.manifest(key);
  const text = readText(path);
  const manifest = text === undefined ? undefined : decodeManifest(text);
  const extended = extendManifest(manifest, set);
  const bytes = new TextEncoder().encode(encodeManifest(extended));
  return lock?.publish(path, bytes) === true || writeFileAtomic(path, bytes);
}

interface Taken {
  readonly file: EntryFile;
  readonly fresh: boolean;
}

function takeOutput(
  unit: Unit,
  { run, held: all }: Finished,
  output: Output,
  scanner: LeakScanner | undefined,
): Taken | NotKept | undefined {
  const path = absolute(unit, output.path);
  const held = all?.of(output);
  const stat = all === undefined ? statPath(path) : (held?.stat ?? "absent");
  const required = output.required && run.end.kind === "exited" && run.end.code === 0;
  if (typeof stat === "string" || stat.kind !== "file") {
    return required ? notKept(`${output.name} is missing`) : undefined;
  }
  // One that was there before and was not written is not this compile's.
  if (mayBeOlder(stat, run.startStamp))
    return required ? notKept(`${output.name} was not written`) : undefined;
  if (stat.size === 0 && !output.mayBeEmpty) return notKept(`${output.name} is empty`);
  if (output.kind === "dep-info") {
    const bytes = held === undefined ? readFileBytes(path) : readUpTo(held.fd, stat.size);
    return takeDepInfo(unit, run, { output, bytes, scanner });
  }
  const made = { name: output.name, executable: hasExecuteBit(stat) };
  const mayLink = mayShareInode(made, unit.language.facts.crateTypes);
  const taken = takeIn(unit.layout, unit.place.digests, { path, mayLink, scanner, held });
  if (taken === undefined) return notStored(`${output.name} could not be stored`);
  const { digest: hash, size, executable, check } = taken;
  const claim = check === undefined ? {} : { check };
  return {
    file: { name: output.name, kind: output.kind, hash, size, executable, ...claim },
    fresh: taken.fresh,
  };
}

/** Dep-info is stored without this place's paths. */
function takeDepInfo(
  unit: Unit,
  run: CompileRun,
  {
    output,
    bytes,
    scanner,
  }: { output: Output; bytes: Uint8Array | Unseen; scanner: LeakScanner | undefined },
): Taken | NotKept {
  const text = typeof bytes === "string" ? undefined : decodeUtf8(bytes);
  if (text === undefined) return notKept(`${output.name} is not text`);
  const stored = run.storedDepInfo(text);
  // A restore puts the OUT_DIR of its place there.
  scanner?.addText(stored);
  const content = new TextEncoder().encode(stored);
  const hash = digestOf(content);
  const fresh = addBytes(unit.layout, unit.place.digests, hash, content);
  if (fresh === undefined) return notStored(`${output.name} could not be stored`);
  return {
    file: { name: output.name, kind: output.kind, hash, size: content.length, executable: false },
    fresh,
  };
}
