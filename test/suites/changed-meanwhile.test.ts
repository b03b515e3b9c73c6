// What changes while the compiler runs: the result is that of before, and must not be served for what is there now.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { begin, compilersIn, endEngines, how, Place } from "../support/engine-place.ts";
import { testUnless, type Variables, worldFor } from "../support/rig.ts";
import { missing } from "../support/toolchain.ts";
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

describe("a header that comes to an earlier directory while a file is compiled", () => {
  const modes: readonly (readonly [string, Variables])[] = [
    ["seen by the observer", {}],
    ["with nobody watching", { KACHE_OBSERVE: "0" }],
  ];
  for (const [fact, env] of modes) {
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

  test("is compiled again", async () => {
    const dir = world.project("grows", FILES);
    expect(world.cargo(dir, ["build", "-p", "macros"]).exitCode).toBe(0);
    const build = world.start(["cargo", "build", "--offline"], {
      cwd: dir,
      env: world.cargoVariables(),
    });
    await Bun.sleep(LATER_MS / 2);
    writeFileSync(join(dir, "lists/sql/2.sql"), "");
    expect((await build).exitCode).toBe(0);
    rmSync(join(dir, "target"), { recursive: true });
    const again = world.cargo(dir, ["build"]);
    expect(
      again.events.filter(({ crate_name }) => crate_name === "lists").map(({ result }) => result),
    ).toEqual(["miss"]);
  });
});
