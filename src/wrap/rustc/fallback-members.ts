// The conservative rules for units whose reads nobody could watch. A needless miss is allowed here, a
// stale hit is not. Links count by the dependency file that the linker is asked to write.
import { askProgram } from "../../base/ask.ts";
import { listNames } from "../../base/directory.ts";
import { isFile, readFileStart, readText, statPath } from "../../base/file.ts";
import { baseName, isWithin, joinPath, normalizePath } from "../../base/path.ts";
import { findProgram } from "../../base/program.ts";
import { runsLinker, takesInCrates } from "../../compiler/rustc/output-kind.ts";
import { crateDirOf } from "../../key/extra-inputs.ts";
import {
  fileMode,
  ENVIRONMENT,
  listingDigest,
  type Member,
  OUT_DIR_CONTENT,
  PACKAGE,
  treeDigest,
} from "../../key/input-set.ts";
import { outDirDigest } from "../../key/out-dir.ts";
import { passedPlaces } from "../../key/program-libraries.ts";
import { askedPlaces, factsOf, isLoadable, type LoadedMacro, mayWrite } from "./loaded-crates.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { environmentMembers, librariesPath } from "./surroundings.ts";
import { absolute } from "../unit/unit.ts";

/** Members that stand for everything that may have been read unseen; undefined: nothing can. */
export function fallbackMembers(
  unit: RustcUnit,
  linkInfo: string | undefined,
): Member[] | undefined {
  const members: Member[] = [];
  if (mayReachMacro(unit)) {
    const whole = packageMembers(unit);
    if (whole === undefined) return undefined;
    members.push(...whole, ...macrosIn(unit), ...askedPlaces(unit, askers(unit)));
  }
  if (!addSearched(unit, members)) return undefined;
  if (runsLinker(unit.compile) && !addLinked(unit, linkInfo, members)) return undefined;
  return members;
}

/** A macro may come directly or through a library that re-exports it. */
function mayReachMacro(unit: RustcUnit): boolean {
  return (
    unit.compile.externs.some(({ path }) => path !== undefined) || unit.compile.inner !== undefined
  );
}

/** The whole package by content, with what its build script made, and the whole environment; undefined when it cannot be read. */
export function packageMembers(unit: RustcUnit): Member[] | undefined {
  const { env, cwd } = unit.invocation;
  const source = absolute(unit, unit.compile.source);
  const dir = env["CARGO_MANIFEST_DIR"] ?? crateDirOf(source) ?? cwd;
  const digest = treeDigest(dir, unit.place.digests, PACKAGE);
  if (digest === undefined) return undefined;
  const outDir = env["OUT_DIR"];
  const generated = outDirDigest(outDir, unit.place.digests);
  if (outDir !== undefined && generated === undefined) return undefined;
  return [
    { kind: "tree", name: unit.place.roots.map(dir), value: digest },
    // It lies elsewhere, and macros read it as well.
    ...(generated === undefined
      ? []
      : [{ kind: "env", name: OUT_DIR_CONTENT, value: generated } as const]),
    ...environmentMembers(unit, ENVIRONMENT),
  ];
}

/** The libraries that rustc may load: the one that hands a macro on says nothing of the macro's code. */
function macrosIn(unit: RustcUnit): Member[] {
  return loadableIn(unit).map((path): Member => {
    return { kind: "file", name: unit.place.roots.map(path), value: undefined };
  });
}

/** Macros in reach that can ask for the compiler's arguments, which name places and are nowhere in the key. */
function askers(unit: RustcUnit): LoadedMacro[] {
  const all = loadableInReach(unit).map((path) => ({ path, facts: factsOf(unit, path) }));
  return all.filter(({ facts }) => facts.asksArguments);
}

/** Those that the unit names, and those that they may lead to. */
function loadableInReach(unit: RustcUnit): string[] {
  const named = unit.compile.externs.flatMap(({ path }) => (path === undefined ? [] : [path]));
  const own = named.filter(isLoadable).map((path) => absolute(unit, path));
  return [...own, ...loadableIn(unit)];
}

function loadableIn(unit: RustcUnit): string[] {
  const dirs = unit.compile.searchPaths.map(({ path }) => joinPath(unit.invocation.cwd, path));
  return dirs.flatMap((dir) => {
    const names = listNames(dir);
    if (typeof names === "string") return [];
    return names.filter(isLoadable).map((name) => `${dir}/${name}`);
  });
}

/** A macro in reach that can leave files beside the outputs, which nobody would see and no hit would bring back. */
export function macroThatWrites(unit: RustcUnit): string | undefined {
  return loadableInReach(unit).find((path) => mayWrite(unit, path));
}

/** Directories searched for crates and libraries: names, and the libraries' bytes. */
function addSearched(unit: RustcUnit, members: Member[]): boolean {
  for (const { kind, path } of unit.compile.searchPaths) {
    const dir = joinPath(unit.invocation.cwd, path);
    if (kind === "dependency") {
      // The externs' digests, or the linker's own account, stand for these; a static library has neither.
      if (takesInCrates(unit.compile)) members.push(...cratesIn(unit, dir));
      continue;
    }
    const names = listNames(dir);
    if (names === "absent") {
      members.push({ kind: "absent", name: unit.place.roots.map(dir), value: undefined });
      continue;
    }
    if (typeof names === "string") return false;
    members.push({ kind: "listing", name: unit.place.roots.map(dir), value: listingDigest(dir) });
    for (const name of names.filter((name) => /\.(a|so|rlib|rmeta|lib|o)(\.|$)/.test(name))) {
      members.push({
        kind: "file",
        name: unit.place.roots.map(`${dir}/${name}`),
        value: undefined,
      });
    }
  }
  return true;
}

/** The crates that a static library may take in; a linker says itself which it took. */
function cratesIn(unit: RustcUnit, dir: string): Member[] {
  const names = runsLinker(unit.compile) ? [] : listNames(dir);
  if (typeof names === "string") return [];
  return names
    .filter((name) => name.endsWith(".rlib"))
    .map((name) => ({
      kind: "file",
      name: unit.place.roots.map(`${dir}/${name}`),
      value: undefined,
    }));
}

/**
 * Flags that make the linker write down what it read; none where it cannot. They leave the output's
 * bytes alone. (lld, ld.bfd from binutils 2.35, mold.)
 */
export function linkInfoFlags(unit: RustcUnit, path: string): string[] {
  if (!runsLinker(unit.compile) || !writesDependencyFile(unit)) return [];
  return ["-C", `link-arg=-Wl,--dependency-file=${path}`];
}

/** rustc links with its own lld on this host since 1.90, unless told otherwise. */
const LLD_SINCE_MINOR = 90;

function linkArguments(unit: RustcUnit): string[] {
  const flags = unit.compile.keyed.filter(({ flag }) => /^-C link-args?$/.test(flag));
  return flags.flatMap(({ value }) => value.split(/\s+/));
}

/** The linker proper that the driver is told to run. */
function chosenLinker(unit: RustcUnit): string[] {
  return linkArguments(unit).filter((argument) => argument.startsWith("-fuse-ld="));
}

/** Where the driver is told to look for programs and files; it is asked with the same. */
const STEERS = /^(?:-B.|--sysroot=|-?-specs=|-fuse-ld=|-m|--target=|--gcc-toolchain=)/;
/** The same in two words, and what runs programs by itself. */
const STEERS_UNSEEN = /^(?:-B|--sysroot|--prefix|-?-specs|-target|-wrapper|--driver)(?:=|$)/;

/** The arguments that decide which programs the driver runs; undefined where they cannot be told. */
function steeringArguments(unit: RustcUnit): string[] | undefined {
  const words = linkArguments(unit);
  const steering = words.filter((word) => STEERS.test(word));
  const isUnseen = words.some((word) => STEERS_UNSEEN.test(word) && !STEERS.test(word));
  return isUnseen ? undefined : steering;
}

/** Targets whose linker is called through a C compiler and is one of the three above. */
const DRIVEN = /^[^/.]+-linux-(?:gnu|musl|uclibc|android|ohos)[^/.]*$/;

function writesDependencyFile(unit: RustcUnit): boolean {
  const { linker, target, keyed } = unit.compile;
  const { minor, host } = unit.place.toolchain.identified() ?? { minor: 0, host: "unknown" };
  // WebAssembly's linker, or one that is called directly, refuses what it does not know.
  if (target !== undefined && target !== host && !DRIVEN.test(target)) return false;
  const chosenFlavor = keyed.find(({ flag }) => flag === "-C linker-flavor")?.value ?? "gcc";
  if (!/^(?:gcc|gnu-cc|gnu-lld-cc)$/.test(chosenFlavor)) return false;
  const chosen = chosenLinker(unit);
  const ownLld = minor >= LLD_SINCE_MINOR && host === "x86_64-unknown-linux-gnu";
  const isHost = target === undefined || target === host;
  if (linker === undefined && chosen.length === 0 && ownLld && isHost) return true;
  return (
    askProgram([linker ?? "cc", ...chosen, "-Wl,--help"])?.includes("--dependency-file") === true
  );
}

/** What the linker says it read, its own programs, and the directories it may have searched before. */
function addLinked(unit: RustcUnit, linkInfo: string | undefined, members: Member[]): boolean {
  const text = linkInfo === undefined ? undefined : readText(linkInfo);
  const rule = text?.split("\n\n", 1)[0];
  if (rule === undefined) return false;
  const { roots, toolchain } = unit.place;
  const named = filesInArguments(unit);
  if (named === undefined) return false;
  members.push(...named);
  members.push(librariesPath(unit));
  const words = rule.slice(rule.indexOf(":") + 1).match(/(?:\\ |[^\s\\])+/g) ?? [];
  for (const word of words) {
    const path = normalizePath(absolute(unit, word.replaceAll("\\ ", " ")));
    // Objects of this very link lie in a directory that is gone by now.
    if (isWithin(path, toolchain.sysroot) || statPath(path) === "absent") continue;
    members.push({ kind: "file", name: roots.map(path), value: undefined });
  }
  return addDriver(unit, members);
}

/**
 * Files that link arguments name: scripts and objects, which not every linker lists. A response file may
 * name anything, also another one: nothing is known then.
 */
function filesInArguments(unit: RustcUnit): Member[] | undefined {
  const words = linkArguments(unit).flatMap((argument) => argument.split(","));
  if (words.some((word) => word.startsWith("@"))) return undefined;
  const candidates = words.flatMap((word) => [
    word,
    word.replace(/^-T/, ""),
    word.slice(word.indexOf("=") + 1),
  ]);
  return [...new Set(candidates)]
    .filter((path) => path !== "" && isFile(absolute(unit, path)))
    .map((path) => ({ kind: "file", name: unit.place.roots.map(path), value: undefined }));
}

const HASH_BANG = [0x23, 0x21];

/** Whether the kernel would have the program run that the file names. */
function hasHashBang(path: string): boolean {
  const bytes = readFileStart(path, HASH_BANG.length);
  return typeof bytes !== "string" && HASH_BANG.every((byte, at) => bytes[at] === byte);
}

/** The driver's helpers and the places it searches, by asking it. */
function addDriver(unit: RustcUnit, members: Member[]): boolean {
  const { roots } = unit.place;
  const driver = unit.compile.linker ?? "cc";
  const script = findProgram(driver, unit.invocation);
  // What it reads beside, and asks of the environment, nobody can say.
  if (script !== undefined && hasHashBang(script)) return false;
  const steering = steeringArguments(unit);
  if (steering === undefined) return false;
  const places = askProgram([driver, ...steering, "-print-search-dirs"]) ?? "";
  const searched = /^libraries: =(.*)$/m.exec(places)?.[1];
  if (searched === undefined) return false;
  const along = `${/^programs: =(.*)$/m.exec(places)?.[1] ?? ""}:${unit.invocation.env["PATH"] ?? ""}`;
  const dirs = [...new Set(along.split(":").filter((dir) => dir !== ""))];
  // Not every driver tells by the name of ld which linker it was told to run.
  const linkers = chosenLinker(unit).map((word) => `ld.${word.slice("-fuse-ld=".length)}`);
  for (const program of ["ld", "collect2", ...linkers]) {
    const path = askProgram([driver, ...steering, `-print-prog-name=${program}`]);
    const located = path === undefined ? undefined : findProgram(path, unit.invocation);
    if (located === undefined || statPath(located) === "absent") continue;
    if (hasHashBang(located)) return false;
    members.push({ kind: "file", name: roots.map(located), value: undefined });
    members.push({ kind: "mode", name: roots.map(located), value: fileMode(located) });
    // Another one that comes to lie before it would run instead.
    const before = dirs.map((dir) => normalizePath(`${absolute(unit, dir)}/${baseName(located)}`));
    for (const place of passedPlaces(before, located))
      members.push({ kind: "absent", name: roots.map(place), value: undefined });
  }
  for (const dir of new Set(searched.split(":").map(normalizePath))) {
    const digest = listingDigest(dir);
    if (digest === undefined) members.push({ kind: "absent", name: dir, value: undefined });
    else members.push({ kind: "listing", name: dir, value: digest });
  }
  return true;
}
