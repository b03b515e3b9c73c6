// The shared libraries that a program loads: part of what it is, and opened by the loader where no
// observer looks. programs/<digest of the program and the loader's variables>.libraries holds the answer:
// a line for each path, with "-" in front where one was looked for in vain, sealed (base/sealed-text.ts), for damage
// must not become inputs.
import type { Env } from "../base/environment.ts";
import { askStreams } from "../base/ask.ts";
import { digestOf } from "../base/digest.ts";
import { programKind } from "../base/elf-head.ts";
import { statPath } from "../base/file.ts";
import { firstPresent } from "../base/many-paths.ts";
import { baseName, joinPath } from "../base/path.ts";
import { readSealed, writeSealed } from "../base/sealed-text.ts";
import type { FileDigests } from "./file-digest.ts";
import { LOADER_CACHE, LOADER_LIST } from "./loader-cache.ts";

/** Where programs are looked at. */
export interface ProgramPlace {
  readonly cwd: string;
  readonly env: Env;
  readonly digests: FileDigests;
}

/** What the loader gives a program. */
export interface ProgramLibraries {
  readonly paths: readonly string[];
  /** Places where it looked for them in vain: along LD_LIBRARY_PATH, and in the directories that programs name. */
  readonly passed: readonly string[];
}

/**
 * The libraries, by the loader's own account (as ldd asks for it); none for a script or a static program. Undefined
 * when the program cannot be looked at.
 */
export function programLibraries(
  cacheDir: string,
  program: string,
  { cwd, env, digests }: ProgramPlace,
): ProgramLibraries | undefined {
  const found = digests.of(program);
  if (typeof found === "string") return undefined;
  const { LD_LIBRARY_PATH: searched = "", LD_PRELOAD: preloaded = "" } = env;
  const placesOf = loaderPlaces(searched, cwd);
  const answer = ({ paths, passed }: ProgramLibraries) => ({
    paths,
    passed: [...passedLibraries(paths, { cwd, env }), ...passed],
  });
  const told = [LOADER_CACHE, LOADER_LIST].map((path) => digestText(digests.of(path)));
  const facts = [RECORD_VERSION, found.digest, program, searched, preloaded, ...told].join("\0");
  const record = `${cacheDir}/programs/${digestOf(facts)}.libraries`;
  const known = recall(record);
  const isAsItWas =
    known?.paths.every((path) => firstPresent([...placesOf(path), path]) === path) === true &&
    known.passed.every((path) => statPath(path) === "absent");
  if (known !== undefined && isAsItWas) return answer(known);
  const asked = programKind(program) === "dynamic" ? askLoader(program) : { paths: [], passed: [] };
  if (asked === undefined) return undefined;
  const lines = [...asked.paths, ...asked.passed.map((path) => PASSED + path)];
  const text = lines.map((line) => `${line}\n`).join("");
  writeSealed(record, text);
  return answer(asked);
}

function digestText(found: ReturnType<FileDigests["of"]>): string {
  return typeof found === "string" ? found : found.digest;
}

const RECORD_VERSION = "3";
const PASSED = "-";

/** The places along LD_LIBRARY_PATH where the loader looked in vain for what it found there. */
export function passedLibraries(
  paths: Iterable<string>,
  { cwd, env }: Pick<ProgramPlace, "cwd" | "env">,
): string[] {
  const placesOf = loaderPlaces(env["LD_LIBRARY_PATH"] ?? "", cwd);
  return [...paths].flatMap((path) => passedPlaces(placesOf(path), path));
}

/** Where the loader looks for a library along LD_LIBRARY_PATH, in its order. */
function loaderPlaces(searched: string, cwd: string): (library: string) => string[] {
  const dirs = searched === "" ? [] : searched.split(/[:;]/).map((dir) => joinPath(cwd, dir));
  return (library) => dirs.map((dir) => joinPath(dir, baseName(library)));
}

/** The places before the one where a file was found, as far as nothing lies there: what comes to, is found instead. */
export function passedPlaces(places: readonly string[], found: string): string[] {
  const end = places.findIndex((place) => place === found || statPath(place) !== "absent");
  return end < 0 ? [...places] : places.slice(0, end);
}

function recall(record: string): ProgramLibraries | undefined {
  const text = readSealed(record);
  if (text === undefined) return undefined;
  const lines = text.split("\n").slice(0, -1);
  return {
    paths: lines.filter((line) => !line.startsWith(PASSED)),
    passed: lines.flatMap((line) => (line.startsWith(PASSED) ? [line.slice(PASSED.length)] : [])),
  };
}

/** What the loader says of itself: what it loads, and every place it tried (`trying file=`), hardware's own among them. */
function askLoader(program: string): ProgramLibraries | undefined {
  const said = askStreams([program], { LD_TRACE_LOADED_OBJECTS: "1", LD_DEBUG: "libs" });
  const { stdout = "", stderr = "" } = said ?? {};
  const paths = stdout.split("\n").flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  if (paths.length === 0) return undefined;
  const tried = [...stderr.matchAll(/^\s*\d+:\s+trying file=(\/.*)$/gm)].map(
    ([, path = ""]) => path,
  );
  // A directory that is not there is named once, and tried for one library alone.
  const lists = [...stderr.matchAll(/^\s*\d+:\s+search path=([^\t]*)/gm)];
  const dirs = lists
    .flatMap(([, list = ""]) => list.split(":"))
    .filter((dir) => dir.startsWith("/"));
  const passed = [...new Set([...tried, ...dirs])].filter((path) => statPath(path) === "absent");
  return { paths, passed };
}
