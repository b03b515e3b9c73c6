// What two builds left: their programs, Rust libraries and C archives, compared by bytes.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Digests of artifacts by their path below the target directory. */
export type Artifacts = ReadonlyMap<string, string>;

const COMPARED = /\.(a|rlib)$|^debug\/uses-it$/;

/** Reads all artifacts of a build. */
export async function artifactsIn(target: string): Promise<Artifacts> {
  const found = new Map<string, string>();
  for (const path of await readdir(target, { recursive: true })) {
    if (!COMPARED.test(path)) continue;
    const digest = new Bun.CryptoHasher("sha256").update(await readFile(join(target, path)));
    found.set(path, digest.digest("hex"));
  }
  return found;
}

/** Artifacts that differ or that one of two builds did not leave. */
export function differing(one: Artifacts, other: Artifacts): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (path) => one.get(path) !== other.get(path),
  );
}
