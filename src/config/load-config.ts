// file + environment → Config. A broken file never fails a build: defaults apply, the problem is kept
// for `doctor` and for the commands, which name file and line.
import type { Env } from "../base/environment.ts";
import { readText, statPath } from "../base/file.ts";
import { globMatcher } from "../base/glob.ts";
import { firstPresent } from "../base/many-paths.ts";
import { ancestorsOf, joinPath } from "../base/path.ts";
import { isRecord, type JsonRecord } from "../base/json.ts";
import { parseToml, TomlLines } from "../base/toml.ts";
import {
  type Config,
  type ConfigProblem,
  DEFAULTS,
  faultOf,
  type LoadedConfig,
  RESERVED_TABLES,
  sizeOf,
  TRUSTED_KEYS,
  type Verify,
  verifyOf,
} from "./config.ts";

const FILE_BYTES_MAX = 1 << 20;

interface Found {
  /** The file that applies. */
  readonly file:
    { readonly path: string; readonly project: boolean; readonly text: string } | undefined;
  /** Those before it that are there and cannot be read. */
  readonly unreadable: readonly string[];
}

/** The file that applies and its text: `KACHE_CONFIG`, else `.kache.toml` upwards, else the user's. */
function findFile(env: Env, cwd: string): Found {
  const explicit = env["KACHE_CONFIG"];
  if (explicit !== undefined && explicit !== "") {
    const path = joinPath(cwd, explicit);
    const text = readText(path, FILE_BYTES_MAX);
    if (text !== undefined) return { file: { path, project: false, text }, unreadable: [] };
    // One that is not there is none: scripts name the place where it would be.
    return { file: undefined, unreadable: statPath(path) === "absent" ? [] : [path] };
  }
  const projects = ancestorsOf(cwd).map((dir) => joinPath(dir, ".kache.toml"));
  const user = userConfigPath(env);
  const all = user === undefined ? projects : [...projects, user];
  // Nearly always there is none: one look tells.
  const unreadable: string[] = [];
  for (let rest = all; ;) {
    const path = firstPresent(rest);
    if (path === undefined) return { file: undefined, unreadable };
    const text = readText(path, FILE_BYTES_MAX);
    if (text !== undefined) return { file: { path, project: path !== user, text }, unreadable };
    unreadable.push(path);
    rest = rest.slice(rest.indexOf(path) + 1);
  }
}

/** Where the user's own configuration lives. */
export function userConfigPath(env: Env): string | undefined {
  const base =
    env["XDG_CONFIG_HOME"] ?? (env["HOME"] === undefined ? undefined : `${env["HOME"]}/.config`);
  return base === undefined || base === "" ? undefined : `${base}/kache/config.toml`;
}

/** Settings out of a file, and how its problems are told. */
class SettingsFile {
  readonly path: string;
  readonly #lines: TomlLines;
  readonly problems: ConfigProblem[] = [];
  readonly table = new Map<string, unknown>();

  constructor(path: string, text: string) {
    this.path = path;
    this.#lines = new TomlLines(text);
    const toml = parseToml(text);
    if (toml.kind === "malformed") {
      const line = () => this.#lines.ofFault();
      const message = `${toml.message}; the whole file is ignored`;
      this.problems.push({ source: path, at: undefined, line, message });
      return;
    }
    for (const [name, section] of Object.entries(toml.tables)) {
      if (name !== "cache" && name !== "cc") {
        this.refuse([name], `unknown \`${name}\`; settings stand in [cache] and [cc]`);
      } else if (isRecord(section)) {
        this.#take(name, section);
      } else {
        this.refuse([name], `\`${name}\` must be a table: write [${name}]`);
      }
    }
  }

  #take(name: "cache" | "cc", section: JsonRecord): void {
    for (const [key, value] of Object.entries(section)) {
      if (name === "cache" && isRecord(value) && RESERVED_TABLES.has(key)) continue;
      const message = faultOf(key, value, name);
      if (message === undefined) this.table.set(key, value);
      else this.refuse([name, key], message);
    }
  }

  /** Tells of a value that is not taken. */
  refuse(at: readonly string[], message: string): void {
    this.problems.push({ source: this.path, at, line: () => this.#lines.of(at), message });
  }
}

const TRUE = new Set(["1", "true", "on", "yes"]);
const FALSE = new Set(["0", "false", "off", "no"]);

/** Resolves every setting. Never throws. */
export function loadConfig(env: Env, cwd: string): LoadedConfig {
  const { file: found, unreadable } = findFile(env, cwd);
  const file = found === undefined ? undefined : new SettingsFile(found.path, found.text);
  const untrusted = found?.project === true ? [...TRUSTED_KEYS] : [];
  for (const key of untrusted.filter((name) => file?.table.has(name) === true)) {
    const message = `\`${key}\` names a program and is taken only from the user's own configuration`;
    file?.refuse(["cache", key], message);
    file?.table.delete(key);
  }
  const from = new Sources(env, file);
  const config = resolve(env, cwd, from);
  const problems = [
    ...unreadable.map((path) => unreadableProblem(path, file?.path)),
    ...(file?.problems ?? []),
    ...from.problems,
  ];
  return { config, file: file?.path, problems };
}

function unreadableProblem(path: string, instead: string | undefined): ConfigProblem {
  const message =
    "cannot be read as a text (UTF-8) of up to 1 MiB; " +
    `${instead === undefined ? "defaults apply" : `${instead} applies`} until you may read it or it is gone`;
  return { source: path, at: undefined, line: () => undefined, message };
}

/** Reads one setting from the environment, else the file. */
class Sources {
  readonly #env: Env;
  readonly #file: SettingsFile | undefined;
  readonly #raw: ReadonlyMap<string, unknown>;
  /** What is wrong with variables. */
  readonly problems: ConfigProblem[] = [];

  constructor(env: Env, file: SettingsFile | undefined) {
    this.#env = env;
    this.#file = file;
    this.#raw = file?.table ?? new Map();
  }

  #refuse(variable: string, message: string): void {
    this.problems.push({ source: variable, at: undefined, line: () => undefined, message });
  }

  number(key: string, otherwise: number): number {
    const value = this.#raw.get(key);
    return typeof value === "number" ? value : otherwise;
  }

  /** The variable's value when set and not empty. */
  variable(name: string): string | undefined {
    const value = this.#env[name];
    return value === undefined || value === "" ? undefined : value;
  }

  /** Set to nothing is not set, also in a file. */
  text(key: string, name: string): string | undefined {
    const value = this.#raw.get(key);
    return this.variable(name) ?? (typeof value === "string" && value !== "" ? value : undefined);
  }

  /** A switch; the key is "" for one that only the environment has. */
  flag(key: string, name: string, otherwise: boolean): boolean {
    const value = this.variable(name)?.trim().toLowerCase();
    if (value !== undefined && TRUE.has(value)) return true;
    if (value !== undefined && FALSE.has(value)) return false;
    if (value !== undefined)
      this.#refuse(name, `\`${value}\` is neither true nor false; write 1 or 0`);
    const set = this.#raw.get(key);
    return typeof set === "boolean" ? set : otherwise;
  }

  size(key: string, name: string, otherwise: number): number {
    const value = this.variable(name);
    const bytes = sizeOf(value);
    if (bytes !== undefined) return bytes;
    if (value !== undefined)
      this.#refuse(name, `\`${value}\` is not a size; write 20GiB, 500MB or a number of bytes`);
    return sizeOf(this.#raw.get(key)) ?? otherwise;
  }

  verify(): Verify {
    const value = this.variable("KACHE_VERIFY");
    const asked = value === undefined ? undefined : verifyOf(value);
    if (value !== undefined && asked === undefined) {
      const message = `\`${value}\` is not known; write 1, a number (one hit in so many) or strict`;
      this.#refuse("KACHE_VERIFY", message);
    }
    return asked ?? verifyOf(this.#raw.get("verify") ?? 0) ?? { oneIn: 0, strict: false };
  }

  globs(key: string, name: string, separator: RegExp): readonly string[] {
    const all = this.list(key, name, separator);
    const bad = all.filter((glob) => globMatcher(glob) === undefined);
    for (const glob of bad) {
      const message = `\`${glob}\` is no pattern; it is ignored`;
      if (this.#env[name] === undefined) this.#file?.refuse(["cache", key], message);
      else this.#refuse(name, message);
    }
    return bad.length === 0 ? all : all.filter((glob) => !bad.includes(glob));
  }

  list(key: string, name: string, separator: RegExp): readonly string[] {
    const value = this.#env[name];
    if (value !== undefined) return value.split(separator).filter((item) => item !== "");
    const set = this.#raw.get(key);
    return Array.isArray(set) ? set.filter((item) => typeof item === "string") : [];
  }
}

/** The user's directory: where no variable names it, the one that the list of users does. */
function homeOf(env: Env): string {
  const named = env["HOME"];
  if (named !== undefined && named !== "") return named;
  const uid = String(process.getuid?.() ?? "");
  const users = (readText("/etc/passwd", FILE_BYTES_MAX) ?? "").split("\n");
  const own = users.map((line) => line.split(":")).find((fields) => fields[2] === uid);
  return own?.[5] ?? "/";
}

/** Variables without effect in this version: one that says neither yes nor no is told all the same. */
const WITHOUT_EFFECT = [
  "KACHE_CLEAN_INCREMENTAL",
  "KACHE_MODIFIED_INPUT_GUARD",
  "KACHE_LOCAL_ONLY",
];

function resolve(env: Env, cwd: string, from: Sources): Config {
  const home = homeOf(env);
  const expand = (path: string) => joinPath(cwd, path.replace(/^~(?=\/|$)/, home));
  const names = /[\s,]+/;
  const fallback = from.text("fallback", "KACHE_FALLBACK");
  const salt = from.text("key_salt", "KACHE_KEY_SALT")?.trim();
  for (const name of WITHOUT_EFFECT) from.flag("", name, false);
  return {
    cacheDir: expand(
      from.text("local_store", "KACHE_CACHE_DIR") ??
        joinPath(from.variable("XDG_CACHE_HOME") ?? joinPath(home, ".cache"), "kache"),
    ),
    sizeBytesMax: from.size("local_max_size", "KACHE_MAX_SIZE", DEFAULTS.sizeBytesMax),
    cacheExecutables: from.flag("cache_executables", "KACHE_CACHE_EXECUTABLES", true),
    incremental: from.text("incremental", "") === "keep" ? "keep" : "strip",
    exclude: from.globs("exclude", "KACHE_EXCLUDE", /\n/),
    baseDirs: [...from.list("base_dirs", "KACHE_BASE_DIR", /:/)].map(expand),
    eventLogBytesMax: from.size("event_log_max_size", "", DEFAULTS.eventLogBytesMax),
    eventLogLinesKept: from.number("event_log_keep_lines", DEFAULTS.eventLogLinesKept),
    fallback: fallback === undefined || /^(off|none)$/.test(fallback) ? undefined : fallback,
    keySalt: salt === "" ? undefined : salt,
    pathOnlyEnvVars: from.list("path_only_env_vars", "KACHE_PATH_ONLY_ENV_VARS", names),
    ccAllowedFlags: from
      .list("extra_allowlist_flags", "KACHE_CC_EXTRA_ALLOWLIST_FLAGS", /\s+/)
      .map((flag) => flag.trim()),
    ccExtraInputs: from
      .list("extra_inputs", "KACHE_CC_EXTRA_INPUTS", /:/)
      .filter((path) => path !== "")
      .map(expand),
    keyEnvVars: from.list("key_env_vars", "KACHE_KEY_ENV_VARS", names),
    verifyRestores: from.flag("", "KACHE_VERIFY_RESTORES", false),
    verify: from.verify(),
    observe: from.flag("", "KACHE_OBSERVE", true),
    ccPathNormalize: from.flag("", "KACHE_CC_PATH_NORMALIZE", true),
    engine: from.flag("", "KACHE_ENGINE", true),
    rustcPathNormalize: from.flag("", "KACHE_RUSTC_PATH_NORMALIZE", true),
    disabled: from.flag("", "KACHE_DISABLED", false),
  };
}
