// Wrappers that are killed, or told to stop, leave no trace, hold nobody up and take their compiler with them.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, readdirSync } from "node:fs";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ccOutcome } from "../support/cc-pair.ts";
import { mustSucceed } from "../support/pair.ts";
import { resultsOf, type RustcCall, testUnless, worldFor } from "../support/rig.ts";
import { rustProjects } from "../support/rust-project.ts";
import { kache, missing } from "../support/toolchain.ts";
import { waitFor } from "../support/wait-for.ts";

setDefaultTimeout(180_000);

const world = worldFor("killed");
const project = rustProjects(world, "killed");

describe("killed wrappers", () => {
  test("leave nothing that spoils a later build, whenever they die", async () => {
    const { dir, call } = project();
    const program: RustcCall = {
      ...call,
      type: "bin",
      source: "src/main.rs",
      emit: "dep-info,link",
    };
    for (const afterMs of [1, 4, 8, 12, 20, 30, 45, 60, 80, 100, 130, 170, 220]) {
      writeFileSync(join(dir, "src/main.rs"), `fn main() { println!("after ${afterMs}"); }\n`);
      const child = Bun.spawn([kache, ...world.rustcWords(program)], {
        cwd: dir,
        env: world.environment(),
        stdio: ["ignore", "ignore", "ignore"],
        detached: true,
      });
      await Bun.sleep(afterMs);
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // It was faster.
      }
      await child.exited;
      for (let round = 0; round < 2; round += 1) {
        const run = mustSucceed(world.rustc(dir, program));
        expect(run.stderr).toBe("");
        expect(world.run([join(dir, "out", call.name ?? "")]).stdout).toBe(`after ${afterMs}\n`);
        if (round === 1) expect(resultsOf(run)).toEqual(["local_hit"]);
      }
    }
  });

  test("free those who wait for their compile", async () => {
    const { dir, call } = project();
    const slow = join(dir, "rustc-slow");
    const body = `case "$*" in *--crate-name*) test -e ${dir}/quick || sleep 30 ;; esac`;
    writeFileSync(slow, `#!/bin/sh\n${body}\nexec ${world.rustcPath} "$@"\n`);
    chmodSync(slow, 0o755);
    const words = [kache, ...world.rustcWords({ ...call, compiler: [slow] })];
    const first = Bun.spawn(words, {
      cwd: dir,
      env: world.environment(),
      stdio: ["ignore", "ignore", "ignore"],
      detached: true,
    });
    await waitFor(() => holdsLock(world.cacheDir));
    const since = world.mark();
    const second = world.start(words, { cwd: dir });
    await Bun.sleep(150);
    expect(since().events).toEqual([]);
    writeFileSync(join(dir, "quick"), "");
    process.kill(-first.pid, "SIGKILL");
    const run = await second;
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(resultsOf(since())).toEqual(["miss"]);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`end their compiler with them on ${signal}`, async () => {
      const { dir, call } = project();
      const path = join(dir, "rustc-patient");
      const query = `case "$*" in *--crate-name*) ;; *) exec ${world.rustcPath} "$@" ;; esac`;
      writeFileSync(path, `#!/bin/sh\n${query}\necho $$ > ${dir}/pid\nexec sleep 60\n`);
      chmodSync(path, 0o755);
      const child = Bun.spawn([kache, ...world.rustcWords({ ...call, compiler: [path] })], {
        cwd: dir,
        env: world.environment(),
        stdio: ["ignore", "ignore", "ignore"],
      });
      await waitFor(() => existsSync(join(dir, "pid")) && pidIn(dir) > 0);
      child.kill(signal);
      await child.exited;
      expect(child.signalCode).toBe(signal);
      await waitFor(() => !existsSync(`/proc/${pidIn(dir)}`)).catch(() => {
        process.kill(pidIn(dir), "SIGKILL");
        throw new Error("the compiler outlived its wrapper");
      });
    });
  }

  test("ignore a hang-up that whoever started them ignores", async () => {
    const { dir, call } = project();
    const path = join(dir, "rustc-patient");
    const query = `case "$*" in *--crate-name*) ;; *) exec ${world.rustcPath} "$@" ;; esac`;
    const wait = `echo $$ > ${dir}/pid\nwhile [ ! -e ${dir}/go ]; do sleep 0.05; done`;
    writeFileSync(path, `#!/bin/sh\n${query}\n${wait}\nexec ${world.rustcPath} "$@"\n`);
    chmodSync(path, 0o755);
    const words = [kache, ...world.rustcWords({ ...call, compiler: [path] })];
    const child = Bun.spawn(["sh", "-c", `trap "" HUP; exec "$@"`, "sh", ...words], {
      cwd: dir,
      env: world.environment(),
      stdio: ["ignore", "ignore", "ignore"],
    });
    await waitFor(() => existsSync(join(dir, "pid")) && pidIn(dir) > 0);
    child.kill("SIGHUP");
    process.kill(pidIn(dir), "SIGHUP");
    writeFileSync(join(dir, "go"), "");
    expect(await child.exited).toBe(0);
  });

  test("whose lock file stayed behind hold nobody up", () => {
    const { dir, call } = project();
    const cold = mustSucceed(world.rustc(dir, call));
    const key = cold.events[0]?.invocation_key ?? "";
    writeFileSync(join(world.cacheDir, "store", `${key}.lock`), "999999\n");
    expect(resultsOf(mustSucceed(world.rustc(dir, call)))).toEqual(["local_hit"]);
    writeFileSync(join(dir, "src/lib.rs"), "pub fn changed() {}\n");
    expect(resultsOf(mustSucceed(world.rustc(dir, call)))).toEqual(["miss"]);
  });

  for (const compiler of ["gcc", "clang"]) {
    testUnless(
      missing(compiler),
      `leave nothing beside the object of ${compiler}, unobserved`,
      async () => {
        const { dir } = project({ "x.c": '#include "pipe.h"\nint x;\n' });
        const pipe = join(dir, "pipe.h");
        Bun.spawnSync(["mkfifo", pipe]);
        const words = [kache, compiler, "-c", "x.c", "-o", "out/x.o"];
        const env = { KACHE_OBSERVE: "0" };
        const child = Bun.spawn(words, {
          cwd: dir,
          env: world.environment(env),
          stdio: ["ignore", "ignore", "ignore"],
        });
        // Opened as soon as the compiler opens it, which then waits for what is written.
        const writer = openSync(pipe, "w");
        child.kill("SIGKILL");
        await child.exited;
        closeSync(writer);
        const left = () => readdirSync(join(dir, "out")).filter((name) => name.includes("kache"));
        expect(left()).toEqual([]);
        rmSync(pipe);
        writeFileSync(pipe, "");
        const outcomes = [1, 2].map(() =>
          ccOutcome(mustSucceed(world.run(words, { cwd: dir, env }))),
        );
        expect([outcomes, left()]).toEqual([["misses", "hits"], []]);
      },
    );
  }
});

function pidIn(dir: string): number {
  return Number.parseInt(readFileSync(join(dir, "pid"), "utf8"), 10) || 0;
}

/** Whether some compile is in flight: its lock file lies in the store. */
function holdsLock(cacheDir: string): boolean {
  const store = join(cacheDir, "store");
  if (!existsSync(store)) return false;
  return [...new Bun.Glob("*.lock").scanSync({ cwd: store })].length > 0;
}
