// Compiles for the host's own CPU count by that CPU: another one is what the kernel tells of in a namespace of ours.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { ccOutcome } from "../support/cc-pair.ts";
import { mustSucceed } from "../support/pair.ts";
import { type Run, testUnless, worldFor } from "../support/rig.ts";
import { ask, kache, missing } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("native-cpu");
const other = world.path("cpuinfo");
writeFileSync(
  other,
  readFileSync("/proc/cpuinfo", "utf8").replaceAll(/^(flags|Features)(\s*):.*/gm, "$1$2: few"),
);
const ELSEWHERE = ["unshare", "-m", "sh", "-c", `mount --bind ${other} /proc/cpuinfo && exec "$@"`];

const noNamespace =
  ask(...ELSEWHERE, "sh", "true") === undefined ? "mounting is not allowed" : undefined;

const C = (compiler: string, ...flags: string[]) => [
  ...[kache, compiler, ...flags, "-c", "src/x.c", "-o", "out/x.o"],
];
const RUST = (...flags: string[]) => [
  ...[kache, ...world.rustcWords({ name: "native", emit: "dep-info,metadata,obj", args: flags })],
  ...["-C", "codegen-units=1"],
];

const rows: readonly (readonly [string, readonly string[], "hits" | "misses"])[] = [
  ["gcc -march=native", C("gcc", "-march=native"), "misses"],
  ["gcc -mtune=native", C("gcc", "-mtune=native"), "misses"],
  ["clang -march=native", C("clang", "-march=native"), "misses"],
  ["gcc -march=x86-64", C("gcc", "-march=x86-64"), "hits"],
  ["rustc -C target-cpu=native", RUST("-C", "target-cpu=native"), "misses"],
  ["rustc -Z tune-cpu=native", RUST("-Z", "tune-cpu=native"), "misses"],
  ["rustc", RUST(), "hits"],
];

describe("on another CPU", () => {
  for (const [fact, words, second] of rows) {
    const unusable = noNamespace ?? missing("clang");
    testUnless(unusable, `${fact} ${second}`, () => {
      const dir = world.project(fact.replaceAll(/\W+/g, "-"), {
        "src/x.c": "int x;\n",
        "src/lib.rs": "pub fn f() {}\n",
        "out/.keep": "",
      });
      // Projects with the same content share entries.
      const env = { KACHE_KEY_SALT: fact, RUSTC_BOOTSTRAP: "1" };
      const outcome = (command: readonly string[]): string => {
        const run: Run = mustSucceed(world.run(command, { cwd: dir, env }));
        return ccOutcome(run);
      };
      expect([outcome(words), outcome(words)]).toEqual(["misses", "hits"]);
      expect(outcome([...ELSEWHERE, "sh", ...words])).toBe(second);
    });
  }
});
