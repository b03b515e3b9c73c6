// A compiler is its bytes: copies of one toolchain are one, a copy with one other byte is another, and
// whatever leads to a toolchain (a proxy, a link, a script) is seen to lead elsewhere.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync } from "node:fs";
import { readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { mustSucceed } from "../support/pair.ts";
import { testUnless, type Variables, worldFor } from "../support/rig.ts";
import { hostTriple, missing, sysroot } from "../support/toolchain.ts";

setDefaultTimeout(120_000);

const world = worldFor("toolchains");

/** A toolchain of our own: the directories are new, the files are the real one's. */
function copyOfToolchain(name: string): string {
  const dir = world.path("toolchains", name);
  mkdirSync(join(dir, "lib", "rustlib"), { recursive: true });
  const linked = Bun.spawnSync(["cp", "-al", join(sysroot, "bin"), dir]);
  // Other file systems take no links.
  if (linked.exitCode !== 0) cpSync(join(sysroot, "bin"), join(dir, "bin"), { recursive: true });
  for (const file of readdirSync(join(sysroot, "lib"))) {
    if (file !== "rustlib") link(join(sysroot, "lib", file), join(dir, "lib", file));
  }
  const rustlib = join("lib", "rustlib", hostTriple);
  const parts = Bun.spawnSync(["cp", "-al", join(sysroot, rustlib), join(dir, "lib", "rustlib")]);
  if (parts.exitCode !== 0) cpSync(join(sysroot, rustlib), join(dir, rustlib), { recursive: true });
  return dir;
}

function link(from: string, to: string): void {
  if (Bun.spawnSync(["ln", from, to]).exitCode !== 0) copyFileSync(from, to);
}

/** Changes a file of a copy without touching the real one it may be a link of. */
function patch(dir: string): void {
  const lib = join(dir, "lib", "rustlib", hostTriple, "lib");
  const file = readdirSync(lib).find((name) => name.startsWith("libpanic_abort-"));
  const path = join(lib, file ?? "");
  writeFileSync(`${path}.new`, readFileSync(path));
  appendFileSync(`${path}.new`, "\0");
  renameSync(`${path}.new`, path);
}

function isRecord(name: string): boolean {
  return name.endsWith(".record");
}

let projects = 0;

/** What one compile by these words came to. */
function compiler(words: readonly string[], env: Variables = {}) {
  projects += 1;
  const name = `toolchain${projects}`;
  const dir = world.project(name, { "src/lib.rs": `pub fn f() {} // ${name}\n` });
  return (other = words) => {
    rmSync(join(dir, "out"), { recursive: true, force: true });
    const run = mustSucceed(world.rustc(dir, { name, env, compiler: other, emit: "metadata" }));
    // The counting rustc does not stand in front of these.
    return run.events.map(({ result }) => (result === "local_hit" ? "hits" : result)).join();
  };
}

describe("toolchains", () => {
  test("that are equal are one, wherever they lie; one other byte makes another", () => {
    const one = copyOfToolchain("one");
    const two = copyOfToolchain("two");
    const compile = compiler([join(one, "bin", "rustc")]);
    expect(compile()).toBe("miss");
    expect(compile([join(two, "bin", "rustc")])).toBe("hits");
    patch(two);
    // The same words, the same version text, the same bytes of output: yet nothing may be assumed.
    expect(compile([join(two, "bin", "rustc")])).toBe("dup");
    expect(compile()).toBe("hits");
  });

  test("are examined once for the host, whether or not it is named as the target", () => {
    const dir = copyOfToolchain("named");
    const rustc = [join(dir, "bin", "rustc")];
    const cache = { KACHE_CACHE_DIR: world.path("named-cache") };
    const records = () => readdirSync(join(cache.KACHE_CACHE_DIR, "toolchains")).filter(isRecord);
    expect(compiler([...rustc, "--target", hostTriple], cache)()).toBe("miss");
    expect(records()).toHaveLength(1);
    expect(compiler(rustc, cache)()).toBe("miss");
    expect(records()).toHaveLength(1);
    const compile = compiler([...rustc, "--target", hostTriple], cache);
    expect(compile()).toBe("miss");
    patch(dir);
    expect(compile()).toBe("dup");
    expect(compile()).toBe("hits");
  });

  test("behind a link count by where it leads", () => {
    const one = copyOfToolchain("before");
    const two = copyOfToolchain("after");
    patch(two);
    const at = world.path("current");
    symlinkSync(one, at);
    const compile = compiler([join(at, "bin", "rustc")]);
    expect(compile()).toBe("miss");
    expect(compile()).toBe("hits");
    rmSync(at);
    symlinkSync(two, at);
    expect(compile()).toBe("dup");
    expect(compile()).toBe("hits");
  });

  const proxy = join(process.env["CARGO_HOME"] ?? join(homedir(), ".cargo"), "bin", "rustc");
  testUnless(missing("rustup"), "behind rustup's unchanged proxy are seen to be updated", () => {
    const home = world.path("rustup");
    const [first, second] = [copyOfToolchain("version-one"), copyOfToolchain("version-two")];
    patch(second);
    mkdirSync(join(home, "toolchains"), { recursive: true });
    writeFileSync(join(home, "settings.toml"), 'version = "12"\ndefault_toolchain = "own"\n');
    symlinkSync(first, join(home, "toolchains", "own"));
    const compile = compiler([proxy], { RUSTUP_HOME: home });
    expect(compile()).toBe("miss");
    expect(compile()).toBe("hits");
    rmSync(join(home, "toolchains", "own"));
    symlinkSync(second, join(home, "toolchains", "own"));
    expect(compile()).toBe("dup");
    expect(compile()).toBe("hits");
  });

  test("behind a script count by where it leads and by its text", () => {
    const one = copyOfToolchain("scripted-one");
    const two = copyOfToolchain("scripted-two");
    patch(two);
    const script = world.path("rustc-of-mine");
    const leadTo = (dir: string, more = "") => {
      writeFileSync(script, `#!/bin/sh\n${more}exec ${dir}/bin/rustc "$@"\n`);
      chmodSync(script, 0o755);
    };
    leadTo(one);
    const compile = compiler([script]);
    expect(compile()).toBe("miss");
    expect(compile()).toBe("hits");
    leadTo(two);
    expect(compile()).toBe("dup");
    leadTo(one, "# another text\n");
    expect(compile()).toBe("dup");
    leadTo(one);
    expect(compile()).toBe("hits");
  });
});
