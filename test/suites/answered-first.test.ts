// Calls of an engine that have their answer before the result is stored: what is stored is what the compiler made,
// and nobody who looks finds less.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMPILE, endEngines, how, none, Place } from "../support/engine-place.ts";
import { type Run, type Variables, worldFor } from "../support/rig.ts";
import { kache, realRustc } from "../support/toolchain.ts";

setDefaultTimeout(120_000);

const world = worldFor("answered-first");

afterAll(endEngines);

const COMPILE_TEXT = `"$KACHE" ${COMPILE.join(" ")}`;

/** Runs a script, so that what follows a call follows it at once. */
function script(place: Place, lines: string, env: Variables = {}): Run {
  return world.run(["sh", "-c", lines], {
    cwd: place.dir,
    env: { ...place.env, KACHE: kache, ...env },
  });
}

const answeredFirst = ({ events }: Pick<Run, "events">) =>
  events.map((event) => event.answeredFirst);

// Without an engine nothing is answered first: `none` says in the title why there is none here.
describe.skipIf(none !== undefined)(
  `an answer before the result is stored${none === undefined ? "" : ` (${none})`}`,
  () => {
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

    test("keeps what the compiler made, whatever is done to the object the moment after", async () => {
      const place = await started();
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

    test("is not given where the caller wants to be told, nor to a result of more than a megabyte", async () => {
      const place = await started();
      expect(answeredFirst(place.call(COMPILE, { KACHE_PROGRESS: "1" }))).toEqual([false]);
      writeFileSync(join(place.dir, "x.c"), "char large[2 << 20] = {1};\n");
      const large = place.call();
      expect(how(large)).toEqual(["miss by engine"]);
      expect(answeredFirst(large)).toEqual([false]);
      expect(how(place.call())).toEqual(["local_hit by engine"]);
    });
  },
);
