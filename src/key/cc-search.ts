// Where a compiler looks for what is its own: built-in header directories, the programs of its stages, specs
// and configuration. It is asked once; programs/<digest of the question>.search holds the answer, which counts
// as long as everything it was drawn from has the same stamp: one line of JSON {answer, paths, stamps: base64},
// sealed (base/sealed-text.ts). For compiles that nobody watches.
import { bufferOf } from "../base/bytes.ts";
import type { Env } from "../base/environment.ts";
import { askProgram, askStreams } from "../base/ask.ts";
import { digestOf } from "../base/digest.ts";
import { listNames } from "../base/directory.ts";
import { readFileBytes } from "../base/file.ts";
import { listOf, parseRecord, textOf } from "../base/json.ts";
import { realPath, stampFiles } from "../base/many-paths.ts";
import { baseName, dirName, joinPath, normalizePath } from "../base/path.ts";
import { findProgram } from "../base/program.ts";
import { readSealed, writeSealed } from "../base/sealed-text.ts";
import type { CcFamily } from "./cc-family.ts";
import { ENVIRONMENT, environDigest } from "./input-set.ts";

/** A compiler, and what its answer depends on. */
export interface SearchQuestion {
  readonly cacheDir: string;
  readonly compiler: readonly [string, ...string[]];
  readonly family: CcFamily;
  readonly cl: boolean;
  /** The languages, as `-x` names them. */
  readonly languages: readonly string[];
  /** The arguments of the call that bear on it. */
  readonly shaping: readonly string[];
  readonly cwd: string;
  readonly env: Env;
}

/** A compiler's own places. */
export interface CcSearch {
  /** Built-in directories of headers and those that variables name, whether they are there or not. */
  readonly directories: readonly string[];
  /** Programs that it runs, by path. */
  readonly programs: readonly string[];
  /** Names of programs that it finds along PATH. */
  readonly names: readonly string[];
  /** Files of its own that count by content where they are, and by absence where they are not. */
  readonly files: readonly string[];
  /** Directories whose names decide what it finds. */
  readonly listings: readonly string[];
  /** Whether its assembler is GNU's, which can list what it reads. */
  readonly gnuAssembler: boolean;
}

/** Asks the compiler, or recalls what it said; a text says why its places cannot be known. */
export function ccSearch(question: SearchQuestion): CcSearch | string {
  const { compiler, cwd, env, shaping, languages, family, cl } = question;
  if (family === "other") return "the compiler is of no known family";
  const driver = findProgram(compiler[0], question);
  if (driver === undefined || compiler.length > 1) return "the compiler is no plain program";
  const facts = [
    cwd,
    env["PATH"] ?? "",
    env["LD_LIBRARY_PATH"] ?? "",
    environDigest(env, ENVIRONMENT),
  ];
  const id = digestOf(JSON.stringify([driver, compiler, family, cl, facts, shaping, languages]));
  const record = `${question.cacheDir}/programs/${id}.search`;
  const known = recall(record);
  if (known !== undefined) return known;
  const answer = family === "gcc" ? askGcc(question, driver) : askClang(question, driver);
  if (typeof answer === "string") return answer;
  const looked = pathsOf(answer, driver, question);
  const stamps = Buffer.from(stampFiles(looked)).toString("base64");
  const text = JSON.stringify({ answer, paths: looked, stamps });
  writeSealed(record, text);
  return answer;
}

function pathsOf(search: CcSearch, driver: string, question: SearchQuestion): string[] {
  const { directories, programs, names, files, listings } = search;
  const found = names.flatMap((name) => findProgram(name, question) ?? []);
  const all = [driver, ...directories, ...programs, ...found, ...files, ...listings];
  return [...new Set(all.map((path) => joinPath(question.cwd, path)))];
}

function recall(record: string): CcSearch | undefined {
  const decoded = parseRecord(readSealed(record) ?? "");
  const answer = decoded === undefined ? undefined : parseRecord(JSON.stringify(decoded["answer"]));
  if (decoded === undefined || answer === undefined) return undefined;
  const stamps = Buffer.from(stampFiles(texts(decoded["paths"]))).toString("base64");
  if (stamps !== decoded["stamps"]) return undefined;
  return {
    directories: texts(answer["directories"]),
    programs: texts(answer["programs"]),
    names: texts(answer["names"]),
    files: texts(answer["files"]),
    listings: texts(answer["listings"]),
    gnuAssembler: answer["gnuAssembler"] === true,
  };
}

function texts(listed: unknown): string[] {
  return listOf(listed).flatMap((item) => textOf(item) ?? []);
}

/** What a compiler that preprocesses nothing tells about itself, for each language. */
function askVerbose({ compiler, shaping, languages, cl }: SearchQuestion): string[] | undefined {
  const said: string[] = [];
  for (const language of languages) {
    const source = cl
      ? ["/E", `/T${language === "c++" ? "p" : "c"}`, "/dev/null"]
      : ["-E", "-x", language, "/dev/null", "-o", "/dev/null"];
    const answer = askStreams([compiler[0], ...shaping, "-v", ...source]);
    if (answer === undefined) return undefined;
    said.push(answer.stderr);
  }
  return said;
}

const UNKNOWN = "the compiler does not tell where it looks for headers";

/** The directories of a list that begins with `#include "..." search starts here:`. */
function listedDirectories(said: string): string[] | undefined {
  const list = /#include "\.\.\." search starts here:\n([^]*?)End of search list\./.exec(said)?.[1];
  if (list === undefined || /\((?:framework directory|headermap)\)/.test(list)) return undefined;
  const listed = list.split("\n").flatMap((line) => /^ (.+)$/.exec(line)?.[1] ?? []);
  const ignored = said.matchAll(/^ignoring (?:nonexistent|duplicate) directory "(.*)"$/gm);
  return [...listed, ...[...ignored].flatMap(([, dir]) => dir ?? [])];
}

/** The programs of a verbose answer: each of its lines that begin with a blank is a command. */
function listedPrograms(said: string): string[] {
  return [...said.matchAll(/^ "?(\/[^\s"]+)"? .*$/gm)].flatMap(([, path]) => path ?? []);
}

function askGcc(question: SearchQuestion, driver: string): CcSearch | string {
  const { compiler, shaping } = question;
  // A program in front would run another gcc, whose bytes nobody knew.
  if (!contains(driver, "COLLECT_GCC_OPTIONS")) return "the compiler is a program around another";
  const said = askVerbose(question);
  const places = askProgram([compiler[0], ...shaping, "-print-search-dirs"]);
  if (said === undefined || places === undefined) return UNKNOWN;
  const directories: string[] = [];
  const programs = new Set<string>();
  for (const text of said) {
    if (text.includes("Reading specs from")) return "the compiler reads specs";
    const listed = listedDirectories(text);
    const [proper] = listedPrograms(text);
    if (listed === undefined || proper === undefined) return UNKNOWN;
    directories.push(...listed);
    programs.add(proper);
  }
  const names: string[] = [];
  for (const name of ["as", "objcopy"]) {
    const found = askProgram([compiler[0], ...shaping, `-print-prog-name=${name}`]);
    if (found === undefined) return UNKNOWN;
    if (found.includes("/")) programs.add(found);
    else names.push(found);
  }
  const line = (head: string) => new RegExp(`^${head}: =?(.*)$`, "m").exec(places)?.[1] ?? "";
  const stages = [...programs].map(baseName).concat(names);
  const installed = line("install");
  const own = line("programs")
    .split(":")
    .flatMap((dir) => stages.map((name) => dir + name));
  const specs = [installed, `${installed}../`, ...line("libraries").split(":")];
  const assembler = [...programs].find((path) => baseName(path) === "as") ?? "as";
  return {
    directories: [...new Set(directories)],
    programs: [...programs],
    names,
    files: [...new Set([...own, ...specs.map((dir) => `${dir}specs`)])],
    listings: [],
    gnuAssembler: isGnuAssembler(findProgram(assembler, question)),
  };
}

function isGnuAssembler(path: string | undefined): boolean {
  const said = path === undefined ? undefined : askProgram([path, "--version"]);
  return said?.startsWith("GNU assembler") === true;
}

function contains(path: string, mark: string): boolean {
  const bytes = readFileBytes(path);
  if (typeof bytes === "string") return false;
  return bufferOf(bytes).includes(mark);
}

/** By these clang knows the system, on which some of its defaults depend. */
const SYSTEM_FILES =
  "/etc/os-release /usr/lib/os-release /etc/lsb-release /etc/redhat-release /etc/debian_version /etc/SuSE-release /etc/gentoo-release /etc/arch-release /etc/exherbo-release /etc/alpine-release /etc/slackware-version";

/** Below these it looks for installations of gcc. */
const GCC_PLACES = ["lib/gcc", "lib64/gcc", "lib32/gcc", "libx32/gcc", "lib/gcc-cross"];

function askClang(question: SearchQuestion, driver: string): CcSearch | string {
  const said = askVerbose(question);
  if (said === undefined) return UNKNOWN;
  const directories: string[] = [];
  const programs = new Set<string>();
  for (const text of said) {
    if (text.includes("Configuration file:")) return "the compiler reads a configuration file";
    const listed = listedDirectories(text);
    if (listed === undefined) return UNKNOWN;
    directories.push(...listed);
    for (const program of listedPrograms(text)) programs.add(program);
  }
  const real = realPath(driver);
  if (programs.size === 0 || [...programs].some((path) => realPath(path) !== real)) {
    return "the compiler is a program around another";
  }
  const [first = ""] = said;
  const resources = /-resource-dir"? "?([^\s"]+)/.exec(first)?.[1];
  const target = /^Target: (\S+)$/m.exec(first)?.[1] ?? "";
  const libraries = gccPlaces(question, first);
  return {
    // A directory of headers for the target is taken only where it is there.
    directories: [...new Set([...directories, ...multiarchDirectories(target)])],
    programs: [...programs],
    names: [],
    files: [
      ...SYSTEM_FILES.split(" "),
      ...configurationFiles(question, driver, target),
      ...ownLists(resources),
    ],
    listings: [...libraries, ...(resources === undefined ? [] : [resources, `${resources}/share`])],
    gnuAssembler: false,
  };
}

/** The lists that sanitizers consult by themselves. */
function ownLists(resources: string | undefined): string[] {
  const names = resources === undefined ? "absent" : listNames(`${resources}/share`);
  if (resources === undefined || typeof names === "string") return [];
  return names.map((name) => `${resources}/share/${name}`);
}

function multiarchDirectories(target: string): string[] {
  const names = [target, target.replace(/-(?:pc|unknown)-/, "-")];
  return names.map((name) => `/usr/include/${name}`);
}

/** The directories whose names decide which gcc's headers and libraries clang uses. */
function gccPlaces({ shaping }: SearchQuestion, said: string): string[] {
  const named = shaping.flatMap((word, at) => {
    const value = /^-?-(?:sysroot|gcc-toolchain)=(.*)$/.exec(word)?.[1];
    if (value !== undefined) return [value, `${value}/usr`];
    const next = shaping[at + 1] ?? "";
    return /^-?-(?:sysroot|gcc-toolchain)$|^-isysroot$/.test(word) ? [next, `${next}/usr`] : [];
  });
  const places = ["/usr", ...named].flatMap((dir) => GCC_PLACES.map((name) => `${dir}/${name}`));
  const found = [...said.matchAll(/^(?:Found candidate|Selected) GCC installation: (.*)$/gm)];
  const installed = found.flatMap(([, dir]) => (dir === undefined ? [] : [normalizePath(dir)]));
  const all = [...installed, ...installed.map(dirName), ...places, "/opt/rh", "/usr/include/c++"];
  return [...new Set(all)];
}

/** Where clang from 16 on looks for configuration files that nobody names. */
function configurationFiles(
  { compiler, env }: SearchQuestion,
  driver: string,
  target: string,
): string[] {
  const name = baseName(compiler[0]);
  const modes = [name, "clang", "clang++", "clang-cl"];
  const names = [...modes, target, ...modes.map((mode) => `${target}-${mode}`)];
  const home = env["HOME"] ?? "";
  const dirs = [dirName(driver), dirName(realPath(driver) ?? driver), "/etc/clang", "/etc"];
  const users = [env["CLANG_CONFIG_FILE_USER_DIR"], env["CLANG_CONFIG_FILE_SYSTEM_DIR"]];
  const own = [`${home}/.llvm`, `${home}/.config/clang`, `${home}/.config`];
  return [...dirs, ...own, ...users.filter((dir) => dir !== undefined && dir !== "")].flatMap(
    (dir) => [...new Set(names)].map((config) => `${dir ?? ""}/${config}.cfg`),
  );
}
