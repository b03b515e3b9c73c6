// The other build caches: where each comes from on crates.io, at which version, and where this
// benchmark finds it once installed.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { userCacheDirectory } from "../scripts/start/scratch.ts";

/** One rival's crate. */
export interface Rival {
  readonly crate: string;
  readonly version: string;
  readonly executable: string;
  /** Arguments of `cargo install` beside crate and version. */
  readonly installArguments: readonly string[];
  /** Executables of its package beside the main one, which must be there too. */
  readonly companions: readonly string[];
}

/** Rivals as options and tables call them; `kache-rs` is the Rust program with our name. */
export const RIVAL_NAMES = ["sccache", "mbx", "kache-rs"] as const;

/** One of them. */
export type RivalName = (typeof RIVAL_NAMES)[number];

/** Every rival by its name. */
export const RIVALS: Readonly<Record<RivalName, Rival>> = {
  sccache: {
    crate: "sccache",
    version: "0.19.0",
    executable: "sccache",
    // Its remote back ends are not measured, and a client without them starts no slower.
    installArguments: ["--no-default-features"],
    companions: [],
  },
  mbx: {
    crate: "mbx",
    version: "1.29.1",
    executable: "mbx",
    installArguments: [],
    companions: [],
  },
  "kache-rs": {
    crate: "kache",
    version: "2.0.0",
    executable: "kache",
    installArguments: [],
    companions: ["kache-engine"],
  },
};

/** Everything the benchmark keeps or makes lies below here; it may be deleted at any time. */
export function benchDirectory(): string {
  return process.env["KACHE_BENCH_DIR"] ?? join(userCacheDirectory(), "kache-bench");
}

/** Where `npm run bench:rivals` installs. */
export function rivalsDirectory(): string {
  return join(benchDirectory(), "rivals");
}

/** The rival's executable at exactly the pinned version, or why it is not used. */
export async function findRival(name: RivalName): Promise<string | { missing: string }> {
  const rival = RIVALS[name];
  const path = join(rivalsDirectory(), "bin", rival.executable);
  for (const executable of [rival.executable, ...rival.companions]) {
    const there = await stat(join(rivalsDirectory(), "bin", executable)).catch(() => undefined);
    if (there === undefined) return { missing: "not installed; `npm run bench:rivals` does it" };
  }
  const printed = Bun.spawnSync([path, "--version"]).stdout.toString().trim();
  if (!printed.includes(rival.version)) {
    return { missing: `${path} is "${printed}", not ${rival.version}` };
  }
  return path;
}
