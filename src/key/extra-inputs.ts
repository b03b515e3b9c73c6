// `extra_inputs` of a kache.toml beside Cargo.toml: files that macros read unseen, declared by hand.
// Folded into the InvocationKey: the patterns, then every matched file by crate-relative path and bytes.
import type { Env } from "../base/environment.ts";
import { digestOf } from "../base/digest.ts";
import { isDirectory, isFile, readFileBytes } from "../base/file.ts";
import { firstPresent } from "../base/many-paths.ts";
import { ancestorsOf, dirName, joinPath, normalizePath } from "../base/path.ts";
import { parseToml } from "../base/toml.ts";
import type { FieldsOrFault } from "./derived-key.ts";
import type { FileDigests } from "./file-digest.ts";
import type { KeyField } from "./key-hasher.ts";

const FILE_BYTES_MAX = 1 << 20;
const MATCHES_MAX = 50_000;

/** What a kache.toml declares: nothing usable, with its own digest, or patterns and the crate's directory. */
type Declared =
  | { readonly kind: "opaque"; readonly digest: string }
  | {
      readonly kind: "patterns";
      readonly dir: string;
      readonly patterns: readonly string[];
      readonly usable: readonly string[];
    };

function declaredFor(source: string, env: Env): Declared | undefined {
  const dir = crateDirOf(normalizePath(source));
  if (dir === undefined) return undefined;
  const bytes = readFileBytes(`${dir}/kache.toml`, FILE_BYTES_MAX);
  if (bytes === "absent") return undefined;
  if (bytes === "unreadable") return { kind: "opaque", digest: "unreadable" };
  const opaque = { kind: "opaque", digest: digestOf(bytes) } as const;
  const patterns = parsePatterns(new TextDecoder().decode(bytes));
  if (patterns === undefined) return opaque;
  if (patterns.length === 0) return undefined;
  const usable = patterns
    .map((pattern) => expandPattern(pattern, env))
    .filter((p) => p !== undefined);
  return usable.length < patterns.length ? opaque : { kind: "patterns", dir, patterns, usable };
}

/** The fields of the crate that a source belongs to; none without a kache.toml. */
export function extraInputFields(source: string, env: Env, digests: FileDigests): FieldsOrFault {
  const declared = declaredFor(source, env);
  if (declared === undefined) return [];
  if (declared.kind === "opaque") return [{ label: "kache.toml", value: declared.digest }];
  const { dir, patterns, usable } = declared;
  const found = matches(dir, usable);
  if (found === undefined) {
    return { fault: `extra_inputs of ${dir}/kache.toml match more than ${MATCHES_MAX} files` };
  }
  const fields: KeyField[] = [{ label: "extra_inputs", value: [...patterns].sort().join("\n") }];
  for (const path of found.files) {
    const content = digests.of(joinPath(dir, path));
    fields.push({
      label: `extra input ${path}`,
      value: typeof content === "string" ? content : content.digest,
    });
  }
  return fields;
}

/**
 * The paths that whoever decides about a build has to watch: the declaration itself, what it matches, and the
 * directories it names, whose times tell of files that come and go. The crate's own directory is not among them,
 * since builds write to it. Absolute; none without a declaration.
 */
export function extraInputPaths(source: string, env: Env): readonly string[] {
  const declared = declaredFor(source, env);
  if (declared === undefined) return [];
  const dir = declared.kind === "opaque" ? crateDirOf(normalizePath(source)) : declared.dir;
  if (dir === undefined) return [];
  const found = declared.kind === "opaque" ? undefined : matches(dir, declared.usable);
  const named = [...(found?.files ?? []), ...(found?.directories ?? [])];
  return [`${dir}/kache.toml`, ...named.map((path) => normalizePath(joinPath(dir, path)))];
}

/** How many files the crate of a source declares; undefined where they are so many that it is not cached. */
export function extraInputCount(source: string, env: Env): number | undefined {
  const declared = declaredFor(source, env);
  return declared?.kind === "patterns" ? matches(declared.dir, declared.usable)?.files.length : 0;
}

/** The nearest directory above a file that holds a Cargo.toml. */
export function crateDirOf(file: string): string | undefined {
  const MANIFEST = "/Cargo.toml";
  const dirs = ancestorsOf(file).slice(1);
  return firstPresent(dirs.map((dir) => dir + MANIFEST))?.slice(0, -MANIFEST.length);
}

/** The patterns, or undefined when the file is not exactly what it should be. */
export function parsePatterns(text: string): string[] | undefined {
  const toml = parseToml(text);
  if (toml.kind === "malformed") return undefined;
  const { extra_inputs: listed = [], ...others } = toml.tables;
  if (Object.keys(others).length > 0) return undefined;
  if (!Array.isArray(listed)) return undefined;
  const patterns = listed.filter((item) => typeof item === "string");
  return patterns.length === listed.length ? patterns : undefined;
}

/** `~` and variables replaced; undefined when one is unset or the pattern is unusable. */
export function expandPattern(pattern: string, env: Env): string | undefined {
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

interface Matches {
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

/** What the patterns match, as they name it; undefined when that is too much. */
function matches(dir: string, patterns: readonly string[]): Matches | undefined {
  const files = new Set<string>();
  const directories = new Set<string>();
  for (const pattern of patterns) {
    const bare = pattern.replace(/\/+$/, "");
    if (isFile(joinPath(dir, bare))) {
      files.add(bare);
      continue;
    }
    const { cwd, glob, prefix } = scanOf(dir, bare, pattern);
    const start = watchedStart(glob, prefix);
    if (start !== undefined && isDirectory(joinPath(dir, start))) directories.add(start);
    for (const match of new Bun.Glob(glob).scanSync({ cwd, dot: true, onlyFiles: true })) {
      files.add(prefix + match);
      for (let at = dirName(prefix + match); at.length > (start ?? at).length; at = dirName(at))
        directories.add(at);
      if (files.size >= MATCHES_MAX) return undefined;
    }
  }
  return { files: [...files].sort(), directories: [...directories].sort() };
}

/** The directory that a pattern starts from, where it names one. */
function watchedStart(glob: string, prefix: string): string | undefined {
  const literal = /^[^*?[{\\]*\//.exec(prefix === "/" ? `/${glob}` : prefix + glob)?.[0];
  const start = literal?.replace(/\/+$/, "");
  return start === undefined || start === "" || start === "." || start === ".." ? undefined : start;
}
