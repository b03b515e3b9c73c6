// Doctor: is kache where cargo looks, does cargo call it, and does anything stand in its way.
import { listNames } from "../../base/directory.ts";
import { isFile, readText } from "../../base/file.ts";
import { joinPath } from "../../base/path.ts";
import { findProgram } from "../../base/program.ts";
import { configuredWrapper, effectiveWrapper, malformedConfig } from "../cargo-config.ts";
import { type Context, problemText } from "../context.ts";
import { type Check, failed, passed } from "./check.ts";
import { declarationChecks } from "./declared-inputs.ts";
import { shimChecks } from "./shims.ts";

/** All checks of the installation. */
export function installationChecks(context: Context): Check[] {
  return [
    binary(context),
    wrapper(context),
    cargoConfig(context),
    ...configuration(context),
    ...declarationChecks(context),
    fallback(context),
    ...environment(context),
    ...shimChecks(context),
    shellConfig(context),
    sccache(context),
  ];
}

function isKache(wrapper: string): boolean {
  return wrapper.includes("kache");
}

function binary({ invocation }: Context): Check {
  const { env, cwd } = invocation;
  const found = findProgram("kache", invocation);
  if (found !== undefined) return passed("Binary", found);
  const named = effectiveWrapper(env, cwd)?.wrapper ?? "";
  if (named.includes("/") && isFile(joinPath(cwd, named))) {
    return passed("Binary", `${named} (not on PATH, but cargo names it in full)`);
  }
  const dir = process.execPath.slice(0, process.execPath.lastIndexOf("/"));
  return failed("Binary", "kache is not on PATH", `add ${dir} to PATH, or run kache init`);
}

function wrapper({ invocation: { env, cwd } }: Context): Check {
  const found = effectiveWrapper(env, cwd);
  const label = "RUSTC_WRAPPER";
  if (found === undefined) return failed(label, "cargo calls no wrapper", "run kache init");
  const said = `"${found.wrapper}" (${found.source})`;
  if (isKache(found.wrapper)) return passed(label, said);
  const how = found.source.includes("/")
    ? "run kache init"
    : `unset ${found.source} or set it to kache`;
  return found.wrapper.includes("sccache")
    ? failed(
        label,
        `sccache is the wrapper: ${said}`,
        `${how}; kache can keep it as [cache] fallback`,
      )
    : failed(label, said, how);
}

function cargoConfig({ invocation: { env, cwd } }: Context): Check {
  const malformed = malformedConfig(env, cwd);
  if (malformed !== undefined)
    return failed("Cargo config", malformed, "mend that line; cargo does not start with it");
  const found = configuredWrapper(env, cwd);
  if (found === undefined) return passed("Cargo config", "no rustc-wrapper set");
  const said = `${found.source}: rustc-wrapper = "${found.wrapper}"`;
  return isKache(found.wrapper)
    ? passed("Cargo config", said)
    : failed("Cargo config", said, "run kache init");
}

function configuration({ problems, configFile, invocation: { env } }: Context): Check[] {
  const named = env["KACHE_CONFIG"] ?? "";
  const none =
    named === "" ? "defaults" : `defaults (KACHE_CONFIG names ${named}, which is not there)`;
  if (problems.length === 0) return [passed("Configuration", configFile ?? none)];
  return problems.map((problem) =>
    failed("Configuration", problemText(problem), "mend it; `kache config` shows what applies"),
  );
}

function fallback({ config, invocation }: Context): Check {
  if (config.fallback === undefined) return passed("Fallback", "none");
  const found = findProgram(config.fallback, invocation);
  if (found !== undefined && isFile(found)) return passed("Fallback", found);
  return failed(
    "Fallback",
    `${config.fallback} is not there`,
    "install it, or unset [cache] fallback",
  );
}

/** Variables that change what this program does before or beside its own settings. */
function environment({ invocation: { env }, config }: Context): Check[] {
  const checks: Check[] = [];
  for (const name of ["BUN_OPTIONS", "BUN_BE_BUN"]) {
    if (env[name] === undefined) continue;
    checks.push(
      failed(
        "Environment",
        `${name} is set, and the runtime inside kache obeys it`,
        `unset ${name} for builds`,
      ),
    );
  }
  if (config.disabled)
    checks.push(failed("Environment", "KACHE_DISABLED is set: nothing is cached", "unset it"));
  if ((env["KACHE_ACTIVE"] ?? "") !== "") {
    checks.push(
      failed(
        "Environment",
        "KACHE_ACTIVE is set: nothing is cached",
        "unset it; it marks nested calls",
      ),
    );
  }
  return checks.length > 0 ? checks : [passed("Environment", "no variable in the way")];
}

const SHELL_FILES = [".zshrc", ".bashrc", ".bash_profile", ".profile"];
const SCCACHE_EXPORT = /^[^#\n]*\bRUSTC_WRAPPER=\S*sccache/m;

/** Shell files of the user that still export sccache as the wrapper. */
export function shellFilesWithSccache(home: string): string[] {
  return SHELL_FILES.map((name) => `${home}/${name}`).filter((path) =>
    SCCACHE_EXPORT.test(readText(path) ?? ""),
  );
}

function shellConfig({ invocation: { env } }: Context): Check {
  const found = shellFilesWithSccache(env["HOME"] ?? "");
  if (found.length === 0) return passed("Shell config", "no sccache export");
  return failed(
    "Shell config",
    `sccache is exported in ${found.join(", ")}`,
    "remove RUSTC_WRAPPER=sccache there",
  );
}

/** Whether a process of that name runs. */
export function isRunning(name: string): boolean {
  const pids = listNames("/proc");
  if (typeof pids === "string") return false;
  return pids.some((pid) => /^\d+$/.test(pid) && readText(`/proc/${pid}/comm`)?.trim() === name);
}

function sccache({ config }: Context): Check {
  if (!isRunning("sccache")) return passed("sccache", "not running");
  if (config.fallback?.includes("sccache") === true)
    return passed("sccache", "running as the fallback");
  return failed("sccache", "its server is running", "sccache --stop-server, or kache doctor --fix");
}
