// file + environment → Config. A broken file never fails a build: defaults apply, the problem is kept
// for `doctor` and for the commands, which name file and line.
import { readText, statPath } from "../base/file.ts";
import { globMatcher } from "../base/glob.ts";
import { firstPresent } from "../base/many-paths.ts";
import { ancestorsOf, joinPath } from "../base/path.ts";
import {
  CACHE_KEYS,
  type Config,
  type ConfigProblem,
  DEFAULTS,
  type Env,
  faultOf,
  type LoadedConfig,
  type RawTable,
  sizeOf,
  TRUSTED_KEYS,
  type Verify,
  verifyOf,
} from "./config.ts";

const FILE_BYTES_MAX = 1 << 20;

interface FoundFile {
  readonly path: string;
  readonly project: boolean;
  /** Undefined where `KACHE_CONFIG` names a file that cannot be read. */
  readonly text: string | undefined;
}

/** The file that applies and its text: `KACHE_CONFIG`, else `.kache.toml` upwards, else the user's. */
function findFile(env: Env, cwd: string): FoundFile | undefined {
  const explicit = env["KACHE_CONFIG"];
  if (explicit !== undefined && explicit !== "") {
    const path = joinPath(cwd, explicit);
    return { path, project: false, text: readText(path, FILE_BYTES_MAX) };
  }
  const projects = ancestorsOf(cwd).map((dir) => joinPath(dir, ".kache.toml"));
  const user = userConfigPath(env);
  const all = user === undefined ? projects : [...projects, user];
  // Nearly always there is none: one look tells.
  for (let rest = all; ;) {
    const path = firstPresent(rest);
    if (path === undefined) return undefined;
    const text = readText(path, FILE_BYTES_MAX);
    if (text !== undefined) return { path, project: path !== user, text };
    rest = rest.slice(rest.indexOf(path) + 1);
  }
}

/** Where the user's own configuration lives. */
export function userConfigPath(env: Env): string | undefined {
  const base =
    env["XDG_CONFIG_HOME"] ?? (env["HOME"] === undefined ? undefined : `${env["HOME"]}/.config`);
  return base === undefined || base === "" ? undefined : `${base}/kache/config.toml`;
}

function isTable(value: unknown): value is RawTable {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lineOfName(text: string, name: string): number | undefined {
  const inHeader = text.split("\n").findIndex((line) => line.trim().startsWith(`[${name}`));
  return inHeader < 0 ? lineOfKey(text, name) : inHeader + 1;
}

function lineOfKey(text: string, key: string): number | undefined {
  const at = text.split("\n").findIndex((line) => new RegExp(`^\\s*"?${key}"?\\s*=`).test(line));
  return at < 0 ? undefined : at + 1;
}

const BROKEN_LINES_MAX = 500;

/** The line behind the longest good beginning: the parser does not say where it stopped. */
function lineOfFault(text: string): number | undefined {
  const lines = text.split("\n");
  if (lines.length > BROKEN_LINES_MAX) return undefined;
  const isGood = (_: string, at: number) => isToml(lines.slice(0, at + 1).join("\n"));
  return lines.findLastIndex(isGood) + 2;
}

function isToml(text: string): boolean {
  try {
    Bun.TOML.parse(text);
    return true;
  } catch (fault) {
    if (fault instanceof Error) return false;
    throw fault;
  }
}

function parseFile(path: string, text: string): { table: RawTable; problems: ConfigProblem[] } {
  let parsed: unknown;
  try {
    parsed = Bun.TOML.parse(text);
  } catch (fault) {
    if (!(fault instanceof Error)) throw fault;
    return {
      table: {},
      problems: [
        {
          source: path,
          line: lineOfFault(text),
          message: `${fault.message.replace(/^TOML Parse error: /, "")}; the whole file is ignored`,
        },
      ],
    };
  }
  const table: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  for (const [name, section] of Object.entries(isTable(parsed) ? parsed : {})) {
    if (name !== "cache" && name !== "cc") {
      const message = `unknown \`${name}\`; settings stand in [cache] and [cc]`;
      problems.push({ source: path, line: lineOfName(text, name), message });
    } else if (isTable(section)) {
      const checked = checkTable(path, text, name, section);
      Object.assign(table, checked.table);
      problems.push(...checked.problems);
    } else {
      const message = `\`${name}\` must be a table: write [${name}]`;
      problems.push({ source: path, line: lineOfKey(text, name), message });
    }
  }
  return { table, problems };
}

function checkTable(path: string, text: string, name: "cache" | "cc", section: RawTable) {
  const table: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  for (const [key, value] of Object.entries(section)) {
    // Sub-tables belong to other parts of the system.
    if (isTable(value) && !CACHE_KEYS.has(key)) continue;
    const message = faultOf(key, value, name);
    if (message === undefined) table[key] = value;
    else problems.push({ source: path, line: lineOfKey(text, key), message });
  }
  return { table, problems };
}

const TRUE = new Set(["1", "true", "on", "yes"]);
const FALSE = new Set(["0", "false", "off", "no"]);

/** Resolves every setting. Never throws. */
export function loadConfig(env: Env, cwd: string): LoadedConfig {
  const found = findFile(env, cwd);
  const { table, problems } = readTable(found);
  const untrusted = found?.project === true ? TRUSTED_KEYS : new Set<string>();
  const raw = Object.fromEntries(Object.entries(table).filter(([key]) => !untrusted.has(key)));
  for (const key of Object.keys(table).filter((name) => untrusted.has(name))) {
    problems.push({
      source: found?.path ?? "",
      line: lineOfKey(found?.text ?? "", key),
      message: `\`${key}\` names a program and is taken only from the user's own configuration`,
    });
  }
  const config = resolve(env, cwd, raw, problems);
  return { config, file: found?.text === undefined ? undefined : found.path, problems };
}

function readTable(found: FoundFile | undefined): ReturnType<typeof parseFile> {
  if (found === undefined) return { table: {}, problems: [] };
  if (found.text !== undefined) return parseFile(found.path, found.text);
  // One that is not there is none: scripts name the place where it would be.
  if (statPath(found.path) === "absent") return { table: {}, problems: [] };
  const message = `KACHE_CONFIG names what cannot be read as a file of up to 1 MiB; defaults apply`;
  return { table: {}, problems: [{ source: found.path, line: undefined, message }] };
}

/** Reads one setting from the environment, else the file. */
class Sources {
  readonly #env: Env;
  readonly #raw: RawTable;
  readonly #problems: ConfigProblem[];

  constructor(env: Env, raw: RawTable, problems: ConfigProblem[]) {
    this.#env = env;
    this.#raw = raw;
    this.#problems = problems;
  }

  /** The variable's value when set and not empty. */
  variable(name: string): string | undefined {
    const value = this.#env[name];
    return value === undefined || value === "" ? undefined : value;
  }

  text(key: string, name: string): string | undefined {
    const value = this.#raw[key];
    return this.variable(name) ?? (typeof value === "string" ? value : undefined);
  }

  flag(key: string, name: string, otherwise: boolean): boolean {
    const value = this.variable(name)?.trim().toLowerCase();
    if (value !== undefined && TRUE.has(value)) return true;
    if (value !== undefined && FALSE.has(value)) return false;
    if (value !== undefined) {
      this.#problems.push({
        source: name,
        line: undefined,
        message: `\`${value}\` is neither true nor false; write 1 or 0`,
      });
    }
    const set = this.#raw[key];
    return typeof set === "boolean" ? set : otherwise;
  }

  size(key: string, name: string, otherwise: number): number {
    const value = this.variable(name);
    const bytes = sizeOf(value);
    if (bytes !== undefined) return bytes;
    if (value !== undefined) {
      this.#problems.push({
        source: name,
        line: undefined,
        message: `\`${value}\` is not a size; write 20GiB, 500MB or a number of bytes`,
      });
    }
    return sizeOf(this.#raw[key]) ?? otherwise;
  }

  verify(): Verify {
    const value = this.variable("KACHE_VERIFY");
    const asked = value === undefined ? undefined : verifyOf(value);
    if (value !== undefined && asked === undefined) {
      this.#problems.push({
        source: "KACHE_VERIFY",
        line: undefined,
        message: `\`${value}\` is not known; write 1, a number (one hit in so many) or strict`,
      });
    }
    return asked ?? verifyOf(this.#raw["verify"] ?? 0) ?? { oneIn: 0, strict: false };
  }

  globs(key: string, name: string, separator: RegExp): readonly string[] {
    const all = this.list(key, name, separator);
    const bad = all.filter((glob) => globMatcher(glob) === undefined);
    for (const glob of bad) {
      const source = this.#env[name] === undefined ? `\`${key}\`` : name;
      const message = `\`${glob}\` is no pattern; it is ignored`;
      this.#problems.push({ source, line: undefined, message });
    }
    return bad.length === 0 ? all : all.filter((glob) => !bad.includes(glob));
  }

  list(key: string, name: string, separator: RegExp): readonly string[] {
    const value = this.#env[name];
    if (value !== undefined) return value.split(separator).filter((item) => item !== "");
    const set = this.#raw[key];
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

function resolve(env: Env, cwd: string, raw: RawTable, problems: ConfigProblem[]): Config {
  const from = new Sources(env, raw, problems);
  const home = homeOf(env);
  const expand = (path: string) => joinPath(cwd, path.replace(/^~(?=\/|$)/, home));
  const lines = raw["event_log_keep_lines"];
  const names = /[\s,]+/;
  const fallback = from.text("fallback", "KACHE_FALLBACK");
  const salt = from.text("key_salt", "KACHE_KEY_SALT")?.trim();
  return {
    cacheDir: expand(
      from.text("local_store", "KACHE_CACHE_DIR") ??
        joinPath(from.variable("XDG_CACHE_HOME") ?? joinPath(home, ".cache"), "kache"),
    ),
    sizeBytesMax: from.size("local_max_size", "KACHE_MAX_SIZE", DEFAULTS.sizeBytesMax),
    cacheExecutables: from.flag("cache_executables", "KACHE_CACHE_EXECUTABLES", true),
    cleanIncremental: from.flag("clean_incremental", "KACHE_CLEAN_INCREMENTAL", true),
    incremental: raw["incremental"] === "keep" ? "keep" : "strip",
    modifiedInputGuard: from.flag("modified_input_guard", "KACHE_MODIFIED_INPUT_GUARD", false),
    localOnly: from.flag("local_only", "KACHE_LOCAL_ONLY", false),
    exclude: from.globs("exclude", "KACHE_EXCLUDE", /\n/),
    baseDirs: [...from.list("base_dirs", "KACHE_BASE_DIR", /:/)].map(expand),
    eventLogBytesMax: from.size("event_log_max_size", "", DEFAULTS.eventLogBytesMax),
    eventLogLinesKept: typeof lines === "number" ? lines : DEFAULTS.eventLogLinesKept,
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
    verifyRestores: from.flag("verify_restores", "KACHE_VERIFY_RESTORES", false),
    verify: from.verify(),
    observe: from.flag("observe", "KACHE_OBSERVE", true),
    ccPathNormalize: from.flag("", "KACHE_CC_PATH_NORMALIZE", true),
    engine: from.flag("", "KACHE_ENGINE", true),
    rustcPathNormalize: from.flag("", "KACHE_RUSTC_PATH_NORMALIZE", true),
    disabled: from.flag("", "KACHE_DISABLED", false),
  };
}
