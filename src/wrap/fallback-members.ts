// The conservative rules for units whose reads nobody could watch. A needless miss is allowed here, a
// stale hit is not. For links the linker's own dependency file would be needed: without the observer
// they are kept only when every directory it may search is listed and every library in it hashed.
import { listNames } from "../base/file.ts";
import { joinPath } from "../base/path.ts";
import { runsLinker } from "../compiler/rustc/parse-rustc.ts";
import { crateDirOf } from "../key/extra-inputs.ts";
import { environDigest, listingDigest, type Member, treeDigest } from "../key/input-set.ts";
import { runChild } from "../base/spawn.ts";
import { environmentWith, stringVector } from "../base/environment.ts";
import { absolute, type Unit } from "./unit.ts";

/** Members that stand for everything that may have been read unseen; undefined: nothing can. */
export function fallbackMembers(unit: Unit): Member[] | undefined {
  const members: Member[] = [];
  if (mayReachMacro(unit) && !addPackage(unit, members)) return undefined;
  if (!addSearched(unit, members)) return undefined;
  if (runsLinker(unit.compile) && !addLinker(unit, members)) return undefined;
  return members;
}

/** A macro may come directly or through a library that re-exports it. */
function mayReachMacro(unit: Unit): boolean {
  return unit.compile.externs.some(({ path }) => path !== undefined) || unit.compile.inner !== undefined;
}

/** The whole package by content, and the whole environment. */
function addPackage(unit: Unit, members: Member[]): boolean {
  const dir = unit.invocation.env["CARGO_MANIFEST_DIR"] ?? crateDirOf(absolute(unit, unit.compile.source)) ?? unit.invocation.cwd;
  const digest = treeDigest(dir, unit.place.digests);
  if (digest === undefined) return false;
  members.push({ kind: "tree", name: unit.place.roots.map(dir), value: digest });
  members.push({ kind: "environ", name: "environment", value: environDigest(unit.invocation.env) });
  return true;
}

/** Directories searched for crates and libraries: names, and the libraries' bytes. */
function addSearched(unit: Unit, members: Member[]): boolean {
  const linked = runsLinker(unit.compile);
  for (const { kind, path } of unit.compile.searchPaths) {
    // Outside links the externs' digests stand for dependency directories.
    if (kind === "dependency" && !linked) continue;
    const dir = joinPath(unit.invocation.cwd, path);
    const names = listNames(dir);
    if (names === "absent") {
      members.push({ kind: "absent", name: unit.place.roots.map(dir), value: undefined });
      continue;
    }
    if (typeof names === "string") return false;
    if (kind === "dependency") {
      addLinkedCrates(unit, dir, names, members);
      continue;
    }
    members.push({ kind: "listing", name: unit.place.roots.map(dir), value: listingDigest(dir) });
    for (const name of names.filter((name) => /\.(a|so|rlib|rmeta|lib|o)(\.|$)/.test(name))) {
      members.push({ kind: "file", name: unit.place.roots.map(`${dir}/${name}`), value: undefined });
    }
  }
  return true;
}

/** Libraries that a link may take in from the dependency directory: those rustc could name. */
function addLinkedCrates(unit: Unit, dir: string, names: readonly string[], members: Member[]) {
  const own = `${unit.compile.crateName}${unit.compile.extraFilename}`;
  for (const name of names.filter((name) => name.endsWith(".rlib") && !name.includes(own))) {
    members.push({ kind: "file", name: unit.place.roots.map(`${dir}/${name}`), value: undefined });
  }
}

/** What the C driver would link with, by asking it: its linker and its start files. */
const LINKED_PROGRAMS = ["ld", "collect2"];
const LINKED_FILES = [
  "crt1.o",
  "Scrt1.o",
  "crti.o",
  "crtn.o",
  "crtbegin.o",
  "crtbeginS.o",
  "crtend.o",
  "crtendS.o",
  "libc.so",
  "libc.so.6",
  "libm.so",
  "libgcc.a",
  "libgcc_s.so",
  "libgcc_s.so.1",
  "libpthread.a",
  "libdl.a",
  "librt.a",
  "libutil.a",
];

function addLinker(unit: Unit, members: Member[]): boolean {
  const driver = unit.compile.linker ?? "cc";
  for (const question of [
    ...LINKED_PROGRAMS.map((name) => `-print-prog-name=${name}`),
    ...LINKED_FILES.map((name) => `-print-file-name=${name}`),
  ]) {
    const answer = ask(driver, question);
    if (answer === undefined) return false;
    // A name without a directory means: not there.
    if (!answer.includes("/")) continue;
    members.push({ kind: "file", name: unit.place.roots.map(answer), value: undefined });
  }
  // Libraries of other names are found along directories that this model does not know.
  return !unit.compile.keyed.some(({ flag }) => flag === "-l" || flag === "-C link-arg" || flag === "-C link-args");
}

function ask(driver: string, question: string): string | undefined {
  const chunks: Uint8Array[] = [];
  const { end } = runChild({
    program: driver,
    argv: stringVector([driver, question]),
    environment: environmentWith({ LC_ALL: "C" }),
    inherit: [],
    onStdout: (bytes) => chunks.push(bytes),
    onStderr: () => undefined,
  });
  if (end.kind !== "exited" || end.code !== 0) return undefined;
  return new TextDecoder().decode(Buffer.concat(chunks)).trim();
}
