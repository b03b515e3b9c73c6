// Links of ours on PATH and rustc: the linker's name leads to us, and nothing of a link may depend on that.
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { outcomeOf } from "../support/pair.ts";
import { worldFor } from "../support/rig.ts";
import { kache } from "../support/toolchain.ts";

const world = worldFor("shim-links");
const shims = world.path("links");
mkdirSync(shims);
symlinkSync(kache, join(shims, "cc"));
const PATH = `${shims}:${process.env["PATH"] ?? ""}`;

function link(name: string, env = {}) {
  const project = world.project(name, { "src/main.rs": "fn main() {}\n" });
  return world.rustc(project, {
    name: "program",
    type: "bin",
    source: "src/main.rs",
    emit: "dep-info,link",
    env,
  });
}

test("a program linked by way of a link is a hit in another checkout, and without the link", () => {
  const first = link("first", { PATH });
  expect([outcomeOf(first), first.stderr]).toEqual(["misses", ""]);
  expect(outcomeOf(link("at/another/depth", { PATH }))).toBe("hits");
  expect(outcomeOf(link("third"))).toBe("hits");
  expect(existsSync(join(world.path("third"), "out/program"))).toBe(true);
});
