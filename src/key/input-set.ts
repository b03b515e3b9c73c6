// What one compile read, member by member, and whether it still holds. Paths are mapped to roots.
// Kinds: file (content), absent (nothing there), present (a directory is there), leads (where a path leads, links
// followed), link (a link's own text), listing (a directory's names), tree (names and contents below a directory), env
// (a variable's value or unset), env-path (a variable's value as a mapped path), environ (the whole environment), times
// (a file's times), mode (its permissions, and whether it is a link), flag (what the call says that counts for some
// results only, such as how messages look), clippy (what the search for clippy's configuration finds, see
// clippy-config.ts), place (a root's literal paths, which an output holds), date (the day, which an output holds).
import type { Env } from "../base/environment.ts";
import { isDamaged } from "../base/damaged-text.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { localDate } from "../base/clock.ts";
import { listMarkedNames, listNames } from "../base/directory.ts";
import { lstatPath, type Stat, statPath } from "../base/file.ts";
import { readLink } from "../base/link.ts";
import { firstPresent, realPath } from "../base/many-paths.ts";
import { joinPath, normalizePath } from "../base/path.ts";
import { clippyConfiguration } from "./clippy-config.ts";
import type { FileDigests } from "./file-digest.ts";
import type { Roots } from "./roots.ts";

/** The kinds of members, by the words that stand in manifests. */
export const MEMBER_KINDS = [
  "file",
  "absent",
  "present",
  "leads",
  "link",
  "listing",
  "tree",
  "env",
  "env-path",
  "environ",
  "times",
  "mode",
  "flag",
  "clippy",
  "place",
  "date",
] as const;

/** One of them. */
export type MemberKind = (typeof MEMBER_KINDS)[number];

/** One thing that was read or looked for. `value`: a digest, a variable's text, or undefined (unset). */
export interface Member {
  readonly kind: MemberKind;
  readonly name: string;
  readonly value: string | undefined;
}

/** Where members are checked: the place of the present invocation. */
export interface CheckPlace {
  readonly cwd: string;
  readonly env: Env;
  readonly roots: Roots;
  readonly digests: FileDigests;
  /** What a call says about itself under a name of its language's: `flag` members. */
  readonly flag: (name: string) => string | undefined;
  /** The tree digest standing for OUT_DIR's content here, taken at most once. */
  readonly outDirDigest: () => Digest | undefined;
}

/** The variable whose value a set may record as content instead of path: see out-dir.ts. */
export const OUT_DIR_CONTENT = "OUT_DIR as content";

/** The name of a `place` member that binds a result to the working directory. */
export const WORKING_DIRECTORY_NAME = "the working directory";

/** The path that a member's name stands for here; undefined when the root is missing. */
export function memberPath(
  name: string,
  place: Pick<CheckPlace, "cwd" | "roots">,
): string | undefined {
  const path = place.roots.unmap(name);
  return path === undefined ? undefined : joinPath(place.cwd, path);
}

/**
 * What of a member is not UTF-8, so that another text would look the same: it can be trusted nowhere. Undefined
 * when all of it is. A listing of such names has no digest.
 */
export function damagedPart({ kind, name, value }: Member, env: Env): string | undefined {
  if (kind !== "environ") return isDamaged(name) || isDamaged(value) ? name : undefined;
  return countedVariables(env, name).find((one) => isDamaged(one) || isDamaged(env[one]));
}

/** Whether the member holds now. Whatever cannot be looked at does not. */
export function memberHolds(member: Member, place: CheckPlace): boolean {
  return currentValue(member, place) === expectedValue(member);
}

const YES = "yes";

function expectedValue(member: Member): string | undefined {
  return member.kind === "absent" || member.kind === "present" ? YES : member.value;
}

/** What a member's value would be now: equal to the recorded one when it holds. */
export function currentValue(member: Member, place: CheckPlace): string | undefined | null {
  switch (member.kind) {
    case "env":
      if (member.name === OUT_DIR_CONTENT) return place.outDirDigest() ?? null;
      return place.env[member.name];
    case "env-path":
      return mappedVariable(place.env[member.name], place.roots);
    case "environ":
      return environDigest(place.env, member.name);
    case "clippy":
      return clippyConfiguration(place.cwd, place.env, place.digests);
    case "flag":
      return place.flag(member.name);
    case "date":
      return localDate();
    case "place":
      if (member.name === WORKING_DIRECTORY_NAME) return place.cwd;
      return placeText(member.name, place.roots) ?? null;
    default:
      return pathValue(member, place);
  }
}

function pathValue(member: Member, place: CheckPlace): string | undefined | null {
  const path = memberPath(member.name, place);
  if (path === undefined) return null;
  switch (member.kind) {
    case "file": {
      const found = place.digests.of(path);
      return typeof found === "string" ? null : found.digest;
    }
    case "absent":
      return statPath(path) === "absent" ? YES : null;
    case "present": {
      const stat = statPath(path);
      return typeof stat === "object" && stat.kind === "directory" ? YES : null;
    }
    case "leads":
      return leadsTo(path, place.roots);
    case "link":
      return linkText(path, place.roots);
    case "listing":
      return listingDigest(path) ?? null;
    case "times":
      return fileTimes(path) ?? null;
    case "mode":
      return fileMode(path) ?? null;
    default:
      return treeDigest(path, place.digests, PACKAGE) ?? null;
  }
}

/** A root's literal paths; undefined where there is no such root. */
export function placeText(sentinel: string, roots: Roots): string | undefined {
  return roots.all.find((root) => root.sentinel === sentinel)?.spellings.join("\n");
}

/** What binds a result to where these roots lie. */
export function placeMembers(sentinels: readonly string[], roots: Roots): Member[] {
  return sentinels.map((name) => ({ kind: "place", name, value: placeText(name, roots) }));
}

/** What binds a result to this very place: where each of the roots lies. */
export function allPlaceMembers(roots: Roots): Member[] {
  return placeMembers(
    roots.all.map(({ sentinel }) => sentinel),
    roots,
  );
}

/** What has a meaning in patterns of names: a path with one, put before a pattern (rstest's `#[files]`), leads elsewhere. */
const PATTERN_SIGNS = ["*", "?", "["];

/** A variable's value as a path, or a list of paths, each mapped to its root. */
export function mappedVariable(value: string | undefined, roots: Roots): string | undefined {
  const isPlain = (path: string) => !PATTERN_SIGNS.some((sign) => path.includes(sign));
  const paths = value?.split(":");
  return paths?.map((path) => (isPlain(path) ? roots.map(normalizePath(path)) : path)).join(":");
}

/**
 * A file's times to the nanosecond, for what writes them down; undefined when there are none. The time of
 * the last change stands for that of its making, which nothing but a change of both can move.
 */
export function fileTimes(path: string): string | undefined {
  const stat = statPath(path);
  if (typeof stat === "string") return undefined;
  return `${stat.mtimeSec}.${stat.mtimeNsec} ${stat.ctimeSec}.${stat.ctimeNsec}`;
}

/** What a file lets whom do, and whether a link leads to it; undefined when there is none. */
export function fileMode(path: string): string | undefined {
  const own = lstatPath(path);
  const stat = statPath(path);
  if (typeof own === "string" || typeof stat === "string") return undefined;
  const OCTAL = 8;
  return `${own.kind} ${stat.mode.toString(OCTAL)}`;
}

/** Where a path leads, links followed, as members name it; undefined where it leads nowhere. */
export function leadsTo(path: string, roots: Roots): string | undefined {
  const real = realPath(path);
  return real === undefined ? undefined : roots.map(real);
}

/** A link's own text, one of an absolute path as members name it; undefined for what is no link. */
export function linkText(path: string, roots: Roots): string | undefined {
  const text = readLink(path);
  return text?.startsWith("/") === true ? roots.map(text) : text;
}

/** In the name of a `listing` member: only names that begin with what follows. No path has two. */
const STARTING_WITH = "//";

/** The name of a `listing` member for those names of a directory that begin so. */
export function listingName(dir: string, start: string): string {
  return dir + STARTING_WITH + start;
}

/**
 * The digest of a directory's names, and of what is no regular file among them; undefined when it cannot be listed or
 * has a name that is not UTF-8.
 */
export function listingDigest(path: string): Digest | undefined {
  const at = path.lastIndexOf(STARTING_WITH);
  const dir = at < 0 ? path : path.slice(0, at);
  const start = at < 0 ? "" : path.slice(at + STARTING_WITH.length);
  const names = listMarkedNames(dir);
  if (typeof names === "string" || names.some(isDamaged)) return undefined;
  return digestOf(names.filter((name) => name.startsWith(start)).join("\0"));
}

/** Directories that belong to tools and not to a package's content. */
const TREE_SKIPPED = new Set([".git", ".hg", ".svn", "node_modules", "target"]);

/** Cargo marks what it makes: further down, sources have directories called `target` too. */
function isSkipped(dir: string, name: string, top: string, skipped: ReadonlySet<string>): boolean {
  if (!skipped.has(name)) return false;
  const mayBeSources = name === "target" && dir !== top;
  return !mayBeSources || firstPresent([`${dir}/${name}/CACHEDIR.TAG`]) !== undefined;
}

const TREE_FILES_MAX = 20_000;

/** The digest of a tree, of all that counts below a directory; undefined when unreadable or too large. */
export function treeDigest(
  top: string,
  digests: FileDigests,
  parts: TreeParts = { skipped: TREE_SKIPPED, looks: false },
): Digest | undefined {
  const lines = treeLines(top, digests, parts);
  return lines === undefined ? undefined : digestOf(lines.join("\n"));
}

/** Which parts of a tree count. */
export interface TreeParts {
  /** Names of directories that do not. */
  readonly skipped: ReadonlySet<string>;
  /** Whether permissions count as well, and the texts of links. */
  readonly looks: boolean;
}

/** All names and contents. */
export const ALL: TreeParts = { skipped: new Set(), looks: false };

/** A package whose reader nobody watched: it may have asked for anything. */
export const PACKAGE: TreeParts = { skipped: TREE_SKIPPED, looks: true };

/**
 * The lines of a tree's digest: `name/` for a directory, `name NUL digest` for a file, and how it looks where that
 * counts. `visit` is told what stands at each, links not followed, and which directories links lead to.
 */
export function treeLines(
  top: string,
  digests: FileDigests,
  { skipped, looks }: TreeParts,
  visit: (path: string, stat: Stat) => void = () => undefined,
): string[] | undefined {
  const lines: string[] = [];
  const above = new Set<string>();
  const lookOf = (path: string, own: Stat) => {
    const OCTAL = 8;
    if (own.kind !== "symlink") return own.mode.toString(OCTAL);
    const stat = statPath(path);
    return `${typeof stat === "string" ? stat : stat.mode.toString(OCTAL)} ${readLink(path) ?? ""}`;
  };
  /** Follows a link to a directory, but for one that leads back to where it was come from. */
  const follow = (path: string, prefix: string): boolean => {
    const stat = statPath(path);
    const real = realPath(path) ?? path;
    if (typeof stat === "string" || stat.kind !== "directory" || above.has(real)) return true;
    visit(path, stat);
    return walk(path, prefix);
  };
  const walk = (dir: string, prefix: string): boolean => {
    const real = realPath(dir) ?? dir;
    above.add(real);
    const isWhole = walkNames(dir, prefix);
    above.delete(real);
    return isWhole;
  };
  const walkNames = (dir: string, prefix: string): boolean => {
    const names = listNames(dir);
    if (typeof names === "string") return false;
    for (const name of names) {
      if (isSkipped(dir, name, top, skipped)) continue;
      if (lines.length >= TREE_FILES_MAX) return false;
      const path = `${dir}/${name}`;
      const stat = lstatPath(path);
      if (typeof stat === "string") return false;
      visit(path, stat);
      const look = looks ? `\0${lookOf(path, stat)}` : "";
      if (stat.kind === "directory") {
        lines.push(`${prefix}${name}/${look}`);
        if (!walk(path, `${prefix}${name}/`)) return false;
      } else {
        const found = digests.of(path);
        lines.push(`${prefix}${name}\0${typeof found === "string" ? found : found.digest}${look}`);
        if (stat.kind === "symlink" && !follow(path, `${prefix}${name}/`)) return false;
      }
    }
    return true;
  };
  return walk(top, "") ? lines : undefined;
}

/**
 * Variables that no macro's output sensibly depends on and that change from call to call: only for the
 * conservative case where a program walked the whole environment.
 */
const ENVIRON_NOISE =
  /^(_|PWD|OLDPWD|SHLVL|TERM|TERM_PROGRAM.*|COLORTERM|COLUMNS|LINES|WINDOWID|LD_LIBRARY_PATH|DYLD_FALLBACK_LIBRARY_PATH|CARGO_MAKEFLAGS|MAKEFLAGS|MFLAGS|MAKELEVEL|NUM_JOBS|KACHE_.*|SSH_.*|TMUX.*|XDG_SESSION_.*|DISPLAY|DBUS_.*|INVOCATION_ID|JOURNAL_STREAM)$/;

/** The name of an `environ` member: all of it, for a program or macro that may read anything. */
export const ENVIRONMENT = "environment";
/**
 * All of it but what cargo tells the compiler of a crate's place (cargo's reference, "Environment variables
 * Cargo sets for crates"), for a cargo that a macro started: cargo itself reads none of these.
 */
export const ENVIRONMENT_OF_CARGO = "environment of cargo";
const TOLD_BY_CARGO =
  /^(CARGO_MANIFEST_DIR|CARGO_MANIFEST_PATH|CARGO_TARGET_TMPDIR|CARGO_BIN_EXE_.*|OUT_DIR)$/;

/** The names of the variables that count as the environment of this name, sorted. */
export function countedVariables(env: Env, environment: string): string[] {
  const narrow = environment === ENVIRONMENT_OF_CARGO;
  return Object.keys(env)
    .filter((name) => !ENVIRON_NOISE.test(name) && !(narrow && TOLD_BY_CARGO.test(name)))
    .sort();
}

/** The digest of the environment of this name, literally, less what changes from call to call. */
export function environDigest(env: Env, environment: string): Digest {
  const names = countedVariables(env, environment);
  return digestOf(names.map((name) => `${name}=${env[name] ?? ""}`).join("\0"));
}
