// The commands of the compiled executable on real directories: texts, files and exit statuses that
// scripts rely on, and that no damaged cache brings one down.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../src/base/digest.ts";
import { isRecord } from "../src/base/json.ts";
import { takeLock } from "../src/base/lock.ts";
import { CacheDir } from "./support/cache-dir.ts";
import { manifest } from "./support/checkouts.ts";
import { Commands, on } from "./support/commands.ts";
import { testUnless } from "./support/rig.ts";
import { kache, missing } from "./support/toolchain.ts";
import { writeTree } from "./support/tree.ts";

setDefaultTimeout(120_000);

const commands = new Commands();
const { root, home, run } = commands;
const project = join(root, "project");
const built = join(root, "cache");
const caches: CacheDir[] = [];

function newCache(): CacheDir {
  const cache = new CacheDir();
  caches.push(cache);
  return cache;
}

function build(): void {
  const env = { ...on(built), RUSTC_WRAPPER: kache, CARGO_HOME: join(root, "cargo") };
  const child = Bun.spawnSync(["cargo", "build", "--quiet", "--offline"], {
    cwd: project,
    env: commands.environment(env),
  });
  expect(child.stderr.toString()).toBe("");
}

const cannotBuild = missing("cargo");

beforeAll(() => {
  writeTree(project, {
    "Cargo.toml": manifest("app", '[dependencies]\ndep-one = { path = "dep" }\n'),
    "src/main.rs": 'fn main() { println!("{}", dep_one::f()); }\n',
    "dep/Cargo.toml": manifest("dep-one"),
    "dep/src/lib.rs": "pub fn f() -> u32 { 1 }\n",
  });
});

afterAll(() => {
  for (const cache of caches) cache.remove();
});

test("help and version are on stdout, usage errors on stderr with status 2", () => {
  expect(run([]).stdout).toStartWith("kache ");
  expect(run(["--version"]).stdout).toMatch(/^kache \d+\.\d+\.\d+\S*\n$/);
  for (const words of [
    ["frob"],
    ["gc", "--max-age", "soon"],
    ["report", "--format", "pdf"],
    ["why-miss"],
  ]) {
    const { exitCode, stdout, stderr } = run(words);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toStartWith("error: ");
  }
});

test("a report on a cache that does not exist is one JSON document and makes nothing", () => {
  const dir = join(root, "none");
  const { exitCode, stdout, stderr } = run(
    ["report", "--format", "json", "--since", "1h"],
    on(dir),
  );
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(JSON.parse(stdout)).toMatchObject({
    schema_version: 1,
    summary: { hit_rate_pct: 0, total_crates: 0, misses: 0 },
    all_events: [],
  });
  expect(existsSync(dir)).toBe(false);
});

test("every command gets along without a cache and with a garbage one", () => {
  const garbage = newCache();
  const key = garbage.add({ crate: "a", files: { a: "1" } });
  garbage.append(
    'garbage\n{"result":"miss"}\n{"ts":"never","result":"miss","crate_name":7}\n{"ts"',
  );
  for (const path of [
    garbage.layout.meta(key),
    garbage.layout.inputs(key),
    garbage.layout.index(),
  ]) {
    writeFileSync(path, "\u0000garbage");
  }
  writeFileSync(`${garbage.path}/gc_stats.json`, "[]");
  mkdirSync(`${garbage.layout.storeDir()}/${"f".repeat(64)}.lock`);
  const words = [
    "list",
    "stats",
    "report",
    "gc",
    "doctor",
    "config",
    "list a",
    "why-miss a",
    "purge --crate-name a",
    "clean",
  ];
  for (const dir of [join(root, "none"), garbage.path]) {
    for (const command of words) {
      const { exitCode, stderr } = run(command.split(" "), on(dir));
      expect([command, exitCode, stderr]).toEqual([command, 0, ""]);
    }
  }
  expect(run(["purge"], on(garbage.path)).stdout).toBe("Cleared entire local store.\n");
});

test("scripts that stop a daemon get an answer at once", () => {
  for (const action of [[], ["stop"], ["start"]]) {
    const { exitCode, stderr } = run(["daemon", ...action]);
    expect([exitCode, stderr.includes("no daemon is running")]).toEqual([1, true]);
  }
});

testUnless(cannotBuild, "a cold and a warm build show as misses and hits everywhere", () => {
  build();
  rmSync(join(project, "target"), { recursive: true });
  build();
  const report: unknown = JSON.parse(run(["report", "--format", "json"], on(built)).stdout);
  expect(report).toMatchObject({
    summary: { hit_rate_pct: 50, total_crates: 4, local_hits: 2, misses: 2, dups: 0, errors: 0 },
    all_events: [
      { crate_name: "dep_one", result: "miss", compiler_runs: 1 },
      { crate_name: "app", result: "miss" },
      { crate_name: "dep_one", result: "local_hit", compiler_runs: 0 },
      { crate_name: "app", result: "local_hit" },
    ],
  });
  expect(run(["list"], on(built)).stdout).toEndWith("\n\n2 entries\n");
  expect(run(["list", "dep_one"], on(built)).stdout).toMatch(
    /^Cache key: [0-9a-f]{16}\n.*Hits: +1\n/s,
  );
  expect(run(["stats"], on(built)).stdout).toContain(
    "Hit rate:   50% (local: 2, prefetch: 0, remote: 0, dup: 0, miss: 2)",
  );
  expect(run(["why-miss", "app"], on(built)).stdout).toContain(
    "never cached -- first build of this crate",
  );
});

testUnless(
  cannotBuild,
  "the phases of a hit add up to its time, from the start of its process",
  () => {
    build();
    rmSync(join(project, "target"), { recursive: true });
    build();
    const lines = readFileSync(join(built, "events.jsonl"), "utf8").trim().split("\n");
    const hits = lines.map((line): unknown => JSON.parse(line)).filter(isRecord);
    const served = hits.filter(({ result }) => result === "local_hit");
    expect(served.length).toBeGreaterThan(1);
    for (const { phases_us: phases, elapsed_ms: elapsed } of served) {
      if (!isRecord(phases)) throw new Error("no phases");
      // One that comes before the compile's result is stored waits for that.
      const names = Object.keys(phases).filter((phase) => phase !== "wait");
      expect(names.sort()).toEqual(["key", "lookup", "restore", "start"]);
      const ms = Object.values(phases).reduce((all: number, us) => all + Number(us), 0) / 1000;
      // One is in whole milliseconds, and is taken a moment later.
      expect(Math.abs(Number(elapsed) - ms)).toBeLessThan(2);
      expect(Number(phases["start"])).toBeGreaterThan(0);
    }
  },
);

testUnless(cannotBuild, "why-miss follows an edit through the crate that uses it", () => {
  build();
  writeFileSync(join(project, "dep/src/lib.rs"), "pub fn f() -> u32 { 2 }\n");
  build();
  const own = run(["why-miss", "dep-one"], on(built)).stdout;
  expect(own).toContain("- dep/src/lib.rs changed");
  expect(own).toContain("<- made by this miss");
  const dependent = run(["why-miss", "app"], on(built)).stdout;
  expect(dependent).toContain("- crate dep_one changed");
  expect(dependent).toContain("Because:\n    - dep_one: dep/src/lib.rs changed");
});

test("a crate without events and one without misses have their own texts", () => {
  const cache = newCache();
  const key = cache.add({ crate: "a", files: { a: "1" } });
  cache.event({ crate_name: "a", result: "local_hit", cache_key: key });
  expect(run(["why-miss", "nope"], on(cache.path)).stdout).toStartWith(
    "No events found for `nope`.\n",
  );
  expect(run(["why-miss", "a"], on(cache.path)).stdout).toStartWith("No miss of `a` is recorded");
});

test("a report can be written to a file", () => {
  const path = join(root, "report.md");
  const { exitCode, stdout, stderr } = run(
    ["report", "--format", "md", "-o", path],
    on(join(root, "none")),
  );
  expect([exitCode, stdout, stderr]).toEqual([0, "", `Report written to ${path}\n`]);
  expect(readFileSync(path, "utf8")).toStartWith("# Build cache report, last 24h\n");
  expect(run(["report", "-o", "/proc/none/x"]).exitCode).toBe(1);
});

test("gc evicts by age and by size, one at a time", () => {
  const cache = newCache();
  cache.add({ crate: "old", files: { a: "x".repeat(5000) } });
  cache.add({
    crate: "older",
    files: { a: "y".repeat(9000) },
    created: "2025-01-01T00:00:00.000Z",
  });
  const lock = takeLock(cache.layout.gcLock(), 0);
  if (typeof lock === "string") throw new Error(lock);
  expect(run(["gc"], on(cache.path)).stdout).toBe("Another GC is already running; skipping.\n");
  lock.release();
  const bySize = run(["gc"], { ...on(cache.path), KACHE_MAX_SIZE: "10000" }).stdout;
  expect(bySize).toContain("Evicted 1 entries to stay under size limit.\n");
  expect(bySize).toEndWith("Store: 4.9 KiB (1 entries)\n");
  const byAge = run(["gc", "--max-age", "2d"], on(cache.path)).stdout;
  expect(byAge).toStartWith("Evicted 1 entries older than 48h.\n");
  expect(byAge).toEndWith("Store: 0 B (0 entries)\n");
  expect(run(["gc", "--background"], on(cache.path))).toEqual({
    exitCode: 0,
    stdout: "",
    stderr: "",
  });
});

test("gc says why it could free nothing", () => {
  const cache = newCache();
  cache.add({ crate: "new", files: { a: "x".repeat(5000) }, created: new Date().toISOString() });
  const { stdout } = run(["gc"], { ...on(cache.path), KACHE_MAX_SIZE: "1000" });
  expect(stdout).toContain(
    "Still over the limit of 1000 B: 1 of 1 entries were used in the last two minutes",
  );
});

test("purge removes one crate, or everything but the log", () => {
  const cache = newCache();
  cache.add({ crate: "a", files: { a: "1" } });
  cache.add({ crate: "b", files: { b: "2" } });
  cache.event({ crate_name: "a", result: "miss" });
  expect(run(["purge", "--crate-name", "a"], on(cache.path)).stdout).toBe(
    "Removed 1 entries for 'a'.\n",
  );
  expect(run(["list", "a"], on(cache.path)).stdout).toBe("No cached entries for 'a'.\n");
  expect(run(["purge"], on(cache.path)).stdout).toBe("Cleared entire local store.\n");
  expect(run(["list"], on(cache.path)).stdout).toBe("No cached entries.\n");
  expect(cache.names("store")).toEqual(["gc.lock"]);
  expect(existsSync(cache.layout.eventLog())).toBe(true);
});

test("damage makes verification fail until it is repaired", () => {
  const cache = newCache();
  cache.add({ crate: "a", files: { a: "12345" } });
  expect(run(["doctor", "--checksums"], on(cache.path)).exitCode).toBe(0);
  writeFileSync(cache.layout.blob(digestOf("12345")), "12X45");
  expect(run(["doctor", "--verify"], on(cache.path)).exitCode).toBe(0);
  const found = run(["doctor", "--checksums"], on(cache.path));
  expect(found.exitCode).toBe(1);
  expect(found.stdout).toContain("  Blobs: 1 total, 0 orphaned, 0 missing, 1 checksum failures\n");
  expect(found.stdout).toEndWith("Run kache doctor --repair to remove what is damaged.\n");
  expect(run(["doctor", "--checksums", "--repair"], on(cache.path)).exitCode).toBe(0);
  expect(run(["doctor", "--checksums"], on(cache.path)).exitCode).toBe(0);
});

test("doctor names what keeps the cache from working", () => {
  const file = join(root, "a-file");
  writeFileSync(file, "");
  const asFile = run(["doctor"], {
    ...on(file),
    RUSTC_WRAPPER: "sccache",
    KACHE_FALLBACK: "no-such-program",
  });
  expect(asFile.exitCode).toBe(0);
  expect(asFile.stdout).toContain(`${file} is not a directory`);
  expect(asFile.stdout).toContain("sccache is the wrapper");
  expect(asFile.stdout).toContain("no-such-program is not there");
  expect(asFile.stdout).toMatch(/\d+ issue\(s\) found\.\n$/);
  expect(run(["doctor"], { BUN_OPTIONS: "--smol" }).stdout).toContain("BUN_OPTIONS is set");
});

test("everything in order is said in one line", () => {
  const bin = join(root, "bin");
  mkdirSync(bin);
  symlinkSync(kache, join(bin, "kache"));
  const { stdout, exitCode } = run(["doctor"], {
    ...on(join(root, "fresh")),
    PATH: `${bin}:${commands.environment()["PATH"] ?? ""}`,
    RUSTC_WRAPPER: "kache",
  });
  expect(exitCode).toBe(0);
  expect(stdout).toEndWith("\nAll checks passed.\n");
});

test("doctor tells of a rustc that fails, and of a place that has no room to be full of", () => {
  const failing = run(["doctor"], { RUSTC: "/bin/false" }).stdout;
  expect(failing).toContain("rustc: `/bin/false --version` ended with status 1: it said nothing");
  const { stdout } = run(["doctor"], on("/proc/kache"));
  expect(stdout).toContain("/proc/kache is not there and /proc cannot be written");
  expect(stdout).not.toContain("full");
});

test("init edits cargo's configuration once, and leaves a backup", () => {
  const cargo = join(root, "cargo-home");
  mkdirSync(cargo);
  const real = join(root, "dotfiles-config.toml");
  const before = "# mine\r\n[net]\r\nretry = 2\r\n";
  writeFileSync(real, before, { mode: 0o600 });
  symlinkSync(real, join(cargo, "config.toml"));
  const env = { CARGO_HOME: cargo };
  expect(run(["init"], env).stderr).toContain("pass -y");
  expect(run(["init", "--check"], env).stdout).toStartWith("Would set rustc-wrapper");
  expect(readFileSync(real, "utf8")).toBe(before);
  expect(run(["init", "-y", "--no-service"], env).stdout).toEndWith(
    "Setup complete. Run kache doctor to verify.\n",
  );
  expect(readFileSync(real, "utf8")).toBe(`${before}\r\n[build]\r\nrustc-wrapper = "${kache}"\r\n`);
  expect(lstatSync(join(cargo, "config.toml")).isSymbolicLink()).toBe(true);
  expect(lstatSync(real).mode & 0o777).toBe(0o600);
  const backups = readdirSync(root).filter((name) => /\.kache-backup\.\d{8}-\d{6}$/.test(name));
  expect(backups.map((name) => readFileSync(join(root, name), "utf8"))).toEqual([before]);
  expect(run(["init", "-y"], env).stdout).toContain("already");
  writeFileSync(real, "[build\n");
  expect(run(["init", "-y"], env)).toMatchObject({ exitCode: 1, stdout: "" });
});

test("clean lists target directories and removes none", () => {
  const here = join(root, "clean");
  mkdirSync(join(here, "a/target/debug"), { recursive: true });
  mkdirSync(join(here, "b/target"), { recursive: true });
  writeFileSync(join(here, "a/Cargo.toml"), "");
  writeFileSync(join(here, "a/target/debug/x"), "x".repeat(2048));
  const { stdout } = run(["clean", "--dry-run"], {}, here);
  expect(stdout).toContain("a/target (0 B cached; debug)");
  expect(stdout).toEndWith("Dry run: would free 2.0 KiB\n");
  expect(stdout).not.toContain("b/target");
  expect(run(["clean"], {}, home).stdout).toBe("No target/ directories found.\n");
});
