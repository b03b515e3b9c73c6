// Compiler binary → toolchain identity. The compiler is its bytes: the driver, the libraries it loads,
// the standard library and linker it ships, behind rustup's proxy and any script in front. Identity is
// computed once and remembered in a record that holds the stat of every file that went into it.
import type { Env } from "../base/environment.ts";
import { askProgram } from "../base/ask.ts";
import { digestOf } from "../base/digest.ts";
import { listNames, makeDirs } from "../base/directory.ts";
import {
  closeFd,
  isDirectory,
  isFile,
  nextChunk,
  openRead,
  readFileBytes,
  whyNotRunnable,
} from "../base/file.ts";
import { errorText } from "../base/error-text.ts";
import { Errno } from "../base/libc.ts";
import { realPath, stampFiles } from "../base/many-paths.ts";
import { takeLock } from "../base/lock.ts";
import { ancestorsOf, dirName, joinPath } from "../base/path.ts";
import { findProgram, isScript } from "../base/program.ts";
import { readToolchainRecord, type Toolchain, writeToolchainRecord } from "./toolchain-record.ts";

/** Which toolchain a call uses. */
export interface ToolchainQuestion {
  readonly compiler: string;
  readonly inner: string | undefined;
  /** A rustup `+name` before the arguments. */
  readonly channel: string | undefined;
  readonly target: string | undefined;
  /** An explicit `--sysroot`: then the standard library is not the compiler's own. */
  readonly sysroot: string | undefined;
  readonly cwd: string;
  readonly env: Env;
  readonly cacheDir: string;
}

/** The compilers a call names, located, and where their record would be. */
interface Located {
  readonly compiler: string;
  readonly inner: string;
  readonly recordPath: string;
  /** Where the record of the same compilers is when no target is named. */
  readonly hostsRecordPath: string;
}

/** The toolchain of a call: recalled at once where that is possible, examined only when it is needed. */
export class ToolchainSource {
  readonly #question: ToolchainQuestion;
  #found: Toolchain | undefined;
  #looked = false;

  constructor(question: ToolchainQuestion) {
    this.#question = question;
    this.#found = recallToolchain(question);
  }

  /** Whether what is remembered still holds: then asking for it costs nothing. */
  get isKnown(): boolean {
    return this.#found !== undefined;
  }

  /** The toolchain, examined if need be (0.1 s); undefined when that is impossible: nothing is cached then. */
  identified(): Toolchain | undefined {
    if (this.#found === undefined && !this.#looked) {
      this.#found = identifyToolchain(this.#question);
      this.#looked = true;
    }
    return this.#found;
  }

  /** Why the toolchain cannot be identified, in words. */
  get unidentified(): string {
    const { compiler, inner } = this.#question;
    for (const name of inner === undefined ? [compiler] : [compiler, inner]) {
      const path = findProgram(name, this.#question);
      const code = path === undefined ? Errno.NoEntry : whyNotRunnable(path);
      if (code !== 0) return `${name}: ${errorText(code)}`;
    }
    return `${inner ?? compiler} does not answer as a compiler`;
  }

  /** The toolchain's directory; "" when it cannot be identified. */
  get sysroot(): string {
    return this.identified()?.sysroot ?? "";
  }
}

/**
 * What is remembered of the toolchain, if that still holds. Starts no program unless a script must be asked.
 * A target that is the host's has no record of its own: build scripts that try the compiler name it (anyhow),
 * and examining the same files again would cost them 0.1 s.
 */
function recallToolchain(question: ToolchainQuestion): Toolchain | undefined {
  const located = locate(question, elfFacts);
  const known = located === undefined ? undefined : readRecord(located, question);
  // A record says that the compiler was no script, and holds its stamp.
  if (known !== undefined || located === undefined || !isScript(located.inner)) return known;
  const script = locate(question, scriptFacts);
  return script === undefined ? undefined : readRecord(script, question);
}

function readRecord(located: Located, { target }: ToolchainQuestion): Toolchain | undefined {
  const own = readToolchainRecord(located.recordPath);
  if (own !== undefined || target === undefined) return own;
  const hosts = readToolchainRecord(located.hostsRecordPath);
  return hosts?.host === target ? hosts : undefined;
}

/** Examines the toolchain, unless somebody has done so meanwhile. */
function identifyToolchain(question: ToolchainQuestion): Toolchain | undefined {
  const elf = locate(question, elfFacts);
  const located = elf !== undefined && isScript(elf.inner) ? locate(question, scriptFacts) : elf;
  if (located === undefined) return undefined;
  const { recordPath } = located;
  const ahead = begunAhead.get(recordPath);
  // What it comes to is taken from its record, which shows whether files have changed since it began.
  if (ahead !== undefined) lastOf(ahead);
  // The first calls of a build come together: one examines half a gigabyte, the others wait for it.
  makeDirs(dirName(recordPath));
  const lock = takeLock(`${recordPath}.lock`, EXAMINE_WAIT_MS);
  const made = readRecord(located, question) ?? lastOf(examine(question, located));
  if (typeof lock === "object") lock.release(true);
  return made;
}

/** An examination, in steps of a few milliseconds but for the questions to the compiler (0.04 s). */
type Examination = Generator<undefined, Toolchain | undefined, undefined>;

/** Examinations that are on their way in an engine, by their record. */
const begunAhead = new Map<string, Examination>();

function lastOf(examination: Examination): Toolchain | undefined {
  for (;;) {
    const step = examination.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Examines a toolchain that is not known before anybody needs it, as far as each step of the result is asked for:
 * cargo asks the compiler some questions, one after the other, before it compiles anything, and half of a machine is
 * idle meanwhile. Undefined where that is not needed or would have to ask a script. The caller's environment counts
 * for the first step.
 */
export function examineAhead(question: ToolchainQuestion): Iterator<undefined> | undefined {
  if (recallToolchain(question) !== undefined) return undefined;
  const located = locate(question, elfFacts);
  if (located === undefined || isScript(located.inner)) return undefined;
  return begunAhead.has(located.recordPath) ? undefined : aheadSteps(question, located);
}

function* aheadSteps(question: ToolchainQuestion, located: Located): Generator<undefined> {
  const { recordPath } = located;
  const examination = examine(question, located);
  begunAhead.set(recordPath, examination);
  try {
    makeDirs(dirName(recordPath));
    while (examination.next().done !== true) yield;
  } finally {
    begunAhead.delete(recordPath);
  }
}

const EXAMINE_WAIT_MS = 5_000;

type SelectionFacts = (compiler: string, question: ToolchainQuestion) => readonly string[];

function locate(question: ToolchainQuestion, factsOf: SelectionFacts): Located | undefined {
  const compiler = findProgram(question.compiler, question);
  if (compiler === undefined) return undefined;
  const inner = question.inner === undefined ? compiler : findProgram(question.inner, question);
  if (inner === undefined) return undefined;
  const { target = "", sysroot = "" } = question;
  const chosenBy = factsOf(inner, question);
  const recordOf = (triple: string) => {
    const facts = [compiler, inner, triple, sysroot, ...chosenBy].join("\0");
    return `${question.cacheDir}/toolchains/${digestOf(facts)}.record`;
  };
  const recordPath = recordOf(target);
  const hostsRecordPath = target === "" ? recordPath : recordOf("");
  return { compiler, inner, recordPath, hostsRecordPath };
}

function isProxy(real: string): boolean {
  return real.endsWith("/rustup") || real.endsWith("/rustup-init");
}

function rustupHomeOf({ env }: ToolchainQuestion): string {
  return env["RUSTUP_HOME"] ?? `${env["HOME"] ?? ""}/.rustup`;
}

/** Where the compiler really lies, links followed, or what decides which toolchain rustup's proxy runs. */
function elfFacts(compiler: string, question: ToolchainQuestion): string[] {
  const real = realPath(compiler) ?? "";
  if (!isProxy(real)) return [real];
  const { env, cwd } = question;
  const rustupHome = rustupHomeOf(question);
  const named = [question.channel ?? "", env["RUSTUP_TOOLCHAIN"] ?? "", rustupHome];
  if (question.channel !== undefined || env["RUSTUP_TOOLCHAIN"] !== undefined) return named;
  const choosers = [`${rustupHome}/settings.toml`];
  for (const dir of ancestorsOf(cwd)) {
    choosers.push(`${dir}/rust-toolchain`, `${dir}/rust-toolchain.toml`);
  }
  return [...named, cwd, stampFiles(choosers).toHex()];
}

/**
 * The places of rustup's toolchains. A name among them may be a link that is turned to another toolchain,
 * of which the files of the first show nothing.
 */
function proxiedPlaces(inner: string, question: ToolchainQuestion): string[] {
  if (!isProxy(realPath(inner) ?? "")) return [];
  const dir = `${rustupHomeOf(question)}/toolchains`;
  const names = listNames(dir);
  return typeof names === "string" ? [dir] : [dir, ...names.map((name) => `${dir}/${name}`)];
}

/** A script may choose by anything: it is asked every time. */
function scriptFacts(compiler: string, question: ToolchainQuestion): string[] {
  const channel = question.channel === undefined ? [] : [question.channel];
  const ask = (...words: string[]) => askProgram([compiler, ...channel, ...words]) ?? "";
  return ["script", ask("--print", "sysroot"), ask("-vV")];
}

function* examine(question: ToolchainQuestion, located: Located): Examination {
  const { compiler, inner } = located;
  const channel = question.channel === undefined ? [] : [question.channel];
  const sysroot = askProgram([inner, ...channel, "--print", "sysroot"]);
  const version = askProgram([inner, ...channel, "-vV"]);
  if (sysroot === undefined || version === undefined) return undefined;
  const given = question.sysroot === undefined ? [] : [joinPath(question.cwd, question.sysroot)];
  const triples = triplesOf(version, question.target);
  const roots = [sysroot, ...given];
  const dirs = roots.flatMap((root) => toolchainDirs(root, triples));
  const files = roots.flatMap((root) => toolchainFiles(root, triples));
  const paths = [...new Set([compiler, inner, ...files])];
  const sources = roots.map((root) => `${root}/${SOURCE_MARK}`);
  // Taken before the content: a file replaced meanwhile will not have this stamp. A directory's stamp
  // moves with every name that comes or goes.
  const places = proxiedPlaces(inner, question);
  const stamped = [...new Set([...paths, ...dirs, ...sources, ...places])];
  const stamps = stampFiles(stamped);
  const parts: string[] = [version];
  for (const path of paths) {
    const digest = yield* quickDigest(path);
    if (digest === undefined) return undefined;
    // Equal toolchains under different directories are the same toolchain.
    const root = roots.findIndex((one) => path.startsWith(`${one}/`));
    const name = root < 0 ? "" : `${root}${path.slice(roots[root]?.length)}`;
    parts.push(`${name}=${digest}`);
  }
  const toolchain: Toolchain = {
    id: digestOf(parts.join("\n")),
    version,
    sysroot,
    source: isFile(sources.at(-1) ?? "") ? (roots.at(-1) ?? "") : "",
    host: hostOf(version) ?? "unknown",
    minor: Number(/^(?:rustc|release:) 1\.(\d+)\./m.exec(version)?.[1] ?? 0),
  };
  const isHosts = toolchain.host === question.target;
  const recordPath = isHosts ? located.hostsRecordPath : located.recordPath;
  writeToolchainRecord(recordPath, toolchain, { paths: stamped, stamps });
  return toolchain;
}

function hostOf(version: string): string | undefined {
  return /^host: (.+)$/m.exec(version)?.[1];
}

/**
 * Where rustc looks whether the standard library's source is installed: then debug information, panics and
 * messages name that source by its place, and /rustc/<commit> otherwise.
 */
const SOURCE_MARK = "lib/rustlib/src/rust/library/std/src/lib.rs";

/** Host and target, as far as they have directories. */
function triplesOf(version: string, target: string | undefined): ReadonlySet<string> {
  const named = [hostOf(version), target].filter((triple) => triple !== undefined);
  return new Set(named.filter((triple) => !triple.includes("/")));
}

/** The directories of a sysroot in which files shape outputs. */
function toolchainDirs(sysroot: string, triples: ReadonlySet<string>): string[] {
  const dirs = [`${sysroot}/lib`];
  for (const triple of triples) {
    const lib = `${sysroot}/lib/rustlib/${triple}`;
    dirs.push(
      `${lib}/lib`,
      `${lib}/bin`,
      `${lib}/bin/gcc-ld`,
      `${lib}/bin/self-contained`,
      `${lib}/codegen-backends`,
      `${lib}/lib/self-contained`,
    );
  }
  return dirs;
}

/** Every file of a sysroot that shapes outputs: driver, its libraries, std for host and target. */
function toolchainFiles(sysroot: string, triples: ReadonlySet<string>): string[] {
  const specs = [...triples].map((triple) => `${sysroot}/lib/rustlib/${triple}/target.json`);
  const files = [`${sysroot}/bin/rustc`, ...specs];
  for (const dir of toolchainDirs(sysroot, triples)) {
    const names = isDirectory(dir) ? listNames(dir) : [];
    if (typeof names === "string") continue;
    files.push(...names.map((name) => `${dir}/${name}`));
  }
  return files.filter(isFile);
}

/**
 * A fast digest of a large file. XXH3 and not SHA-256: half a gigabyte per toolchain would cost 0.4 s of the
 * first build instead of 0.07, and nobody gains by forging a compiler they control. Read and not mapped:
 * the page faults cost more than the copy (0.07 s to 0.09).
 */
function* quickDigest(path: string): Generator<undefined, string | undefined, undefined> {
  const SMALL_BYTES = 1 << 16;
  const STEP_BYTES = 1 << 23;
  yield;
  const small = readFileBytes(path, SMALL_BYTES);
  if (typeof small !== "string") return digestOf(small);
  const fd = openRead(path);
  if (fd < 0) return undefined;
  try {
    let size = 0;
    let sum = 0n;
    for (;;) {
      const bytes = nextChunk(fd);
      if (bytes === false) return undefined;
      if (bytes === true) return `${size}.${sum.toString(16)}`;
      size += bytes.length;
      sum = Bun.hash.xxHash3(bytes, sum);
      if (size % STEP_BYTES === 0) yield;
    }
  } finally {
    closeFd(fd);
  }
}
