// What killed or outdated processes leave in and around the cache directory: scratch directories,
// lock files, temporaries, manifests without entries, copies of OUT_DIR. All of it can be made
// again.
import { statSync } from "node:fs";
import { listNames, removeTree } from "../base/directory.ts";
import {
  isDirectory,
  isTempName,
  lstatPath,
  readText,
  removeFile,
  statPath,
} from "../base/file.ts";
import { takeLock } from "../base/lock.ts";
import { parseDigest } from "../base/digest.ts";
import { sum } from "../base/numbers.ts";
import { DAY_MS } from "../base/units.ts";
import { type InvocationKey, invocationKey } from "../key/cache-key.ts";
import { decodeManifest } from "../key/manifest.ts";
import type { Layout } from "./layout.ts";
import { type EntryUsage, newestMs } from "./usage.ts";

/** How many of each were removed. */
export interface Leftovers {
  readonly scratchDirs: number;
  readonly locks: number;
  readonly temps: number;
  readonly manifests: number;
  readonly outDirs: number;
  readonly toolchains: number;
  readonly crateFacts: number;
  readonly settled: number;
}

/** A manifest is written after its entry, but a young one may belong to an entry not yet listed. */
const MANIFEST_GRACE_MS = 3_600_000;
/** Examining a toolchain again costs half a second, a macro's library some milliseconds. */
const EXAMINED_MS_MAX = 30 * DAY_MS;
const OUT_DIR_MS_MAX = 7 * DAY_MS;
/** What held in a place is found again by the manifest, at the cost of one slower hit. */
const SETTLED_MS_MAX = 7 * DAY_MS;

/** Clears everything that is old enough; `entries` are those that stay. */
export function clearLeftovers(
  layout: Layout,
  entries: readonly EntryUsage[],
  nowMs: number,
): Leftovers {
  const locks = clearLocks(layout, nowMs);
  return {
    scratchDirs: clearScratch(layout, nowMs),
    locks: locks.removed,
    temps: clearTemps(layout, nowMs),
    manifests: dropDeadManifests(layout, deadManifests(layout, entries, nowMs)),
    // A running compile may read its copy at this moment.
    outDirs: locks.young > 0 ? 0 : clearOutDirs(nowMs),
    toolchains: clearExamined(layout, nowMs),
    crateFacts: clearCrateFacts(layout, nowMs),
    settled: clearRecords(`${layout.cacheDir}/settled`, SETTLED_MS_MAX, nowMs),
  };
}

function namesIn(dir: string): string[] {
  const names = listNames(dir);
  return typeof names === "string" ? [] : names;
}

function isOlderThan(path: string, ageMs: number, nowMs: number): boolean {
  const stat = lstatPath(path);
  return typeof stat === "object" && newestMs(stat) + ageMs < nowMs;
}

function clearScratch(layout: Layout, nowMs: number): number {
  const dir = `${layout.cacheDir}/scratch`;
  const inMemory = namesIn(layout.memoryDir)
    .filter(isTempName)
    .map((name) => `${layout.memoryDir}/${name}`)
    .filter(isOwn);
  const stale = [...namesIn(dir).map((name) => `${dir}/${name}`), ...inMemory];
  return stale.filter((path) => isOlderThan(path, DAY_MS, nowMs) && removeTree(path)).length;
}

/** Lock files of compiles that were killed: the kernel's lock died with them, the file did not. */
function clearLocks(layout: Layout, nowMs: number): { removed: number; young: number } {
  let removed = 0;
  let young = 0;
  for (const path of flightLocks(layout)) {
    if (!isOlderThan(path, DAY_MS, nowMs)) {
      young += 1;
      continue;
    }
    const lock = takeLock(path, 0);
    if (typeof lock === "string") continue;
    lock.release(true);
    removed += 1;
  }
  return { removed, young };
}

/** Lock files of compiles, held or left behind. */
export function flightLocks(layout: Layout): string[] {
  return namesIn(layout.storeDir())
    .filter((name) => /^[0-9a-f]{64}\.lock$/.test(name))
    .map((name) => `${layout.storeDir()}/${name}`);
}

/** Indexes that were moved aside. */
const DAMAGED_INDEX = /^index\.db\.damaged-\d+$/;

function clearTemps(layout: Layout, nowMs: number): number {
  const { cacheDir } = layout;
  const below = (dir: string) =>
    namesIn(dir)
      .map((name) => `${dir}/${name}`)
      .filter(isDirectory);
  const dirs = [
    cacheDir,
    `${cacheDir}/toolchains`,
    `${cacheDir}/programs`,
    `${cacheDir}/macros`,
    `${cacheDir}/observer`,
    layout.storeDir(),
    ...below(layout.storeDir()),
    ...below(layout.blobsDir()),
    layout.manifestsDir(),
    `${cacheDir}/settled`,
  ];
  const temps = dirs.flatMap((dir) =>
    namesIn(dir)
      .filter((name) => isTempName(name) || DAMAGED_INDEX.test(name))
      .map((name) => `${dir}/${name}`),
  );
  return temps.filter((path) => isOlderThan(path, DAY_MS, nowMs) && removeFile(path)).length;
}

/** Manifests that belong to none of the entries and are not about to. */
function deadManifests(layout: Layout, entries: readonly EntryUsage[], nowMs: number): Set<string> {
  const live = new Set(entries.map(({ entry }) => entry.invocationKey));
  const dead = new Set<string>();
  const dir = layout.manifestsDir();
  for (const name of namesIn(dir)) {
    const key = name.replace(/\.json$/, "");
    if (live.has(key) || !isOlderThan(`${dir}/${name}`, MANIFEST_GRACE_MS, nowMs)) continue;
    dead.add(key);
  }
  return dead;
}

/** Removes those manifests of which no input set leads to an entry any more. */
export function dropDeadManifests(layout: Layout, keys: ReadonlySet<string>): number {
  let removed = 0;
  for (const text of keys) {
    const digest = parseDigest(text);
    if (digest === undefined) continue;
    const key = invocationKey(digest);
    if (leadsNowhere(layout, key) && removeFile(layout.manifest(key))) removed += 1;
  }
  return removed;
}

function leadsNowhere(layout: Layout, key: InvocationKey): boolean {
  const path = layout.manifest(key);
  const text = readText(path);
  if (text === undefined) return false;
  const manifest = decodeManifest(text);
  if (manifest === undefined) return true;
  return manifest.sets.every((set) => statPath(layout.meta(set.key)) === "absent");
}

/** Records of one folder that nobody wrote for a while. */
function clearRecords(dir: string, ageMs: number, nowMs: number): number {
  const records = namesIn(dir)
    .filter((name) => /^[0-9a-f]{64}(?:\.(?:json|record|set|family|libraries|search))?$/.test(name))
    .map((name) => `${dir}/${name}`);
  return records.filter((path) => isOlderThan(path, ageMs, nowMs) && removeFile(path)).length;
}

/** What was found out about compilers: about scripts once for each environment. */
function clearExamined({ cacheDir }: Layout, nowMs: number): number {
  return sum(["toolchains", "programs"], (kind) =>
    clearRecords(`${cacheDir}/${kind}`, EXAMINED_MS_MAX, nowMs),
  );
}

/** What compiled crates were seen to hold: each build of a macro adds records. */
export function clearCrateFacts({ cacheDir }: Layout, nowMs: number): number {
  const mentions = namesIn(`${cacheDir}/mentions`).map((name) => `${cacheDir}/mentions/${name}`);
  return sum([`${cacheDir}/macros`, ...mentions], (dir) =>
    clearRecords(dir, EXAMINED_MS_MAX, nowMs),
  );
}

const OUT_DIR_PARENT = "/var/tmp";

function clearOutDirs(nowMs: number): number {
  const ours = namesIn(OUT_DIR_PARENT)
    .filter((name) => /^kache-out-[0-9a-f]{32}$/.test(name))
    .map((name) => `${OUT_DIR_PARENT}/${name}`)
    .filter((path) => isDirectory(path) && isOwn(path));
  return ours.filter((path) => lastTouchMs(path) + OUT_DIR_MS_MAX < nowMs && removeTree(path))
    .length;
}

/** Whether it is this user's, where others have theirs beside it. */
function isOwn(path: string): boolean {
  const stat = lstatPath(path);
  return typeof stat === "object" && stat.kind !== "symlink" && stat.uid === process.getuid?.();
}

/** The newest time of anything in a tree, reading included: the kernel keeps that to a day's accuracy. */
function lastTouchMs(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  const own = Math.max(stat.atimeMs, stat.mtimeMs, stat.ctimeMs);
  if (!stat.isDirectory()) return own;
  return Math.max(own, ...namesIn(path).map((name) => lastTouchMs(`${path}/${name}`)));
}
