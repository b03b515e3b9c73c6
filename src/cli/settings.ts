// The settings as people see them: key, variable, value, and where the value comes from.
import type { Env } from "../base/environment.ts";
import { readText } from "../base/file.ts";
import { isRecord } from "../base/json.ts";
import { parseToml, TomlLines } from "../base/toml.ts";
import { formatSize } from "../base/units.ts";
import { renderTable } from "../report/text-table.ts";
import {
  CACHE_KEYS,
  CC_KEYS,
  type Config,
  faultOf,
  type LoadedConfig,
  TRUSTED_KEYS,
} from "../config/config.ts";
import { userConfigPath } from "../config/load-config.ts";

interface SettingRow {
  /** In `[cache]`, or in `[cc]` if that has it; undefined for settings that only the environment has. */
  readonly key: string | undefined;
  readonly variable: string | undefined;
  readonly value: (config: Config) => string;
  readonly help: string;
}

const list = (items: readonly string[]) => (items.length === 0 ? "(none)" : items.join(", "));

/** Every setting that has an effect. Keys that are known to config.ts and not here have none. */
const SETTINGS: readonly SettingRow[] = [
  {
    key: "local_store",
    variable: "KACHE_CACHE_DIR",
    value: (c) => c.cacheDir,
    help: "the cache directory",
  },
  {
    key: "local_max_size",
    variable: "KACHE_MAX_SIZE",
    value: (c) => formatSize(c.sizeBytesMax),
    help: "size that gc keeps the store under",
  },
  {
    key: "cache_executables",
    variable: "KACHE_CACHE_EXECUTABLES",
    value: (c) => String(c.cacheExecutables),
    help: "keep executables too",
  },
  {
    key: "incremental",
    variable: undefined,
    value: (c) => c.incremental,
    help: '"strip": cache units that cargo wants incremental; "keep": leave them alone',
  },
  {
    key: "exclude",
    variable: "KACHE_EXCLUDE",
    value: (c) => list(c.exclude),
    help: "globs of sources that are not cached",
  },
  {
    key: "base_dirs",
    variable: "KACHE_BASE_DIR",
    value: (c) => list(c.baseDirs),
    help: "directories whose place must not matter",
  },
  {
    key: "key_salt",
    variable: "KACHE_KEY_SALT",
    value: (c) => (c.keySalt === undefined ? "(none)" : "(set)"),
    help: "text that separates caches",
  },
  {
    key: "key_env_vars",
    variable: "KACHE_KEY_ENV_VARS",
    value: (c) => list(c.keyEnvVars),
    help: "variables that always count",
  },
  {
    key: "extra_allowlist_flags",
    variable: "KACHE_CC_EXTRA_ALLOWLIST_FLAGS",
    value: (c) => list(c.ccAllowedFlags),
    help: "flags of C and C++ compilers that count as text, in [cc]",
  },
  {
    key: "extra_inputs",
    variable: "KACHE_CC_EXTRA_INPUTS",
    value: (c) => list(c.ccExtraInputs),
    help: "files and directories that count for every C and C++ compile, in [cc]",
  },
  {
    key: "path_only_env_vars",
    variable: "KACHE_PATH_ONLY_ENV_VARS",
    value: (c) => list(c.pathOnlyEnvVars),
    help: "variables that only say where included files lie",
  },
  {
    key: "fallback",
    variable: "KACHE_FALLBACK",
    value: (c) => c.fallback ?? "(none)",
    help: "wrapper for calls that are not cached; only from the user's own file",
  },
  {
    key: "event_log_max_size",
    variable: undefined,
    value: (c) => formatSize(c.eventLogBytesMax),
    help: "size at which the event log is cut",
  },
  {
    key: "event_log_keep_lines",
    variable: undefined,
    value: (c) => String(c.eventLogLinesKept),
    help: "lines kept then",
  },
  {
    key: undefined,
    variable: "KACHE_OBSERVE",
    value: (c) => String(c.observe),
    help: "0: do not watch what compilers read",
  },
  {
    key: undefined,
    variable: "KACHE_CC_PATH_NORMALIZE",
    value: (c) => String(c.ccPathNormalize),
    help: "0: leave this machine's paths in what C and C++ compilers make",
  },
  {
    key: undefined,
    variable: "KACHE_ENGINE",
    value: (c) => String(c.engine),
    help: "0: serve every call by its own process",
  },
  {
    key: undefined,
    variable: "KACHE_RUSTC_PATH_NORMALIZE",
    value: (c) => String(c.rustcPathNormalize),
    help: "0: leave this machine's paths in what rustc makes",
  },
  {
    key: undefined,
    variable: "KACHE_VERIFY_RESTORES",
    value: (c) => String(c.verifyRestores),
    help: "1: read every blob before it is restored",
  },
  {
    key: "verify",
    variable: "KACHE_VERIFY",
    value: ({ verify }) => (verify.strict ? "strict" : String(verify.oneIn)),
    help: "compile hits as well and compare: 1, one in n, or strict",
  },
  {
    key: undefined,
    variable: "KACHE_DISABLED",
    value: (c) => String(c.disabled),
    help: "1: run the compiler directly",
  },
];

/** A resolved setting. */
export interface ShownSetting {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

/** All settings with where each comes from. A value that was refused is no source. */
export function shownSettings({ config, file, problems }: LoadedConfig, env: Env): ShownSetting[] {
  const text = file === undefined ? "" : (readText(file) ?? "");
  const toml = parseToml(text);
  const tables = toml.kind === "tables" ? toml.tables : {};
  const lines = new TomlLines(text);
  const refused = new Set(problems.map(({ source, at }) => [source, ...(at ?? [])].join("\0")));
  const sourceOf = ({ key, variable }: SettingRow): string => {
    const set = variable === undefined ? undefined : env[variable];
    // A list that is set to nothing is an empty one; other variables are not set then.
    const counts = shapeOf(key) === "strings" ? set !== undefined : (set ?? "") !== "";
    if (variable !== undefined && counts && !refused.has(variable)) return variable;
    if (key === undefined || file === undefined) return "default";
    const table = tableOf(key);
    const section = tables[table];
    if (!isRecord(section) || !Object.hasOwn(section, key) || section[key] === "") return "default";
    // Of a list with an item that means nothing the others are taken.
    const isWhole = shapeOf(key) === "strings" && faultOf(key, section[key], table) === undefined;
    if (refused.has([file, table, key].join("\0")) && !isWhole) return "default";
    const line = lines.of([table, key]);
    return line === undefined ? file : `${file}:${line}`;
  };
  return SETTINGS.map((row) => ({
    name: row.key ?? row.variable ?? "",
    value: row.value(config),
    source: sourceOf(row),
  }));
}

function tableOf(key: string): "cache" | "cc" {
  return CC_KEYS.has(key) ? "cc" : "cache";
}

function shapeOf(key: string | undefined): string | undefined {
  return key === undefined ? undefined : (CC_KEYS.get(key) ?? CACHE_KEYS.get(key));
}

/** Variables that are no settings: where things are, and what is printed. */
const OTHER_VARIABLES: readonly (readonly [string, string])[] = [
  ["KACHE_CONFIG", "the file of settings"],
  ["KACHE_ENGINE_DIR", "where engines have their sockets"],
  ["KACHE_PROGRESS", "hits or all: a line on stderr for each call"],
  ["KACHE_LOG", "kache::cache_key=trace: the inputs of every key, on stderr"],
  ["KACHE_LOG_FILE", "the same into a file"],
  ["KACHE_LOG_FILE_PATH", "that file; default kache.log in the cache directory"],
  ["CI", "set: results are stored before the build goes on"],
];

/** Lines of `kache config --keys`: every key that may stand in a file, with what it is for. */
export function keyLines(env: Env): string[] {
  const rows = SETTINGS.map(({ key, variable, help }) => {
    const shape = shapeOf(key) ?? "";
    const trusted = key !== undefined && TRUSTED_KEYS.has(key) ? "*" : "";
    return ["", key ?? "-", trusted, shape, variable ?? "-", help];
  });
  const known = new Set(SETTINGS.map(({ key }) => key));
  const reserved = [...CACHE_KEYS.keys()].filter((key) => !known.has(key));
  return [
    "Files, the first that exists:",
    `  KACHE_CONFIG, .kache.toml upwards from here, ${userConfigPath(env) ?? "the user's"}`,
    "Keys stand in [cache], or in [cc] where that is said; a variable beats the file.",
    "",
    ...renderTable(["", "Key", "", "Value", "Variable", "Meaning"], rows),
    "",
    "* not from a .kache.toml inside a project, since it names a program",
    `Accepted and without effect in this version: ${reserved.join(", ")}`,
    "",
    "Variables beside the settings:",
    ...renderTable(
      ["", "Variable", "Meaning"],
      OTHER_VARIABLES.map(([name, help]) => ["", name, help]),
    ),
  ];
}
