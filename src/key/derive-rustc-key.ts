// RustcCompile → InvocationKey: the ordered list of everything that counts and is known before the compiler
// runs. What is not in here and not in the input set does not count.
import { isDirectory, isFile, readText } from "../base/file.ts";
import { parseRecord } from "../base/json.ts";
import { realPath } from "../base/many-paths.ts";
import { baseName, dirName, joinPath } from "../base/path.ts";
import { findProgram } from "../base/program.ts";
import { mapLinkPaths } from "../compiler/rustc/link-paths.ts";
import { splitsDebuginfo } from "../compiler/rustc/outputs.ts";
import { runsLinker } from "../compiler/rustc/output-kind.ts";
import type { KeyedArgument, RustcCompile } from "../compiler/rustc/rustc-compile.ts";
import {
  type DerivedKey,
  type FieldsOrFault,
  finishedKey,
  type RustcKeyPlace,
} from "./derived-key.ts";
import { externFields } from "./externs.ts";
import { extraInputFields } from "./extra-inputs.ts";
import { hostCpu } from "./host-cpu.ts";
import { type KeyField, KeyHasher } from "./key-hasher.ts";
import { staticLibraryFields } from "./native-libraries.ts";
import { namedVariables } from "./named-variables.ts";
import { realProgram } from "./real-program.ts";

/** Variables that rustc itself or Apple's tools read without reporting them. */
const ALWAYS_READ = [
  "RUSTC_BOOTSTRAP",
  "RUSTC_CTFE_BACKTRACE",
  "RUSTC_FORCE_RUSTC_VERSION",
  "RUSTC_LOG",
  "RUSTC_OVERRIDE_VERSION_STRING",
  "RUST_TARGET_PATH",
  "LLVM_OVERRIDE_PRODUCER",
  "MACOSX_DEPLOYMENT_TARGET",
  "IPHONEOS_DEPLOYMENT_TARGET",
  "SDKROOT",
  "DEVELOPER_DIR",
];

/** What rustc takes for a stack's size, which makes no difference to what it says; anything else it refuses. */
const STACK_SIZE = /^\s*(?:\+?\d{1,19}\s*)?$/;

/** Asked for by rustc: how the log looks that `RUSTC_LOG` asks for. What has no meaning it refuses without one. */
export const LOG_READ: readonly string[] = [
  "RUSTC_LOG_BACKTRACE",
  "RUSTC_LOG_COLOR",
  "RUSTC_LOG_ENTRY_EXIT",
  "RUSTC_LOG_FORMAT_JSON",
  "RUSTC_LOG_LINES",
  "RUSTC_LOG_THREAD_IDS",
  "RUSTC_LOG_WRAPTREE",
];

/** Variables that shape a link: search paths of gcc and ld, and an rpath that ld embeds. */
const LINK_READ = [
  "BINUTILS_ROOT",
  "COMPILER_PATH",
  "GCC_ROOT",
  "LLD_REPRODUCE",
  "LLD_VERSION",
  "LPATH",
  "GCC_EXEC_PREFIX",
  "GNUTARGET",
  "LDEMULATION",
  "LD_RUN_PATH",
  "LIBRARY_PATH",
  "SOURCE_DATE_EPOCH",
];

/** The note that tells people which toolchain an id is. */
const TOOLCHAIN_VERSION = "toolchain version";

const CLIPPY_READ = ["CLIPPY_ARGS", "CLIPPY_CONF_DIR", "CLIPPY_DISABLE_DOCS_LINKS"];

/** Derives the key of everything that is known before the compiler runs. */
export function deriveRustcKey(compile: RustcCompile, place: RustcKeyPlace): DerivedKey {
  const toolchain = place.toolchain.identified();
  if (toolchain === undefined) {
    const { unidentified } = place.toolchain;
    return { kind: "no-key", detail: `the toolchain cannot be identified: ${unidentified}` };
  }
  const hasher = new KeyHasher("rustc invocation");
  hasher.add("toolchain", toolchain.id);
  // Without source no output says where the toolchain lies.
  if (toolchain.source !== "") {
    hasher.add("standard library's source", place.roots.map(toolchain.source));
  }
  hasher.note(TOOLCHAIN_VERSION, toolchain.version.split("\n", 1)[0] ?? "");
  hasher.add("driver", compile.inner === undefined ? "rustc" : "inner");
  addArguments(hasher, compile, place);
  if (place.stdin !== undefined) hasher.add("source text", place.stdin);
  addPlace(hasher, compile, place);
  const fault =
    addFields(hasher, externFields(compile, place)) ??
    addFields(hasher, contentFields(compile, place)) ??
    addFields(hasher, staticLibraryFields(compile, place)) ??
    addFields(hasher, linkerFields(compile, place));
  if (fault !== undefined) return { kind: "no-key", detail: fault };
  addEnvironment(hasher, compile, place);
  const source = joinPath(place.cwd, compile.source);
  const tooMany = addFields(hasher, extraInputFields(source, place.env, place.digests));
  if (tooMany !== undefined) return { kind: "no-key", detail: tooMany };
  if (place.keySalt !== undefined) hasher.add("key_salt", place.keySalt);
  return finishedKey(hasher, place.digests.seen());
}

function addFields(hasher: KeyHasher, fields: FieldsOrFault): string | undefined {
  if ("fault" in fields) return fields.fault;
  for (const { label, value } of fields) hasher.add(label, value);
  return undefined;
}

function addArguments(hasher: KeyHasher, compile: RustcCompile, place: RustcKeyPlace) {
  for (const argument of compile.keyed) hasher.add(argument.flag, mapArgument(argument, place));
  addDependencyDirs(hasher, compile, place);
  // The notifications cargo asks for are part of what a compile prints even when it has nothing to say.
  hasher.add("printed as json", compile.printing);
  hasher.add("messages as json", String(compile.errorFormat === "json"));
}

/**
 * Where crates two below are looked for. The externs' bytes tell which crates those are, and members name the files
 * that were loaded: in another directory one of that name and hash may have other bytes, or not be there.
 */
function addDependencyDirs(hasher: KeyHasher, { searchPaths }: RustcCompile, place: RustcKeyPlace) {
  for (const { kind, path } of searchPaths) {
    if (kind !== "dependency" || !isDirectory(joinPath(place.cwd, path))) continue;
    hasher.add("-L dependency", place.remapped ? place.roots.map(path) : path);
  }
}

function mapArgument({ value, form }: KeyedArgument, place: RustcKeyPlace): string {
  if (!place.remapped || form === "literal") return value;
  if (form === "path") return place.roots.map(value);
  if (form === "link") return mapLinkPaths(value, (path) => place.roots.map(path));
  // FROM is a place on this machine; TO lands in the artifact and stays as written.
  const equals = value.lastIndexOf("=");
  return equals < 0 ? value : place.roots.map(value.slice(0, equals)) + value.slice(equals);
}

/** The oldest rustc whose objects were seen to name their .dwo files by remapped paths. */
const SPLIT_REMAPPED_MINOR = 95;

function splitPath(outDir: string, place: RustcKeyPlace): string {
  const { remapped, roots, toolchain } = place;
  const minor = toolchain.identified()?.minor ?? 0;
  return remapped && minor >= SPLIT_REMAPPED_MINOR ? roots.map(outDir) : outDir;
}

/** The directory that `-o` or `--out-dir` names. */
function namedDir({ output, outDir }: RustcCompile, { cwd }: RustcKeyPlace): string {
  return output === undefined ? joinPath(cwd, outDir ?? "") : dirName(joinPath(cwd, output));
}

/** The directory that the linked file comes to lie in. */
function linkDir(compile: RustcCompile, place: RustcKeyPlace): string {
  const linked = compile.emits.find(({ kind }) => kind === "link")?.path;
  return linked === undefined ? namedDir(compile, place) : dirName(joinPath(place.cwd, linked));
}

function addPlace(hasher: KeyHasher, compile: RustcCompile, place: RustcKeyPlace) {
  hasher.add("cwd", place.remapped ? place.roots.map(place.cwd) : place.cwd);
  hasher.add("remapped", String(place.remapped));
  if (!place.remapped) {
    for (const { prefix, sentinel } of place.roots.prefixes()) hasher.add(sentinel, prefix);
  }
  // These two make the output name the directory it is written to; the second one under its mapped path.
  if (compile.rpath) hasher.add("out-dir", linkDir(compile, place));
  else if (splitsDebuginfo(compile))
    hasher.add("out-dir", splitPath(namedDir(compile, place), place));
  if (compile.nativeCpu || isNativeTarget(compile.target, place))
    hasher.add("native cpu", hostCpu());
}

function contentFields(compile: RustcCompile, place: RustcKeyPlace): FieldsOrFault {
  const files = [...compile.contentFiles];
  files.push(...targetSpecs(compile.target, place));
  const fields: KeyField[] = [];
  for (const file of files) {
    const found = place.digests.of(joinPath(place.cwd, file));
    if (typeof found === "string") return { fault: `${file} is ${found}` };
    fields.push({ label: `content of ${place.roots.map(file)}`, value: found.digest });
  }
  return fields;
}

/** A target is a file by its name, or a name that rustc looks for along RUST_TARGET_PATH. */
function targetSpecs(target: string | undefined, place: RustcKeyPlace): string[] {
  if (target === undefined) return [];
  if (target.endsWith(".json")) return [target];
  return (place.env["RUST_TARGET_PATH"] ?? "")
    .split(":")
    .filter((dir) => dir !== "")
    .map((dir) => `${dir}/${target}.json`)
    .filter((path) => isFile(joinPath(place.cwd, path)));
}

/** Whether a target's own description names the host's CPU, as `-C target-cpu=native` does. */
function isNativeTarget(target: string | undefined, place: RustcKeyPlace): boolean {
  return targetSpecs(target, place).some((path) => {
    const text = readText(joinPath(place.cwd, path));
    return text !== undefined && parseRecord(text)?.["cpu"] === "native";
  });
}

function linkerFields(compile: RustcCompile, place: RustcKeyPlace): FieldsOrFault {
  if (!runsLinker(compile)) return [];
  // A link of ours in front of the linker is not what links.
  const word = realProgram(compile.linker ?? "cc", place);
  const path = word === undefined ? undefined : findProgram(word, place);
  // Targets with a built-in linker have no driver to find; the toolchain's bytes cover it.
  const found = path === undefined ? "absent" : place.digests.of(path);
  if (found === "absent") return [{ label: "linker", value: compile.linker ?? "absent" }];
  if (typeof found === "string") return { fault: `linker ${path ?? ""} is ${found}` };
  return [
    { label: "linker", value: found.digest },
    // A driver goes by its name, and finds its programs and files from where it lies.
    { label: "linker's name", value: baseName(path ?? "") },
    { label: "linker's place", value: place.roots.map(realPath(path ?? "") ?? "") },
  ];
}

function addEnvironment(hasher: KeyHasher, compile: RustcCompile, place: RustcKeyPlace) {
  const { env } = place;
  const names = [
    ...ALWAYS_READ,
    ...LOG_READ,
    ...(STACK_SIZE.test(env["RUST_MIN_STACK"] ?? "") ? [] : ["RUST_MIN_STACK"]),
    ...(runsLinker(compile) ? LINK_READ : []),
    ...(compile.inner === undefined ? [] : CLIPPY_READ),
  ];
  // Set to nothing and unset differ: only set ones are added, with what they are set to.
  for (const name of names) if (env[name] !== undefined) hasher.add(`env ${name}`, env[name]);
  // rustc gives advice about Cargo.toml where cargo calls it.
  if (env["CARGO_CRATE_NAME"] === undefined) hasher.add("called by", "no cargo");
  for (const { label, value } of namedVariables(place)) hasher.add(label, value);
}
