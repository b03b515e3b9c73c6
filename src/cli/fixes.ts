// `kache doctor --fix`: stops sccache's server, puts kache where cargo's configuration names
// sccache, and with --purge-sccache removes sccache itself. Shell files are the user's: they are
// only named.
import { removeTree } from "../base/directory.ts";
import { findProgram } from "../base/program.ts";
import { isRunning, shellFilesWithSccache } from "./checks/installation.ts";
import { configuredWrapper } from "./cargo-config.ts";
import { applyEdit, planEdit, wrapperName } from "./edit-cargo-config.ts";
import type { Context } from "./context.ts";

/** Mends what can be mended and answers what was done. */
export function applyFixes(context: Context, purgeSccache: boolean): string[] {
  const { invocation, config } = context;
  const done: string[] = [];
  const wanted = config.fallback?.includes("sccache") === true;
  if (!wanted && isRunning("sccache")) done.push(stopSccache(context));
  const found = configuredWrapper(invocation.env, invocation.cwd);
  if (found?.wrapper.includes("sccache") === true) {
    const edit = planEdit(found.source, wrapperName(context));
    const backup = edit.kind === "edit" ? applyEdit(edit) : undefined;
    done.push(
      `Fixed: ${found.source} names kache now${backup === undefined ? "" : ` (backup: ${backup})`}.`,
    );
  }
  for (const path of shellFilesWithSccache(invocation.env["HOME"] ?? "")) {
    done.push(`By hand: remove RUSTC_WRAPPER=sccache from ${path}.`);
  }
  if (purgeSccache) done.push(...purge(context));
  return done.length === 0 ? ["Nothing to fix."] : done;
}

function runQuietly(command: readonly string[], { invocation }: Context): boolean {
  if (findProgram(command[0] ?? "", invocation) === undefined) return false;
  const { exitCode } = Bun.spawnSync([...command], {
    env: { ...invocation.env },
    stdout: "ignore",
    stderr: "ignore",
  });
  return exitCode === 0;
}

function stopSccache(context: Context): string {
  return runQuietly(["sccache", "--stop-server"], context)
    ? "Fixed: stopped the sccache server."
    : "By hand: the sccache server could not be stopped; end it yourself.";
}

function purge(context: Context): string[] {
  const { env } = context.invocation;
  const cache = `${env["XDG_CACHE_HOME"] ?? `${env["HOME"] ?? ""}/.cache`}/sccache`;
  const dirs = [...new Set([cache, env["SCCACHE_DIR"] ?? cache])].filter((dir) =>
    dir.startsWith("/"),
  );
  const done = dirs.map((dir) =>
    removeTree(dir) ? `Removed ${dir}.` : `${dir} could not be removed.`,
  );
  if (findProgram("sccache", context.invocation) === undefined) return done;
  const uninstalled = runQuietly(["cargo", "uninstall", "sccache"], context);
  return [
    ...done,
    uninstalled
      ? "Uninstalled sccache."
      : "By hand: sccache was not installed by cargo; uninstall it.",
  ];
}
