// `kache clean`: the target directories of cargo below here, largest first. Only lists: deleting is
// `cargo clean` in the project, or rm.
import { listNames } from "../../base/directory.ts";
import { isFile, lstatPath } from "../../base/file.ts";
import { formatSize } from "../../base/units.ts";
import { sum } from "../../base/numbers.ts";
import { plain } from "../../report/text-table.ts";
import { type Context, Exit, say } from "../context.ts";

interface TargetDir {
  readonly path: string;
  readonly sizeBytes: number;
  /** In files with more than one name: mostly links into the cache. */
  readonly linkedBytes: number;
  readonly profiles: readonly string[];
}

const PROFILES = ["debug", "release", "profiling", "coverage"];
const SKIPPED = new Set(["node_modules"]);
/** Deep enough for any workspace, and an end to any tree. */
const DEPTH_MAX = 24;

/** Runs the command. */
export function run({ invocation, options }: Context): number {
  const found = findTargets(invocation.cwd, 0).sort((a, b) => b.sizeBytes - a.sizeBytes);
  if (found.length === 0) {
    say("No target/ directories found.");
    return Exit.Ok;
  }
  for (const { path, sizeBytes, linkedBytes, profiles } of found) {
    const what = profiles.length === 0 ? "no profile" : profiles.join(", ");
    say(
      plain(
        `${formatSize(sizeBytes).padStart(10)}  ${path} (${formatSize(linkedBytes)} cached; ${what})`,
      ),
    );
  }
  const total = formatSize(sum(found, ({ sizeBytes, linkedBytes }) => sizeBytes - linkedBytes));
  say(
    "",
    options.has("--dry-run")
      ? `Dry run: would free ${total}`
      : `Nothing was removed; together they hold ${total} of their own.`,
  );
  return Exit.Ok;
}

function findTargets(dir: string, depth: number): TargetDir[] {
  const names = listNames(dir);
  if (typeof names === "string" || depth > DEPTH_MAX) return [];
  return names.flatMap((name) => {
    const path = `${dir}/${name}`;
    if (name.startsWith(".") || SKIPPED.has(name)) return [];
    const stat = lstatPath(path);
    if (typeof stat === "string" || stat.kind !== "directory") return [];
    if (name !== "target" || !isFile(`${dir}/Cargo.toml`)) return findTargets(path, depth + 1);
    return measure(path);
  });
}

function measure(path: string): TargetDir[] {
  const size = { bytes: 0, linked: 0 };
  addSizes(path, size, 0);
  const inside = listNames(path);
  if (typeof inside === "string" || inside.length === 0) return [];
  const profiles = PROFILES.filter((name) => inside.includes(name));
  return [{ path, sizeBytes: size.bytes, linkedBytes: size.linked, profiles }];
}

function addSizes(dir: string, size: { bytes: number; linked: number }, depth: number): void {
  const names = listNames(dir);
  if (typeof names === "string" || depth > DEPTH_MAX) return;
  for (const name of names) {
    const path = `${dir}/${name}`;
    const stat = lstatPath(path);
    if (typeof stat === "string") continue;
    if (stat.kind === "directory") addSizes(path, size, depth + 1);
    else if (stat.kind === "file") {
      size.bytes += stat.size;
      if (stat.nlink > 1) size.linked += stat.size;
    }
  }
}
