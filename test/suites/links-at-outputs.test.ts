// What lies at an output's place when a compile is served: rustc writes some kinds of outputs into the file that is
// there, also where a link leads to it, and replaces others. A hit does as rustc does or leaves it to rustc.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, linkSync, lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type Run, type RustcCall, worldFor } from "../support/rig.ts";
import { rustProjects } from "../support/rust-project.ts";

setDefaultTimeout(120_000);

const world = worldFor("links-at-outputs");
const project = rustProjects(world, "linked");

const OLD = "what was there before\n";

/** What lies at an output's place. */
type There = "file" | "hard link" | "link" | "dangling link" | "link to a directory" | "directory";

function lay(dir: string, path: string, there: There): void {
  const place = join(dir, path);
  const behind = join(dir, "behind");
  for (const one of [place, behind]) rmSync(one, { recursive: true, force: true });
  if (there === "directory") mkdirSync(place);
  if (there === "link to a directory") mkdirSync(behind);
  if (there === "file") writeFileSync(place, OLD);
  if (there === "hard link" || there === "link") writeFileSync(behind, OLD);
  if (there === "hard link") linkSync(behind, place);
  else if (there.includes("link")) symlinkSync(behind, place);
}

/** Whether a file is there, and whether it is the old one's bytes. */
function stateOf(path: string): "none" | "old" | "new" {
  if (!existsSync(path) || !statSync(path).isFile()) return "none";
  return readFileSync(path, "latin1") === OLD ? "old" : "new";
}

/** How a call ended and what it left: at the place, and behind it. */
function left(dir: string, path: string, { exitCode, stderr }: Run) {
  const place = join(dir, path);
  const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink();
  return { exitCode, stderr, isLink, place: stateOf(place), behind: stateOf(join(dir, "behind")) };
}

const INTO = ["asm", "dep-info", "llvm-bc", "llvm-ir", "mir", "obj"];
const THERE: readonly There[] = [
  "file",
  "hard link",
  "link",
  "dangling link",
  "link to a directory",
  "directory",
];

/** Whether the outcome must be a hit: links that nothing replaces, and directories, are rustc's. */
function served(kind: string, there: There): boolean {
  if (there === "file" || there === "hard link") return true;
  return there === "link" && !INTO.includes(kind);
}

describe("an output of a hit comes to lie as rustc lays it", () => {
  for (const kind of [...INTO, "metadata", "link"]) {
    for (const there of THERE) {
      test(`${kind} where there is a ${there}`, () => {
        const { dir, call } = project();
        const path = "out/x";
        const args = ["-Ccodegen-units=1", `--remap-path-prefix=${dir}=/p`];
        const emit = `${kind}=${path}`;
        const one: RustcCall = { ...call, emit, args, outDir: undefined };
        expect(outcomeOf(mustSucceed(world.rustc(dir, one)))).toBe("misses");
        const stored = readFileSync(join(dir, path));
        lay(dir, path, there);
        const plain = left(dir, path, world.plainRustc(dir, one));
        lay(dir, path, there);
        const run = world.rustc(dir, one);
        expect(left(dir, path, run)).toEqual(plain);
        expect(run.events[0]?.result === "local_hit").toBe(served(kind, there));
        if (run.exitCode === 0) expect(readFileSync(join(dir, path)).equals(stored)).toBe(true);
      });
    }
  }
});

test("a miss writes into a file that has a second link, where rustc does", () => {
  const { dir, call } = project();
  const path = "out/x.d";
  const one: RustcCall = { ...call, emit: `metadata,dep-info=${path}` };
  mkdirSync(join(dir, "out"), { recursive: true });
  lay(dir, path, "hard link");
  expect(outcomeOf(mustSucceed(world.rustc(dir, one)))).toBe("misses");
  expect([stateOf(join(dir, path)), stateOf(join(dir, "behind"))]).toEqual(["new", "new"]);
});

test("a program replaces a link to another, and goes where a dangling one lets the linker", () => {
  const { dir, call } = project();
  const path = "out/program";
  const args = ["-o", path];
  const shape = { ...call, type: "bin", source: "src/main.rs", emit: "link", outDir: undefined };
  const one: RustcCall = { ...shape, args };
  expect(outcomeOf(mustSucceed(world.rustc(dir, one)))).toBe("misses");
  const outcomes = (["link", "dangling link"] as const).map((there) => {
    lay(dir, path, there);
    const outcome = outcomeOf(mustSucceed(world.rustc(dir, one)));
    const behind = join(dir, "behind");
    const kept = existsSync(behind) && statSync(behind).isFile();
    return [outcome === "hits", lstatSync(join(dir, path)).isFile(), kept];
  });
  expect(outcomes).toEqual([
    [true, true, true],
    [false, true, false],
  ]);
});
