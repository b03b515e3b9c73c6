// What changes while the compiler runs: the result is that of before, and must not be served for what is there now.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { begin, compilersIn, endEngines, how, Place } from "../support/engine-place.ts";
import { testUnless, type Variables, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { waitFor } from "../support/wait-for.ts";

setDefaultTimeout(120_000);

const world = worldFor("changed-meanwhile");

afterAll(endEngines);

/** Takes the compiler a second, after it has read its headers. */
const LONG = Array.from(
  { length: 800 },
  (_, i) =>
    `int f${i}(int a) { int r = a; for (int k = 0; k < a; k++) r += k * ${i}; return r; }\n`,
).join("");

const WORDS = ["gcc", "-O1", "-Ia", "-Ib", "-c", "x.c", "-o", "x.o"];
const SETTLED_MS = 200;
const TRIES = 5;
const MODES: readonly (readonly [string, Variables])[] = [
  ["seen by the observer", {}],
  ["with nobody watching", { KACHE_OBSERVE: "0" }],
];

describe("a header that comes to an earlier directory while a file is compiled", () => {
  for (const [fact, env] of MODES) {
    testUnless(missing("gcc"), `counts from then on, ${fact}`, async () => {
      const place = new Place(world);
      const at = (name: string) => join(place.dir, name);
      const plain = () => {
        Bun.spawnSync([...WORDS.slice(0, -1), "plain.o"], { cwd: place.dir });
        return readFileSync(at("plain.o"));
      };
      for (const name of ["a", "b"]) mkdirSync(at(name));
      writeFileSync(at("b/h.h"), "#define V 1\n");
      // One that comes before the compiler looked proves nothing.
      for (let tried = 0; tried < TRIES; tried += 1) {
        rmSync(at("a/h.h"), { force: true });
        writeFileSync(
          at("x.c"),
          `#include "h.h"\nint v${place.number}_${tried}(void) { return V; }\n${LONG}`,
        );
        const before = plain();
        const child = begin(place, WORDS, env);
        await waitFor(() => compilersIn(place).length > 0);
        await Bun.sleep(SETTLED_MS);
        writeFileSync(at("a/h.h"), "#define V 2\n");
        expect(await child.exited).toBe(0);
        if (!readFileSync(at("x.o")).equals(before)) continue;
        const again = place.call(WORDS, env);
        expect(how(again)[0]).toMatch(/^miss/);
        expect(readFileSync(at("x.o"))).toEqual(plain());
        return;
      }
      throw new Error("the header always came before the compiler looked");
    });
  }
});

/** Makes a link lead elsewhere. */
function lead(path: string, target: string): void {
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

type At = (name: string) => string;

/** Ways to two headers of equal age: how the first is laid, and how somebody switches to the second. */
const SWITCHES = [
  {
    what: "a link to a directory",
    lay: (at: At) => {
      lead(at("way"), "a");
    },
    turn: (at: At) => {
      lead(at("way"), "b");
    },
  },
  {
    what: "a link behind a link",
    lay: (at: At) => {
      lead(at("middle"), "a");
      lead(at("way"), "middle");
    },
    turn: (at: At) => {
      lead(at("middle"), "b");
    },
  },
  {
    what: "a link to a header",
    lay: (at: At) => {
      mkdirSync(at("way"), { recursive: true });
      lead(at("way/h.h"), "../a/h.h");
    },
    turn: (at: At) => {
      lead(at("way/h.h"), "../b/h.h");
    },
  },
  {
    what: "a directory that makes place for another",
    lay: (at: At) => {
      renameSync(at("a"), at("way"));
    },
    turn: (at: At) => {
      renameSync(at("way"), at("a"));
      renameSync(at("b"), at("way"));
    },
  },
  {
    what: "a directory that makes place for another, which is then written to,",
    lay: (at: At) => {
      renameSync(at("a"), at("way"));
    },
    turn: (at: At) => {
      renameSync(at("way"), at("a"));
      renameSync(at("b"), at("way"));
      writeFileSync(at("way/other.h"), "");
    },
  },
];

/** What builds and editors do to directories: results are worth keeping all the same. */
const WRITES = [
  {
    what: "a directory of headers",
    write: (at: At) => {
      writeFileSync(at("way/other.h"), "");
    },
  },
  {
    what: "the working directory and the one it lies in",
    write: (at: At) => {
      writeFileSync(at("other.h"), "");
      mkdirSync(at("../beside"), { recursive: true });
    },
  },
];

describe("what is switched while a file is compiled", () => {
  const cases = SWITCHES.flatMap((one, index) =>
    (index === 0 ? MODES : MODES.slice(0, 1)).map(([fact, env]) => ({ ...one, fact, env })),
  );
  for (const { what, lay, turn, fact, env } of cases) {
    testUnless(missing("gcc"), `${what} counts from then on, ${fact}`, async () => {
      const place = new Place(world);
      const at = (name: string) => join(place.dir, name);
      const words = ["gcc", "-O1", "-Iway", "-c", "x.c", "-o", "x.o"];
      for (const name of ["a", "b"]) {
        mkdirSync(at(name));
        writeFileSync(at(`${name}/h.h`), `#define V "header of ${name}"\n`);
      }
      writeFileSync(
        at("x.c"),
        `#include "h.h"\nconst char *v${place.number}(void) { return V; }\n${LONG}`,
      );
      const has = (text: string) => readFileSync(at("x.o")).includes(text);
      lay(at);
      const child = begin(place, words, env);
      await waitFor(() => compilersIn(place).length > 0);
      await Bun.sleep(SETTLED_MS);
      turn(at);
      expect(await child.exited).toBe(0);
      // The compiler had looked by then.
      expect(has("header of a")).toBe(true);
      expect(how(place.call(words, env))[0]).toMatch(/^miss/);
      expect(has("header of b")).toBe(true);
    });
  }

  for (const { what, write } of WRITES) {
    testUnless(missing("gcc"), `${what} that is written to costs no hit`, async () => {
      const place = new Place(world);
      const at = (name: string) => join(place.dir, name);
      mkdirSync(at("way"));
      mkdirSync(at("out"));
      const words = ["gcc", "-O1", "-Iway", "-c", "x.c", "-o", "out/x.o"];
      writeFileSync(at("way/h.h"), "#define V 1\n");
      writeFileSync(at("x.c"), `#include "h.h"\nint v${place.number}(void) { return V; }\n${LONG}`);
      const child = begin(place, words);
      await waitFor(() => compilersIn(place).length > 0);
      await Bun.sleep(SETTLED_MS);
      write(at);
      expect(await child.exited).toBe(0);
      const made = readFileSync(at("out/x.o"));
      expect(how(place.call(words))[0]).toMatch(/^local_hit/);
      expect(readFileSync(at("out/x.o"))).toEqual(made);
    });
  }

  test("a link on the way to a crate's module and to a text counts from then on", async () => {
    const dir = world.project("switched", {
      "a/m.rs": "pub const V: u32 = 1;\n",
      "b/m.rs": "pub const V: u32 = 2;\n",
      "lib.rs": `#[path = "way/m.rs"] pub mod m;\npub const T: &str = include_str!("way/m.rs");\n${Array.from(
        { length: 800 },
        (_, i) =>
          `pub fn f${i}(a: &[u32]) -> u32 { a.iter().map(|x| x * ${i}).filter(|x| x % 3 == 1).sum() }\n`,
      ).join("")}`,
    });
    const at = (name: string) => join(dir, name);
    lead(at("way"), "a");
    const call = { name: "switched", source: "lib.rs", emit: "dep-info,link", args: ["-O"] };
    // From now on the compiler is known, and no longer asked questions first.
    writeFileSync(at("tiny.rs"), "");
    expect(world.rustc(dir, { source: "tiny.rs" }).exitCode).toBe(0);
    const build = world.start([kache, ...world.rustcWords(call)], { cwd: dir });
    await waitFor(() => compilersIn({ dir }, "rustc").length > 0);
    await Bun.sleep(2 * SETTLED_MS);
    lead(at("way"), "b");
    expect((await build).exitCode).toBe(0);
    const has = (text: string) => readFileSync(at("out/libswitched.rlib")).includes(text);
    expect(has("const V: u32 = 1;")).toBe(true);
    expect(world.rustc(dir, call).events.map(({ result }) => result)).toEqual(["miss"]);
    expect(has("const V: u32 = 2;")).toBe(true);
  });
});

describe("a directory that grows after a macro has listed it", () => {
  const LATER_MS = 1200;
  const FILES = {
    "Cargo.toml": '[workspace]\nmembers = ["lists", "macros"]\nresolver = "2"\n',
    "lists/Cargo.toml":
      '[package]\nname = "lists"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nmacros = { path = "../macros" }\n',
    "lists/sql/1.sql": "",
    "lists/src/lib.rs": "pub const COUNT: usize = macros::count!();\n",
    "macros/Cargo.toml":
      '[package]\nname = "macros"\nversion = "0.1.0"\nedition = "2021"\n[lib]\nproc-macro = true\n',
    "macros/src/lib.rs": `#[proc_macro]
pub fn count(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let dir = format!("{}/sql", std::env::var("CARGO_MANIFEST_DIR").unwrap());
    let count = std::fs::read_dir(dir).unwrap().count();
    std::thread::sleep(std::time::Duration::from_millis(${LATER_MS}));
    format!("{count}usize").parse().unwrap()
}
`,
  };

  for (const [index, [fact, env]] of MODES.entries()) {
    test(`is compiled again, ${fact}`, async () => {
      const dir = world.project(`grows${index}`, FILES);
      expect(world.cargo(dir, ["build", "-p", "macros"], env).exitCode).toBe(0);
      const build = world.start(["cargo", "build", "--offline"], {
        cwd: dir,
        env: { ...world.cargoVariables(), ...env },
      });
      await Bun.sleep(LATER_MS / 2);
      writeFileSync(join(dir, "lists/sql/2.sql"), "");
      expect((await build).exitCode).toBe(0);
      rmSync(join(dir, "target"), { recursive: true });
      const again = world.cargo(dir, ["build"], env);
      // The second mode's is one that the first has made.
      expect(
        again.events.filter(({ crate_name }) => crate_name === "lists").map(({ result }) => result),
      ).toEqual([index === 0 ? "miss" : "dup"]);
    });
  }
});
