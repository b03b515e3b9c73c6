// The programs around the executable: the demonstration and the benchmark, in their small modes, so that
// they cannot rot unnoticed.
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTree } from "./support/tree.ts";

setDefaultTimeout(180_000);

const root = join(import.meta.dir, "..");

function runScript(script: string, args: readonly string[], env: Record<string, string>) {
  const run = Bun.spawnSync([process.execPath, join(root, script), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  return { exitCode: run.exitCode, stdout: run.stdout.toString(), stderr: run.stderr.toString() };
}

function withScratch(use: (dir: string) => void): void {
  const dir = mkdtempSync(join(tmpdir(), "kache-programs-"));
  try {
    use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test("the demonstration builds the caller's project twice and leaves its files alone", () => {
  withScratch((dir) => {
    const project = join(dir, "project");
    mkdirSync(join(project, "src"), { recursive: true });
    const manifest = '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n';
    writeFileSync(join(project, "Cargo.toml"), manifest);
    writeFileSync(join(project, "src/main.rs"), "fn main() {}\n");
    const env = { KACHE_CALLER_DIR: project, XDG_CACHE_HOME: join(dir, "cache") };
    const run = runScript("scripts/start.ts", ["build"], env);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/Second checkout.*1 hits?, 0 misses/);
    expect(readdirSync(project).sort()).toEqual(["Cargo.toml", "src"]);
  });
});

test("the demonstration takes along crates and configuration from outside the workspace", () => {
  withScratch((dir) => {
    const manifest = (name: string) =>
      `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n`;
    writeTree(dir, {
      "above/.cargo/config.toml": '[env]\nWORD = "set"\n',
      "above/app/Cargo.toml": `${manifest("app")}[dependencies]\nbeside = { path = "../beside" }\n`,
      "above/app/src/main.rs": 'fn main() { print!("{}{}", beside::N, env!("WORD")); }\n',
      "above/beside/Cargo.toml": manifest("beside"),
      "above/beside/src/lib.rs": "pub const N: u32 = 1;\n",
    });
    const env = { KACHE_CALLER_DIR: join(dir, "above/app"), XDG_CACHE_HOME: join(dir, "cache") };
    const run = runScript("scripts/start.ts", ["build"], env);
    expect(run.stderr).toMatch(/Cold build.*0 hits, 2 misses/);
    expect(run.exitCode).toBe(0);
    expect(readdirSync(join(dir, "above/beside")).sort()).toEqual(["Cargo.toml", "src"]);
  });
});

test("the demonstration passes on what cargo says about a broken project", () => {
  withScratch((dir) => {
    const env = { KACHE_CALLER_DIR: dir, XDG_CACHE_HOME: join(dir, "cache") };
    const run = runScript("scripts/start.ts", ["build"], env);
    expect(run.exitCode).not.toBe(0);
    expect(run.stdout + run.stderr).toContain("Cargo.toml");
  });
});

test("the benchmark's smoke run measures and finds its own claims true", () => {
  withScratch((dir) => {
    const env = { KACHE_BENCH_DIR: join(dir, "bench") };
    const run = runScript("bench/bench.ts", ["--smoke"], env);
    expect(run.stderr + run.stdout).toContain("holds");
    expect(run.exitCode).toBe(0);
  });
});

test("a wrong benchmark option is a usage error", () => {
  expect(runScript("bench/bench.ts", ["--projects", "nonsense"], {}).exitCode).toBe(2);
});

test("the proof of a workspace with every crate type finds no fault, and its cells are kept", () => {
  withScratch((dir) => {
    const document = join(dir, "proof.md");
    writeFileSync(document, "<!-- prove:begin -->\n<!-- prove:end -->\n");
    const args = ["--projects", "kinds", "--modes", "dev,check"];
    const where = ["--state", join(dir, "state"), "--document", document];
    const run = runScript("scripts/prove.ts", [...args, ...where], {});
    expect(run.stderr).toContain("2 cells to prove");
    expect(readFileSync(document, "utf8")).toMatch(
      /2 of \d+ cells, \d+ units, 0 cells with faults/,
    );
    expect(run.exitCode).toBe(0);
    const resumed = runScript("scripts/prove.ts", [...args, ...where], {});
    expect(resumed.stderr).toContain("0 cells to prove");
    expect(resumed.exitCode).toBe(0);
  });
});

test("a wrong option of the proof or of the traps is a usage error", () => {
  expect(runScript("scripts/prove.ts", ["--projects", "nonsense"], {}).exitCode).toBe(2);
  expect(runScript("bench/traps.ts", ["--nonsense"], {}).exitCode).toBe(2);
});

test("traps of a macro that reads and lists do not catch kache", () => {
  withScratch((dir) => {
    const args = ["--no-rivals", "--only", "through a re-exporting library"];
    const run = runScript("bench/traps.ts", args, { KACHE_BENCH_DIR: join(dir, "bench") });
    expect(run.stdout.match(/\| right \|/g)).toHaveLength(2);
    expect(run.exitCode).toBe(0);
  });
});
