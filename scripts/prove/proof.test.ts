// What the proof counts and compares, without any build.
import { expect, test } from "bun:test";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { differingArtifacts, readArtifacts, withoutPlaces } from "./artifacts.ts";
import { withSection } from "./document.ts";
import { sortSpawns } from "./spawns.ts";
import { decodeCell } from "./state.ts";

const exec = (argv: string[], environment: Record<string, string> = {}) => ({
  argv,
  cwd: "/",
  environment,
});
const UNIT = { CARGO_CRATE_NAME: "part", CARGO_PKG_NAME: "part" };

test("a compile of cargo's counts, its queries and a build script's probes do not", () => {
  const found = sortSpawns(
    [
      exec(["/kache", "rustc", "--crate-name", "part"], UNIT),
      exec(["/kache", "rustc", "-vV"]),
      exec(["/bin/rustc", "--crate-name", "part"], UNIT),
      exec(["/toolchain/bin/rustc", "--crate-name", "part"], UNIT),
      exec(["/bin/rustc", "-", "--crate-name", "___", "--print=file-names"]),
      exec(["/bin/rustc", "--crate-name=probe", "-"], { CARGO_PKG_NAME: "owner" }),
    ],
    "/kache",
  );
  expect(found).toEqual({ units: 1, wrappers: 2, compiled: ["part"], probes: ["owner: probe"] });
});

test("a file that is missing on one side differs", () => {
  const left = new Map([
    ["debug/a", "1"],
    ["debug/b", "1"],
  ]);
  expect(differingArtifacts(left, new Map([["debug/a", "2"]]))).toEqual(["debug/a", "debug/b"]);
});

test("make rules and build scripts' output are not compared between checkouts", () => {
  const names = ["debug/a.d", "debug/build/p-1/out/x", "debug/build/p-1/output", "debug/a"];
  const kept = withoutPlaces(new Map(names.map((name) => [name, "1"])));
  expect([...kept.keys()]).toEqual(["debug/a"]);
});

test("cargo's own make rules are compared by what they list, what has a name drawn at random not at all", async () => {
  const target = await mkdtemp(join(tmpdir(), "proof-"));
  const differing = async (name: string, left: string, right: string) => {
    const pictures = [];
    for (const text of [left, right]) {
      await mkdir(dirname(join(target, name)), { recursive: true });
      await writeFile(join(target, name), text);
      pictures.push(await readArtifacts(target));
    }
    return differingArtifacts(pictures[0] ?? new Map(), pictures[1] ?? new Map());
  };
  try {
    expect(await differing("debug/libp.d", "/libp.so: a b\n", "/libp.rlib: a b\n")).toEqual([]);
    expect(await differing("debug/libp.d", "/p: a b\n", "/p: a c\n")).toEqual(["debug/libp.d"]);
    expect(await differing("debug/deps/p.d", "/p: a\n", "/q: a\n")).toEqual(["debug/deps/p.d"]);
    const out = "debug/build/p-1/out";
    expect(await differing(`${out}/autocfg_45cf228b8bb20253_0.ll`, "a", "b")).toEqual([]);
    expect(await differing(`${out}/made.ll`, "a", "b")).toEqual([`${out}/made.ll`]);
  } finally {
    await rm(target, { recursive: true, force: true });
  }
});

test("a section is replaced as a whole, and a page without its marks is refused", () => {
  const page = "a\n<!-- t:begin -->\nold\n<!-- t:end -->\nb\n";
  expect(withSection(page, "t", "new\n")).toBe("a\n<!-- t:begin -->\nnew\n<!-- t:end -->\nb\n");
  expect(() => withSection("a", "t", "new")).toThrow("<!-- t:begin -->");
});

test("a cell of another version is not taken", () => {
  const cell = { version: 2, project: "p", mode: "dev", units: 1, findings: [] };
  expect(decodeCell(cell)?.project).toBe("p");
  expect(decodeCell({ ...cell, version: 1 })).toBeUndefined();
});
