// What calls do when their engine is stopped, killed, asked to end, open to others or spoken to in nonsense, and what
// an engine does when its callers and compilers go.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  begin,
  COMPILE,
  compilersIn,
  endEngines,
  how,
  none,
  Place,
  withSlowHeader,
} from "../support/engine-place.ts";
import { describeUnless, worldFor } from "../support/rig.ts";
import { compileC } from "../support/toolchain.ts";
import { waitFor } from "../support/wait-for.ts";

setDefaultTimeout(120_000);

const world = worldFor("engine-faults");

afterAll(endEngines);

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

describeUnless(none, "an engine", () => {
  test("of a directory that is open to others is not used", async () => {
    const place = new Place(world);
    await place.start();
    chmodSync(place.engines, 0o755);
    expect(how(place.call())).toEqual(["local_hit"]);
    chmodSync(place.engines, 0o700);
    expect(how(place.call())).toEqual(["local_hit by engine"]);
  });

  test("that is stopped is given up, and serves again when it goes on", async () => {
    const place = new Place(world);
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
    const place = new Place(world);
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
    const place = new Place(world);
    await place.start();
    const other = `int other${place.number}(void) { return 0; }\n`;
    writeFileSync(join(place.dir, "other.c"), other);
    const [asked] = place.pids();
    const compiler = join(place.dir, "gcc");
    expect(compileC(STOPPING_COMPILER, compiler)).toBe(true);
    // An engine does not serve the first call of a compiler.
    place.call([compiler, "-c", "other.c"]);
    writeFileSync(join(place.dir, "x.c"), `int kept${place.number}(void) { return 0; }\n`);
    const child = begin(place, [compiler, ...COMPILE.slice(1)]);
    await waitFor(() => compilersIn(place, "gcc").some(isStopped));
    place.call(["engine", "stop"]);
    const calls = ["gcc", "-c", "other.c", "-o", "other.o"];
    await waitFor(() => place.call(calls).events[0]?.byEngine === true);
    expect(place.pids()).not.toContain(asked);
    const since = world.mark();
    for (const pid of compilersIn(place, "gcc")) process.kill(pid, "SIGCONT");
    expect(await child.exited).toBe(0);
    await waitFor(() => since().events.length > 0);
    expect(since().events.map(({ result, byEngine }) => ({ result, byEngine }))).toEqual([
      { result: "miss", byEngine: true },
    ]);
    await waitFor(() => !isAlive(asked));
    // Its successor's names are left alone.
    expect(how(place.call(calls))).toEqual(["local_hit by engine"]);
  });

  test("that dies after the compile leaves its status standing, and nothing is compiled again", async () => {
    const place = new Place(world);
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
    const place = new Place(world);
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
    const place = new Place(world);
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
    const place = new Place(world);
    await place.start();
    const compiler = join(place.dir, "gcc");
    // An ELF file of no machine.
    writeFileSync(compiler, Buffer.concat([Buffer.from("\x7fELF\x02\x01\x01"), Buffer.alloc(200)]));
    chmodSync(compiler, 0o755);
    const words = [compiler, ...COMPILE.slice(1)];
    for (let round = 0; round < 2; round += 1) {
      const run = place.call(words);
      expect(run.exitCode).toBe(126);
      expect(run.events.map((event) => event.passthrough_reason)).toEqual([
        "compiler spawn failed: Exec format error (ENOEXEC)",
      ]);
    }
  });

  test("tells that a compiler cannot be started, once, also behind a wrapper that cannot", async () => {
    const place = new Place(world);
    await place.start();
    const wrapper = join(place.dir, "front");
    writeFileSync(wrapper, "", { mode: 0o644 });
    const absent = "No such file or directory (ENOENT)";
    const cases = [
      { compiler: "no-such-gcc", words: absent, status: 127 },
      { compiler: "/no/such/gcc", words: absent, status: 127 },
      { compiler: wrapper, words: "Permission denied (EACCES)", status: 126 },
    ];
    for (const { compiler, words, status } of cases) {
      for (const env of [{}, { KACHE_FALLBACK: wrapper }]) {
        const run = place.call([compiler, ...COMPILE.slice(1)], env);
        expect(run.stderr).toBe(`kache: cannot run ${compiler}: ${words}\n`);
        expect([run.exitCode, how(run)]).toEqual([status, ["passthrough"]]);
      }
    }
  });

  test("hears nonsense and goes on", async () => {
    const place = new Place(world);
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
});
