// `kache purge`: removes all entries, or those of one crate. Logs and remembered digests stay.
import { listNames, removeTree } from "../../base/directory.ts";
import { parseResultKey } from "../../key/cache-key.ts";
import type { Layout } from "../../store/layout.ts";
import { removeEntry } from "../../store/store.ts";
import { removeEntries } from "../../store/sweep.ts";
import { readUsage } from "../../store/usage.ts";
import {
  CommandError,
  type Context,
  counted,
  Exit,
  hasStore,
  requireGcLock,
  say,
} from "../context.ts";

/** A collection takes seconds on the largest stores. */
const LOCK_WAIT_MS = 30_000;

/** Runs the command. */
export function run({ options, layout }: Context): number {
  const crate = options.text("--crate-name");
  if (!hasStore(layout)) {
    say(crate === undefined ? "Cleared entire local store." : `Removed 0 entries for '${crate}'.`);
    return Exit.Ok;
  }
  const lock = requireGcLock(layout, LOCK_WAIT_MS);
  if (lock === "busy")
    throw new CommandError("a garbage collection is running; try again when it has ended");
  try {
    if (crate === undefined) purgeAll(layout);
    else purgeCrate(layout, crate);
  } finally {
    lock.release();
  }
  return Exit.Ok;
}

/** A build that stores something meanwhile can keep a directory from going once, hardly three times. */
const ATTEMPTS = 3;

function purgeAll(layout: Layout): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (removeAll(layout)) {
      say("Cleared entire local store.");
      return;
    }
  }
  throw new CommandError(
    `not everything below ${layout.storeDir()} could be removed; are all files yours?`,
  );
}

function removeAll(layout: Layout): boolean {
  const names = listNames(layout.storeDir());
  const entries = (typeof names === "string" ? [] : names).map((name) => {
    const key = parseResultKey(name);
    // meta.json first: a look-up in this moment finds no entry instead of half of one.
    return key === undefined || (removeEntry(layout, key) && removeTree(layout.entryDir(key)));
  });
  const others = [removeTree(layout.manifestsDir()), removeTree(layout.blobsDir())];
  return ![...entries, ...others].includes(false);
}

function purgeCrate(layout: Layout, crate: string): void {
  const { entries, damaged } = readUsage(layout);
  const chosen = entries.map(({ entry }) => entry).filter(({ crateName }) => crateName === crate);
  const removed = removeEntries(layout, chosen);
  say(`Removed ${removed.entries} entries for '${crate}'.`);
  if (damaged.length === 0) return;
  const skipped = counted(damaged.length, "corrupt entry", "corrupt entries");
  say(`Skipped ${skipped} whose crate is unknown; \`kache doctor --repair\` removes them.`);
}
