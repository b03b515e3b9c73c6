// A copy of a project that cargo can be run in, and the environment it is built with there.
import { join } from "node:path";

/** One copy of a project. */
export interface Checkout {
  /** Where cargo runs. */
  readonly directory: string;
  /** Where Cargo.lock and the target directory are. */
  readonly workspace: string;
}

/** What the builds of one demonstration have in common. */
export interface BuildSetup {
  readonly kache: string;
  readonly cache: string;
  /** The toolchain rustup would pick where the user called from, if rustup is in use. */
  readonly toolchain: string | undefined;
}

/**
 * The user's environment with kache in front of rustc and a cache of its own. The user's kache
 * settings are left out, so that no remote of theirs is filled by a demonstration.
 */
export function buildEnvironment(setup: BuildSetup): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith("KACHE_")) environment[name] = value;
  }
  environment["RUSTC_WRAPPER"] = setup.kache;
  environment["KACHE_CACHE_DIR"] = setup.cache;
  environment["KACHE_CONFIG"] = join(setup.cache, "no-config.toml");
  if (setup.toolchain !== undefined) environment["RUSTUP_TOOLCHAIN"] ??= setup.toolchain;
  return environment;
}

/** Variables that keep a build in its checkout, whatever cargo's configuration says. */
export function placeEnvironment(checkout: Checkout): Record<string, string> {
  const target = join(checkout.workspace, "target");
  return { CARGO_TARGET_DIR: target, CARGO_BUILD_BUILD_DIR: target };
}

/** The toolchain rustup picks in a directory: an override there does not reach the copies. */
export function rustupToolchain(directory: string): string | undefined {
  if (Bun.which("rustup") === null) return undefined;
  const show = Bun.spawnSync(["rustup", "show", "active-toolchain"], {
    cwd: directory,
    stdout: "pipe",
    stderr: "ignore",
  });
  const name = show.stdout.toString().split(/\s/)[0];
  return show.exitCode === 0 && name !== "" ? name : undefined;
}
