// Calls served by a resident engine: the same results as by their own process, and the same when the engine is
// stopped, killed, somebody else's or spoken to in nonsense.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Run, type Variables, worldFor } from "../support/rig.ts";
import { compileC, kache, missing, realRustc } from "../support/toolchain.ts";
import { waitFor } from "../support/wait-for.ts";

setDefaultTimeout(120_000);

const world = worldFor("engine");
const noLauncher =
  process.platform === "linux" && process.arch === "x64"
    ? undefined
    : "only Linux on x86-64 has one";
const none = noLauncher ?? missing("gcc");
const COMPILE = ["gcc", "-c", "x.c", "-o", "x.o"];
let names = 0;

/** A project with engines of its own, as long as the case lasts. */
class Place {
  readonly dir: string;
  readonly engines: string;
  readonly env: Variables;

  constructor() {
    names += 1;
    this.dir = world.project(`p${names}`, { "x.c": `int x${names}(void) { return ${names}; }\n` });
    this.engines = world.path(`e${names}`);
    this.env = { KACHE_ENGINE_DIR: this.engines };
    places.push(this);
  }

  call(words: readonly string[] = COMPILE, env: Variables = {}): Run {
    return world.run([kache, ...words], { cwd: this.dir, env: { ...this.env, ...env } });
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

afterAll(() => {
  for (const place of places) {
    try {
      place.signal("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
});

function how(run: Run): string[] {
  return run.events.map(({ result, byEngine }) => `${result}${byEngine ? " by engine" : ""}`);
}

/** A project whose compile waits until its header, a FIFO, is written to. */
function withSlowHeader(place: Place): { readonly feed: () => void } {
  writeFileSync(
    join(place.dir, "x.c"),
    `#include "slow.h"\nint slow${names}(void) { return V; }\n`,
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
function begin(place: Place, words: readonly string[] = COMPILE) {
  return Bun.spawn([kache, ...words], {
    cwd: place.dir,
    env: world.environment(place.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** A compiler that stops itself before it compiles, until it is told to go on. */
const STOPPING_COMPILER = `#include <signal.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) if (strcmp(argv[i], "x.c") == 0) raise(SIGSTOP);
  argv[0] = "gcc";
  return execvp("gcc", argv);
}
`;

function isStopped(pid: number): boolean {
  return readFileSync(`/proc/${pid}/stat`, "utf8").includes(") T ");
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The compilers (their drivers, or those proper) that are at work in a project. */
function compilersIn(place: Place, name = "cc1"): number[] {
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

describe.skipIf(none !== undefined)(`an engine${none === undefined ? "" : ` (${none})`}`, () => {
  test("is started by the first call and serves those after it, hits and misses", async () => {
    const place = new Place();
    expect(how(place.call())).toEqual(["miss"]);
    await waitFor(() => place.sockets().length > 0);
    await waitFor(() => how(place.call())[0] === "local_hit by engine");
    writeFileSync(join(place.dir, "x.c"), "int changed(void) { return 1; }\n");
    expect(how(place.call())).toEqual(["miss by engine"]);
    expect(how(place.call())).toEqual(["local_hit by engine"]);
    expect(how(place.call(COMPILE, { KACHE_ENGINE: "0" }))).toEqual(["local_hit"]);
  });

  test("is started by the questions that come before a build, and then serves its first compile", async () => {
    const place = new Place();
    const asked = place.call(["gcc", "-dumpversion"]);
    expect(asked.stdout).toBe(Bun.spawnSync(["gcc", "-dumpversion"]).stdout.toString());
    await waitFor(() => place.sockets().length > 0);
    expect(how(place.call())).toEqual(["miss by engine"]);
  });

  test("examines a toolchain that is asked a question before anything is compiled by it", async () => {
    const place = new Place();
    await place.start();
    const cache = { KACHE_CACHE_DIR: world.path(`asked${names}`) };
    writeFileSync(join(place.dir, "l.rs"), "pub fn f() {}\n");
    const compile = [
      realRustc,
      "--crate-name",
      "l",
      "--crate-type",
      "lib",
      "--out-dir",
      place.dir,
      "l.rs",
    ];
    const records = () => [
      ...new Bun.Glob("toolchains/*.record").scanSync({ cwd: cache.KACHE_CACHE_DIR }),
    ];
    const asked = place.call([realRustc, "-vV"], cache);
    expect(asked.stdout).toBe(Bun.spawnSync([realRustc, "-vV"]).stdout.toString());
    expect(asked.events).toEqual([]);
    await waitFor(() => existsSync(cache.KACHE_CACHE_DIR) && records().length > 0);
    const before = records();
    expect(how(place.call(compile, cache))).toEqual(["miss by engine"]);
    expect(how(place.call(compile, cache))).toEqual(["local_hit by engine"]);
    expect(records()).toEqual(before);
    // One that comes while it is being examined, with a store that is not empty, finishes that itself.
    rmSync(join(cache.KACHE_CACHE_DIR, "toolchains"), { recursive: true });
    place.call([realRustc, "-vV"], cache);
    expect(how(place.call(compile, cache))).toEqual(["local_hit by engine"]);
    expect(records()).toEqual(before);
  });

  test("leaves what is asked of a disabled kache alone", async () => {
    const place = new Place();
    await place.start();
    const dir = world.path(`disabled${names}`);
    place.call([realRustc, "-vV"], { KACHE_CACHE_DIR: dir, KACHE_DISABLED: "1" });
    place.call();
    expect(existsSync(dir)).toBe(false);
  });

  test("leaves what a process of its own leaves: bytes, mode by the caller's umask, streams, status", async () => {
    const place = new Place();
    await place.start();
    writeFileSync(join(place.dir, "x.c"), "#warning look\nint f(void) { return 2; }\n");
    const words = ["sh", "-c", `umask 027; exec "$@"`, "sh", kache, ...COMPILE];
    const object = join(place.dir, "x.o");
    const seen = (["0", "1", "1"] as const).map((engine) => {
      Bun.spawnSync(["rm", "-f", object]);
      const run = world.run(words, {
        cwd: place.dir,
        env: { ...place.env, KACHE_ENGINE: engine },
      });
      const { exitCode, stdout, stderr } = run;
      const mode = statSync(object).mode & 0o777;
      return {
        how: how(run),
        left: { exitCode, stdout, stderr, mode, bytes: readFileSync(object) },
      };
    });
    expect(seen.map((one) => one.how)).toEqual([
      ["miss"],
      ["local_hit by engine"],
      ["local_hit by engine"],
    ]);
    expect(seen[0]?.left.mode).toBe(0o640);
    expect(seen[0]?.left.stderr).toContain("#warning look");
    expect(seen[1]?.left).toEqual(seen[0]?.left);
  });

  test("shows a failing compile as it is", async () => {
    const place = new Place();
    await place.start();
    writeFileSync(join(place.dir, "x.c"), "int f( {\n");
    const plain = world.run(COMPILE, { cwd: place.dir });
    const run = place.call();
    expect(how(run)).toEqual(["error by engine"]);
    expect({ ...run, events: [] }).toEqual({ ...plain, events: [] });
  });

  test("becomes nobody: a call that passes through is the compiler, with the caller's streams", async () => {
    const place = new Place();
    await place.start();
    const words = ["gcc", "-E", "-P", "-"];
    const run = world.run([kache, ...words], { cwd: place.dir, env: place.env, stdin: "int a;\n" });
    expect(run.stdout).toBe("int a;\n");
    expect(run.exitCode).toBe(0);
  });

  test("of a directory that is open to others is not used", async () => {
    const place = new Place();
    await place.start();
    chmodSync(place.engines, 0o755);
    expect(how(place.call())).toEqual(["local_hit"]);
    chmodSync(place.engines, 0o700);
    expect(how(place.call())).toEqual(["local_hit by engine"]);
  });

  test("does not serve what it would see differently", async () => {
    const place = new Place();
    await place.start();
    expect(how(place.call(COMPILE, { TZ: "Asia/Tokyo" }))).toEqual(["local_hit"]);
    expect(how(place.call(COMPILE, { LD_AUDIT: "/nowhere/x.so" }))).toEqual(["local_hit"]);
    const limited = ["sh", "-c", `ulimit -f 100000; exec "$@"`, "sh", kache, ...COMPILE];
    expect(how(world.run(limited, { cwd: place.dir, env: place.env }))).toEqual(["local_hit"]);
    const nicer = ["nice", "-n", "5", kache, ...COMPILE];
    expect(how(world.run(nicer, { cwd: place.dir, env: place.env }))).toEqual(["local_hit"]);
  });

  test("that is stopped is given up, and serves again when it goes on", async () => {
    const place = new Place();
    await place.start();
    place.signal("SIGSTOP");
    expect(how(place.call())).toEqual(["local_hit"]);
    // Its name is gone: nobody waits for it again.
    expect(place.sockets()).toEqual([]);
    expect(how(place.call())).toEqual(["local_hit"]);
    place.signal("SIGCONT");
    await waitFor(() => how(place.call())[0] === "local_hit by engine");
  });

  test("that dies leaves the compile running, once, and its status standing", async () => {
    const place = new Place();
    await place.start();
    const { feed } = withSlowHeader(place);
    const child = begin(place);
    await waitFor(() => compilersIn(place).length > 0);
    place.signal("SIGKILL");
    expect(compilersIn(place).length).toBe(1);
    feed();
    expect(await child.exited).toBe(0);
    expect(statSync(join(place.dir, "x.o")).size).toBeGreaterThan(0);
  });

  test("that is asked to end while a compiler runs keeps what it makes, and another one serves meanwhile", async () => {
    const place = new Place();
    await place.start();
    const other = `int other${names}(void) { return 0; }\n`;
    writeFileSync(join(place.dir, "other.c"), other);
    const [asked] = place.pids();
    const compiler = join(place.dir, "gcc");
    expect(compileC(STOPPING_COMPILER, compiler)).toBe(true);
    // An engine does not serve the first call of a compiler.
    place.call([compiler, "-c", "other.c"]);
    writeFileSync(join(place.dir, "x.c"), `int kept${names}(void) { return 0; }\n`);
    const child = begin(place, [compiler, ...COMPILE.slice(1)]);
    await waitFor(() => compilersIn(place, "gcc").some(isStopped));
    place.call(["engine", "stop"]);
    const calls = ["gcc", "-c", "other.c", "-o", "other.o"];
    await waitFor(() => place.call(calls).events[0]?.byEngine === true);
    expect(place.pids()).not.toContain(asked);
    const since = world.mark();
    for (const pid of compilersIn(place, "gcc")) process.kill(pid, "SIGCONT");
    expect(await child.exited).toBe(0);
    expect(since().events.map(({ result, byEngine }) => ({ result, byEngine }))).toEqual([
      { result: "miss", byEngine: true },
    ]);
    await waitFor(() => !isAlive(asked));
    // Its successor's names are left alone.
    expect(how(place.call(calls))).toEqual(["local_hit by engine"]);
  });

  test("that dies after the compile leaves its status standing, and nothing is compiled again", async () => {
    const place = new Place();
    await place.start();
    const { feed } = withSlowHeader(place);
    const since = world.mark();
    const child = begin(place);
    await waitFor(() => compilersIn(place).length > 0);
    place.signal("SIGSTOP");
    // A second compile would wait for the header for ever.
    feed();
    await waitFor(() => compilersIn(place).length === 0);
    place.signal("SIGKILL");
    expect(await child.exited).toBe(0);
    expect(statSync(join(place.dir, "x.o")).size).toBeGreaterThan(0);
    expect(since().events).toEqual([]);
  });

  test("ends the compiler with its caller", async () => {
    const place = new Place();
    await place.start();
    const { feed } = withSlowHeader(place);
    const child = begin(place);
    await waitFor(() => compilersIn(place).length > 0);
    expect(compilersIn(place, "gcc").length).toBe(1);
    child.kill("SIGTERM");
    await child.exited;
    expect(child.signalCode).toBe("SIGTERM");
    expect(compilersIn(place, "gcc")).toEqual([]);
    // gcc leaves the compiler proper behind, waiting.
    feed();
  });

  test("frees the key of a caller that was killed", async () => {
    const place = new Place();
    await place.start();
    const { feed } = withSlowHeader(place);
    const child = begin(place);
    await waitFor(() => compilersIn(place).length > 0);
    child.kill("SIGKILL");
    await child.exited;
    // What it had started would read the header as well.
    for (const pid of compilersIn(place)) process.kill(pid, "SIGKILL");
    await waitFor(() => compilersIn(place).length === 0);
    const second = begin(place);
    await waitFor(() => compilersIn(place).length > 0);
    feed();
    expect(await second.exited).toBe(0);
  });

  test("frees the key of a compiler that cannot be started", async () => {
    const place = new Place();
    await place.start();
    const compiler = join(place.dir, "gcc");
    // An ELF file of no machine.
    writeFileSync(compiler, Buffer.concat([Buffer.from("\x7fELF\x02\x01\x01"), Buffer.alloc(200)]));
    chmodSync(compiler, 0o755);
    const words = [compiler, ...COMPILE.slice(1)];
    for (let round = 0; round < 2; round += 1) {
      const run = place.call(words);
      expect(run.exitCode).toBe(126);
      expect(run.events[0]?.passthrough_reason).toMatch(/^compiler spawn failed/);
    }
  });

  test("has two calls of one key compile once", async () => {
    const place = new Place();
    await place.start();
    writeFileSync(join(place.dir, "x.c"), "int twice(void) { return 2; }\n");
    const since = world.mark();
    const both = [begin(place), begin(place, [...COMPILE.slice(0, -1), "y.o"])];
    for (const child of both) expect(await child.exited).toBe(0);
    const results = since().events.map(({ result }) => result);
    expect(results.filter((result) => result === "miss").length).toBe(1);
  });

  test("is listed, and stopped on request; doctor tells", async () => {
    const place = new Place();
    const ask = (...words: string[]) => world.run([kache, ...words], { env: place.env }).stdout;
    expect(ask("engine")).toBe("0 engines running\n");
    await place.start();
    expect(ask("engine")).toMatch(/^1 engine running\n\d+ {2}\/\S+\n$/);
    expect(ask("doctor")).toMatch(/Engine +serves calls \(process \d+\)/);
    expect(ask("engine", "stop")).toBe("1 engine stopped\n");
    await waitFor(() => ask("engine") === "0 engines running\n");
    expect(ask("doctor")).toMatch(/Engine +starts with the next compile/);
    chmodSync(place.engines, 0o755);
    expect(ask("doctor")).toMatch(/Engine +\S+ cannot hold the sockets of this user's engines/);
    expect(world.run([kache, "engine", "halt"], { env: place.env }).exitCode).toBe(2);
    chmodSync(place.engines, 0o700);
  });

  test("hears nonsense and goes on", async () => {
    const place = new Place();
    await place.start();
    const [unix = ""] = place.sockets();
    const zeros = new Uint8Array(24);
    const huge = new Uint8Array(24).fill(255);
    for (const bytes of [
      new Uint8Array(),
      zeros,
      huge,
      new TextEncoder().encode("GET / HTTP/1.1\n\n".repeat(9)),
    ]) {
      const socket = await Bun.connect({ unix, socket: { data: () => undefined } });
      socket.write(bytes);
      await Bun.sleep(20);
      socket.end();
    }
    expect(how(place.call())).toEqual(["local_hit by engine"]);
  });

  test("leaves standard streams closed that were closed", async () => {
    const place = new Place();
    await place.start();
    const closed = ["sh", "-c", `exec "$@" >&- 2>&- <&-`, "sh", kache, ...COMPILE];
    expect(world.run(closed, { cwd: place.dir, env: place.env }).exitCode).toBe(0);
    writeFileSync(join(place.dir, "x.c"), "#warning unheard\nint g(void) { return 3; }\n");
    const run = world.run(closed, { cwd: place.dir, env: place.env });
    expect(run.exitCode).toBe(0);
    expect(how(run)).toEqual(["miss by engine"]);
    expect(place.call().stderr).toContain("unheard");
  });

  test("passes descriptors of the caller on to the compiler", async () => {
    const place = new Place();
    await place.start();
    writeFileSync(join(place.dir, "fd.h"), "#define V 4\n");
    writeFileSync(
      join(place.dir, "x.c"),
      '#include "/proc/self/fd/9"\nint h(void) { return V; }\n',
    );
    const words = ["sh", "-c", `exec 9<fd.h; exec "$@"`, "sh", kache, ...COMPILE];
    const run = world.run(words, { cwd: place.dir, env: place.env });
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toBe("");
  });

  test("is not reached by nested calls, and the compiler's environment is the caller's in its order", async () => {
    const place = new Place();
    await place.start();
    const shown = world.path("shown");
    mkdirSync(shown, { recursive: true });
    const source = `#include <stdio.h>\nextern char **environ;\nint main(int argc, char **argv) {\n  FILE *f = fopen("${shown}/env", "w");\n  for (char **e = environ; *e; e++) fprintf(f, "%s\\n", *e);\n  fclose(f);\n  return argc == 0 || argv == 0;\n}\n`;
    expect(compileC(source, join(shown, "gcc"))).toBe(true);
    const words = [join(shown, "gcc"), "-E", "x.c"];
    const env = { ZED: "1", ALPHA: "2", MIDDLE: "a b=c" };
    place.call(words, env);
    const through = readFileSync(join(shown, "env"), "utf8");
    place.call(words, { ...env, KACHE_ENGINE: "0" });
    const alone = readFileSync(join(shown, "env"), "utf8");
    expect(through).toBe(alone.replace(/^KACHE_ENGINE=0\n/m, ""));
  });
});
