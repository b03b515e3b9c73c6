// `extra_inputs` of a kache.toml beside Cargo.toml: files that macros read unseen, declared by hand.
// Folded into the InvocationKey: the patterns, then every matched file by crate-relative path and bytes.
import { digestOf } from "../base/digest.ts";
import { isDirectory, isFile, readFileBytes } from "../base/file.ts";
import { firstPresent } from "../base/many-paths.ts";
import { ancestorsOf, joinPath, normalizePath } from "../base/path.ts";
import type { FileDigests } from "./file-digest.ts";
import type { KeyField } from "./key-hasher.ts";

const FILE_BYTES_MAX = 1 << 20;
const MATCHES_MAX = 50_000;

/** The fields of the crate that a source belongs to; none without a kache.toml. */
export function extraInputFields(
  source: string,
  env: Readonly<Record<string, string | undefined>>,
  digests: FileDigests,
): KeyField[] {
  const dir = crateDirOf(normalizePath(source));
  if (dir === undefined) return [];
  const bytes = readFileBytes(`${dir}/kache.toml`, FILE_BYTES_MAX);
  if (bytes === "absent") return [];
  if (bytes === "unreadable") return [{ label: "kache.toml", value: "unreadable" }];
  const opaque: KeyField[] = [{ label: "kache.toml", value: digestOf(bytes) }];
  const patterns = parsePatterns(new TextDecoder().decode(bytes));
  if (patterns === undefined) return opaque;
  if (patterns.length === 0) return [];
  const usable = patterns.map((pattern) => expand(pattern, env)).filter((p) => p !== undefined);
  if (usable.length < patterns.length) return opaque;
  const fields: KeyField[] = [{ label: "extra_inputs", value: [...patterns].sort().join("\n") }];
  for (const path of matches(dir, usable)) {
    const found = digests.of(joinPath(dir, path));
    fields.push({
      label: `extra input ${path}`,
      value: typeof found === "string" ? found : found.digest,
    });
  }
  return fields;
}

/** The nearest directory above a file that holds a Cargo.toml. */
export function crateDirOf(file: string): string | undefined {
  const MANIFEST = "/Cargo.toml";
  const dirs = ancestorsOf(file).slice(1);
  return firstPresent(dirs.map((dir) => dir + MANIFEST))?.slice(0, -MANIFEST.length);
}

/** The patterns, or undefined when the file is not exactly what it should be. */
export function parsePatterns(text: string): string[] | undefined {
  let parsed: unknown;
  try {
    parsed = Bun.TOML.parse(text);
  } catch (fault) {
    if (fault instanceof Error) return undefined;
    throw fault;
  }
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const keys = Object.keys(parsed);
  if (keys.some((key) => key !== "extra_inputs")) return undefined;
  const listed: unknown = Reflect.get(parsed, "extra_inputs") ?? [];
  if (!Array.isArray(listed)) return undefined;
  const patterns = listed.filter((item) => typeof item === "string");
  return patterns.length === listed.length ? patterns : undefined;
}

/** `~` and variables replaced; undefined when one is unset or the pattern is unusable. */
function expand(
  pattern: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  let unset = pattern.includes("\x1f");
  const filled = pattern
    .replace(/^~(?=\/|$)/, env["HOME"] ?? "~")
    .replace(/\$\{(\w+)\}|\$(\w+)/g, (_, braced?: string, bare?: string) => {
      const value = env[braced ?? bare ?? ""];
      if (value === undefined) unset = true;
      return value ?? "";
    });
  return unset ? undefined : filled;
}

/** Where a pattern is looked for: below the directory it names, else from the root or the crate. */
function scanOf(dir: string, bare: string, pattern: string) {
  const named = joinPath(dir, bare);
  if (isDirectory(named)) return { cwd: named, glob: "**/*", prefix: `${bare}/` };
  return pattern.startsWith("/")
    ? { cwd: "/", glob: pattern.slice(1), prefix: "/" }
    : { cwd: dir, glob: pattern, prefix: "" };
}

function matches(dir: string, patterns: readonly string[]): string[] {
  const found = new Set<string>();
  for (const pattern of patterns) {
    const bare = pattern.replace(/\/+$/, "");
    if (isFile(joinPath(dir, bare))) {
      found.add(bare);
      continue;
    }
    const { cwd, glob, prefix } = scanOf(dir, bare, pattern);
    for (const match of new Bun.Glob(glob).scanSync({ cwd, dot: true, onlyFiles: true })) {
      found.add(prefix + match);
      if (found.size >= MATCHES_MAX) break;
    }
  }
  return [...found].sort();
}
