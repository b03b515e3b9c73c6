// One physical OUT_DIR per content. A crate that includes generated code reads it through
// env!("OUT_DIR"), a path that differs in every checkout and that code can observe (its length, say).
// Instead of guessing what it does with the path, rustc is given a copy of the directory whose
// path follows from its content alone: then equal content means an equal environment, whatever the code
// does with it. Used where the package's own text shows the ordinary pattern
// include!(concat!(env!("OUT_DIR"), …)) and no other use; everything else is keyed literally.
import type { Env } from "../base/environment.ts";
import { cloneTo, copyPrivately, mayClone } from "../base/copy.ts";
import { pauseMs, TICK_MS_MAX, wallMs } from "../base/clock.ts";
import { type Digest } from "../base/digest.ts";
import { eachFileBelow, listNames, removeTree, makeDirs, makeNewDir } from "../base/directory.ts";
import {
  isDirectory,
  lstatPath,
  openNew,
  openReadNoFollow,
  closeFd,
  readText,
  removeFile,
  renamePath,
  sameStat,
  tempName,
  type Unseen,
} from "../base/file.ts";
import { linkPath } from "../base/link.ts";
import { isWithin } from "../base/path.ts";
import {
  includesAbove,
  includesBy,
  includesUpwards,
  readsOnlyInIncludes,
  readsUnspelled,
} from "../compiler/rustc/variable-texts.ts";
import type { FileDigest, FileDigests } from "./file-digest.ts";
import { ALL, mappedVariable, type Member, OUT_DIR_CONTENT, treeDigest } from "./input-set.ts";
import type { Roots } from "./roots.ts";

/** The fixed place, so that the path is the same on every machine. Below it one directory per content. */
const PHYSICAL_ROOT = "/var/tmp";
/** What is copied; in a directory that holds more, native code is linked instead, and is not counted. */
const SIZE_BYTES_MAX = 64 * 1024 ** 2;
/** What a linker takes in: objects of a large native library come to gigabytes (rocksdb's). */
const NATIVE_CODE = /\.(?:o|obj|a|lib|so|dylib|rlib)$/;
const SOURCES_MAX = 2000;
const SOURCE_BYTES_MAX = 4 * 1024 ** 2;

/** Given to rustc in place of the real directory. */
export interface PhysicalOutDir {
  readonly real: string;
  readonly physical: string;
  readonly digest: Digest;
}

/** The digest of OUT_DIR's whole tree; undefined without one, or when it is too large to be generated code. */
export function outDirDigest(outDir: string | undefined, digests: FileDigests): Digest | undefined {
  if (outDir === undefined || !isDirectory(outDir)) return undefined;
  return treeDigest(outDir, digests, ALL);
}

/** OUT_DIR itself and the variables that a build script set to paths inside. */
function variablesInside(env: Env, real: string): string[] {
  return Object.keys(env).filter((name) => {
    return isWithin(env[name] ?? "", real) && /^\w+$/.test(name) && !name.endsWith("LIBRARY_PATH");
  });
}

/** The variables that lead into OUT_DIR, leading into its copy. */
export function physicalVariables(env: Env, out: PhysicalOutDir): Record<string, string> {
  return Object.fromEntries(
    variablesInside(env, out.real).map((name) => {
      return [name, out.physical + (env[name] ?? "").slice(out.real.length)];
    }),
  );
}

/** Decides for one compile and makes the copy; undefined: the real directory is given. */
export function physicalOutDir(env: Env, digests: FileDigests): PhysicalOutDir | undefined {
  const real = env["OUT_DIR"];
  const packageDir = env["CARGO_MANIFEST_DIR"];
  if (real === undefined || packageDir === undefined || !real.startsWith("/")) return undefined;
  // Most build scripts write nothing, and nothing is to be included: libc's 280 sources took 80 ms to read.
  const names = listNames(real);
  if (typeof names === "string" || names.length === 0) return undefined;
  const variables = variablesInside(env, real);
  if (!onlyIncludes(packageDir, variables) || !isIncludable(real, variables)) return undefined;
  const linksNative = treeBytes(real) > SIZE_BYTES_MAX;
  if (linksNative && treeBytes(real, NATIVE_CODE) > SIZE_BYTES_MAX) return undefined;
  const digest = outDirDigest(real, digests);
  if (digest === undefined) return undefined;
  const home = `${PHYSICAL_ROOT}/kache-out-${digest.slice(0, 32)}`;
  const physical = `${home}/out`;
  const isSound = () => isOurs(home) && outDirDigest(physical, digests) === digest;
  if (isSound()) return { real, physical, digest };
  // A macro writes there, perhaps at this moment: it is given what is its own.
  if (isWrittenTo(physical, real)) return undefined;
  // Swept away in part, or altered: made anew from what is known to be right.
  const native = linksNative ? digests : undefined;
  if (!setAside(home) || !copyTree(real, home, native)) return undefined;
  // Linking moved the files' times of change: the compiler starts in a later tick of that clock.
  if (linksNative) pauseMs(TICK_MS_MAX);
  return isSound() ? { real, physical, digest } : undefined;
}

/**
 * Macros of crates.io that are the pattern under a name (tonic, minijinja-embed, lalrpop-util, shadow-rs,
 * uniffi, gio, slint, volo). One that does more than its namesake sees another path than cargo's, and never another's content.
 */
const INCLUDING_MACROS =
  /\b(?:include_(?:proto|file_descriptor_set|modules|scaffolding|service)|load_templates|lalrpop_mod|resources_register_include|shadow)!\s*[({[]/;

/** Whether the package's text reads any of the variables, and only as the head of an include's path. */
function onlyIncludes(packageDir: string, names: readonly string[]): boolean {
  let includes = 0;
  let seen = 0;
  const decided = eachFileBelow(packageDir, ".rs", (path) => {
    seen += 1;
    if (seen > SOURCES_MAX) return false;
    const text = readText(path, SOURCE_BYTES_MAX) ?? "";
    if (INCLUDING_MACROS.test(text)) includes += 1;
    if (readsUnspelled(text, names)) return false;
    return names.every((name) => {
      if (!text.includes(name)) return true;
      includes += includesBy(text, name);
      return staysInside(text, name);
    });
  });
  return decided && includes > 0;
}

/** Whether generated code, wherever it lies, includes only what lies beside it, and hands no path on. */
function isIncludable(real: string, names: readonly string[]): boolean {
  return eachFileBelow(real, ".rs", (path) => {
    const text = readText(path, SOURCE_BYTES_MAX) ?? "";
    if (includesUpwards(text)) return false;
    return names.every((name) => !text.includes(name) || staysInside(text, name));
  });
}

/** Whether a text reads the variable for nothing but includes, and none of what lies above: that is not beside the copy. */
function staysInside(text: string, name: string): boolean {
  return readsOnlyInIncludes(text, name) && !includesAbove(text, name);
}

function treeBytes(dir: string, uncounted?: RegExp): number {
  let total = 0;
  const names = listNames(dir);
  if (typeof names === "string") return Number.POSITIVE_INFINITY;
  for (const name of names) {
    const stat = lstatPath(`${dir}/${name}`);
    if (typeof stat === "string") return Number.POSITIVE_INFINITY;
    // A link's target is not part of the copy: such a directory keeps its real path.
    if (stat.kind === "symlink" || stat.kind === "other") return Number.POSITIVE_INFINITY;
    if (stat.kind === "directory") total += treeBytes(`${dir}/${name}`, uncounted);
    else if (uncounted?.test(name) !== true) total += stat.size;
    if (total > SIZE_BYTES_MAX) break;
  }
  return total;
}

/** How long a compile may take that writes to its copy. */
const WRITING_MS_MAX = 600_000;

/** Whether a copy has lately got names that the directory does not have. */
function isWrittenTo(copy: string, real: string): boolean {
  const [there, here] = [listNames(copy), listNames(real)];
  if (typeof there === "string" || typeof here === "string") return false;
  return there.some((name) => {
    const stat = lstatPath(`${copy}/${name}`);
    if (typeof stat === "string") return false;
    const MS = 1000;
    if (!here.includes(name)) return stat.mtimeSec * MS > wallMs() - WRITING_MS_MAX;
    return stat.kind === "directory" && isWrittenTo(`${copy}/${name}`, `${real}/${name}`);
  });
}

/** Makes room for a new copy; false when somebody else's directory is in the way. */
function setAside(home: string): boolean {
  if (lstatPath(home) === "absent") return true;
  const aside = `${PHYSICAL_ROOT}/${tempName()}`;
  if (!isOurs(home) || !renamePath(home, aside)) return false;
  removeTree(aside);
  return true;
}

/** Whether the copy is there and only we can have written it: another user's is not trusted. */
function isOurs(home: string): boolean {
  const stat = lstatPath(home);
  const OTHERS_WRITE = 0o022;
  return (
    typeof stat === "object" &&
    stat.kind === "directory" &&
    stat.uid === process.getuid?.() &&
    (stat.mode & OTHERS_WRITE) === 0
  );
}

/** `native`: digests of the native code, which is not copied then. */
function copyTree(real: string, home: string, native: FileDigests | undefined): boolean {
  const temp = `${PHYSICAL_ROOT}/${tempName()}`;
  if (!makeNewDir(temp, 0o700)) return false;
  const done = copyInto(real, `${temp}/out`, native) && renamePath(temp, home);
  if (!done) removeTree(temp);
  // Somebody else may have been first with the same content.
  return done || isDirectory(home);
}

function copyInto(from: string, to: string, native: FileDigests | undefined): boolean {
  const names = listNames(from);
  if (typeof names === "string" || !makeDirs(to, 0o700)) return false;
  return names.every((name) => {
    const path = `${from}/${name}`;
    const stat = lstatPath(path);
    if (typeof stat === "string") return false;
    if (stat.kind === "directory") return copyInto(path, `${to}/${name}`, native);
    if (native !== undefined && NATIVE_CODE.test(name)) {
      return cloneOrLink(path, `${to}/${name}`, native);
    }
    const fd = openReadNoFollow(path);
    if (fd < 0) return false;
    // A macro may write there, or run a program.
    const mode = (stat.mode & 0o700) | 0o400;
    const placed = copyPrivately(fd, `${to}/${name}`, mode, stat.size);
    closeFd(fd);
    return placed !== undefined;
  });
}

/**
 * A file that is not copied: its extents or, where they cannot be shared, its inode. Whoever writes into it later
 * changes the copy with it, which is seen before the copy is used again.
 */
function cloneOrLink(path: string, to: string, digests: FileDigests): boolean {
  const source = openReadNoFollow(path);
  if (source < 0) return false;
  const target = mayClone(source) ? openNew(to, 0o400) : -1;
  const isCloned = target >= 0 && cloneTo(source, target);
  closeFd(source);
  if (target >= 0) closeFd(target);
  if (isCloned) return true;
  removeFile(to);
  if (!linkPath(path, to)) return false;
  rememberLinked(to, digests.of(path), digests);
  return true;
}

/** A link moves only the time of change: what was remembered of the file holds, and gigabytes need not be read again. */
function rememberLinked(path: string, known: FileDigest | Unseen, digests: FileDigests): void {
  const stat = lstatPath(path);
  if (typeof known === "string" || typeof stat === "string") return;
  const { ctimeSec, ctimeNsec } = stat;
  const isSame = sameStat(stat, { ...known.stat, ctimeSec, ctimeNsec });
  if (isSame && digests.recall(known.stat) === known.digest) digests.remember(stat, known.digest);
}

/** The path with the physical directory exchanged for the real one. */
export function realOutDirPath(path: string, out: PhysicalOutDir | undefined): string {
  if (out === undefined || !isWithin(path, out.physical)) return path;
  return out.real + path.slice(out.physical.length);
}

/**
 * A variable's read, given its value here. One that leads into OUT_DIR counts by the directory's content
 * and by its place inside, where rustc was given the path that follows from these.
 */
export function envMembers(
  out: PhysicalOutDir | undefined,
  { name, value }: { readonly name: string; readonly value: string | undefined },
  roots: Roots,
): Member[] {
  if (out === undefined || value === undefined || !isWithin(value, out.real))
    return [{ kind: "env", name, value }];
  const content: Member = { kind: "env", name: OUT_DIR_CONTENT, value: out.digest };
  if (name === "OUT_DIR") return [content];
  return [content, { kind: "env-path", name, value: mappedVariable(value, roots) }];
}
