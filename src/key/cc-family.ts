// Whose compiler a driver is, by asking it once: programs/<digest of the driver>.family holds the answer.
import { askProgram } from "../base/ask.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import type { Digest } from "../base/digest.ts";
import { readText } from "../base/file.ts";

/** Families whose ways differ: in prefix maps, make rules, precompiled headers. */
export type CcFamily = "gcc" | "clang" | "other";

/** The family of a driver with these bytes; only asked on misses. */
export function ccFamily(
  cacheDir: string,
  compiler: readonly [string, ...string[]],
  digest: Digest | undefined,
): CcFamily {
  const record = digest === undefined ? undefined : `${cacheDir}/programs/${digest}.family`;
  const known = record === undefined ? undefined : readText(record)?.trim();
  if (known === "gcc" || known === "clang" || known === "other") return known;
  const said = askProgram([...compiler, "--version"]) ?? "";
  const family = /\bclang version\b/.test(said)
    ? "clang"
    : said.includes("Free Software Foundation")
      ? "gcc"
      : "other";
  if (record !== undefined) writeFileAtomic(record, `${family}\n`);
  return family;
}
