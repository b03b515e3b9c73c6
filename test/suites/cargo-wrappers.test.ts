// Programs in front of rustc, and what drives the build: a wrapper of somebody else's, a workspace's own, another
// toolchain, a jobserver.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed } from "../support/pair.ts";
import { byCrate, PROGRAM, Programs } from "../support/programs.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { missingToolchain, realRustc } from "../support/toolchain.ts";
import { writeTree } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("cargo-wrappers");
const programs = new Programs(world);

/** A wrapper of somebody else's: writes down its arguments, adds a cfg, runs the compiler. */
function fallback(dir: string): string {
  const path = join(dir, "..", "other-cache");
  const lines = [
    "#!/bin/sh",
    `printf '%s\\n' "$*" >> ${path}.log`,
    'case "$*" in *--crate-name*program*) exec "$@" --cfg via_fallback ;; *) exec "$@" ;; esac',
  ];
  writeFileSync(path, `${lines.join("\n")}\n`);
  chmodSync(path, 0o755);
  return path;
}

const EXCLUDES = '[cache]\nexclude = ["src/main.rs"]\n';

describe("a fallback", () => {
  test("gets what is not cached, as <fallback> <rustc> <arguments>", () => {
    const dir = programs.make({ ...PROGRAM, ".kache.toml": EXCLUDES });
    const other = fallback(dir);
    const env = { KACHE_FALLBACK: other, KACHE_CONFIG: undefined };
    expect(byCrate(programs.build(dir, env))).toEqual({ part: "miss", program: "passthrough" });
    expect(programs.outputOf(dir)).toBe("word true");
    const calls = readFileSync(`${other}.log`, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    expect(calls.every((call) => call.startsWith(world.rustcPath))).toBe(true);
    expect(calls.some((call) => call.includes("--crate-name part"))).toBe(false);
  });

  for (const value of ["off", "none", "/no/such/program"]) {
    test(`called ${value} is none`, () => {
      const dir = programs.make({ ...PROGRAM, ".kache.toml": EXCLUDES });
      const run = programs.build(dir, { KACHE_FALLBACK: value, KACHE_CONFIG: undefined });
      expect(byCrate(run)["program"]).toBe("passthrough");
      expect(run.stderr).not.toContain("warning");
      expect(programs.outputOf(dir)).toBe("word false");
    });
  }

  test("named by a file inside a project is not run", () => {
    const dir = programs.make();
    writeTree(dir, {
      ".kache.toml": `[cache]\nfallback = "${fallback(dir)}"\nexclude = ["src/main.rs"]\n`,
    });
    programs.build(dir, { KACHE_CONFIG: undefined });
    expect(programs.outputOf(dir)).toBe("word false");
  });

  test("is not used where kache is switched off", () => {
    const dir = programs.make();
    const run = programs.build(dir, { KACHE_DISABLED: "1", KACHE_FALLBACK: fallback(dir) });
    expect(run.events).toEqual([]);
    expect(programs.outputOf(dir)).toBe("word false");
  });
});

describe("other wrappers", () => {
  function workspaceWrapper(dir: string, name: string): string {
    const path = join(dir, "..", name);
    writeFileSync(path, `#!/bin/sh\nexec "$@" --cfg via_fallback\n`);
    chmodSync(path, 0o755);
    return path;
  }

  test("a workspace wrapper whose name says nothing is run and not cached", () => {
    const dir = programs.make();
    const wrapper = workspaceWrapper(dir, "own-wrapper");
    for (let round = 0; round < 2; round += 1) {
      const run = programs.rebuild(dir, { RUSTC_WORKSPACE_WRAPPER: wrapper });
      expect(byCrate(run)["program"]).not.toBe("local_hit");
      expect(programs.outputOf(dir)).toBe("word true");
    }
  });

  test("so is one that is named without its directory, and so is a compiler", () => {
    const dir = programs.make();
    workspaceWrapper(dir, "bare-driver");
    const bin = join(dir, "..");
    writeFileSync(join(bin, "mrustc"), `#!/bin/sh\nexec ${realRustc} "$@" --cfg via_fallback\n`);
    chmodSync(join(bin, "mrustc"), 0o755);
    const path = `${bin}:${process.env["PATH"] ?? ""}`;
    for (const named of [{ RUSTC_WORKSPACE_WRAPPER: "bare-driver" }, { RUSTC: "mrustc" }]) {
      const run = programs.rebuild(dir, { PATH: path, ...named });
      expect(byCrate(run)["program"]).not.toBe("local_hit");
      expect(programs.outputOf(dir)).toBe("word true");
    }
  });

  test("a workspace wrapper that calls itself rustc is cached by its bytes", () => {
    const dir = programs.make();
    const wrapper = workspaceWrapper(dir, "rustc-with-a-twist");
    // The counting rustc is a static program, which the observer cannot follow behind a script.
    const env = { RUSTC_WORKSPACE_WRAPPER: wrapper, RUSTC: realRustc };
    expect(byCrate(programs.rebuild(dir, env))).toEqual({ part: "miss", program: "miss" });
    expect(programs.outputOf(dir)).toBe("word true");
    expect(byCrate(programs.rebuild(dir, env))).toEqual({
      part: "local_hit",
      program: "local_hit",
    });
    expect(programs.outputOf(dir)).toBe("word true");
    writeFileSync(wrapper, '#!/bin/sh\nexec "$@"\n');
    programs.rebuild(dir, env);
    expect(programs.outputOf(dir)).toBe("word false");
  });
});

test("a parallel build keeps cargo's jobserver: no warning, and rustc gets the pipe", () => {
  const dir = programs.make();
  const run = programs.build(dir, {}, ["build", "-j2", "--release"]);
  expect(run.stderr).not.toContain("jobserver");
  expect(run.stderr).not.toContain("warning");
});

test("a build driven by make keeps make's jobserver", () => {
  const dir = programs.make({ ...PROGRAM, Makefile: "all:\n\t+cargo build --offline\n" });
  const run = mustSucceed(world.run(["make", "-j2"], { cwd: dir, env: world.cargoVariables() }));
  expect(run.stderr).not.toContain("jobserver");
  expect(byCrate(run)).toEqual({ part: "miss", program: "miss" });
});

testUnless(
  missingToolchain("nightly"),
  "two toolchains never share, each is served its own",
  () => {
    const dir = programs.make();
    const words = (channel: string) => ["cargo", `+${channel}`, "build", "--offline"];
    const env = world.cargoVariables({ RUSTC: undefined });
    const once = (channel: string) => {
      rmSync(join(dir, "target"), { recursive: true, force: true });
      return byCrate(mustSucceed(world.run(words(channel), { cwd: dir, env })));
    };
    expect(once("stable")).toEqual({ part: "miss", program: "miss" });
    expect(once("nightly")).toEqual({ part: "miss", program: "miss" });
    expect(once("stable")).toEqual({ part: "local_hit", program: "local_hit" });
    expect(once("nightly")).toEqual({ part: "local_hit", program: "local_hit" });
  },
);
