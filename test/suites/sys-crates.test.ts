// A crate that compiles C in its build script, in two checkouts: what runs in the second is counted from
// outside, by process. `npm run prove:sys` does the same with larger ones.
import { expect, setDefaultTimeout } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { buildInstruments, recordExecs } from "../../bench/measure.ts";
import {
  differingArtifacts,
  isLinkedArtifact,
  readArtifacts,
} from "../../scripts/prove/artifacts.ts";
import { sortCompiles } from "../../scripts/prove-sys/compiles.ts";
import { projectFiles, SYS_CRATES } from "../../scripts/prove-sys/crates.ts";
import { mustSucceed } from "../support/pair.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";

setDefaultTimeout(600_000);

const world = worldFor("sys-crates");
const crate = SYS_CRATES.find(({ name }) => name === "libz-sys");
const first = world.path("project");
const unavailable =
  missing("cc") ?? world.unfetchable("project", crate === undefined ? {} : projectFiles(crate));

/** The variables that put kache in front of the C compiler. */
function variablesOf(way: string): Record<string, string> {
  const cache = { KACHE_CACHE_DIR: world.path(`${way}-cache`) };
  if (way === "CC") return { ...cache, CC: `${kache} cc`, CXX: `${kache} c++` };
  const shims = world.path("shims");
  mustSucceed(world.run([kache, "shims", "--dir", shims]));
  return { ...cache, PATH: `${shims}:${process.env["PATH"] ?? ""}` };
}

for (const way of ["CC", "shims"]) {
  testUnless(unavailable, `libz-sys is compiled once for two checkouts, by ${way}`, async () => {
    const instruments = await buildInstruments(world.path(`${way}-instruments`));
    const places = ["one", "other/at/another/depth"].map((at) => world.path(way, at, "project"));
    const env = { ...variablesOf(way), RUSTC_WRAPPER: kache, CARGO_INCREMENTAL: "0" };
    const built = [];
    for (const cwd of places) {
      cpSync(first, cwd, { recursive: true });
      const environment = world.environment(env);
      const argv = ["cargo", "build", "--offline"];
      const execs = await recordExecs(instruments, { argv, cwd, environment });
      mustSucceed(world.run([join(cwd, "target/debug/uses-it")], { cwd }));
      built.push(execs === undefined ? undefined : sortCompiles(execs));
    }
    const [cold, warm] = built;
    expect(cold?.objects.length ?? 15).toBe(15);
    expect([warm?.objects, warm?.preprocessed, warm?.crates].flatMap((one) => one ?? [])).toEqual(
      [],
    );
    const [one, other] = await Promise.all(
      places.map((at) => readArtifacts(join(at, "target"), isLinkedArtifact)),
    );
    expect(one!.size).toBeGreaterThan(3);
    expect(differingArtifacts(one!, other!)).toEqual([]);
  });
}
