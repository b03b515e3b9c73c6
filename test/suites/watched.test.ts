// Watching must not change what is watched: a graph with every crate type, a macro, build scripts and C is
// built with the observer, without it, and by cargo alone, all in the same place.
import { expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, renameSync } from "node:fs";
import { join } from "node:path";
import { differingArtifacts, readArtifacts } from "../../scripts/prove/artifacts.ts";
import { mustSucceed } from "../support/pair.ts";
import { type Variables, worldFor } from "../support/rig.ts";

setDefaultTimeout(120_000);

const world = worldFor("watched");
const SOURCE = join(import.meta.dir, "../proof/kinds");

const ARGUMENTS = ["build", "--workspace", "--all-targets", "--locked"];

/** Builds in one place with an empty cache and moves the target directory away. */
async function build(name: string, env: Variables | "plainly") {
  const project = world.path("project");
  cpSync(SOURCE, project, { recursive: true });
  // Incremental state would be cargo's alone.
  const both = { CARGO_INCREMENTAL: "0" };
  const plainly = { cwd: project, env: { ...both, RUSTC: world.rustcPath } };
  const own = { ...both, KACHE_CACHE_DIR: world.path(`cache-${name}`) };
  const run =
    env === "plainly"
      ? world.run(["cargo", ...ARGUMENTS, "--offline"], plainly)
      : world.cargo(project, ARGUMENTS, { ...own, ...env });
  mustSucceed(run);
  const kept = world.path(name);
  renameSync(join(project, "target"), kept);
  return {
    stderr: run.stderr
      .replaceAll(/\d+\.\d+s/g, "…s")
      .split("\n")
      // Of another cargo on the machine.
      .filter((line) => !line.includes("Blocking waiting for file lock"))
      .sort(),
    artifacts: new Map([...(await readArtifacts(kept))].filter(([path]) => !CARGOS.test(path))),
  };
}

/** Make rules of cargo's own: which of a library's units writes them last is chance. */
const CARGOS = /^debug\/[^/]+\.d$/;

test("watched compiles say and make what those that nobody watches do", async () => {
  const watched = await build("watched", {});
  const unwatched = await build("unwatched", { KACHE_OBSERVE: "0" });
  expect(watched.artifacts.size).toBeGreaterThan(50);
  expect(differingArtifacts(watched.artifacts, unwatched.artifacts)).toEqual([]);
  expect(unwatched.stderr).toEqual(watched.stderr);
});

test("with paths left alone, watched compiles make what cargo alone does", async () => {
  const watched = await build("unmapped", { KACHE_RUSTC_PATH_NORMALIZE: "0" });
  const plain = await build("plain", "plainly");
  expect(differingArtifacts(watched.artifacts, plain.artifacts)).toEqual([]);
  expect(plain.stderr).toEqual(watched.stderr);
});
