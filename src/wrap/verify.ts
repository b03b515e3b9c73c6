// KACHE_VERIFY: a hit is compiled all the same, into a directory of its own, and compared byte by byte with
// what was restored. The user's outputs come from the cache either way; both sides of a difference are
// kept for inspection. Costs a compile: how rules of the key are proven, not how builds are run.
import { timestamp } from "../base/clock.ts";
import { copyPrivately } from "../base/copy.ts";
import { listNames, makeDirs, removeTree } from "../base/directory.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import {
  closeFd,
  hasExecuteBit,
  openReadNoFollow,
  readText,
  statFd,
  statPath,
} from "../base/file.ts";
import type { Output } from "../compiler/output.ts";
import type { Entry, EntryFile } from "../store/entry.ts";
import { STDERR } from "./call/caller.ts";
import { type Divergence, divergenceOf } from "./divergence.ts";
import type { Hit } from "./hit.ts";
import type { CompileRun, MissLanguage, Rehearsal } from "./unit/language.ts";
import { lookUp } from "./lookup.ts";
import type { Verified } from "./record.ts";
import { openScratch } from "./unit/scratch.ts";
import { absolute, type Unit } from "./unit/unit.ts";

/** Compares hits as the settings want it: all of them, one in so many, and in strict mode to the end. */
export function verifierOf(unit: Unit, language: MissLanguage): (hit: Hit) => Verified | undefined {
  return (hit) => {
    if (!isDrawn(unit.config.verify.oneIn)) return undefined;
    unit.timeline.enter("verify");
    const verified = verifyHit(unit, language, hit);
    if (unit.config.verify.strict) endUnlessSound(unit, verified);
    return verified;
  };
}

function isDrawn(oneIn: number): boolean {
  if (oneIn < 2) return oneIn === 1;
  return Bun.hash(`${process.pid} ${performance.timeOrigin}`) % BigInt(oneIn) === 0n;
}

/** In strict mode a difference is the unit's end, said in words. */
function endUnlessSound(unit: Unit, verified: Verified): void {
  if (verified.kind === "same" || verified.kind === "unverified") return;
  const { crateName } = unit.language.facts;
  const kept = verified.evidence === undefined ? "" : `; both sides are in ${verified.evidence}`;
  const text =
    `error: kache: the cached result of ${crateName} is not what the compiler makes ` +
    `(${verified.detail})${kept}\n`;
  const { caller } = unit.invocation;
  caller.write(STDERR, new TextEncoder().encode(text));
  caller.settled = { kind: "exited", code: 1 };
}

/** Compiles what was restored and compares. Never throws for what the compiler does. */
function verifyHit(unit: Unit, language: MissLanguage, { entry }: Hit): Verified {
  const scratch = openScratch(unit.layout);
  if (scratch === undefined) return unverified("the cache directory cannot be written");
  try {
    const rehearsal = language.rehearse(scratch);
    if (typeof rehearsal === "string") return unverified(rehearsal);
    if (rehearsal.run.end.kind !== "exited")
      return unverified("the compiler did not end by itself");
    const differing = compare(unit, entry, rehearsal);
    if (typeof differing === "string") return unverified(differing);
    if (differing.length === 0) return { kind: "same" };
    // What was edited meanwhile is no fault of the cache.
    unit.place.digests.forget();
    const key = unit.language.deriveKey();
    const now = key.kind === "key" ? lookUp(unit, key.key) : undefined;
    if (now?.kind !== "hit" || now.entry.key !== entry.key) {
      return unverified("an input changed meanwhile");
    }
    const isContent = differing.some(({ kind }) => kind === "content");
    return {
      kind: isContent ? "content" : "path-debug",
      detail: differing.map(({ name, kind, how }) => `${name}: ${kind}, ${how}`).join("; "),
      evidence: keepEvidence(unit, entry, differing),
    };
  } finally {
    scratch.clear();
  }
}

function unverified(detail: string): Verified {
  return { kind: "unverified", detail };
}

/** One thing that is not the same on both sides. */
interface Differing {
  readonly name: string;
  readonly kind: Divergence;
  readonly how: string;
  readonly cached: Side;
  readonly made: Side;
}

/** A file, a text, or nothing. */
type Side = { readonly path: string } | { readonly text: string } | undefined;

/** Everything that differs, or why that cannot be told. */
function compare(unit: Unit, entry: Entry, { run, outputs }: Rehearsal): Differing[] | string {
  const streams = run.storedStreams();
  if (typeof streams === "string") return streams;
  const status = run.end.kind === "exited" ? run.end.code : -1;
  const differing = [
    ...compareText("exit status", String(entry.exitCode), String(status)),
    ...compareText("stdout", entry.stdout, streams.stdout),
    ...compareText("stderr", entry.stderr, streams.stderr),
  ];
  for (const output of outputs) {
    const file = entry.files.find(({ name }) => name === output.name);
    const one = compareOutput(unit, file, output, run);
    if (one !== undefined) differing.push(one);
  }
  return differing;
}

/** Streams, whose lines may come in another order: rustc's threads report as they are done. */
function compareText(name: string, cached: string, made: string): Differing[] {
  const sorted = (text: string) => text.split("\n").sort().join("\n");
  if (cached === made || sorted(cached) === sorted(made)) return [];
  return [
    { name, kind: "content", how: "differs", cached: { text: cached }, made: { text: made } },
  ];
}

function compareOutput(
  unit: Unit,
  file: EntryFile | undefined,
  output: Output,
  run: CompileRun,
): Differing | undefined {
  const path = absolute(unit, output.path);
  const isMade = typeof statPath(path) === "object";
  const { name } = output;
  if (file === undefined) {
    if (!isMade) return undefined;
    return { name, kind: "content", how: "is not in the cache", cached: undefined, made: { path } };
  }
  const cached = { path: unit.layout.blob(file.hash) };
  if (!isMade) {
    return { name, kind: "content", how: "is not made any more", cached, made: undefined };
  }
  if (output.kind === "dep-info") {
    // As they stand here: some values are put in at a restore.
    const local = (stored: string) => unit.language.localDepInfo(stored);
    const text = local(run.storedDepInfo(readText(path) ?? ""));
    if (text !== undefined && text === local(readText(cached.path) ?? "")) return undefined;
    return { name, kind: "content", how: "differs", cached, made: { text: text ?? "" } };
  }
  const found = unit.place.digests.of(path);
  if (typeof found === "object" && found.digest === file.hash) {
    if (hasExecuteBit(found.stat) === file.executable) return undefined;
    const how = "may be executed on one side only";
    return { name, kind: "content", how, cached, made: { path } };
  }
  const kind = divergenceOf(cached.path, path, unit.place.roots);
  return { name, kind, how: "differs", cached, made: { path } };
}

const KEPT_MAX = 20;
const FILE_BYTES_MAX = 256 * 1024 ** 2;

/** Keeps both sides of everything that differs; the oldest of such directories go. */
function keepEvidence(
  unit: Unit,
  entry: Entry,
  differing: readonly Differing[],
): string | undefined {
  const top = unit.layout.verifyDir();
  const crate = entry.crateName.replace(/[^\w.-]/g, "_");
  const KEY_SHOWN = 12;
  const stamp = timestamp().replace(/[:.]/g, "-");
  const dir = `${top}/${stamp}-${crate}-${entry.key.slice(0, KEY_SHOWN)}`;
  if (!makeDirs(`${dir}/cached`) || !makeDirs(`${dir}/compiled`)) return undefined;
  for (const { name, cached, made } of differing) {
    putSide(`${dir}/cached/${name}`, cached);
    putSide(`${dir}/compiled/${name}`, made);
  }
  const names = listNames(top);
  const old = typeof names === "string" ? [] : names.slice(0, Math.max(names.length - KEPT_MAX, 0));
  for (const name of old) removeTree(`${top}/${name}`);
  return dir;
}

function putSide(to: string, side: Side): void {
  if (side === undefined) return;
  if ("text" in side) {
    writeFileAtomic(to, side.text);
    return;
  }
  const fd = openReadNoFollow(side.path);
  if (fd < 0) return;
  const stat = statFd(fd);
  const OWN = 0o600;
  if (typeof stat === "object" && stat.size <= FILE_BYTES_MAX) {
    copyPrivately(fd, to, OWN, stat.size);
  }
  closeFd(fd);
}
