// Temporary worlds for the suites: a home, a cache directory and a counting rustc of their own, and the
// ways to run the executable under test in them. Nothing of the caller's configuration gets in; cargo's
// and rustup's homes are the real ones, because toolchains and downloaded crates live there.
import { afterAll, describe, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { realpathSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { settleEngines } from "../../src/wrap/engines/settle.ts";
import { engineDir } from "../../src/wrap/engines/engine-place.ts";
import { buildCountingRustc, hostTriple, kache } from "./toolchain.ts";
import { type Files, writeTree } from "./tree.ts";

/** One line of the event log, as far as suites look at it. */
export interface LoggedEvent {
  readonly crate_name: string;
  readonly result: string;
  readonly cache_key: string;
  readonly invocation_key: string | undefined;
  readonly passthrough_reason: string | undefined;
  readonly not_stored: string | undefined;
  readonly miss_reason: string | undefined;
  readonly observed: string | undefined;
  readonly bound_to: string | undefined;
  readonly verified: string | undefined;
  readonly verify_detail: string | undefined;
  readonly verify_evidence: string | undefined;
  /** Whether a resident engine served it. */
  readonly byEngine: boolean;
  /** Whether it was answered before its result was stored. */
  readonly answeredFirst: boolean;
  /** Bytes restored by each way of placing a file. */
  readonly placed: { readonly reflink: number; readonly hardlink: number; readonly copy: number };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (fault) {
    // Readers skip torn lines.
    if (fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}

function decodeEvent(line: string): LoggedEvent[] {
  const event = parseLine(line);
  if (typeof event !== "object" || event === null) return [];
  const text = (name: string) => {
    const value: unknown = Reflect.get(event, name);
    return typeof value === "string" ? value : undefined;
  };
  const count = (name: string) => Number(Reflect.get(event, name) ?? 0);
  return [
    {
      placed: {
        reflink: count("reflinked_bytes"),
        hardlink: count("hardlinked_bytes"),
        copy: count("copied_bytes"),
      },
      crate_name: text("crate_name") ?? "",
      result: text("result") ?? "",
      cache_key: text("cache_key") ?? "",
      invocation_key: text("invocation_key"),
      passthrough_reason: text("passthrough_reason"),
      not_stored: text("not_stored"),
      miss_reason: text("miss_reason"),
      observed: text("observed"),
      bound_to: text("bound_to"),
      verified: text("verified"),
      verify_detail: text("verify_detail"),
      verify_evidence: text("verify_evidence"),
      byEngine: Reflect.get(event, "engine") === true,
      answeredFirst: Reflect.get(event, "answered_first") === true,
    },
  ];
}

/** Variables to set or, with undefined, to remove. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What one command did. */
export interface Run {
  readonly exitCode: number | null;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Events recorded meanwhile, in log order. */
  readonly events: readonly LoggedEvent[];
  /** Arguments of every rustc process that compiled something meanwhile. */
  readonly compiles: readonly (readonly string[])[];
}

/** How to run a command. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Variables;
  readonly stdin?: string;
}

/** One rustc call on a tiny crate. */
export interface RustcCall {
  readonly name?: string;
  readonly type?: string | undefined;
  readonly edition?: string;
  readonly emit?: string | undefined;
  readonly source?: string;
  readonly outDir?: string | undefined;
  readonly args?: readonly string[];
  readonly env?: Variables;
  readonly cwd?: string;
  /** The compiler's words instead of the counting rustc. */
  readonly compiler?: readonly string[];
}

const KEPT_VARIABLES =
  /^(PATH|LANG|TMPDIR|USER|LOGNAME|SHELL|https?_proxy|no_proxy|SSL_CERT_(FILE|DIR)|RUSTUP_AUTO_INSTALL|KACHE_TEST_RULE_OFF)$/i;

function baseEnvironment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && KEPT_VARIABLES.test(name)) env[name] = value;
  }
  const below = (name: string) => join(homedir(), name);
  env["CARGO_HOME"] = process.env["CARGO_HOME"] ?? below(".cargo");
  env["RUSTUP_HOME"] = process.env["RUSTUP_HOME"] ?? below(".rustup");
  return env;
}

/** One tick and a little at 250 Hz, as most kernels are built. */
const TICK_MS = 5;

/** The user nobody, as whom some cases run. */
const NOBODY_ENGINES = "/tmp/kache.65534";

/** A world of its own below the temporary directory. */
export class World {
  readonly dir: string;
  readonly home: string;
  readonly cacheDir: string;
  /** A rustc that is counted. */
  readonly rustcPath: string;
  readonly #compileLog: string;
  /** Where the engines are that commands of this world may have called. */
  readonly #engineDirs = new Set([engineDir({}), NOBODY_ENGINES]);

  constructor(name: string) {
    this.dir = realpathSync(mkdtempSync(join(tmpdir(), `kache-${name}-`)));
    this.home = join(this.dir, "home");
    this.cacheDir = join(this.dir, "cache");
    this.#compileLog = join(this.dir, "compiles.log");
    this.rustcPath = join(this.dir, "bin", "rustc");
    mkdirSync(this.home);
    mkdirSync(join(this.dir, "bin"));
    buildCountingRustc(this.rustcPath, this.#compileLog);
  }

  /** Removes everything. */
  remove(): void {
    if (process.env["KEEP_WORLDS"] === undefined)
      rmSync(this.dir, { recursive: true, force: true });
  }

  /** A path in this world. */
  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  /** Writes a project and gives its directory. */
  project(name: string, files: Files): string {
    const dir = this.path(name);
    writeTree(dir, files);
    return dir;
  }

  /** The environment of every command here, with changes on top. */
  environment(changes: Variables = {}): Record<string, string> {
    const all: Variables = {
      ...baseEnvironment(),
      HOME: this.home,
      KACHE_CACHE_DIR: this.cacheDir,
      KACHE_CONFIG: this.path("no-such-config.toml"),
      ...changes,
    };
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(all)) if (value !== undefined) env[name] = value;
    return env;
  }

  /** Every event so far. */
  events(cacheDir = this.cacheDir): LoggedEvent[] {
    const log = join(cacheDir, "events.jsonl");
    if (!existsSync(log) || !statSync(log).isFile()) return [];
    return readFileSync(log, "utf8").split("\n").flatMap(decodeEvent);
  }

  /** Every rustc process so far that compiled something: queries have no crate or print. */
  compiles(): string[][] {
    if (!existsSync(this.#compileLog)) return [];
    const lines = readFileSync(this.#compileLog, "utf8").split("\n");
    const calls = lines
      .filter((line) => line !== "")
      .map((line) => line.split("\x1f").slice(0, -1));
    return calls.filter(
      (args) => args.includes("--crate-name") && !args.some((arg) => arg.startsWith("--print")),
    );
  }

  /** Runs a command to its end. */
  run(argv: readonly string[], options: RunOptions = {}): Run {
    const env = this.environment(options.env);
    this.#engineDirs.add(engineDir(env));
    const since = this.mark(env["KACHE_CACHE_DIR"]);
    // What was written in the present tick of the file-write clock may look as if it changed meanwhile.
    Bun.sleepSync(TICK_MS);
    const child = Bun.spawnSync([...argv], {
      cwd: options.cwd ?? this.dir,
      env,
      stdin: options.stdin === undefined ? "ignore" : Buffer.from(options.stdin),
    });
    return {
      exitCode: child.exitCode,
      signal: child.signalCode?.toString(),
      stdout: child.stdout.toString(),
      stderr: child.stderr.toString(),
      ...since(),
    };
  }

  /** Remembers now; the answer tells what was recorded from then on. */
  mark(cacheDir = this.cacheDir): () => Pick<Run, "events" | "compiles"> {
    // Engines answer before they have stored: what came before is to be there, and what came since.
    const settle = () => {
      for (const dir of this.#engineDirs) settleEngines({ KACHE_ENGINE_DIR: dir });
    };
    settle();
    const events = this.events(cacheDir).length;
    const compiles = this.compiles().length;
    return () => {
      settle();
      return {
        events: this.events(cacheDir).slice(events),
        compiles: this.compiles().slice(compiles),
      };
    };
  }

  /** Starts a command without waiting; the caller marks. */
  async start(
    argv: readonly string[],
    options: RunOptions = {},
  ): Promise<Pick<Run, "exitCode" | "stdout" | "stderr">> {
    const child = Bun.spawn([...argv], {
      cwd: options.cwd ?? this.dir,
      env: this.environment(options.env),
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    await child.exited;
    return { exitCode: child.exitCode, stdout, stderr };
  }

  /** The words of a rustc call without any wrapper. */
  rustcWords(call: RustcCall): string[] {
    const option = (flag: string, value: string | undefined) =>
      value === undefined ? [] : [flag, value];
    return [
      ...(call.compiler ?? [this.rustcPath]),
      ...["--crate-name", call.name ?? "tiny"],
      `--edition=${call.edition ?? "2021"}`,
      call.source ?? "src/lib.rs",
      ...option("--crate-type", "type" in call ? call.type : "lib"),
      ...option("--emit", "emit" in call ? call.emit : "dep-info,metadata,link"),
      ...option("--out-dir", "outDir" in call ? call.outDir : "out"),
      ...(call.args ?? []),
    ];
  }

  /** One compile of a project through the executable under test. */
  rustc(project: string, call: RustcCall = {}): Run {
    return this.#compile([kache, ...this.rustcWords(call)], project, call);
  }

  /** The same compile by the compiler alone. */
  plainRustc(project: string, call: RustcCall = {}): Run {
    return this.#compile(this.rustcWords(call), project, call);
  }

  #compile(words: readonly string[], project: string, call: RustcCall): Run {
    const cwd = call.cwd ?? project;
    // Cargo makes the output directory; rustc does not always.
    mkdirSync(resolve(cwd, call.outDir ?? "out"), { recursive: true });
    return this.run(words, { cwd, ...(call.env === undefined ? {} : { env: call.env }) });
  }

  /** Variables that put the executable under test and the counting rustc into cargo's path. */
  cargoVariables(changes: Variables = {}): Variables {
    return { RUSTC: this.rustcPath, RUSTC_WRAPPER: kache, ...changes };
  }

  /**
   * Writes a project and downloads its crates, from disk if possible: why that cannot be done, or undefined.
   * Its lock file is to be copied with it. The only thing that may need the network.
   */
  unfetchable(name: string, files: Files): string | undefined {
    const dir = this.project(name, files);
    const fetch = ["cargo", "fetch", "--target", hostTriple];
    const env = { CARGO_HTTP_TIMEOUT: "20", CARGO_NET_RETRY: "1" };
    for (const words of [[...fetch, "--offline"], fetch]) {
      if (this.run(words, { cwd: dir, env }).exitCode === 0) return undefined;
    }
    return "crates.io cannot be reached and the crates are not downloaded";
  }

  /** Runs cargo in a project, without network, through the executable under test. */
  cargo(project: string, args: readonly string[], env: Variables = {}): Run {
    const words = ["cargo", ...args, "--offline"];
    // Cargo's own arguments end where the program's begin.
    const split = args.indexOf("--");
    if (split >= 0)
      words.splice(1, words.length, ...args.slice(0, split), "--offline", ...args.slice(split));
    return this.run(words, { cwd: project, env: this.cargoVariables(env) });
  }
}

/** A world that lasts as long as the tests of one file. */
export function worldFor(name: string): World {
  const world = new World(name);
  afterAll(() => {
    world.remove();
  });
  return world;
}

/** `test`, or a skipped one whose name says why. */
export function testUnless(
  reason: string | undefined,
  name: string,
  body: () => void | Promise<void>,
): void {
  if (reason === undefined) test(name, body);
  else test.skip(`${name} (skipped: ${reason})`, body);
}

/** `describe`, or a skipped one whose name says why. */
export function describeUnless(reason: string | undefined, name: string, body: () => void): void {
  if (reason === undefined) describe(name, body);
  else describe.skip(`${name} (skipped: ${reason})`, body);
}

/** The results of a run's events, in order. */
export function resultsOf(run: Pick<Run, "events">): string[] {
  return run.events.map(({ result }) => result);
}
