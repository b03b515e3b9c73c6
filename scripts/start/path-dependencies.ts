// What a project needs besides its own directory: the workspaces that its path dependencies lie in, and
// cargo's configuration above it. Cargo is asked without resolving, which writes no lock file.
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** The workspaces of everything a workspace depends on by path, itself first. */
export async function workspacesOf(workspace: string): Promise<string[]> {
  const found = new Set([workspace]);
  const seen = new Set<string>();
  const queue = [workspace];
  for (let dir = queue.pop(); dir !== undefined; dir = queue.pop()) {
    const told = metadataOf(join(dir, "Cargo.toml"));
    if (told === undefined || seen.has(told.workspace)) continue;
    seen.add(told.workspace);
    found.add(told.workspace);
    queue.push(...told.dependencies, ...(await patchesOf(told.workspace)));
  }
  return [...found];
}

/** Cargo's configuration files in the directories above one, less the user's own. */
export function configurationsAbove(directory: string, cargoHome: string): string[] {
  const above = dirname(directory);
  if (above === directory) return [];
  const here = ["config.toml", "config"].map((name) => join(above, ".cargo", name));
  const own = join(above, ".cargo") === cargoHome ? [] : here;
  return [...own, ...configurationsAbove(above, cargoHome)];
}

/** Where a manifest's workspace is and what its members depend on; undefined if cargo refuses it. */
function metadataOf(manifest: string): { workspace: string; dependencies: string[] } | undefined {
  const asked = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
  const run = Bun.spawnSync(["cargo", ...asked, "--manifest-path", manifest], {
    cwd: dirname(manifest),
    stdout: "pipe",
    stderr: "ignore",
  });
  if (run.exitCode !== 0) return undefined;
  const told: unknown = JSON.parse(run.stdout.toString());
  const workspace = fieldOf(told, "workspace_root");
  if (typeof workspace !== "string") return undefined;
  const dependencies = listOf(told, "packages").flatMap((member) => listOf(member, "dependencies"));
  return { workspace, dependencies: dependencies.flatMap(pathOf) };
}

/** Directories that `[patch]` and `[replace]` of a workspace lead to. */
async function patchesOf(workspace: string): Promise<string[]> {
  const manifest: unknown = Bun.TOML.parse(await readFile(join(workspace, "Cargo.toml"), "utf8"));
  return [...entriesOf(fieldOf(manifest, "patch")), fieldOf(manifest, "replace")]
    .flatMap(entriesOf)
    .flatMap(pathOf)
    .map((path) => resolve(workspace, path));
}

function isTable(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function fieldOf(value: unknown, name: string): unknown {
  return isTable(value) ? Reflect.get(value, name) : undefined;
}

function entriesOf(table: unknown): unknown[] {
  return isTable(table) ? Object.values(table) : [];
}

function listOf(value: unknown, name: string): unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? list : [];
}

function pathOf(entry: unknown): string[] {
  const path = fieldOf(entry, "path");
  return typeof path === "string" ? [path] : [];
}
