// Compiles for the host's own CPU count by that CPU: another one is what the kernel tells of in a namespace of ours.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { ccOutcome } from "../support/cc-pair.ts";
import { mustSucceed } from "../support/pair.ts";
import { type Run, testUnless, worldFor } from "../support/rig.ts";
import { ask, kache, missing, realRustc } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("native-cpu");
const told = readFileSync("/proc/cpuinfo", "utf8");
writeFileSync(world.path("same"), told);
writeFileSync(world.path("other"), told.replaceAll(/^(flags|Features)(\s*):.*/gm, "$1$2: few"));

/** Where the kernel tells of the CPU what this file says. */
function where(file: string): string[] {
  return [
    "unshare",
    "-m",
    "sh",
    "-c",
    `mount --bind ${world.path(file)} /proc/cpuinfo && exec "$@"`,
  ];
}

const noNamespace =
  ask(...where("other"), "sh", "true") === undefined ? "mounting is not allowed" : undefined;

const C = (compiler: string, ...flags: string[]) => [
  ...[kache, compiler, ...flags, "-c", "src/x.c", "-o", "out/x.o"],
];
const RUST = (...flags: string[]) => [
  ...[kache, ...world.rustcWords({ name: "native", emit: "dep-info,metadata,obj", args: flags })],
  ...["-C", "codegen-units=1"],
];

/** The host's own target under another vendor, which says of itself that it is for the host's CPU. */
function nativeTarget(cpu: string): string {
  const words = [realRustc, "-Zunstable-options", "--print", "target-spec-json"];
  const text = Bun.spawnSync(words, { env: { RUSTC_BOOTSTRAP: "1" } }).stdout.toString();
  const own: unknown = text === "" ? {} : JSON.parse(text);
  return JSON.stringify(Object.assign({}, own, { vendor: "own", "is-builtin": undefined, cpu }));
}
const BARE = (target: string) => [
  ...[kache, realRustc, "--crate-name", "bare", "--crate-type", "lib", "bare.rs"],
  ...["--emit", "dep-info,metadata", "--out-dir", "out", "-Zunstable-options", "--target", target],
];

const rows: readonly (readonly [string, readonly string[], "hits" | "misses"])[] = [
  ["gcc -march=native", C("gcc", "-march=native"), "misses"],
  ["gcc -mtune=native", C("gcc", "-mtune=native"), "misses"],
  ["clang -march=native", C("clang", "-march=native"), "misses"],
  ["gcc -march=x86-64", C("gcc", "-march=x86-64"), "hits"],
  ["rustc -C target-cpu=native", RUST("-C", "target-cpu=native"), "misses"],
  ["rustc -Z tune-cpu=native", RUST("-Z", "tune-cpu=native"), "misses"],
  ["rustc --target of a file for the native CPU", BARE("native.json"), "misses"],
  ["rustc --target of a file", BARE("plain.json"), "hits"],
  ["rustc", RUST(), "hits"],
];

describe("on another CPU", () => {
  for (const [fact, words, second] of rows) {
    const unusable = noNamespace ?? missing("clang");
    testUnless(unusable, `${fact} ${second}`, () => {
      const dir = world.project(fact.replaceAll(/\W+/g, "-"), {
        "src/x.c": "int x;\n",
        "src/lib.rs": "pub fn f() {}\n",
        "bare.rs": "#![feature(no_core)]\n#![no_core]\n",
        "native.json": nativeTarget("native"),
        "plain.json": nativeTarget("x86-64"),
        "out/.keep": "",
      });
      // Projects with the same content share entries.
      const env = { KACHE_KEY_SALT: fact, RUSTC_BOOTSTRAP: "1" };
      const outcome = (command: readonly string[]): string => {
        const run: Run = mustSucceed(world.run(command, { cwd: dir, env }));
        return ccOutcome(run);
      };
      expect([outcome(words), outcome(words)]).toEqual(["misses", "hits"]);
      // A copy has a size, which the kernel's own file has not: both are read to their end.
      expect(outcome([...where("same"), "sh", ...words])).toBe("hits");
      expect(outcome([...where("other"), "sh", ...words])).toBe(second);
    });
  }
});
