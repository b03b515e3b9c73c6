// `kache doctor`: one line per check, and on request a verification of everything stored. The
// status is 1 only when a verification found damage that is still there: scripts rely on that, and
// on nothing else.
import { isTerminal } from "../../base/file.ts";
import { formatSize } from "../../base/units.ts";
import { VERSION } from "../../base/version.ts";
import { plain } from "../../report/text-table.ts";
import { isSound, repairStore, type Verification, verifyStore } from "../../store/verify.ts";
import { UsageError } from "../arguments.ts";
import { cacheChecks } from "../checks/cache.ts";
import type { Check } from "../checks/check.ts";
import { installationChecks } from "../checks/installation.ts";
import { type Context, counted, Exit, hasStore, requireGcLock, say } from "../context.ts";
import { applyFixes } from "../fixes.ts";

/** Runs the command. */
export function run(context: Context): number {
  const { options } = context;
  if (options.has("--purge-sccache") && !options.has("--fix")) {
    throw new UsageError("--purge-sccache deletes things; write --fix --purge-sccache");
  }
  say(`kache v${VERSION}    ${rustcVersion(context)}`, "");
  if (options.has("--fix")) say(...applyFixes(context, options.has("--purge-sccache")), "");
  const checks = [...installationChecks(context), ...cacheChecks(context)];
  say(...checks.flatMap((check) => checkLines(check, usesColour(context))), "");
  const faults = checks.filter(({ ok }) => !ok).length;
  say(faults === 0 ? "All checks passed." : `${faults} issue(s) found.`);
  const thorough = ["--verify", "--checksums", "--repair"].some((name) => options.has(name));
  return thorough ? verify(context) : Exit.Ok;
}

function rustcVersion({ invocation: { env, cwd } }: Context): string {
  const rustc = env["RUSTC"] ?? "rustc";
  try {
    const { stdout, stderr, exitCode, signalCode } = Bun.spawnSync([rustc, "--version"], {
      cwd,
      env: { ...env },
    });
    const version = plain(stdout.toString().trim());
    if (exitCode === 0 && version !== "") return version;
    const end = signalCode === undefined ? `status ${exitCode}` : signalCode;
    const [first = ""] = stderr.toString().trim().split("\n");
    return plain(`rustc: \`${rustc} --version\` ended with ${end}: ${first || "it said nothing"}`);
  } catch (fault) {
    if (fault instanceof Error) return "rustc: not found";
    throw fault;
  }
}

function usesColour({ invocation: { env } }: Context): boolean {
  return isTerminal(1) && (env["NO_COLOR"] ?? "") === "";
}

const LABEL_WIDTH = 15;

function checkLines({ label, ok, detail, fix }: Check, colour: boolean): string[] {
  const sign = ok ? "✓" : "✗";
  const GREEN = "\u001b[32m";
  const RED = "\u001b[31m";
  const shown = colour ? `${ok ? GREEN : RED}${sign}\u001b[0m` : sign;
  const lines = [`  ${shown} ${label.padEnd(LABEL_WIDTH)}${plain(detail)}`];
  if (fix !== undefined) lines.push(`    → ${plain(fix)}`);
  return lines;
}

const LOCK_WAIT_MS = 30_000;

function verify({ layout, options }: Context): number {
  const found = verifyStore(layout, options.has("--checksums"));
  say("", ...verificationLines(found));
  if (!options.has("--repair")) {
    if (isSound(found)) return Exit.Ok;
    say("Run kache doctor --repair to remove what is damaged.");
    return Exit.Failed;
  }
  if (!hasStore(layout)) return Exit.Ok;
  const lock = requireGcLock(layout, LOCK_WAIT_MS);
  if (lock === "busy") {
    say("A garbage collection is running; nothing was repaired. Try again when it has ended.");
    return isSound(found) ? Exit.Ok : Exit.Failed;
  }
  try {
    const { entries, blobs } = repairStore(layout, found);
    say(
      `Repaired: removed ${counted(entries, "entry", "entries")} and ${counted(blobs, "blob", "blobs")}.`,
    );
  } finally {
    lock.release();
  }
  // Looked at again: what could not be removed is still damage.
  return isSound(verifyStore(layout, options.has("--checksums"))) ? Exit.Ok : Exit.Failed;
}

const DAMAGED_SHOWN = 20;
const KEY_SHOWN = 16;

function verificationLines(found: Verification): string[] {
  const { entries, damaged, blobs, orphans, missing, failed, bytes } = found;
  const shown = damaged.slice(0, DAMAGED_SHOWN).map(({ key, crateName, reason }) => {
    return plain(`  ${key.slice(0, KEY_SHOWN)} ${crateName ?? "?"}: ${reason}`);
  });
  const more = damaged.length - shown.length;
  return [
    "Cache verification complete",
    `  Entries: ${entries} total, ${entries - damaged.length} valid, ${damaged.length} corrupted`,
    `  Blobs: ${blobs} total, ${orphans} orphaned, ${missing} missing, ${failed.length} checksum failures`,
    `  Store size: ${formatSize(bytes)}`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
