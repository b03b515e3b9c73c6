// Finished cells on disk, so that an interrupted proof goes on where it stopped. One JSON file a cell,
// in a directory named by the digest of the executable and of the workspaces of this repository: when one
// of them changes, everything is to be proved again.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Artifacts } from "./artifacts.ts";
import type { Mode } from "./projects.ts";
import { MODES } from "./projects.ts";

/** What each cell shows, in the order of the table's columns. */
export const CLAIMS = ["misses", "spawns", "identical", "verified", "noop"] as const;

/** One of them. */
export type Claim = (typeof CLAIMS)[number];

/** A claim with what speaks against it; none: it holds. */
export interface Finding {
  readonly claim: Claim;
  readonly faults: readonly string[];
}

/** One finished cell. */
export interface CellResult {
  readonly project: string;
  readonly mode: Mode;
  /** Compiler calls of cargo's in the second checkout. */
  readonly units: number;
  /** Hits in the second checkout that were compiled as well and found the same to the byte. */
  readonly verified: number;
  /**
   * Units whose files name their checkout, so that a compile there is the only right answer: cold builds
   * of the two checkouts differ in them. Listed, and no fault.
   */
  readonly bound: readonly string[];
  /** Files below the target directory that were compared. */
  readonly artifacts: number;
  /** Compiles of build scripts' own in the second checkout, `package: crate`. */
  readonly probes: readonly string[];
  readonly seconds: number;
  readonly findings: readonly Finding[];
}

const VERSION = 2;

/** `project/mode`, as progress lines and failures call a cell. */
export function cellName(project: string, mode: Mode): string {
  return `${project}/${mode}`;
}

/** The directory of one executable's cells, for the sources of this repository as they are now. */
export async function stateDirectory(
  base: string,
  executable: string,
  sources: Artifacts,
): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256").update(await readFile(executable));
  for (const name of [...sources.keys()].sort()) {
    hasher.update(`${name} ${sources.get(name) ?? ""}\n`);
  }
  const directory = join(base, `kache-${hasher.digest("hex").slice(0, 16)}`);
  await mkdir(directory, { recursive: true });
  return directory;
}

/** Writes a finished cell, whole or not at all. */
export async function keepCell(directory: string, result: CellResult): Promise<void> {
  const path = join(directory, `${result.project}.${result.mode}.json`);
  await writeFile(
    `${path}.new`,
    `${JSON.stringify({ version: VERSION, ...result }, undefined, 1)}\n`,
  );
  await rename(`${path}.new`, path);
}

/** Every finished cell that can be read. */
export async function readCells(directory: string): Promise<readonly CellResult[]> {
  if (!existsSync(directory)) return [];
  const names = (await readdir(directory)).filter((name) => name.endsWith(".json")).sort();
  const cells = names.map(async (name) => {
    const written: unknown = JSON.parse(await readFile(join(directory, name), "utf8"));
    return decodeCell(written);
  });
  return (await Promise.all(cells)).flatMap((cell) => cell ?? []);
}

/** Undefined for another version or anything else that is not a cell. */
export function decodeCell(written: unknown): CellResult | undefined {
  const member = (name: string): unknown =>
    typeof written === "object" && written !== null ? Reflect.get(written, name) : undefined;
  const mode = MODES.find((each) => each === member("mode"));
  const project = member("project");
  const findings = member("findings");
  if (member("version") !== VERSION || mode === undefined || typeof project !== "string") return;
  if (!Array.isArray(findings)) return undefined;
  return {
    project,
    mode,
    units: Number(member("units")),
    verified: Number(member("verified")),
    bound: texts(member("bound")),
    artifacts: Number(member("artifacts")),
    probes: texts(member("probes")),
    seconds: Number(member("seconds")),
    findings: findings.flatMap(decodeFinding),
  };
}

function decodeFinding(written: unknown): Finding[] {
  if (typeof written !== "object" || written === null) return [];
  const claim = CLAIMS.find((each) => each === Reflect.get(written, "claim"));
  return claim === undefined ? [] : [{ claim, faults: texts(Reflect.get(written, "faults")) }];
}

function texts(written: unknown): string[] {
  if (!Array.isArray(written)) return [];
  return written.filter((each): each is string => typeof each === "string");
}
