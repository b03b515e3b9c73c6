// The Config type, its defaults and the table of keys: one row a setting, with its variable and parser.
import { parseSizeBytes } from "../base/units.ts";

/** Every setting, resolved: environment over file over default. */
export interface Config {
  readonly cacheDir: string;
  readonly sizeBytesMax: number;
  readonly cacheExecutables: boolean;
  /** What happens to units that cargo wants compiled incrementally. */
  readonly incremental: "strip" | "keep";
  readonly exclude: readonly string[];
  readonly baseDirs: readonly string[];
  readonly eventLogBytesMax: number;
  readonly eventLogLinesKept: number;
  readonly fallback: string | undefined;
  readonly keySalt: string | undefined;
  readonly pathOnlyEnvVars: readonly string[];
  readonly keyEnvVars: readonly string[];
  /** Flags of C and C++ compilers that the user vouches for. */
  readonly ccAllowedFlags: readonly string[];
  /** Files and directories that count for every C and C++ compile. */
  readonly ccExtraInputs: readonly string[];
  readonly verifyRestores: boolean;
  readonly verify: Verify;
  readonly observe: boolean;
  /** Whether what C and C++ compilers make names projects in place of this machine's paths. */
  readonly ccPathNormalize: boolean;
  /** Whether a resident engine may serve calls. The launcher reads the same variable. */
  readonly engine: boolean;
  /** Whether rustc's outputs name roots in place of this machine's paths. */
  readonly rustcPathNormalize: boolean;
  readonly disabled: boolean;
}

/** Which hits are compiled as well, to compare. */
export interface Verify {
  /** 0: none, 1: all, n: one in n. */
  readonly oneIn: number;
  /** Whether a difference fails the unit. */
  readonly strict: boolean;
}

/** Where a value came from, and what was wrong with one that was not taken. */
export interface ConfigProblem {
  /** A file or a variable. */
  readonly source: string;
  /** The table and key in a file; undefined for a variable and for a file as a whole. */
  readonly at: readonly string[] | undefined;
  /** The line in a file, found when somebody wants to be told. */
  readonly line: () => number | undefined;
  readonly message: string;
}

/** A configuration with everything that is wrong with its sources. */
export interface LoadedConfig {
  readonly config: Config;
  readonly file: string | undefined;
  readonly problems: readonly ConfigProblem[];
}

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** Defaults that do not depend on the machine: those of the Rust kache 0.6.0. */
export const DEFAULTS = {
  sizeBytesMax: 50 * GIB,
  eventLogBytesMax: 10 * MIB,
  eventLogLinesKept: 1000,
} as const;

/** Keys of `[cache]` that a file inside a project may not set: they choose a program to run. */
export const TRUSTED_KEYS: ReadonlySet<string> = new Set(["fallback"]);

/** Every key of `[cache]` that is known, with the shape its value must have. */
export const CACHE_KEYS: ReadonlyMap<
  string,
  "string" | "size" | "boolean" | "integer" | "strings" | "verify"
> = new Map([
  ["local_store", "string"],
  ["local_max_size", "size"],
  ["local_only", "boolean"],
  ["modified_input_guard", "boolean"],
  ["cache_executables", "boolean"],
  ["clean_incremental", "boolean"],
  ["incremental", "string"],
  ["exclude", "strings"],
  ["base_dirs", "strings"],
  ["event_log_max_size", "size"],
  ["event_log_keep_lines", "integer"],
  ["compression_level", "integer"],
  ["s3_concurrency", "integer"],
  ["daemon_idle_timeout_secs", "integer"],
  ["s3_pool_idle_secs", "integer"],
  ["fallback", "string"],
  ["key_salt", "string"],
  ["path_only_env_vars", "strings"],
  ["key_env_vars", "strings"],
  ["verify", "verify"],
]);

/** Every key of `[cc]` that is known. */
export const CC_KEYS: typeof CACHE_KEYS = new Map([
  ["extra_allowlist_flags", "strings"],
  ["extra_inputs", "strings"],
]);

/** Tables below `[cache]` of versions with a remote cache: accepted, without effect. */
export const RESERVED_TABLES: ReadonlySet<string> = new Set(["remote", "planner"]);

/** What is wrong with a value for a key of a table, in words; undefined when it is right. */
export function faultOf(key: string, value: unknown, table: "cache" | "cc"): string | undefined {
  switch ((table === "cc" ? CC_KEYS : CACHE_KEYS).get(key)) {
    case undefined:
      return `unknown key \`${key}\` in [${table}]; \`kache config --keys\` lists the known ones`;
    case "string":
      if (typeof value !== "string") return `\`${key}\` must be a string, as in ${key} = "…"`;
      if (key === "incremental" && value !== "strip" && value !== "keep") {
        return `\`incremental\` must be "strip" or "keep"`;
      }
      return undefined;
    case "boolean":
      return typeof value === "boolean" ? undefined : `\`${key}\` must be true or false`;
    case "integer":
      return Number.isInteger(value) && Number(value) >= 0
        ? undefined
        : `\`${key}\` must be a whole number, as in ${key} = 1000`;
    case "strings":
      return Array.isArray(value) && value.every((item) => typeof item === "string")
        ? undefined
        : `\`${key}\` must be a list of strings, as in ${key} = ["…"]`;
    case "verify":
      return verifyOf(value) === undefined
        ? `\`${key}\` must be true, false, a number (one hit in so many) or "strict"`
        : undefined;
    case "size":
      return sizeOf(value) === undefined
        ? `\`${key}\` must be a size, as in ${key} = "20GiB" or ${key} = 1048576`
        : undefined;
  }
}

/** What to verify, given as text, number or truth value; undefined for anything else. */
export function verifyOf(value: unknown): Verify | undefined {
  if (value === "strict") return { oneIn: 1, strict: true };
  if (value === true || value === "true") return { oneIn: 1, strict: false };
  if (value === false || value === "false") return { oneIn: 0, strict: false };
  const oneIn = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(oneIn) && Number(oneIn) >= 0
    ? { oneIn: Number(oneIn), strict: false }
    : undefined;
}

/** A size given as text or number of bytes. */
export function sizeOf(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) && value > 0 ? value : undefined;
  return typeof value === "string" ? parseSizeBytes(value) : undefined;
}
