// Profile-guided optimisation with data that the compiler takes: the profile's content counts, its place does
// not. Counts of a run are written by hand, in LLVM's text form; newer compilers read older indexed files.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { digestFile, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("profiles");
const profdata = ["llvm-profdata", "llvm-profdata-14"].find((name) => Bun.which(name) !== null);
const unavailable = profdata === undefined ? "there is no llvm-profdata" : undefined;

const SOURCE = `#[inline(never)] fn rare(n: u32) -> u32 { n.rotate_left(3) ^ 0x5bd1 }
#[no_mangle] pub fn work(n: u32) -> u32 { if n % 3 == 0 { rare(n) } else { n * 5 + 1 } }
`;
const OPTIMISED = { emit: "link", type: "lib" };

/** The digest of the function's shape, and how many counters it has, as the compiler sees it. */
function shapeOf(project: string): { hash: string; counters: number } {
  const args = ["-O", "-C", "profile-generate"];
  mustSucceed(world.plainRustc(project, { emit: "llvm-ir", outDir: "shape", args }));
  const text = readFileSync(join(project, "shape/tiny.ll"), "utf8");
  const hash = /@__profd_work = [^\n]*? \{ i64 -?\d+, i64 (-?\d+)/.exec(text)?.[1] ?? "";
  const counters = Number(/@__profc_work = [^\n]*?\[(\d+) x i64\]/.exec(text)?.[1]);
  return { hash, counters };
}

/** Writes an indexed profile in which each place in the function was reached so often. */
function writeProfile(project: string, path: string, counts: readonly number[]): void {
  const { hash, counters } = shapeOf(project);
  expect(counters).toBe(counts.length);
  const lines = [":ir", "work", hash, String(counters), ...counts.map(String), ""];
  writeTree(project, { [`${path}.txt`]: lines.join("\n") });
  mustSucceed(world.run([profdata ?? "", "merge", `${path}.txt`, "-o", path], { cwd: project }));
}

testUnless(unavailable, "the counts in a profile count, and lead to other code", () => {
  const dir = world.project("counts", { "src/lib.rs": SOURCE, "data/empty": "" });
  writeProfile(dir, "data/merged.profdata", [1_000_000, 1]);
  const call = { ...OPTIMISED, args: ["-O", "-C", "profile-use=data/merged.profdata"] };
  const build = () => {
    const run = mustSucceed(world.rustc(dir, call));
    const served = digestFile(join(dir, "out/libtiny.rlib"));
    return { outcome: outcomeOf(run), said: run.stderr, served };
  };
  const hot = build();
  expect(hot.said).toBe("");
  expect(build()).toEqual({ ...hot, outcome: "hits" });
  writeProfile(dir, "data/merged.profdata", [1, 1_000_000]);
  const cold = build();
  expect(cold.outcome).toBe("misses");
  expect(cold.served).not.toBe(hot.served);
  writeProfile(dir, "data/merged.profdata", [1_000_000, 1]);
  expect(build()).toEqual({ ...hot, outcome: "hits" });
});

for (const [fact, named, second] of [
  ["the same profile serves another checkout that names it alike", () => "data", "hits"],
  // rustc takes its arguments into the crate's hash: each path has bytes of its own.
  [
    "a profile named by its full path is its checkout's own",
    (dir: string) => `${dir}/data`,
    "misses",
  ],
] as const) {
  testUnless(unavailable, fact, () => {
    const results = ["first", "second/at/another/depth"].map((place) => {
      const source = `${SOURCE}// ${fact}\n`;
      const dir = world.project(`${second}/${place}`, { "src/lib.rs": source, "data/empty": "" });
      writeProfile(dir, "data/merged.profdata", [1_000_000, 1]);
      const args = ["-O", "-C", `profile-use=${named(dir)}/merged.profdata`];
      const run = mustSucceed(world.rustc(dir, { ...OPTIMISED, args }));
      return { outcome: outcomeOf(run), bytes: digestFile(join(dir, "out/libtiny.rlib")) };
    });
    expect(results.map(({ outcome }) => outcome)).toEqual(["misses", second]);
    expect(results[0]?.bytes === results[1]?.bytes).toBe(second === "hits");
  });
}

test("a profile that is not there is the compiler's to complain about", () => {
  const dir = world.project("missing", { "src/lib.rs": SOURCE });
  const args = ["-O", "-C", "profile-use=missing.profdata"];
  const ours = world.rustc(dir, { ...OPTIMISED, args });
  const plain = world.plainRustc(dir, { ...OPTIMISED, args });
  expect([ours.exitCode, ours.stderr]).toEqual([plain.exitCode, plain.stderr]);
  expect(ours.exitCode).not.toBe(0);
  expect(ours.events.map(({ result }) => result)).not.toContain("local_hit");
});
