// A cache that was carried to another machine: files of the compilers and of the system with other devices, inodes and
// times, another home, a checkout at another place. Whoever has the same compiler and headers is served.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ccOutcome } from "../support/cc-pair.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { kache, missing, realRustc, sysroot } from "../support/toolchain.ts";
import type { Files } from "../support/tree.ts";

setDefaultTimeout(60_000);

const world = worldFor("other-machine");

/** Puts another file system over each directory, with some files of which it has copies of its own. */
function mounts(name: string, dirs: readonly string[]): string {
  const each = dirs.map((dir, at) => {
    const own = world.path(name, String(at));
    return `mkdir -p ${own}/upper ${own}/work && mount -t overlay none -o lowerdir=${dir},upperdir=${own}/upper,workdir=${own}/work ${dir}`;
  });
  return each.join(" && ");
}

const tried = Bun.spawnSync(["unshare", "-m", "sh", "-c", mounts("tried", ["/usr"])], {
  stderr: "ignore",
});
const unmountable = tried.exitCode === 0 ? undefined : "file systems cannot be mounted here";

interface Row {
  readonly words: readonly string[];
  readonly files: Files;
  readonly outputs: readonly string[];
}

const OBJECT = ["-g", "-O1", "-MD", "-c", "-o", "x.o"];
const C = { "x.c": "#include <stdio.h>\nint x(void) { return puts(__FILE__); }\n" };
const CPLUSPLUS = { "x.cc": "#include <vector>\nint x() { return std::vector<int>(3).size(); }\n" };
const RUST = { "x.rs": 'pub fn x() -> usize { println!("{}", file!()); 3 }\n' };
const RUSTC = [
  "--crate-name=x",
  "--crate-type=lib",
  "--emit=dep-info,metadata,link",
  "-Cdebuginfo=2",
];

const ROWS: readonly Row[] = [
  { words: ["gcc", ...OBJECT, "x.c"], files: C, outputs: ["x.o", "x.d"] },
  { words: ["g++", ...OBJECT, "x.cc"], files: CPLUSPLUS, outputs: ["x.o", "x.d"] },
  { words: ["clang", ...OBJECT, "x.c"], files: C, outputs: ["x.o", "x.d"] },
  { words: ["clang++", ...OBJECT, "x.cc"], files: CPLUSPLUS, outputs: ["x.o", "x.d"] },
  { words: [realRustc, ...RUSTC, "x.rs"], files: RUST, outputs: ["libx.rlib", "libx.rmeta"] },
];

describe("another machine with the same compiler and headers is served:", () => {
  for (const [number, { words, files, outputs }] of ROWS.entries()) {
    const [compiler = ""] = words;
    testUnless(unmountable ?? missing(compiler), compiler.replace(/^.*\//, ""), () => {
      const here = world.project(`${number}/here`, files);
      const there = world.project(`${number}/at/another/depth`, files);
      const [stored, carried] = [world.path(`${number}/cache`), world.path(`${number}/carried`)];
      const cold = world.run([kache, ...words], { cwd: here, env: { KACHE_CACHE_DIR: stored } });
      expect([cold.exitCode, ccOutcome(cold)]).toEqual([0, "misses"]);
      cpSync(stored, carried, { recursive: true });
      rmSync(stored, { recursive: true });

      const touched = `touch /usr/include/stdio.h "$(readlink -f "$(command -v ${compiler})")"`;
      const script = `${mounts(`machine${number}`, ["/usr", sysroot])} && ${touched} && exec "$@"`;
      const warm = world.run(["unshare", "-m", "sh", "-c", script, "sh", kache, ...words], {
        cwd: there,
        env: { KACHE_CACHE_DIR: carried, HOME: there },
      });
      expect([warm.exitCode, warm.stderr, ccOutcome(warm)]).toEqual([0, cold.stderr, "hits"]);
      for (const name of outputs)
        expect(readFileSync(join(there, name))).toEqual(readFileSync(join(here, name)));
    });
  }
});

testUnless(unmountable, "J21 a store on a file system over another serves", () => {
  const at = world.path("over");
  const places = ["lower", "upper", "work", "cache"].map((name) => `${at}/${name}`).join(" ");
  const over = `mount -t overlay none -o lowerdir=${at}/lower,upperdir=${at}/upper,workdir=${at}/work ${at}/cache`;
  const script = `mkdir -p ${places} && ${over} && exec "$@"`;
  const cwd = world.project("small", C);
  for (let round = 0; round < 2; round += 1) {
    const words = ["unshare", "-m", "sh", "-c", script, "sh", kache, "gcc", ...OBJECT, "x.c"];
    const run = world.run(words, { cwd, env: { KACHE_CACHE_DIR: `${at}/cache` } });
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
  }
  expect(world.events(`${at}/upper`).map(({ result }) => result)).toEqual(["miss", "local_hit"]);
});
