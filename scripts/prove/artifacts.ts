// Everything a build left in a target directory, by content, and how two such pictures differ.
import { readdir, readFile, readlink } from "node:fs/promises";
import { join, relative } from "node:path";

/** Path below the target directory → digest of the content. */
export type Artifacts = ReadonlyMap<string, string>;

// Cargo's own bookkeeping holds times and is not an artifact; incremental state is never restored.
const BOOKKEEPING = /(^|\/)(\.fingerprint|incremental)\/|^\.rustc_info\.json$|\.cargo-lock$/;

/** What checkouts with C in them are compared by: programs, Rust libraries and C archives. */
export const isLinkedArtifact = (name: string) => /\.(a|rlib)$|^debug\/uses-it$/.test(name);

// Where a target has several files (cdylib and rlib) cargo writes one rule for all of them, and which it names
// there follows from the order of a hash map: now and then another one, also without any wrapper.
const CARGO_RULE = /^[^/]+\/[^/]+\.d$/;

// What autocfg's probes leave in OUT_DIR, under a name drawn at random in each build.
const DRAWN_NAME = /\/out\/autocfg_[0-9a-f]{16}_\d+\.ll$/;

const isArtifact = (name: string) => !BOOKKEEPING.test(name) && !DRAWN_NAME.test(name);

/** Reads the whole directory, or what `counts` of it; a symbolic link counts by where it points. */
export async function readArtifacts(target: string, counts = isArtifact): Promise<Artifacts> {
  const found = new Map<string, string>();
  const entries = await readdir(target, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(target, path);
    if (entry.isDirectory() || !counts(name)) continue;
    if (entry.isSymbolicLink()) found.set(name, `-> ${await readlink(path)}`);
    else found.set(name, await (CARGO_RULE.test(name) ? digestOfRule(path) : digest(path)));
  }
  return found;
}

/** The names that are missing on one side or differ, sorted. */
export function differingArtifacts(left: Artifacts, right: Artifacts): string[] {
  const names = new Set([...left.keys(), ...right.keys()]);
  return [...names].filter((name) => left.get(name) !== right.get(name)).sort();
}

async function digest(path: string): Promise<string> {
  return new Bun.CryptoHasher("sha256").update(await readFile(path)).digest("hex");
}

/** A make rule by what it lists, without the file that it is for. */
async function digestOfRule(path: string): Promise<string> {
  const rule = await readFile(path, "utf8");
  return new Bun.CryptoHasher("sha256").update(rule.slice(rule.indexOf(": "))).digest("hex");
}

// Make rules and what build scripts printed name the checkout they are of, as they must.
const NAMES_ITS_PLACE = /\.d$|(^|\/)build\/[^/]+\/(output|root-output|stderr|out\/)/;

/** The files of one unit, by cargo's name for it. */
export function namesUnit(path: string, crate: string, unit: string): boolean {
  return unit !== "" && path.slice(path.lastIndexOf("/") + 1).includes(`${crate}${unit}`);
}

/** Without the files whose content is meant to name the checkout: for comparing two of them. */
export function withoutPlaces(artifacts: Artifacts): Artifacts {
  return new Map([...artifacts].filter(([name]) => !NAMES_ITS_PLACE.test(name)));
}
