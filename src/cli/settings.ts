// The settings as people see them: key, variable, value, and where the value comes from.
import { readText } from "../base/file.ts";
import { isRecord } from "../base/json.ts";
import { formatSize } from "../base/units.ts";
import { renderTable } from "../report/text-table.ts";
import {
  CACHE_KEYS,
  type Config,
  type Env,
  type LoadedConfig,
  TRUSTED_KEYS,
} from "../config/config.ts";
import { userConfigPath } from "../config/load-config.ts";

interface SettingRow {
  /** In `[cache]`; undefined for settings that only the environment has. */
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
  const text = file === undefined ? undefined : readText(file);
  const keys = text === undefined ? new Set<string>() : keysIn(text);
  const refused = new Set(problems.map(({ source, line }) => `${source}:${line ?? ""}`));
  const sourceOf = ({ key, variable }: SettingRow): string => {
    const set = variable === undefined ? undefined : env[variable];
    if (variable !== undefined && (set ?? "") !== "" && !refused.has(`${variable}:`))
      return variable;
    if (key === undefined || file === undefined || !keys.has(key)) return "default";
    const at = lineOf(text ?? "", key);
    return refused.has(`${file}:${at}`) ? "default" : `${file}:${at}`;
  };
  return SETTINGS.map((row) => ({
    name: row.key ?? row.variable ?? "",
    value: row.value(config),
    source: sourceOf(row),
  }));
}

function lineOf(text: string, key: string): number {
  return text.split("\n").findIndex((line) => new RegExp(`^\\s*"?${key}"?\\s*=`).test(line)) + 1;
}

function keysIn(text: string): ReadonlySet<string> {
  try {
    const parsed: unknown = Bun.TOML.parse(text);
    const cache = isRecord(parsed) ? parsed["cache"] : undefined;
    return new Set(isRecord(cache) ? Object.keys(cache) : []);
  } catch (fault) {
    if (fault instanceof Error) return new Set();
    throw fault;
  }
}

/** Lines of `kache config --keys`: every key that may stand in a file, with what it is for. */
export function keyLines(env: Env): string[] {
  const rows = SETTINGS.map(({ key, variable, help }) => {
    const shape = key === undefined ? "" : (CACHE_KEYS.get(key) ?? "");
    const trusted = key !== undefined && TRUSTED_KEYS.has(key) ? "*" : "";
    return ["", key ?? "-", trusted, shape, variable ?? "-", help];
  });
  const known = new Set(SETTINGS.map(({ key }) => key));
  const reserved = [...CACHE_KEYS.keys()].filter((key) => !known.has(key));
  return [
    "Files, the first that exists:",
    `  KACHE_CONFIG, .kache.toml upwards from here, ${userConfigPath(env) ?? "the user's"}`,
    "Keys stand in the [cache] table; a variable beats the file.",
    "",
    ...renderTable(["", "Key", "", "Value", "Variable", "Meaning"], rows),
    "",
    "* not from a .kache.toml inside a project, since it names a program",
    `Accepted and without effect in this version: ${reserved.join(", ")}`,
  ];
}
