// The directory that one run of the demonstration or the benchmark works in. Runs of the past are
// cleaned up here: a demonstration keeps only its cache, for the report, and the next one removes
// that too. A run that is still going is left alone.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** The directories of one run; all are below `root`. */
export interface Scratch {
  readonly root: string;
  readonly cache: string;
  /** Two places that differ in path and in depth. */
  readonly first: string;
  readonly second: string;
  readonly downloads: string;
}

/** Per-user directory for things that may be deleted at any time. */
export function userCacheDirectory(): string {
  const home = homedir();
  const xdg = process.env["XDG_CACHE_HOME"];
  if (xdg !== undefined && xdg.startsWith("/")) return xdg;
  if (process.platform === "darwin") return join(home, "Library", "Caches");
  if (process.platform === "win32") {
    return process.env["LOCALAPPDATA"] ?? join(home, "AppData", "Local");
  }
  return join(home, ".cache");
}

/**
 * Makes a directory for this process below `base`, after removing those of processes that ended.
 */
export async function openRunDirectory(base: string): Promise<string> {
  await mkdir(base, { recursive: true });
  for (const name of await readdir(base)) {
    const run = join(base, name);
    if (name.startsWith("run-") && !(await isOwned(run))) {
      await rm(run, { recursive: true, force: true });
    }
  }
  const root = join(base, `run-${process.pid}`);
  await mkdir(root);
  await writeFile(join(root, "owner"), String(process.pid));
  return root;
}

/** Removes what earlier demonstrations left and makes the directories of a new one. */
export async function openScratch(): Promise<Scratch> {
  const root = await openRunDirectory(join(userCacheDirectory(), "kache-demo"));
  const scratch = {
    root,
    cache: join(root, "cache"),
    first: join(root, "first"),
    second: join(root, "second", "checkout", "elsewhere"),
    downloads: join(root, "downloads"),
  };
  await mkdir(scratch.first, { recursive: true });
  await mkdir(scratch.second, { recursive: true });
  return scratch;
}

/** Removes everything but the cache, and gives the run up, so that the next one may delete it. */
export async function closeScratch(scratch: Scratch): Promise<void> {
  for (const name of await readdir(scratch.root)) {
    if (name !== "cache") await rm(join(scratch.root, name), { recursive: true, force: true });
  }
}

async function isOwned(run: string): Promise<boolean> {
  const owner = Number(await readFile(join(run, "owner"), "utf8").catch(() => ""));
  if (!Number.isSafeInteger(owner) || owner <= 0 || owner === process.pid) return false;
  try {
    process.kill(owner, 0);
    return true;
  } catch {
    return false;
  }
}
