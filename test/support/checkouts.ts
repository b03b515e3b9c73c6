// Pairs of checkouts: one is built cold, its twin at another path and depth is served, and what is served
// is compared with what a cold build in the twin's own place gives.
import { expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed } from "./pair.ts";
import type { Run, Variables, World } from "./rig.ts";
import { copyCheckout, digestFile, type Files, filesBelow } from "./tree.ts";

/** How cargo is called in one checkout. */
export interface CargoCall {
  readonly args: readonly string[];
  readonly env?: Variables;
  /** Where cargo is called; the checkout itself when left out. */
  readonly cwd?: string;
}

/** A checkout as it is called and where its artifacts appear. */
export interface Checkout extends CargoCall {
  readonly dir: string;
  readonly target: string;
}

/** A manifest without dependencies from anywhere but disk. */
export function manifest(name: string, more = ""): string {
  return `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`;
}

/** Results other than hits, for a message that says which. */
export function besidesHits(run: Pick<Run, "events">): string[] {
  return run.events
    .filter(({ result }) => result !== "local_hit")
    .map((event) => {
      const why = event.passthrough_reason ?? event.not_stored ?? event.miss_reason ?? "";
      return `${event.result} ${event.crate_name}: ${why}`;
    });
}

/** Checkouts of one world. */
export class Checkouts {
  readonly #world: World;
  #made = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** A first checkout. No unit is shared with another test's: every source has a comment of its own. */
  make(files: Files): string {
    this.#made += 1;
    const own = Object.entries(files).map(([name, text]): [string, Files[string]] => {
      const isSource = name.endsWith(".rs") && typeof text === "string";
      return [name, isSource ? `${text}// project ${this.#made}\n` : text];
    });
    return this.#world.project(`first${this.#made}/checkout`, Object.fromEntries(own));
  }

  /** Two copies of a project that `World.unfetchable` wrote, with its lock file, at different paths and depths. */
  fetched(name: string): readonly [string, string] {
    const first = this.make({});
    copyCheckout(this.#world.path(name), first);
    return [first, this.twin(first)];
  }

  /** The same files at another path and depth. */
  twin(dir: string): string {
    const other = this.#world.path(`second${this.#made}`, "much", "deeper", "tree");
    copyCheckout(dir, other);
    return other;
  }

  /** Builds, and fails with what cargo said. */
  build({ cwd, args, env }: CargoCall, dir: string): Run {
    return mustSucceed(this.#world.cargo(cwd ?? dir, args, env ?? {}));
  }

  /** Cold in the first, which is given; served in the second; nothing to do in either after that; same bytes as cold. */
  expectServed(first: Checkout, second: Checkout): Run {
    const cold = this.build(first, first.dir);
    expect(cold.events.map(({ result }) => result)).not.toContain("passthrough");
    expect(cold.events.map(({ result }) => result)).not.toContain("skipped");
    this.expectNothingToDo(first, first.dir);
    const warm = this.build(second, second.dir);
    expect(besidesHits(warm)).toEqual([]);
    expect(warm.events.length).toBeGreaterThan(0);
    expect(warm.compiles).toEqual([]);
    this.expectNothingToDo(second, second.dir);
    expect(artifacts(second.target)).toEqual(this.coldArtifacts(second));
    return cold;
  }

  /** No wrapper is started when nothing changed: cargo finds everything fresh. */
  expectNothingToDo(call: CargoCall, dir: string): void {
    const again = this.build({ ...call, env: { ...call.env, CARGO_TERM_VERBOSE: "true" } }, dir);
    expect(again.events).toEqual([]);
    expect(again.stderr).not.toMatch(/^ +(Compiling|Checking|Dirty|Running `.*rustc)/m);
    expect(again.stderr).toContain("Fresh");
  }

  /** What a cold build in the same place gives, from an empty cache. */
  coldArtifacts(at: Checkout): Record<string, string> {
    const fresh = this.#world.path(`cold-cache${this.#made}`);
    rmSync(at.target, { recursive: true });
    mkdirSync(at.target);
    const env = { ...at.env, KACHE_CACHE_DIR: fresh };
    const run = this.build({ ...at, env }, at.dir);
    expect(run.events.length).toBeGreaterThan(0);
    expect(run.events.map(({ result }) => result)).not.toContain("local_hit");
    rmSync(fresh, { recursive: true, force: true });
    return artifacts(at.target);
  }
}

/** Digests of everything that cargo put together for users and dependents, by name. */
export function artifacts(target: string): Record<string, string> {
  const own = filesBelow(target).filter(
    (path) => /\.(rlib|rmeta|so|a)$/.test(path) || isProgram(join(target, path)),
  );
  return Object.fromEntries(own.map((path) => [path, digestFile(join(target, path))]));
}

function isProgram(path: string): boolean {
  const ELF = "\x7fELF";
  return existsSync(path) && readFileSync(path).subarray(0, ELF.length).toString("latin1") === ELF;
}

/** A repository that crates can be taken from, with these files in its one commit. */
export function gitRepository(world: World, files: Files): string {
  const repository = world.project("repository", files);
  const who = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"];
  for (const words of [
    ["init", "-q"],
    ["add", "."],
    [...who, "commit", "-qm", "first"],
  ]) {
    mustSucceed(world.run(["git", ...words], { cwd: repository }));
  }
  return repository;
}
