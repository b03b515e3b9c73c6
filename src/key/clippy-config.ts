// The configuration that clippy finds: the first clippy.toml or .clippy.toml from a package's directory
// upwards. A member of its own kind, because the same search in another checkout walks other parents.
import type { Env } from "../base/environment.ts";
import { ancestorsOf, joinPath, normalizePath } from "../base/path.ts";
import type { FileDigests } from "./file-digest.ts";

/** The names clippy looks for in each directory (clippy_config::lookup_conf_file). */
export const CLIPPY_FILES: readonly string[] = [".clippy.toml", "clippy.toml"];

/** What the search finds now: names and contents in the nearest directory that has any, or nothing. */
export function clippyConfiguration(cwd: string, env: Env, digests: FileDigests): string {
  const start = env["CLIPPY_CONF_DIR"] ?? env["CARGO_MANIFEST_DIR"] ?? ".";
  for (const dir of ancestorsOf(normalizePath(joinPath(cwd, start)))) {
    const found = CLIPPY_FILES.map((name) => {
      const file = digests.of(dir === "/" ? `/${name}` : `${dir}/${name}`);
      return file === "absent" ? "" : `${name} ${typeof file === "string" ? file : file.digest}`;
    }).filter((text) => text !== "");
    if (found.length > 0) return found.join("\n");
  }
  return "none";
}
