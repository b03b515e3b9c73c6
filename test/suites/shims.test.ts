// `kache shims`: the directory of links, and what the doctor says about it.
import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { testUnless, type Variables, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";

const world = worldFor("shims");
const project = world.project("project", {
  "x.c": "int x = 3;\n",
  "CMakeLists.txt": "cmake_minimum_required(VERSION 3.5)\nproject(p C)\nadd_library(p x.c)\n",
});
const compilers = world.path("compilers");
mkdirSync(compilers);
for (const name of ["gcc", "g++-12", "clang", "gcc-ar", "ld"]) {
  writeFileSync(join(compilers, name), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
}
writeFileSync(join(compilers, "clang++"), "not executable", { mode: 0o644 });

let directories = 0;

function freshDir(): string {
  directories += 1;
  return world.path(`links${directories}`);
}

function run(words: readonly string[], env: Variables = {}) {
  return world.run([kache, ...words], { cwd: project, env: { PATH: compilers, ...env } });
}

test("there is a link for every compiler on PATH and for nothing else", () => {
  const dir = freshDir();
  const made = run(["shims", "--dir", dir]);
  expect([made.exitCode, made.stderr]).toEqual([0, ""]);
  expect(made.stdout).toStartWith(`${dir}: clang, g++-12, gcc\n`);
  expect(made.stdout).toContain(`export PATH="${dir}:$PATH"`);
  expect(readdirSync(dir).sort()).toEqual(["clang", "g++-12", "gcc"]);
  expect(readlinkSync(join(dir, "gcc"))).toBe(kache);
});

test("made again, links follow the compilers and do not count as such themselves", () => {
  const dir = freshDir();
  run(["shims", "--dir", dir]);
  const other = world.path("other-compilers");
  mkdirSync(other);
  writeFileSync(join(other, "cc"), "#!/bin/sh\n", { mode: 0o755 });
  const again = run(["shims", "--dir", dir], { PATH: `${dir}:${other}` });
  expect(again.stdout).toBe(`${dir}: cc\n`);
  expect(readdirSync(dir)).toEqual(["cc"]);
});

test("--remove takes away our links, also those that lead nowhere, and nothing else", () => {
  const dir = freshDir();
  run(["shims", "--dir", dir]);
  symlinkSync("/no/such/kache", join(dir, "tcc-gcc"));
  writeFileSync(join(dir, "cc"), "mine");
  expect(run(["shims", "--dir", dir, "--remove"]).stdout).toBe(`${dir}: removed 4 links.\n`);
  expect(readdirSync(dir)).toEqual(["cc"]);
});

test("a program of that name is left alone unless --force says otherwise", () => {
  const dir = freshDir();
  mkdirSync(dir);
  writeFileSync(join(dir, "gcc"), "mine");
  const refused = run(["install-shims", dir]);
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    `warning: ${dir}/gcc is no link to kache and was left alone; --force replaces it\n`,
  ]);
  expect(run(["install-shims", dir, "--force"]).exitCode).toBe(0);
  expect(readlinkSync(join(dir, "gcc"))).toBe(kache);
});

test("without a directory they go to the data directory", () => {
  const data = freshDir();
  run(["shims"], { XDG_DATA_HOME: data });
  expect(existsSync(join(data, "kache/shims/gcc"))).toBe(true);
  run(["shims"]);
  expect(existsSync(join(world.home, ".local/share/kache/shims/gcc"))).toBe(true);
  run(["shims", "--remove"]);
});

test("where nothing can be linked the message says what to do", () => {
  expect(run(["shims", "--dir", freshDir()], { PATH: "/no/such" })).toMatchObject({
    exitCode: 1,
    stderr: "error: no C or C++ compiler is on PATH; install one, then run this again\n",
  });
  const blocked = world.path("a-file");
  writeFileSync(blocked, "");
  expect(run(["shims", "--dir", join(blocked, "x")]).stderr).toContain("--dir");
  expect(run(["install-shims"]).exitCode).toBe(2);
});

test("the doctor looks whether links are found, and lead to a compiler", () => {
  const dir = freshDir();
  run(["shims", "--dir", dir]);
  const said = (path: string) => {
    const lines = run(["doctor"], { PATH: path }).stdout.split("\n");
    return lines.filter((line) => line.includes("Compiler shims")).join("\n");
  };
  expect(said(compilers)).toContain("✓ Compiler shims none");
  expect(said(`${dir}:${compilers}`)).toContain(`✓ Compiler shims ${dir}: clang, g++-12, gcc`);
  expect(said(`${compilers}:${dir}`)).toContain("comes first on PATH");
  expect(said(dir)).toContain("no other clang, g++-12, gcc is on PATH");
  symlinkSync("/no/such/kache", join(dir, "cc"));
  expect(said(`${dir}:${compilers}`)).toContain("cc lead nowhere");
});

const realPath = process.env["PATH"] ?? "";

testUnless(missing("cmake"), "CMake takes a link as its compiler, and us as its launcher", () => {
  const dir = freshDir();
  run(["shims", "--dir", dir], { PATH: realPath });
  const ways = [`-DCMAKE_C_COMPILER=${dir}/cc`, `-DCMAKE_C_COMPILER_LAUNCHER=${kache}`];
  for (const [index, way] of ways.entries()) {
    const build = world.path(`build${index}`);
    const configured = world.run(["cmake", "-S", project, "-B", build, way]);
    expect([configured.exitCode, configured.stderr]).toEqual([0, ""]);
    const built = world.run(["cmake", "--build", build]);
    expect([built.exitCode, built.stderr]).toEqual([0, ""]);
    expect(built.events.map(({ crate_name: name }) => name)).toContain("x.c");
  }
});
