// A finished, understood compile → blobs, entry, manifest. Any fault means: not kept, and why; the
// build has its outputs already.
import { digestOf } from "../base/digest.ts";
import { listNames } from "../base/directory.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { decodeUtf8, readFileBytes, readText, statPath } from "../base/file.ts";
import { timestamp } from "../base/clock.ts";
import { VERSION } from "../base/version.ts";
import { rewriteDepInfo } from "../compiler/rustc/dep-info.ts";
import { debugObjects, mayBeEmpty, type Output, outputsOf } from "../compiler/rustc/outputs.ts";
import type { RustcCompile } from "../compiler/rustc/rustc-compile.ts";
import type { InvocationKey } from "../key/cache-key.ts";
import { deriveResultKey, orderMembers } from "../key/derive-key.ts";
import type { Member } from "../key/input-set.ts";
import type { KeyField } from "../key/key-hasher.ts";
import { decodeManifest, encodeManifest, extendManifest, type InputSet } from "../key/manifest.ts";
import { mapText } from "../key/mapped-text.ts";
import { realOutDirPath } from "../key/out-dir.ts";
import { addBytes, mayShareInode, takeIn } from "../store/blob.ts";
import type { Entry, EntryFile } from "../store/entry.ts";
import { LeakScanner } from "../store/leak-scan.ts";
import { putEntry } from "../store/store.ts";
import { bindTo } from "./bind.ts";
import { type CompileRun, isTooNew } from "./compile.ts";
import { OUTPUT_MARK } from "./restore.ts";
import { absolute, type Unit } from "./unit.ts";

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
  | {
      readonly kind: "not-kept";
      readonly detail: string;
      /** Whether the store failed, and not the result: it would have been kept on a sound disk. */
      readonly storeFault: boolean;
    };

/** A compile with everything its entry needs. */
export interface Finished {
  readonly run: CompileRun;
  readonly key: InvocationKey;
  readonly fields: readonly KeyField[];
  readonly members: readonly Member[];
  readonly compileMs: number;
}

/** Warnings after which rustc succeeds with an output that is not what was asked for. */
const DEGRADED =
  /stripping debug info with|unable to run `(?:strip|dsymutil|rust-objcopy)|processing debug info with|failed to connect to jobserver|internal compiler error/;

function notKept(detail: string): Kept {
  return {
    kind: "not-kept",
    detail,
    storeFault: / could not be stored$| would not take /.test(detail),
  };
}

/** Stores the result and extends the manifest. */
export function keep(unit: Unit, finished: Finished): Kept {
  const { run, key, fields } = finished;
  const streams = storableStreams(unit, run);
  if (typeof streams === "string") return notKept(streams);
  const { roots, remapped } = unit.place;
  const scanner = new LeakScanner(roots);
  const files: EntryFile[] = [];
  let fresh = 0;
  for (const output of [...outputsOf(unit.compile), ...sideOutputs(unit)]) {
    // Without remapping the key holds the paths themselves.
    const taken = takeOutput(unit, run, output, remapped ? scanner : undefined);
    if (typeof taken === "string") return notKept(taken);
    if (taken === undefined) continue;
    files.push(taken.file);
    if (taken.fresh) fresh += 1;
  }
  const exitCode = run.end.kind === "exited" ? run.end.code : 1;
  if (files.length === 0 && exitCode === 0) return notKept("the compile left no output");
  for (const text of remapped ? [streams.stdout, streams.stderr] : []) scanner.addText(text);
  const binding = bindTo(scanner.found(), roots, finished);
  const members = orderMembers([...finished.members, ...binding.members]);
  const resultKey = deriveResultKey(key, members);
  const entry: Entry = {
    key: resultKey,
    ...unitFacts(unit.compile),
    files,
    stdout: streams.stdout,
    stderr: streams.stderr,
    exitCode,
    compileMs: Math.round(finished.compileMs),
    invocationKey: key,
    created: timestamp(),
    version: VERSION,
  };
  if (!putEntry(unit.layout, entry, { fields, members })) {
    return notKept("the cache directory would not take the entry");
  }
  if (!addInputSet(unit, { key: resultKey, members }, key))
    return notKept("the cache directory would not take the manifest");
  return { kind: "kept", entry, blobs: files.length, fresh, boundTo: binding.unexpected };
}

/** The one case where only a look at the output directory tells what was written. */
function sideOutputs(unit: Unit): Output[] {
  if (unit.compile.splitDebuginfo !== "unpacked") return [];
  const names = listNames(absolute(unit, unit.compile.outDir ?? "."));
  return typeof names === "string" ? [] : debugObjects(unit.compile, names);
}

function addInputSet(unit: Unit, set: InputSet, key: InvocationKey): boolean {
  const path = unit.layout.manifest(key);
  const text = readText(path);
  const manifest = text === undefined ? undefined : decodeManifest(text);
  const extended = extendManifest(manifest, set);
  return writeFileAtomic(path, encodeManifest(extended));
}

/** The unit as reports name it. */
export function unitFacts(compile: RustcCompile) {
  const optimized = compile.optLevel ?? "0";
  const profile = optimized === "0" ? "dev" : /^[sz]$/.test(optimized) ? "release-size" : "release";
  return {
    crateName: compile.crateName,
    crateTypes: compile.testHarness ? ["test"] : compile.crateTypes,
    features: compile.features,
    target: compile.target ?? "host",
    profile,
  };
}

function storableStreams(unit: Unit, run: CompileRun): { stdout: string; stderr: string } | string {
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

interface Taken {
  readonly file: EntryFile;
  readonly fresh: boolean;
}

function takeOutput(
  unit: Unit,
  run: CompileRun,
  output: Output,
  scanner: LeakScanner | undefined,
): Taken | string | undefined {
  const path = absolute(unit, output.path);
  const stat = statPath(path);
  const required = output.required && run.end.kind === "exited" && run.end.code === 0;
  if (typeof stat === "string" || stat.kind !== "file") {
    return required ? `${output.name} is missing` : undefined;
  }
  // One that was there before and was not written is not this compile's.
  if (!isTooNew(path, run.startStamp))
    return required ? `${output.name} was not written` : undefined;
  if (stat.size === 0 && !mayBeEmpty(unit.compile, output.kind)) return `${output.name} is empty`;
  if (output.kind === "dep-info") return takeDepInfo(unit, run, { output, path, scanner });
  const EXECUTABLE = 0o111;
  const mayLink = mayShareInode(output.name, (stat.mode & EXECUTABLE) !== 0);
  const taken = takeIn(unit.layout, unit.place.digests, { path, mayLink, scanner });
  if (taken === undefined) return `${output.name} could not be stored`;
  const { digest: hash, size, executable, check } = taken;
  const claim = check === undefined ? {} : { check };
  return {
    file: { name: output.name, kind: output.kind, hash, size, executable, ...claim },
    fresh: taken.fresh,
  };
}

/** On disk, dep-info names the real OUT_DIR and not our copy of it. */
export function localizeDepInfo(unit: Unit, run: CompileRun): void {
  const output = outputsOf(unit.compile).find(({ kind }) => kind === "dep-info");
  if (output === undefined || run.outDir === undefined) return;
  const path = absolute(unit, output.path);
  const text = readText(path);
  if (text === undefined) return;
  const local = localText(run, text);
  if (local !== text) writeFileAtomic(path, local);
}

/** Dep-info is stored with mapped paths. */
function takeDepInfo(
  unit: Unit,
  run: CompileRun,
  { output, path, scanner }: { output: Output; path: string; scanner: LeakScanner | undefined },
): Taken | string {
  const bytes = readFileBytes(path);
  const text = typeof bytes === "string" ? undefined : decodeUtf8(bytes);
  if (text === undefined) return `${output.name} is not text`;
  const local = localText(run, text);
  const names = new Map(outputsOf(unit.compile).map((one) => [one.path, one.name]));
  const stored = rewriteDepInfo(local, (written) => {
    const name = names.get(written);
    return name === undefined ? unit.place.roots.map(written) : OUTPUT_MARK + name;
  });
  // A restore puts the OUT_DIR of its place there.
  scanner?.addText(stored.replace(/^# env-dep:OUT_DIR=.*$/m, ""));
  const content = new TextEncoder().encode(stored);
  const hash = digestOf(content);
  const fresh = addBytes(unit.layout, unit.place.digests, hash, content);
  if (fresh === undefined) return `${output.name} could not be stored`;
  return {
    file: { name: output.name, kind: output.kind, hash, size: content.length, executable: false },
    fresh,
  };
}

function localText(run: CompileRun, text: string): string {
  const { outDir } = run;
  if (outDir === undefined) return text;
  return rewriteDepInfo(text, (path) => realOutDirPath(path, outDir)).replaceAll(
    `# env-dep:OUT_DIR=${outDir.physical}`,
    () => `# env-dep:OUT_DIR=${outDir.real}`,
  );
}
