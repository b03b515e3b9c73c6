// A program with a library beside it, for the suites about settings of cargo builds and about wrappers.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Checkouts, manifest } from "./checkouts.ts";
import type { LoggedEvent, Run, Variables, World } from "./rig.ts";
import type { Files } from "./tree.ts";

/** It prints a word of its library's, and whether a wrapper added `--cfg via_fallback`. */
export const PROGRAM: Files = {
  "Cargo.toml": manifest(
    "program",
    `[dependencies]\npart = { path = "part" }
[lints.rust]\nunexpected_cfgs = { level = "warn", check-cfg = ["cfg(via_fallback)"] }\n`,
  ),
  "src/main.rs": 'fn main() { println!("{} {}", part::word(), cfg!(via_fallback)); }\n',
  "part/Cargo.toml": manifest("part"),
  "part/src/lib.rs": 'pub fn word() -> &\'static str { "word" }\n',
};

/** Results by crate; a compile that gave known bytes is a miss like any other. */
export function byCrate(run: Run): Record<string, string> {
  const resultOf = ({ result, not_stored }: LoggedEvent) =>
    result === "dup" ? "miss" : result === "skipped" ? `skipped: ${not_stored ?? ""}` : result;
  return Object.fromEntries(run.events.map((event) => [event.crate_name, resultOf(event)]));
}

/** Checkouts of the program in one world. */
export class Programs {
  readonly #world: World;
  readonly #checkouts: Checkouts;

  constructor(world: World) {
    this.#world = world;
    this.#checkouts = new Checkouts(world);
  }

  /** A first checkout, which shares no unit with another test's. */
  make(files: Files = PROGRAM): string {
    return this.#checkouts.make(files);
  }

  /** The same files at another path and depth. */
  twin(dir: string): string {
    return this.#checkouts.twin(dir);
  }

  /** Two copies of what `World.unfetchable` wrote. */
  fetched(name: string): readonly [string, string] {
    return this.#checkouts.fetched(name);
  }

  /** Builds, and fails with what cargo said. */
  build(dir: string, env: Variables = {}, args: readonly string[] = ["build"]): Run {
    return this.#checkouts.build({ args, env }, dir);
  }

  /** Builds without what earlier builds left. */
  rebuild(dir: string, env: Variables = {}, args: readonly string[] = ["build"]): Run {
    rmSync(join(dir, "target"), { recursive: true, force: true });
    return this.build(dir, env, args);
  }

  /** What the built program prints. */
  outputOf(dir: string, profile = "debug"): string {
    return this.#world.run([join(dir, "target", profile, "program")]).stdout.trim();
  }
}
