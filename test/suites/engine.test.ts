// Calls served by a resident engine: the same results as by their own process.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { begin, COMPILE, endEngines, how, none, Place } from "../support/engine-place.ts";
import { describeUnless, worldFor } from "../support/rig.ts";
import { compileC, kache, realRustc } from "../support/toolchain.ts";
import { waitFor } from "../support/wait-for.ts";

setDefaultTimeout(120_000);

const world = worldFor("engine");

afterAll(endEngines);

describeUnless(none, "an engine", () => {
  test("is started by the first call and serves those after it, hits and misses", async () => {
    const place = new Place(world);
    expect(how(place.call())).toEqual(["miss"]);
    await waitFor(() => place.sockets().length > 0);
    await waitFor(() => how(place.call())[0] === "local_hit by engine");
    writeFileSync(join(place.dir, "x.c"), "int changed(void) { return 1; }\n");
    expect(how(place.call())).toEqual(["miss by engine"]);
    expect(how(place.call())).toEqual(["local_hit by engine"]);
    expect(how(place.call(COMPILE, { KACHE_ENGINE: "0" }))).toEqual(["local_hit"]);
  });

  test("is one, however many calls come first at once", async () => {
    const place = new Place(world);
    const calls = ["a.o", "b.o", "c.o", "d.o"].map((object) =>
      begin(place, [...COMPILE.slice(0, -1), object]),
    );
    for (const call of calls) expect(await call.exited).toBe(0);
    await waitFor(() => how(place.call())[0] === "local_hit by engine");
    expect(place.sockets().length).toBe(1);
    expect(world.run([kache, "engine"], { env: place.env }).stdout).toMatch(/^1 engine running\n/);
  });

  test("is started by the questions that come before a build, and then serves its first compile", async () => {
    const place = new Place(world);
    const asked = place.call(["gcc", "-dumpversion"]);
    expect(asked.stdout).toBe(Bun.spawnSync(["gcc", "-dumpversion"]).stdout.toString());
    await waitFor(() => place.sockets().length > 0);
    expect(how(place.call())).toEqual(["miss by engine"]);
  });

  test("examines a toolchain that is asked a question before anything is compiled by it", async () => {
    const place = new Place(world);
    await place.start();
    const cache = { KACHE_CACHE_DIR: world.path(`asked${place.number}`) };
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
    const place = new Place(world);
    await place.start();
    const dir = world.path(`disabled${place.number}`);
    place.call([realRustc, "-vV"], { KACHE_CACHE_DIR: dir, KACHE_DISABLED: "1" });
    place.call();
    expect(existsSync(dir)).toBe(false);
  });

  test("leaves what a process of its own leaves: bytes, mode by the caller's umask, streams, status", async () => {
    const place = new Place(world);
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
    const place = new Place(world);
    await place.start();
    writeFileSync(join(place.dir, "x.c"), "int f( {\n");
    const plain = world.run(COMPILE, { cwd: place.dir });
    const run = place.call();
    expect(how(run)).toEqual(["error by engine"]);
    expect({ ...run, events: [] }).toEqual({ ...plain, events: [] });
  });

  test("becomes nobody: a call that passes through is the compiler, with the caller's streams", async () => {
    const place = new Place(world);
    await place.start();
    const words = ["gcc", "-E", "-P", "-"];
    const run = world.run([kache, ...words], { cwd: place.dir, env: place.env, stdin: "int a;\n" });
    expect(run.stdout).toBe("int a;\n");
    expect(run.exitCode).toBe(0);
  });

  test("does not serve what it would see differently", async () => {
    const place = new Place(world);
    await place.start();
    expect(how(place.call(COMPILE, { TZ: "Asia/Tokyo" }))).toEqual(["local_hit"]);
    expect(how(place.call(COMPILE, { LD_AUDIT: "/nowhere/x.so" }))).toEqual(["passthrough"]);
    const limited = ["sh", "-c", `ulimit -f 100000; exec "$@"`, "sh", kache, ...COMPILE];
    expect(how(world.run(limited, { cwd: place.dir, env: place.env }))).toEqual(["local_hit"]);
    const nicer = ["nice", "-n", "5", kache, ...COMPILE];
    expect(how(world.run(nicer, { cwd: place.dir, env: place.env }))).toEqual(["local_hit"]);
  });

  test("has two calls of one key compile once", async () => {
    const place = new Place(world);
    await place.start();
    writeFileSync(join(place.dir, "x.c"), "int twice(void) { return 2; }\n");
    const since = world.mark();
    const both = [begin(place), begin(place, [...COMPILE.slice(0, -1), "y.o"])];
    for (const child of both) expect(await child.exited).toBe(0);
    const results = since().events.map(({ result }) => result);
    expect(results.filter((result) => result === "miss").length).toBe(1);
  });

  test("maps the table of digests once for all calls, and another one where the cache was removed", async () => {
    const place = new Place(world);
    const cache = world.path(`mapped${place.number}`);
    const env = { KACHE_CACHE_DIR: cache };
    await place.start();
    const tables = () => {
      const maps = place.pids().map((pid) => readFileSync(`/proc/${pid}/maps`, "utf8"));
      return maps
        .join("")
        .split("\n")
        .filter((line) => line.includes(`${cache}/digests-`));
    };
    const calls = [1, 2, 3, 4, 5, 6].flatMap(() => how(place.call(COMPILE, env)));
    expect(calls.slice(1)).toEqual(calls.slice(1).map(() => "local_hit by engine"));
    // The one that the first call made, and the one of all later calls.
    expect(tables().length).toBeLessThanOrEqual(2);
    rmSync(cache, { recursive: true });
    expect(how(place.call(COMPILE, env))).toEqual(["miss by engine"]);
    expect(how(place.call(COMPILE, env))).toEqual(["local_hit by engine"]);
    expect(tables().some((line) => !line.endsWith("(deleted)"))).toBe(true);
  });

  test("is listed, and stopped on request; doctor tells", async () => {
    const place = new Place(world);
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

  test("leaves standard streams closed that were closed", async () => {
    const place = new Place(world);
    await place.start();
    const closed = ["sh", "-c", `exec "$@" >&- 2>&- <&-`, "sh", kache, ...COMPILE];
    expect(world.run(closed, { cwd: place.dir, env: place.env }).exitCode).toBe(0);
    writeFileSync(join(place.dir, "x.c"), "#warning unheard\nint g(void) { return 3; }\n");
    const run = world.run(closed, { cwd: place.dir, env: place.env });
    expect(run.exitCode).toBe(0);
    // What would be lost is the compiler's to find.
    expect(how(run)).toEqual(["passthrough"]);
    const unfed = ["sh", "-c", 'exec "$@" <&-', "sh", kache, ...COMPILE];
    const heard = world.run(unfed, { cwd: place.dir, env: place.env });
    expect(how(heard)).toEqual(["miss by engine"]);
    expect(heard.stderr).toContain("unheard");
  });

  test("passes descriptors of the caller on to the compiler", async () => {
    const place = new Place(world);
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
    const place = new Place(world);
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
