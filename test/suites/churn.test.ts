// Random changes of a few files, a compile after each: it ends as the compiler alone would end here and
// now, whatever the files' sizes and times say, and also after a change in the middle of a compile.
// A short run with fixed seeds; CHURN_STEPS and CHURN_SEED make longer ones.
import { describe, expect, setDefaultTimeout } from "bun:test";
import {
  chmodSync,
  constants,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { begin, Changes, type Subject } from "../churn/changes.ts";
import { randomFrom } from "../mutation/knobs.ts";
import { type Run, testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { writeTree } from "../support/tree.ts";

const seed = Number(process.env["CHURN_SEED"] ?? 1);
const steps = Number(process.env["CHURN_STEPS"] ?? 60);

setDefaultTimeout(process.env["CHURN_STEPS"] === undefined ? 120_000 : 86_400_000);

const world = worldFor("churn");

/** A unit whose files change, and how it is compiled. */
interface Unit extends Subject {
  readonly name: string;
  /** The compiler that a script stands in front of, and what tells a compile from a query. */
  readonly compiler: string;
  readonly compileWord: string;
  readonly args: readonly string[];
  /** What is compared, byte by byte. */
  readonly output: string;
}

const C_UNIT = (compiler: string): Unit => ({
  name: compiler,
  compiler: Bun.which(compiler) ?? compiler,
  compileWord: "-c",
  args: ["-Ione", "-Itwo", "-Iturning", "-Wall", "-c", "src/x.c", "-o", "x.o"],
  output: "x.o",
  files: [
    {
      path: "src/x.c",
      texts: ["1", "2"].map(
        (n) => `#include "near.h"
#include <far.h>
#include <turned.h>
#if __has_include(<maybe.h>)
#include <maybe.h>
#else
#define MAYBE 0
#endif
__asm__(".incbin \\"data\\"");
int x[] = { ${n}, NEAR, FAR, TURNED, MAYBE };
static int unused;
`,
      ),
    },
    { path: "two/near.h", texts: ["#define NEAR 1\n", "#define NEAR 2\n"] },
    { path: "src/near.h", texts: ["#define NEAR 3\n", "#define NEAR 4\n"], optional: true },
    { path: "one/far.h", texts: ["#define FAR 1\n", "#define FAR 2\n"], optional: true },
    { path: "two/far.h", texts: ["#define FAR 3\n", "#define FAR 4\n", "#error no far.\n"] },
    { path: "one/maybe.h", texts: ["#define MAYBE 1\n"], optional: true },
    { path: "a/turned.h", texts: ["#define TURNED 1\n", "#define TURNED 2\n"] },
    { path: "b/turned.h", texts: ["#define TURNED 3\n", "#define TURNED 4\n"] },
    { path: "data", texts: ["one", "two"] },
  ],
  link: { path: "turning", targets: ["a", "b"] },
  dir: "one",
});

const RUST_UNIT: Unit = {
  name: "rustc",
  compiler: world.rustcPath,
  compileWord: "--crate-name",
  args: [
    ...["--crate-name", "churned", "--edition=2021", "--crate-type=lib", "src/lib.rs"],
    ...["--emit=dep-info,asm", "--out-dir", "."],
  ],
  output: "churned.s",
  files: [
    {
      path: "src/lib.rs",
      texts: ["1", "2"].map(
        (n) => `mod part;
mod near { include!("near.rs"); }
#[path = "../turning/turned.rs"] mod turned;
#[no_mangle] pub static X: [u32; 4] = [${n}, part::N, near::N, turned::N];
#[no_mangle] pub static DATA: &[u8; 3] = include_bytes!("../data");
`,
      ),
    },
    ...["src/part.rs", "src/part/mod.rs", "src/near.rs", "a/turned.rs", "b/turned.rs"].map(
      (path, at) => ({
        path,
        texts: [`pub const N: u32 = ${at}1;\n`, `pub const N: u32 = ${at}2;\n`],
        optional: path === "src/part/mod.rs",
      }),
    ),
    { path: "data", texts: ["one", "two"] },
  ],
  link: { path: "turning", targets: ["a", "b"] },
  dir: "src/part",
};

/** A compiler that waits at a compile, before it and after it, where a pipe of that name says so. */
function patient(dir: string, unit: Unit): string {
  const path = join(dir, "bin", unit.name);
  // Writing waits for a reader, and is no input.
  const wait = (name: string) => `[ -p ${dir}/${name} ] && echo > ${dir}/${name}`;
  const lines = [
    "#!/bin/sh",
    `case " $* " in *" ${unit.compileWord} "*) ;; *) exec ${unit.compiler} "$@" ;; esac`,
    wait("before"),
    `${unit.compiler} "$@"`,
    "status=$?",
    wait("after"),
    "exit $status",
  ];
  writeTree(dir, { [`bin/${unit.name}`]: `${lines.join("\n")}\n` });
  chmodSync(path, 0o755);
  return path;
}

interface Left {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly output: string | undefined;
}

class Churn {
  readonly dir: string;
  readonly #unit: Unit;
  readonly #compiler: string;
  readonly #env: { KACHE_CACHE_DIR: string };

  constructor(unit: Unit, name: string) {
    this.#unit = unit;
    this.dir = world.project(name, {});
    begin(this.dir, unit);
    this.#compiler = patient(this.dir, unit);
    this.#env = { KACHE_CACHE_DIR: `${this.dir}.cache` };
  }

  #left({ exitCode, stderr }: Pick<Run, "exitCode" | "stderr">): Left {
    const path = join(this.dir, this.#unit.output);
    const output = existsSync(path) ? readFileSync(path, "latin1") : undefined;
    rmSync(path, { force: true });
    return { exitCode, stderr, output };
  }

  plainly(): Left {
    return this.#left(world.run([this.#compiler, ...this.#unit.args], { cwd: this.dir }));
  }

  through(): { left: Left; result: string } {
    const words = [kache, this.#compiler, ...this.#unit.args];
    const run = world.run(words, { cwd: this.dir, env: this.#env });
    return { left: this.#left(run), result: run.events[0]?.result ?? "no event" };
  }

  /**
   * Changes something while a compile runs, before or after the compiler reads. Where there is nothing to
   * compile, nobody waits for us.
   */
  async during(when: "before" | "after", afterMs: number, change: () => void): Promise<void> {
    const pipe = join(this.dir, when);
    Bun.spawnSync(["mkfifo", pipe]);
    const words = [kache, this.#compiler, ...this.#unit.args];
    const run = world.start(words, { cwd: this.dir, env: this.#env });
    await Bun.sleep(afterMs);
    change();
    // Not waiting for anybody, and open until nobody can come any more.
    const held = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    await run;
    closeSync(held);
    rmSync(pipe);
    rmSync(join(this.dir, this.#unit.output), { force: true });
  }
}

/** Long enough for digests to be remembered by a file's times. */
const SETTLE_MS = 60;
const DURING_MS_MAX = 80;

async function churn(unit: Unit, ownSeed: number): Promise<void> {
  const one = new Churn(unit, `${unit.name}-${ownSeed}`);
  const changes = new Changes(randomFrom(ownSeed), unit);
  const story: string[] = [];
  const results: Record<string, number> = {};
  for (let step = 1; step <= steps; step += 1) {
    const change = changes.next();
    if (changes.chance(0.15)) {
      const when = changes.pick(["before", "after"] as const);
      const afterMs = changes.pick([0, 0.3, 0.6, 1]) * DURING_MS_MAX;
      story.push(`${change.name}, ${afterMs} ms into a compile that waits ${when} it reads`);
      await one.during(when, afterMs, () => {
        change.apply(one.dir);
      });
    } else {
      story.push(change.name);
      change.apply(one.dir);
    }
    if (changes.chance(0.3)) await Bun.sleep(SETTLE_MS);
    for (const round of changes.chance(0.3) ? [1, 2] : [1]) {
      const { left, result } = one.through();
      results[result] = (results[result] ?? 0) + 1;
      if (!Bun.deepEquals(left, one.plainly())) {
        const told = story.slice(-20).join("\n  ");
        expect([
          left,
          `seed ${ownSeed}, step ${step}.${round}, ${result}, after:\n  ${told}`,
        ]).toEqual([one.plainly(), ""]);
      }
    }
  }
  if (process.env["CHURN_STEPS"] !== undefined) console.error(unit.name, JSON.stringify(results));
  expect(results["local_hit"]).toBeGreaterThan(0);
  expect(results["miss"]).toBeGreaterThan(0);
}

describe(`${steps} random changes of a unit's files, seed ${seed}, serve nothing stale:`, () => {
  for (const unit of [C_UNIT("gcc"), C_UNIT("clang"), RUST_UNIT]) {
    testUnless(missing(unit.name), unit.name, () => churn(unit, seed));
  }
});
