// Compiler binary → toolchain identity. The compiler is its bytes: the driver, the libraries it loads,
// the standard library and linker it ships, behind rustup's proxy and any script in front. Identity is
// computed once and remembered in a record that holds the stat of every file that went into it.
import { askProgram } from "../base/ask.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { listNames, makeDirs } from "../base/directory.ts";
import {
  closeFd,
  dirName,
  isDirectory,
  isFile,
  openRead,
  readFd,
  readFileBytes,
  realPath,
  stampFiles,
  statPath,
} from "../base/file.ts";
import { takeLock } from "../base/lock.ts";
import { withMapped } from "../base/map-file.ts";
import { ancestorsOf, joinPath } from "../base/path.ts";
import { readToolchainRecord, writeToolchainRecord } from "./toolchain-record.ts";

/** What a key needs to know about a compiler. */
export interface Toolchain {
  /** Stands for every byte of the toolchain that can shape an output. */
  readonly id: Digest;
  /** Text of `-vV`. */
  readonly version: string;
  readonly sysroot: string;
  readonly host: string;
  /** Minor version of rustc 1.x, 0 when unknown. */
  readonly minor: number;
}

/** Which toolchain a call uses. */
export interface ToolchainQuestion {
  readonly compiler: string;
  readonly inner: string | undefined;
  /** A rustup `+name` before the arguments. */
  readonly channel: string | undefined;
  readonly target: string | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cacheDir: string;
}

/** Identifies the toolchain; undefined when it cannot be: then nothing is cached. */
export function identifyToolchain(question: ToolchainQuestion): Toolchain | undefined {
  const compiler = findProgram(question.compiler, question);
  if (compiler === undefined) return undefined;
  const inner = question.inner === undefined ? compiler : findProgram(question.inner, question);
  if (inner === undefined) return undefined;
  const facts = JSON.stringify([
    compiler,
    inner,
    question.target,
    ...selectionFacts(inner, question),
  ]);
  const recordPath = `${question.cacheDir}/toolchains/${digestOf(facts)}.json`;
  const known = remembered(recordPath);
  if (known !== undefined) return known;
  // The first calls of a build come together: one examines half a gigabyte, the others wait for it.
  makeDirs(dirName(recordPath));
  const lock = takeLock(`${recordPath}.lock`, EXAMINE_WAIT_MS);
  const made = remembered(recordPath) ?? examine(question, compiler, inner, recordPath);
  if (typeof lock === "object") lock.release(true);
  return made;
}

const EXAMINE_WAIT_MS = 5_000;

function remembered(recordPath: string): Toolchain | undefined {
  const known = readToolchainRecord(recordPath);
  return known === undefined ? undefined : toolchainOf(known.id, known.version, known.sysroot);
}

/** The program's absolute path: as given, or found along PATH as the system would. */
export function findProgram(
  name: string,
  at: Pick<ToolchainQuestion, "cwd" | "env">,
): string | undefined {
  if (name.includes("/")) return joinPath(at.cwd, name);
  for (const dir of (at.env["PATH"] ?? "").split(":")) {
    const path = joinPath(at.cwd, `${dir === "" ? "." : dir}/${name}`);
    const stat = statPath(path);
    const EXECUTABLE = 0o111;
    if (typeof stat === "object" && stat.kind === "file" && (stat.mode & EXECUTABLE) !== 0)
      return path;
  }
  return undefined;
}

function statText(path: string): string {
  return stampFiles([path]).toHex();
}

/** What decides which toolchain rustup's proxy runs; nothing when the compiler is no proxy. */
function selectionFacts(compiler: string, question: ToolchainQuestion): string[] {
  const { env, cwd } = question;
  const rustupHome = env["RUSTUP_HOME"] ?? `${env["HOME"] ?? ""}/.rustup`;
  const real = realPath(compiler);
  if (isScript(compiler)) {
    // A script may choose by anything: it is asked every time.
    const channel = question.channel === undefined ? [] : [question.channel];
    return [
      "script",
      ...["sysroot", "-vV"].map(
        (what) =>
          askProgram([compiler, ...channel, ...(what === "-vV" ? [what] : ["--print", what])]) ??
          "",
      ),
    ];
  }
  if (real === undefined || !/\/rustup(-init)?$/.test(real)) return [];
  const named = [question.channel ?? "", env["RUSTUP_TOOLCHAIN"] ?? "", rustupHome];
  if (question.channel === undefined && env["RUSTUP_TOOLCHAIN"] === undefined) {
    named.push(cwd, statText(`${rustupHome}/settings.toml`));
    for (const dir of ancestorsOf(cwd)) {
      named.push(statText(`${dir}/rust-toolchain`), statText(`${dir}/rust-toolchain.toml`));
    }
  }
  return named;
}

function isScript(path: string): boolean {
  const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];
  const fd = openRead(path);
  if (fd < 0) return false;
  const head = new Uint8Array(ELF_MAGIC.length);
  readFd(fd, head);
  closeFd(fd);
  return ELF_MAGIC.some((byte, index) => head[index] !== byte);
}

function toolchainOf(id: Digest, version: string, sysroot: string): Toolchain {
  return {
    id,
    version,
    sysroot,
    host: /^host: (.+)$/m.exec(version)?.[1] ?? "unknown",
    minor: Number(
      /^rustc 1\.(\d+)\./m.exec(version)?.[1] ?? /^release: 1\.(\d+)\./m.exec(version)?.[1] ?? 0,
    ),
  };
}

function examine(
  question: ToolchainQuestion,
  compiler: string,
  inner: string,
  recordPath: string,
): Toolchain | undefined {
  const channel = question.channel === undefined ? [] : [question.channel];
  const sysroot = askProgram([inner, ...channel, "--print", "sysroot"]);
  const version = askProgram([inner, ...channel, "-vV"]);
  if (sysroot === undefined || version === undefined) return undefined;
  const files = [
    ...new Set([compiler, inner, ...toolchainFiles(sysroot, question.target, version)]),
  ];
  // Taken before the content: a file replaced meanwhile will not have this stamp.
  const stamps = stampFiles(files);
  const parts: string[] = [version];
  for (const path of files) {
    const digest = quickDigest(path);
    if (digest === undefined) return undefined;
    // Equal toolchains under different directories are the same toolchain.
    const name = path.startsWith(`${sysroot}/`) ? path.slice(sysroot.length) : "";
    parts.push(`${name}=${digest}`);
  }
  const id = digestOf(parts.join("\n"));
  writeToolchainRecord(recordPath, { id, version, sysroot, paths: files, stamps });
  return toolchainOf(id, version, sysroot);
}

/** Every file of a sysroot that shapes outputs: driver, its libraries, std for host and target. */
function toolchainFiles(sysroot: string, target: string | undefined, version: string): string[] {
  const host = /^host: (.+)$/m.exec(version)?.[1];
  const triples = new Set([host, target].filter((t) => t !== undefined && !t.includes("/")));
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
  const specs = [...triples].map((triple) => `${sysroot}/lib/rustlib/${triple}/target.json`);
  const files = [`${sysroot}/bin/rustc`, ...specs];
  for (const dir of dirs) {
    const names = isDirectory(dir) ? listNames(dir) : [];
    if (typeof names === "string") continue;
    files.push(...names.map((name) => `${dir}/${name}`));
  }
  return files.filter(isFile);
}

/**
 * A fast digest of a large file. XXH3 over a mapping and not SHA-256: half a gigabyte per toolchain would
 * cost 0.4 s of the first build instead of 0.1, and nobody gains by forging a compiler they control.
 */
function quickDigest(path: string): string | undefined {
  const SMALL_BYTES = 1 << 16;
  const small = readFileBytes(path, SMALL_BYTES);
  if (typeof small !== "string") return digestOf(small);
  return withMapped(path, (bytes) => `${bytes.length}.${Bun.hash.xxHash3(bytes, 0n).toString(16)}`);
}
