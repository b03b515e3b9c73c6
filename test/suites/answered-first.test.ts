// Calls of an engine that have their answer before the result is stored: what is stored is what the compiler made,
// and nobody who looks finds less.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
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
import { describeUnless, type Run, type Variables, worldFor } from "../support/rig.ts";
import { kache, realRustc } from "../support/toolchain.ts";
import { waitFor } from "../support/wait-for.ts";

setDefaultTimeout(120_000);

const world = worldFor("answered-first");

afterAll(endEngines);

const COMPILE_TEXT = `"$KACHE" ${COMPILE.join(" ")}`;

/** While a compiler runs, and no core is free, nothing is stored unasked; gives what ends that. */
async function occupied(place: Place): Promise<() => Promise<void>> {
  const { feed } = withSlowHeader(place);
  const waiting = begin(place);
  await waitFor(() => compilersIn(place).length > 0);
  const busy = Array.from({ length: availableParallelism() + 1 }, () =>
    Bun.spawn(["sh", "-c", "while :; do :; done"]),
  );
  return async () => {
    for (const one of busy) one.kill("SIGKILL");
    feed();
    await waiting.exited;
  };
}

/** Runs a script, so that what follows a call follows it at once. */
function script(place: Place, lines: string, env: Variables = {}): Run {
  return world.run(["sh", "-c", lines], {
    cwd: place.dir,
    env: { ...place.env, KACHE: kache, ...env },
  });
}

const answeredFirst = ({ events }: Pick<Run, "events">) =>
  events.map((event) => event.answeredFirst);

// Without an engine nothing is answered first.
describeUnless(none, "an answer before the result is stored", () => {
  /** A project with an engine, and one that compiles something new. */
  async function started(): Promise<Place> {
    const place = new Place(world);
    await place.start();
    writeFileSync(join(place.dir, "x.c"), `int fresh${place.number}(void) { return 1; }\n`);
    return place;
  }

  function plainObject(place: Place) {
    Bun.spawnSync([...COMPILE.slice(0, -1), "plain.o"], { cwd: place.dir });
    return readFileSync(join(place.dir, "plain.o"));
  }

  test("is given to a miss of a small file, and the next call is a hit", async () => {
    const place = await started();
    const first = place.call();
    expect(how(first)).toEqual(["miss by engine"]);
    expect(answeredFirst(first)).toEqual([true]);
    expect(how(place.call())).toEqual(["local_hit by engine"]);
  });

  test.each([
    ["the object", ""],
    ["a large object", "char large[2 << 20] = {1};"],
  ])("keeps what the compiler made, whatever is done to %s the moment after", async (_, more) => {
    const place = await started();
    writeFileSync(join(place.dir, "x.c"), `int patched${place.number};\n${more}\n`);
    const made = script(place, `${COMPILE_TEXT}; printf patched >> x.o`);
    expect(answeredFirst(made)).toEqual([true]);
    expect(how(place.call())).toEqual(["local_hit by engine"]);
    expect(readFileSync(join(place.dir, "x.o"))).toEqual(plainObject(place));
  });

  test("keeps it also where source and object are gone the moment after, as configure's are", async () => {
    const place = await started();
    const source = readFileSync(join(place.dir, "x.c"));
    const made = script(place, `${COMPILE_TEXT}; rm x.o x.c`);
    expect(how(made)).toEqual(["miss by engine"]);
    writeFileSync(join(place.dir, "x.c"), source);
    expect(how(place.call())).toEqual(["local_hit by engine"]);
    expect(readFileSync(join(place.dir, "x.o"))).toEqual(plainObject(place));
  });

  test("is followed by a hit of the same call, by the engine or by its own process", async () => {
    const place = await started();
    const again = `rm x.o; ${COMPILE_TEXT}; rm x.o; KACHE_ENGINE=0 ${COMPILE_TEXT}`;
    const both = script(place, `${COMPILE_TEXT}; ${again}`);
    expect(how(both)).toEqual(["miss by engine", "local_hit by engine", "local_hit"]);
    const fresh = await started();
    const other = script(fresh, `${COMPILE_TEXT}; rm x.o; KACHE_ENGINE=0 ${COMPILE_TEXT}`);
    expect(how(other)).toEqual(["miss by engine", "local_hit"]);
  });

  test("is stored before an engine that is asked to end has ended", async () => {
    const place = await started();
    const made = script(place, `${COMPILE_TEXT}; "$KACHE" engine stop >/dev/null`);
    expect(how(made)).toEqual(["miss by engine"]);
    expect(how(place.call(COMPILE, { KACHE_ENGINE: "0" }))).toEqual(["local_hit"]);
  });

  test("is seen by the commands that follow it", async () => {
    const place = await started();
    const cache = { KACHE_CACHE_DIR: world.path(`seen${place.number}`) };
    const shown = script(place, `${COMPILE_TEXT}; "$KACHE" stats`, cache);
    expect(answeredFirst(shown)).toEqual([true]);
    expect(shown.stdout).toContain("(1 entries,");
  });

  test("is given to a small crate too, with every file in place", async () => {
    const place = await started();
    writeFileSync(join(place.dir, "l.rs"), `pub fn f() -> u32 { ${place.number} }\n`);
    const words = [
      realRustc,
      ...["--crate-name", "l", "--edition=2021", "l.rs", "--crate-type", "lib"],
      ...["--emit", "dep-info,metadata,link", "--out-dir", "."],
    ];
    const made = place.call(words);
    expect(how(made)).toEqual(["miss by engine"]);
    expect(answeredFirst(made)).toEqual([true]);
    const library = readFileSync(join(place.dir, "libl.rlib"));
    const removed = script(place, "rm libl.rlib libl.rmeta l.d");
    expect(removed.exitCode).toBe(0);
    expect(how(place.call(words))).toEqual(["local_hit by engine"]);
    expect(readFileSync(join(place.dir, "libl.rlib"))).toEqual(library);
    expect(readFileSync(join(place.dir, "l.d"), "utf8")).toContain("l.rs");
  });

  test("is not given where the caller wants to be told", async () => {
    const place = await started();
    expect(answeredFirst(place.call(COMPILE, { KACHE_PROGRESS: "1" }))).toEqual([false]);
    expect(how(place.call())).toEqual(["local_hit by engine"]);
  });

  /** A crate of more than a megabyte, and the call that compiles it. */
  function largeCrate(place: Place): {
    readonly words: readonly string[];
    readonly text: string;
  } {
    const bytes = 2_000_000 + place.number;
    writeFileSync(join(place.dir, "l.rs"), `pub static D: [u8; ${bytes}] = [7; ${bytes}];\n`);
    const words = [
      realRustc,
      ...["--crate-name", "l", "--edition=2021", "l.rs", "--crate-type", "lib"],
      ...["--emit", "dep-info,metadata,link", "--out-dir", "."],
    ];
    return { words, text: `"$KACHE" ${words.join(" ")}` };
  }

  const library = (place: Place) => join(place.dir, "libl.rlib");

  /** A program, the calls for the large crate and another one that it reaches it by, and the call that links it. */
  function largeProgram(place: Place, linkSeconds: number) {
    const rustc = (name: string, ...more: readonly string[]) => [
      ...[realRustc, "--crate-name", name, "--edition=2021", `${name}.rs`, "-L", "dependency=."],
      ...more,
    ];
    writeFileSync(join(place.dir, "m.rs"), "pub fn m() -> u8 { l::D[0] }\n");
    const main = `fn main() { println!("${place.number} {}", m::m()) }\n`;
    writeFileSync(join(place.dir, "b.rs"), main);
    const emit = ["--emit", "dep-info,metadata,link", "--crate-type", "lib", "--out-dir", "."];
    mkdirSync(join(place.dir, "out"));
    const linked = rustc("b", "-o", "out/b", "--crate-type", "bin", "--extern", "m=libm.rlib");
    if (linkSeconds > 0) {
      const linker = `#!/bin/sh\nsleep ${linkSeconds}; exec cc "$@"\n`;
      writeFileSync(join(place.dir, "slow-cc"), linker, { mode: 0o755 });
      linked.push("-C", `linker=${place.dir}/slow-cc`);
    }
    const between = rustc("m", ...emit, "--extern", "l=libl.rmeta");
    return { libraries: [largeCrate(place).words, between], linked };
  }

  /** Links a large program of which nothing is stored yet when `then` is called, with how many events there were. */
  async function linkedUnstored(place: Place, then: (before: number) => void) {
    const { libraries, linked } = largeProgram(place, 0);
    const release = await occupied(place);
    const before = world.events().length;
    try {
      for (const words of [...libraries, linked]) expect(await begin(place, words).exited).toBe(0);
      then(before);
    } finally {
      await release();
    }
    return { before, linked };
  }

  /** Why the results of a program's calls were not stored, in the order of the calls. */
  function notStored(before: number): (string | undefined)[] {
    const events = world.events().slice(before);
    return ["l", "m", "b"].map((name) => {
      const event = events.find((one) => one.crate_name === name);
      return event?.not_stored?.replace(/(?:^|(?<= ))\S*\//, "");
    });
  }

  test.each([
    ["is removed", "rm libl.rlib"],
    ["is replaced", "cp libl.rlib other; printf x >> other; mv other libl.rlib"],
    ["gets another name, as cargo's do", "ln libl.rlib other"],
  ])(
    "is given to a crate of any size, and keeps its library where that %s the moment after",
    async (_, change) => {
      const place = await started();
      const { words, text } = largeCrate(place);
      const made = script(place, `${text}; cp libl.rlib made; ${change}`);
      expect(how(made)).toEqual(["miss by engine"]);
      expect(answeredFirst(made)).toEqual([true]);
      expect(script(place, "rm -f libl.rlib").exitCode).toBe(0);
      expect(how(place.call(words))).toEqual(["local_hit by engine"]);
      expect(readFileSync(library(place))).toEqual(readFileSync(join(place.dir, "made")));
    },
  );

  test("is given to a crate of any size, which is not kept where its library is written into", async () => {
    const place = await started();
    const { words, text } = largeCrate(place);
    const made = script(place, `${text}; printf x >> libl.rlib`);
    expect(answeredFirst(made)).toEqual([true]);
    expect(made.events[0]?.not_stored).toBe("libl.rlib could not be stored");
    const size = statSync(library(place)).size;
    expect(how(place.call(words))).toEqual(["miss by engine"]);
    expect(statSync(library(place)).size).toBe(size - 1);
  });

  test.each([
    ["is dated anew, as by cargo check", "touch -d 2020-01-01 libl.rmeta", "local_hit by engine"],
    ["is written into", "printf x | dd of=libl.rmeta conv=notrunc bs=1 2>&1", "miss by engine"],
  ])(
    "is given to large metadata, which is kept for what it was where it %s",
    async (_, change, then) => {
      const place = await started();
      const text = `${place.number}`.padEnd(2_000_000, ".");
      writeFileSync(join(place.dir, "l.rs"), `pub const TEXT: &str = "${text}";\n`);
      const words = [realRustc, "--crate-name", "l", "--edition=2021", "l.rs"];
      words.push("--crate-type", "lib", "--emit", "metadata", "--out-dir", ".");
      const made = script(place, `"$KACHE" ${words.join(" ")}; cp libl.rmeta made; ${change}`);
      expect(answeredFirst(made)).toEqual([true]);
      const metadata = () => readFileSync(join(place.dir, "libl.rmeta"));
      const copy = readFileSync(join(place.dir, "made"));
      expect(copy.length).toBeGreaterThan(1 << 20);
      expect(script(place, "rm libl.rmeta").exitCode).toBe(0);
      expect(how(place.call(words))).toEqual([then]);
      expect(metadata()).toEqual(copy);
    },
  );

  test.each([
    ["is kept too", ":", undefined, "local_hit by engine"],
    [
      "is not kept where it is written anew as well",
      "cat libl.rlib >same; cat same >libl.rlib",
      "libl.rlib changed while the compiler ran",
      "miss by engine",
    ],
  ])("is stored while another compile reads it, whose result %s", async (_, change, why, then) => {
    const place = await started();
    const { libraries, linked } = largeProgram(place, 2);
    const release = await occupied(place);
    const before = world.events().length;
    try {
      for (const words of libraries) expect(await begin(place, words).exited).toBe(0);
      const links = begin(place, linked);
      await Bun.sleep(1000);
      expect(world.events().length).toBe(before);
      expect(script(place, `"$KACHE" stats; ${change}`).exitCode).toBe(0);
      expect(world.events().length).toBe(before + 2);
      expect(await links.exited).toBe(0);
    } finally {
      await release();
    }
    expect(how(script(place, '"$KACHE" stats'))).toEqual([]);
    expect(notStored(before)).toEqual([undefined, undefined, why]);
    expect(how(place.call(linked))).toEqual([then]);
  });

  test("is given to a program whose libraries are not stored yet, and their bytes count", async () => {
    const place = await started();
    const { before, linked } = await linkedUnstored(place, (noted) => {
      expect(world.events().length).toBe(noted);
    });
    expect(how(script(place, '"$KACHE" stats; mv out/b out/made'))).toEqual([]);
    expect(notStored(before)).toEqual([undefined, undefined, undefined]);
    expect(how(place.call(linked))).toEqual(["local_hit by engine"]);
    expect(readFileSync(join(place.dir, "out/b"))).toEqual(
      readFileSync(join(place.dir, "out/made")),
    );
    // Within the data of the large crate, of which the program takes one byte.
    expect(
      script(place, "printf x | dd of=libl.rlib bs=1 seek=1000000 conv=notrunc").exitCode,
    ).toBe(0);
    expect(how(place.call(linked))).toEqual(["dup by engine"]);
  });

  test("is not kept for a program of which a library is written into before that is stored", async () => {
    const place = await started();
    const { before, linked } = await linkedUnstored(place, () => {
      // Not by the rig, which has the engine store what it holds first.
      writeFileSync(library(place), readFileSync(library(place)));
    });
    expect(how(script(place, '"$KACHE" stats'))).toEqual([]);
    expect(notStored(before)).toEqual([
      "libl.rlib could not be stored",
      undefined,
      "libl.rlib changed before the result was stored",
    ]);
    expect(how(place.call(linked))).toEqual(["miss by engine"]);
  });

  test("is given to a program, which is kept as it was where it is stripped the moment after", async () => {
    const place = await started();
    const { libraries, linked } = largeProgram(place, 0);
    for (const words of libraries) expect(place.call(words).exitCode).toBe(0);
    const change =
      "cp out/b out/made; ln out/b out/other; strip -p out/b; cmp out/b out/made >/dev/null";
    const made = script(place, `"$KACHE" ${linked.join(" ")}; ${change}`);
    expect(answeredFirst(made)).toEqual([true]);
    expect(made.exitCode).toBe(1);
    expect(script(place, "rm out/b out/other").exitCode).toBe(0);
    expect(how(place.call(linked))).toEqual(["local_hit by engine"]);
    expect(readFileSync(join(place.dir, "out/b"))).toEqual(
      readFileSync(join(place.dir, "out/made")),
    );
    expect(statSync(join(place.dir, "out/b")).mode).toBe(
      statSync(join(place.dir, "out/made")).mode,
    );
  });

  test("is not given to a large crate where the machine may go when the build is over", async () => {
    const place = await started();
    const { words } = largeCrate(place);
    const made = place.call(words, { CI: "true" });
    expect(how(made)).toEqual(["miss by engine"]);
    expect(answeredFirst(made)).toEqual([false]);
  });

  test("is stored when a core is free, and before that only for who asks", async () => {
    const place = await started();
    const source = join(place.dir, "x.c");
    const release = await occupied(place);
    const before = world.events().length;
    try {
      writeFileSync(source.replace("x.c", "y.c"), `int other${place.number};\n`);
      const other = COMPILE.map((word) => word.replace("x.", "y."));
      expect(await begin(place, other).exited).toBe(0);
      await Bun.sleep(500);
      expect(world.events().length).toBe(before);
      expect(await begin(place, other, { KACHE_ENGINE: "0" }).exited).toBe(0);
      const events = world.events().slice(before);
      expect(events.map(({ result }) => result)).toEqual(["miss", "local_hit"]);
      expect(answeredFirst({ events })).toEqual([true, false]);
    } finally {
      await release();
    }
  });
});
