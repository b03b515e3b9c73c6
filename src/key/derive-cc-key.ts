// CcCompile → InvocationKey: the ordered list of everything that counts and is known before the compiler
// runs. What it reads then is the input set's.
import type { Env } from "../base/environment.ts";
import type { Digest } from "../base/digest.ts";
import { realPath } from "../base/many-paths.ts";
import { baseName, joinPath } from "../base/path.ts";
import { findProgram } from "../base/program.ts";
import type { CcCompile, CcKeyedArgument } from "../compiler/cc/cc-compile.ts";
import { discardedOutputs } from "../compiler/cc/outputs.ts";
import { type DerivedKey, finishedKey } from "./derived-key.ts";
import { extraInputFields } from "./extra-inputs.ts";
import type { FileDigests } from "./file-digest.ts";
import { hostCpu } from "./host-cpu.ts";
import { treeDigest } from "./input-set.ts";
import { includeList } from "./include-list.ts";
import { KeyHasher } from "./key-hasher.ts";
import { mapDefinition } from "./mapped-definition.ts";
import { namedVariables } from "./named-variables.ts";
import type { Roots } from "./roots.ts";
import { spelledRoots, spelledText } from "./spelled-roots.ts";

/** What a key of C or C++ is derived from beside the call itself. */
export interface CcKeyPlace {
  readonly cwd: string;
  /** The working directory by the name that compilers write down. */
  readonly namedCwd: string;
  readonly env: Env;
  readonly roots: Roots;
  readonly digests: FileDigests;
  readonly keySalt: string | undefined;
  readonly keyEnvVars: readonly string[];
  /** Whether paths in the outputs are mapped; without it the key is bound to this very place. */
  readonly remapped: boolean;
  /** Whether a source's text stays out of its output, but for what is included there. */
  readonly textStaysOut: boolean;
  /** The digest of a source that came through standard input. */
  readonly stdin: Digest | undefined;
  /** Files and directories that count for every compile, as the user's settings name them. */
  readonly extraInputs: readonly string[];
}

/** Lists of directories, ":" between. */
export const PATH_LISTS = [
  "COMPILER_PATH",
  "CPATH",
  "CPLUS_INCLUDE_PATH",
  "C_INCLUDE_PATH",
  "GCC_EXEC_PREFIX",
  "LD_LIBRARY_PATH",
  "LIBRARY_PATH",
  "OBJCPLUS_INCLUDE_PATH",
  "OBJC_INCLUDE_PATH",
];

/** Read by gcc, clang, their assemblers, the loader, or Apple's tools. Locales decide the messages. */
const TEXTS = [
  "CLANG_CONFIG_FILE_SYSTEM_DIR",
  "CLANG_CONFIG_FILE_USER_DIR",
  "CLANG_NO_DEFAULT_CONFIG",
  "DEVELOPER_DIR",
  "GCC_COLORS",
  "GCC_EXTRA_DIAGNOSTIC_OUTPUT",
  "GCC_URLS",
  "IPHONEOS_DEPLOYMENT_TARGET",
  "LANG",
  "LANGUAGE",
  "LC_ALL",
  "LC_CTYPE",
  "LC_MESSAGES",
  "LOCALE_ARCHIVE",
  "LOCPATH",
  "LD_PRELOAD",
  "MACOSX_DEPLOYMENT_TARGET",
  "OUTPUT_CHARSET",
  "SDKROOT",
  "TERM_URLS",
  "TVOS_DEPLOYMENT_TARGET",
  "WATCHOS_DEPLOYMENT_TARGET",
];

/** The label of the source's own bytes. */
const SOURCE_TEXT = "source's text";

/** Whether a variable is in the key already. */
export function isKeyedVariable(name: string): boolean {
  return PATH_LISTS.includes(name) || TEXTS.includes(name);
}

/** How a call spells roots that have several names, in all that may show: its directory, paths, lists and macros. */
export function spelledCall(
  { keyed }: CcCompile,
  { roots, namedCwd, env }: CcKeyPlace,
): string | undefined {
  const lists = PATH_LISTS.map((name) => env[name] ?? "");
  return spelledText([namedCwd, ...lists, ...keyed.map(({ value }) => value)], roots);
}

/** Derives the key of everything that is known before the compiler runs. */
export function deriveCcKey(compile: CcCompile, place: CcKeyPlace): DerivedKey {
  const hasher = new KeyHasher("cc invocation");
  const [driver, ...more] = compile.compiler;
  const path = findProgram(driver, place);
  const found = path === undefined ? "absent" : place.digests.of(path);
  if (typeof found === "string")
    return { kind: "no-key", detail: `compiler ${driver} is ${found}` };
  hasher.add("compiler", [baseName(driver), ...more].join(" "));
  hasher.add("driver", found.digest);
  // Compilers find their stages and headers by where they lie.
  hasher.add("driver's place", mapPlace(realPath(path ?? "") ?? "", place));
  // Then by how they are called, and so they name them.
  if (compile.keyed.some(({ flag }) => flag === "-no-canonical-prefixes")) {
    hasher.add("driver's name", [driver, mapPlace(path ?? "", place)].join("\0"));
  }
  for (const argument of compile.keyed) hasher.add(argument.flag, mapArgument(argument, place));
  addPlace(hasher, compile, place);
  for (const file of compile.contentFiles) {
    const content = place.digests.of(joinPath(place.cwd, file));
    const value = typeof content === "string" ? content : content.digest;
    hasher.add(`content of ${place.roots.map(file)}`, value);
  }
  // A result without a file is no answer to a call that asks for it.
  for (const kind of discardedOutputs(compile)) hasher.add("discarded", kind);
  addEnvironment(hasher, place);
  const source = joinPath(place.cwd, compile.source);
  // Among its inputs in any case. Here it keeps apart what has nothing but its call in common: configure
  // compiles hundreds of texts of one name, more than a manifest has sets for.
  const text = place.stdin === undefined ? place.digests.of(source) : { digest: place.stdin };
  const list = sharedList(compile, place);
  if (list === undefined) hasher.add(SOURCE_TEXT, typeof text === "string" ? text : text.digest);
  else hasher.add("source's includes", list);
  addExtraInputs(hasher, place);
  const extra = extraInputFields(source, place.env, place.digests);
  if ("fault" in extra) return { kind: "no-key", detail: extra.fault };
  for (const { label, value } of extra) hasher.add(label, value);
  if (place.keySalt !== undefined) hasher.add("key_salt", place.keySalt);
  return finishedKey(hasher, place.digests.seen());
}

/** The text of a source that is one of CMake's lists of others, where it counts with its paths mapped. */
export function sharedList({ source }: CcCompile, place: CcKeyPlace): string | undefined {
  if (!place.textStaysOut || place.stdin !== undefined) return undefined;
  return includeList(joinPath(place.cwd, source), place.roots, place.digests);
}

function mapPlace(path: string, { roots, remapped }: CcKeyPlace): string {
  return remapped ? roots.map(path) : path;
}

function mapArgument({ value, form }: CcKeyedArgument, { roots, remapped }: CcKeyPlace): string {
  if (!remapped || form === "literal") return value;
  if (form === "path") return roots.map(value);
  // Of a root's several names this one lands in the output, or is the one that is replaced there.
  const spelled = spelledRoots(roots);
  if (form === "definition") return mapDefinition(value, spelled);
  // FROM is a place on this machine; TO lands in the output and stays as written.
  const equals = value.lastIndexOf("=");
  return equals < 0 ? value : spelled.map(value.slice(0, equals)) + value.slice(equals);
}

function addPlace(hasher: KeyHasher, compile: CcCompile, place: CcKeyPlace) {
  const { roots, remapped, namedCwd } = place;
  hasher.add("remapped", String(remapped));
  // cl writes down paths as they are spelled, and where it runs only among debug information.
  const isSpelled = compile.spelling === "cl" && !compile.placeBound;
  if (!isSpelled) hasher.add("cwd", remapped ? roots.map(namedCwd) : namedCwd);
  if (!remapped && !isSpelled) {
    for (const { prefix, sentinel } of roots.prefixes()) hasher.add(sentinel, prefix);
  }
  if (compile.namesOutput || compile.placeBound || compile.recordsCommand) {
    hasher.add(
      "output",
      remapped ? roots.map(compile.mainOutput ?? "") : (compile.mainOutput ?? ""),
    );
  }
  const spelled = writesPaths(compile) ? spelledCall(compile, place) : undefined;
  if (spelled !== undefined) hasher.add("spelled", spelled);
  if (compile.recordsCommand) hasher.add("command", compile.args.join("\0"));
  if (compile.nativeCpu) hasher.add("native cpu", hostCpu());
}

/** Whether the output holds paths whatever the maps say. */
function writesPaths({ mode, prints, language }: CcCompile): boolean {
  return prints || mode === "preprocessed" || mode === "rules" || language.startsWith("assembler");
}

function addExtraInputs(hasher: KeyHasher, place: CcKeyPlace) {
  for (const path of place.extraInputs) {
    const at = joinPath(place.cwd, path);
    const found = place.digests.of(at);
    const content =
      typeof found === "string" ? (treeDigest(at, place.digests) ?? found) : found.digest;
    hasher.add(`extra input ${mapPlace(path, place)}`, content);
  }
}

function addEnvironment(hasher: KeyHasher, place: CcKeyPlace) {
  const { env, roots, remapped } = place;
  // Set to nothing and unset differ: only set ones are added, with what they are set to.
  for (const name of PATH_LISTS) {
    const value = env[name];
    if (value === undefined) continue;
    const mapped = remapped ? value.split(":").map((path) => roots.map(path)) : [value];
    hasher.add(`env ${name}`, mapped.join(":"));
  }
  for (const name of TEXTS) if (env[name] !== undefined) hasher.add(`env ${name}`, env[name]);
  for (const { label, value } of namedVariables(place)) hasher.add(label, value);
}
