// Whose compiler a driver is, by asking it once: programs/<digest of the driver>.family holds the answer, the family
// and the first number of its version. A script may choose by a variable: of one it says "script", and
// programs/<digest of the driver's and the environment's>.family holds the answer.
import type { Env } from "../base/environment.ts";
import { askProgram } from "../base/ask.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { readText } from "../base/file.ts";
import { findProgram, isScript } from "../base/program.ts";
import type { FileDigests } from "./file-digest.ts";
import { environDigest, ENVIRONMENT } from "./input-set.ts";

/** Families whose ways differ: in prefix maps, make rules, precompiled headers. */
export type CcFamily = "gcc" | "clang" | "other";

/** A compiler's family, and which of it. */
export interface CcMake {
  readonly family: CcFamily;
  /** 0 where it does not say. */
  readonly version: number;
}

/** Where a compiler is looked for and remembered. */
export interface CcMakePlace {
  readonly cacheDir: string;
  readonly digests: FileDigests;
  readonly cwd: string;
  readonly env: Env;
}

/** The make of a compiler. */
export function ccMake(
  compiler: readonly [string, ...string[]],
  { cacheDir, digests, cwd, env }: CcMakePlace,
): CcMake {
  const ask = () => makeBy(askProgram([...compiler, "--version"]) ?? "");
  const driver = findProgram(compiler[0], { cwd, env });
  const found = driver === undefined ? "absent" : digests.of(driver);
  if (driver === undefined || typeof found === "string") return ask();
  const recordOf = (digest: Digest) => `${cacheDir}/programs/${digest}.family`;
  const own = recordOf(found.digest);
  const text = readText(own);
  const chosen = () => recordOf(digestOf(found.digest + environDigest(env, ENVIRONMENT)));
  const known = decode((text === SCRIPT ? readText(chosen()) : text) ?? "");
  if (known !== undefined) return known;
  const make = ask();
  const chooses = isScript(driver);
  if (chooses) writeFileAtomic(own, SCRIPT);
  writeFileAtomic(chooses ? chosen() : own, `${make.family} ${make.version}\n`);
  return make;
}

/** What the record of a script holds. */
const SCRIPT = "script\n";

/** The first versions that know `-ffile-prefix-map`, by their release notes: GCC 8, LLVM 10, Apple's of that year. */
const MAPPING_FROM = { gcc: 8, clang: 10, other: Infinity } as const;

/** Whether the compiler takes prefix maps of all kinds: one that does not ends with an error. */
export function mapsPrefixes({ family, version }: CcMake): boolean {
  return version >= MAPPING_FROM[family];
}

function decode(record: string): CcMake | undefined {
  const [, family, version] = /^(\w+) (\d+)\n$/.exec(record) ?? [];
  if (family !== "gcc" && family !== "clang" && family !== "other") return undefined;
  return { family, version: Number(version) };
}

function makeBy(said: string): CcMake {
  const clang = /\b(?:clang|LLVM) version (\d*)/.exec(said);
  if (clang !== null) return { family: "clang", version: Number(clang[1]) };
  if (!said.includes("Free Software Foundation")) return { family: "other", version: 0 };
  // "gcc-12 (Debian 12.2.0-14) 12.2.0": what the distribution says of itself stands in brackets.
  const gcc = /^\S+ (?:\(.*\) )?(\d+)\b/.exec(said);
  return { family: "gcc", version: Number(gcc?.[1] ?? 0) };
}
