// File trees that suites write and read: checkouts from literals, edits, and what a build left behind.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Files by path; undefined removes one. */
export type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

/** Writes files below a directory, making directories as needed; a name that ends in / is one. */
export function writeTree(dir: string, files: Files): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    if (content === undefined) {
      rmSync(path, { recursive: true, force: true });
    } else if (name.endsWith("/")) {
      mkdirSync(path, { recursive: true });
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
  }
}

/** Copies a checkout as `git clone` would: everything but what builds left in it. */
export function copyCheckout(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith("/target") });
}

/** Every regular file below a directory, as paths relative to it, sorted. */
export function filesBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}

/** The one file below a directory whose relative path matches. */
export function fileMatching(dir: string, pattern: RegExp): string {
  const found = filesBelow(dir).filter((path) => pattern.test(path));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${found.length} files below ${dir} match ${String(pattern)}`);
  }
  return join(dir, only);
}

/** The digest of a file's bytes. */
export function digestFile(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}

/** Permission bits of a file. */
export function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
