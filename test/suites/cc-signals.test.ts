// Signals during a compile and the jobserver: whoever is told to stop stops, with the compiler.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMPILE } from "../support/cc-words.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { waitFor } from "../support/wait-for.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-signals");

/** A compiler with something added: a script around the real one. */
const around = (body: string): string => `#!/bin/sh\n${body}\n`;

/** A compiler that takes its time over one source, and says when it started. */
function slowCompiler(name: string): { dir: string; words: string[]; started: () => boolean } {
  const dir = world.project(name, {
    "x.c": `const char *x(void) { return "${name}"; }\n`,
    "bin/gcc": around(
      `case "$*" in *x.c*) /usr/bin/gcc "$@" || exit; echo $$ > pid; exec sleep 30 ;; esac\nexec /usr/bin/gcc "$@"`,
    ),
  });
  chmodSync(join(dir, "bin/gcc"), 0o755);
  return { dir, words: [kache, join(dir, "bin/gcc"), ...COMPILE], started: () => pidIn(dir) > 0 };
}

const pidIn = (dir: string): number =>
  existsSync(join(dir, "pid"))
    ? Number.parseInt(readFileSync(join(dir, "pid"), "utf8"), 10) || 0
    : 0;

describe("signals during a compile", () => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    test(`I15 ${signal} ends the compiler too, and nothing is stored`, async () => {
      const { dir, words, started } = slowCompiler(`signal-${signal}`);
      const env = world.environment();
      const child = Bun.spawn(words, { cwd: dir, env, stdio: ["ignore", "ignore", "ignore"] });
      await waitFor(started);
      child.kill(signal);
      await child.exited;
      expect(child.signalCode).toBe(signal);
      await waitFor(() => !existsSync(`/proc/${pidIn(dir)}`));
      writeFileSync(join(dir, "bin/gcc"), around('exec /usr/bin/gcc "$@"'));
      const again = world.run(words, { cwd: dir });
      expect([again.exitCode, again.stderr]).toEqual([0, ""]);
      expect(again.events.map(({ result }) => result)).not.toEqual(["local_hit"]);
    });
  }

  test("I16 SIGKILL leaves a cache that can be read", async () => {
    const { dir, words, started } = slowCompiler("signal-kill");
    const env = world.environment();
    const child = Bun.spawn(words, { cwd: dir, env, stdio: ["ignore", "ignore", "ignore"] });
    await waitFor(started);
    child.kill("SIGKILL");
    await child.exited;
    process.kill(pidIn(dir), "SIGKILL");
    const plain = [kache, "gcc", ...COMPILE];
    expect(world.run(plain, { cwd: dir }).events.map(({ result }) => result)).toEqual(["miss"]);
    expect(world.run(plain, { cwd: dir }).events.map(({ result }) => result)).toEqual([
      "local_hit",
    ]);
    expect(world.run([kache, "doctor"], { cwd: dir }).stderr).toBe("");
  });

  for (const ms of [5, 15, 30, 45, 60, 90]) {
    test(`I16 SIGKILL after ${ms} ms leaves a cache that can be read`, async () => {
      const dir = world.project(`kill-${ms}`, {
        "x.c": `#include <stdio.h>\nint x(void) { return ${ms}; }\n`,
      });
      const words = [kache, "gcc", ...COMPILE];
      const child = Bun.spawn(words, {
        cwd: dir,
        env: world.environment(),
        stdio: ["ignore", "ignore", "ignore"],
      });
      await Bun.sleep(ms);
      child.kill("SIGKILL");
      await child.exited;
      for (let round = 0; round < 2; round += 1) {
        const run = world.run(words, { cwd: dir });
        expect([run.exitCode, run.stderr]).toEqual([0, ""]);
      }
      expect(world.run(words, { cwd: dir }).events.map(({ result }) => result)).toEqual([
        "local_hit",
      ]);
      const object = readFileSync(join(dir, "x.o"));
      expect(world.run(["gcc", ...COMPILE], { cwd: dir }).exitCode).toBe(0);
      expect(object.equals(readFileSync(join(dir, "x.o")))).toBe(true);
    });
  }
});

testUnless(missing("make"), "the jobserver's tokens reach a compiler that runs make", () => {
  const dir = world.project("jobs", {
    Makefile: `all:\n\t+@${kache} ./bin/gcc -c x.c -o x.o\n`,
    "x.c": "int x;\n",
    "bin/gcc": around(
      'case "$*" in *x.c*) printf "%s\\n" "$MAKEFLAGS" > flags ;; esac\nexec /usr/bin/gcc "$@"',
    ),
  });
  chmodSync(join(dir, "bin/gcc"), 0o755);
  const run = world.run(["make", "-j2"], { cwd: dir });
  expect([run.exitCode, run.stderr]).toEqual([0, ""]);
  expect(readFileSync(join(dir, "flags"), "utf8")).toContain("jobserver");
});
