// Projects with engines of their own, for the suites of the engine.
import { readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Run, type Variables, type World } from "./rig.ts";
import { kache, missing } from "./toolchain.ts";
import { waitFor } from "./wait-for.ts";

const noLauncher =
  process.platform === "linux" && process.arch === "x64"
    ? undefined
    : "only Linux on x86-64 has one";
/** Why there is no engine here; undefined where there is. */
export const none = noLauncher ?? missing("gcc");

/** What most cases compile. */
export const COMPILE = ["gcc", "-c", "x.c", "-o", "x.o"];

/** A project with engines of its own, as long as the case lasts. */
export class Place {
  readonly world: World;
  readonly number: number;
  readonly dir: string;
  readonly engines: string;
  readonly env: Variables;

  constructor(world: World) {
    const number = places.length + 1;
    this.world = world;
    this.number = number;
    this.dir = world.project(`p${number}`, {
      "x.c": `int x${number}(void) { return ${number}; }\n`,
    });
    this.engines = world.path(`e${number}`);
    this.env = { KACHE_ENGINE_DIR: this.engines, CI: undefined };
    places.push(this);
  }

  call(words: readonly string[] = COMPILE, env: Variables = {}): Run {
    return this.world.run([kache, ...words], { cwd: this.dir, env: { ...this.env, ...env } });
  }

  /** Compiles until an engine has been started, and waits until it listens. */
  async start(): Promise<void> {
    this.call();
    await waitFor(() => this.sockets().length > 0);
    await waitFor(() => this.call().events[0]?.byEngine === true);
  }

  sockets(): string[] {
    return this.#names((path) => statSync(path).isSocket());
  }

  pids(): number[] {
    const locks = this.#names((path) => path.endsWith(".lock"));
    return locks.map((path) => Number(readFileSync(path, "utf8")));
  }

  signal(name: NodeJS.Signals): void {
    for (const pid of this.pids()) if (pid > 0) process.kill(pid, name);
  }

  #names(wanted: (path: string) => boolean): string[] {
    try {
      return readdirSync(this.engines)
        .map((name) => join(this.engines, name))
        .filter(wanted);
    } catch (fault) {
      if (fault instanceof Error && "code" in fault && fault.code === "ENOENT") return [];
      throw fault;
    }
  }
}

const places: Place[] = [];

/** Ends the engines of all of them. */
export function endEngines(): void {
  for (const place of places) {
    try {
      place.signal("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/** How a call was answered, and by whom. */
export function how(run: Run): string[] {
  return run.events.map(({ result, byEngine }) => `${result}${byEngine ? " by engine" : ""}`);
}

/** A project whose compile waits until its header, a FIFO, is written to. */
export function withSlowHeader(place: Place): { readonly feed: () => void } {
  writeFileSync(
    join(place.dir, "x.c"),
    `#include "slow.h"\nint slow${place.number}(void) { return V; }\n`,
  );
  const fifo = join(place.dir, "slow.h");
  Bun.spawnSync(["mkfifo", fifo]);
  return {
    feed() {
      writeFileSync(fifo, "#define V 1\n");
    },
  };
}

/** Starts a call without waiting. */
export function begin(place: Place, words: readonly string[] = COMPILE, env: Variables = {}) {
  return Bun.spawn([kache, ...words], {
    cwd: place.dir,
    env: place.world.environment({ ...place.env, ...env }),
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** The compilers (their drivers, or those proper) that are at work in a project. */
export function compilersIn(place: Pick<Place, "dir">, name = "cc1"): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        const isWanted = words.startsWith(`${name}\0`) || words.includes(`/${name}\0`);
        return isWanted && readlinkSync(`/proc/${pid}/cwd`) === place.dir;
      } catch {
        return false;
      }
    });
}
