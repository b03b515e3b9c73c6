// Nothing that goes wrong around the cache fails, alters or comments a build: directories that cannot be
// used, full disks, few descriptors, several builds at once.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdirSync } from "node:fs";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cannotMount } from "../support/around.ts";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { resultsOf, type RustcCall, testUnless, worldFor } from "../support/rig.ts";
import { rustProjects } from "../support/rust-project.ts";
import { kache } from "../support/toolchain.ts";
import { copyCheckout, digestFile, fileMatching, writeTree } from "../support/tree.ts";

setDefaultTimeout(180_000);

const world = worldFor("faults");
const project = rustProjects(world, "fault");

const withoutMounts = cannotMount();

/** Builds a library and a program twice; both work and nothing is said. */
function expectBuilds(
  dir: string,
  call: RustcCall,
  wrapperOf: (words: string) => string,
  env = {},
): void {
  const program: RustcCall = { ...call, type: "bin", source: "src/main.rs", emit: "dep-info,link" };
  const commands = [call, program].map((one) => [kache, ...world.rustcWords(one)].join(" "));
  const script = [...commands, ...commands].join(" && ");
  const run = mustSucceed(world.run(["sh", "-c", wrapperOf(script)], { cwd: dir, env }));
  expect([run.stdout, run.stderr]).toEqual(["", ""]);
  const printed = world.run([join(dir, "out", call.name ?? "")]).stdout;
  expect(printed).toMatch(/^\d+\n$/);
}

describe("a cache directory", () => {
  for (const bytes of ["64k", "160k", "256k", "384k", "512k", "1m", "7m", "8m"]) {
    testUnless(withoutMounts, `on a full disk of ${bytes} is no reason to fail or speak`, () => {
      const { dir, call } = project();
      const cache = world.path(`full-${bytes}`);
      mkdirSync(cache);
      const wrap = (script: string) =>
        `unshare -m sh -c 'mount -t tmpfs -o size=${bytes} none ${cache} && ${script}'`;
      expectBuilds(dir, call, wrap, { KACHE_CACHE_DIR: cache });
    });
  }

  testUnless(withoutMounts, "on a disk without free inodes is no reason to fail or speak", () => {
    const { dir, call } = project();
    const cache = world.path("no-inodes");
    mkdirSync(cache);
    const wrap = (script: string) =>
      `unshare -m sh -c 'mount -t tmpfs -o nr_inodes=4 none ${cache} && ${script}'`;
    expectBuilds(dir, call, wrap, { KACHE_CACHE_DIR: cache });
  });

  testUnless(withoutMounts, "that is read-only is no reason to fail or speak", () => {
    const { dir, call } = project();
    const cache = world.path("read-only");
    mkdirSync(cache);
    const wrap = (script: string) =>
      `unshare -m sh -c 'mount -t tmpfs -o ro none ${cache} && ${script}'`;
    expectBuilds(dir, call, wrap, { KACHE_CACHE_DIR: cache });
  });

  testUnless(withoutMounts, "that became read-only still serves what it holds", () => {
    const { dir, call } = project();
    mustSucceed(world.rustc(dir, call));
    const before = world.compiles().length;
    const words = [kache, ...world.rustcWords(call)].join(" ");
    const mount = `mount --bind ${world.cacheDir} ${world.cacheDir} && mount -o remount,ro,bind ${world.cacheDir}`;
    const run = mustSucceed(
      world.run(["unshare", "-m", "sh", "-c", `${mount} && ${words}`], { cwd: dir }),
    );
    expect(run.stderr).toBe("");
    expect(world.compiles().length).toBe(before);
  });

  for (const name of ["with blanks", "with:colon", "with $ORIGIN"]) {
    test(`${name} in its name is watched from elsewhere, without a word of the loader`, () => {
      const { dir, call } = project();
      const env = { KACHE_CACHE_DIR: world.path(name) };
      const run = mustSucceed(
        world.rustc(dir, { ...call, type: "bin", source: "src/main.rs", emit: "link", env }),
      );
      expect(run.stderr).toBe("");
      expect(world.events(env.KACHE_CACHE_DIR).map(({ observed }) => observed)).toEqual([
        "observed",
      ]);
    });
  }

  testUnless(withoutMounts, "mounted noexec is watched from elsewhere", () => {
    const { dir, call } = project();
    const cache = world.path("noexec");
    mkdirSync(cache);
    const words = world.rustcWords({ ...call, type: "bin", source: "src/main.rs", emit: "link" });
    const script = `mount -t tmpfs -o noexec none ${cache} && ${kache} ${words.join(" ")} && ${kache} doctor && cat ${cache}/events.jsonl`;
    const run = world.run(["unshare", "-m", "sh", "-c", script], {
      cwd: dir,
      env: { KACHE_CACHE_DIR: cache },
    });
    expect(run.stderr).toBe("");
    expect(run.stdout).toContain('"observed":"observed"');
    expect(run.stdout).toMatch(/Observer +compiles can be watched/);
  });

  for (const [fact, path] of [
    ["that cannot be made", "/proc/no/such/place"],
    ["that is a file", "/etc/hostname"],
    ["that is a device", "/dev/null"],
    ["with a name that is too long", `/tmp/${"x".repeat(300)}`],
  ] as const) {
    test(`${fact} is no reason to fail or speak`, () => {
      const { dir, call } = project();
      expectBuilds(dir, call, (script) => script, { KACHE_CACHE_DIR: path });
    });
  }

  const PARTS = [
    "store",
    "store/blobs",
    "manifests",
    "toolchains",
    "scratch",
    "observer",
    "digests-1.memo",
    "events.jsonl",
    "events.jsonl.lock",
    "gc.stamp",
  ];
  for (const part of PARTS) {
    for (const kind of ["file", "directory", "pipe"] as const) {
      test(`whose ${part} is a ${kind} of somebody else's is no reason to fail or speak`, () => {
        const { dir, call } = project();
        const cache = world.path(`odd-${part.replace("/", "-")}-${kind}`);
        mkdirSync(join(cache, part, ".."), { recursive: true });
        if (kind === "file") writeFileSync(join(cache, part), "in the way");
        else if (kind === "pipe") mustSucceed(world.run(["mkfifo", join(cache, part)]));
        else mkdirSync(join(cache, part, "in-the-way"), { recursive: true });
        expectBuilds(dir, call, (script) => script, { KACHE_CACHE_DIR: cache });
      });
    }
  }

  test("that is removed while builds go on is made again", () => {
    const { dir, call } = project();
    mustSucceed(world.rustc(dir, call));
    rmSync(world.cacheDir, { recursive: true });
    expect(resultsOf(mustSucceed(world.rustc(dir, call)))).toEqual(["miss"]);
    expect(resultsOf(mustSucceed(world.rustc(dir, call)))).toEqual(["local_hit"]);
  });
});

describe("a configuration", () => {
  for (const [fact, text] of [
    ["that is no TOML", "[cache\n"],
    ["with an unknown key", "[cache]\nsurprise = 1\n"],
    ["with a wrong type", '[cache]\nexclude = "text"\nlocal_max_size = "many"\n'],
    ["that is empty", ""],
  ] as const) {
    test(`${fact} is no reason to fail or speak`, () => {
      const { dir, call } = project();
      const config = join(dir, "config.toml");
      writeFileSync(config, text);
      expectBuilds(dir, call, (script) => script, { KACHE_CONFIG: config });
    });
  }
});

for (const limit of [64, 24, 12]) {
  test(`with ${limit} descriptors a compile succeeds`, () => {
    const { dir, call } = project();
    expectBuilds(dir, call, (script) => `ulimit -n ${limit}; ${script}`);
  });
}

test("with 256 descriptors a parallel cargo build succeeds", () => {
  const dir = workspace("few");
  const env = world.cargoVariables();
  const run = world.run(["sh", "-c", "ulimit -n 256; exec cargo build --offline -j4"], {
    cwd: dir,
    env,
  });
  expect(mustSucceed(run).stderr).not.toContain("warning");
});

/** Objects that may all define the same, so that one compile makes them all. */
function manyObjects(dir: string, count: number): string[] {
  writeTree(dir, { "weak.c": "__attribute__((weak)) int weak(void) { return 1; }\n" });
  mustSucceed(world.run(["cc", "-c", "weak.c", "-o", "weak.o"], { cwd: dir }));
  return Array.from({ length: count }, (_, at) => {
    copyFileSync(join(dir, "weak.o"), join(dir, `weak${at}.o`));
    return `weak${at}.o`;
  });
}

for (const env of [{}, { KACHE_OBSERVE: "0" }]) {
  const how = "KACHE_OBSERVE" in env ? "unwatched" : "watched";
  test(`with 256 descriptors a ${how} link of 400 objects succeeds and is served`, () => {
    const dir = world.project(`many-${how}`, { "src/main.rs": "fn main() {}\n" });
    const args = manyObjects(dir, 400).flatMap((name) => ["-C", `link-arg=${name}`]);
    const call = { name: how, source: "src/main.rs", type: "bin", emit: "link", args };
    const words = [kache, ...world.rustcWords(call)];
    const limited = ["sh", "-c", 'ulimit -n 256; exec "$@"', "sh", ...words];
    mkdirSync(join(dir, "out"));
    const build = () => outcomeOf(mustSucceed(world.run(limited, { cwd: dir, env })));
    expect([build(), build()]).toEqual(["misses", "hits"]);
  });
}

/** A workspace of many small libraries and a program above them. */
function workspace(name: string): string {
  const parts = Array.from({ length: 8 }, (_, index) => `part${index}`);
  const manifest = (crate: string, more = "") =>
    `[package]\nname = "${crate}"\nversion = "0.1.0"\nedition = "2021"\n${more}`;
  const needs = parts.map((part) => `${part} = { path = "../${part}" }\n`).join("");
  const files: Record<string, string> = {
    "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["*"]\nexclude = ["target"]\n',
    "app/Cargo.toml": manifest("app", `[dependencies]\n${needs}`),
    "app/src/main.rs": `fn main() { println!("{}", ${parts.map((part) => `${part}::n()`).join(" + ")}); }\n`,
  };
  parts.forEach((part, index) => {
    files[`${part}/Cargo.toml`] = manifest(part);
    files[`${part}/src/lib.rs`] = `// ${name}\npub fn n() -> u32 { ${index} }\n`;
  });
  return world.project(`${name}/checkout`, files);
}

describe("several at once", () => {
  test("of identical compiles one runs and the others are served", async () => {
    const { dir, call } = project();
    const outDirs = ["a", "b", "c", "d", "e", "f"];
    for (const outDir of outDirs) mkdirSync(join(dir, outDir));
    const since = world.mark();
    const runs = await Promise.all(
      outDirs.map((outDir) =>
        world.start([kache, ...world.rustcWords({ ...call, outDir })], { cwd: dir }),
      ),
    );
    expect(runs.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(
      outDirs.map(() => [0, ""]),
    );
    expect(since().compiles).toHaveLength(1);
    expect(resultsOf(since()).sort()).toEqual([...outDirs.slice(1).map(() => "local_hit"), "miss"]);
    const bytes = outDirs.map((outDir) => digestFile(fileMatching(join(dir, outDir), /\.rlib$/)));
    expect(new Set(bytes).size).toBe(1);
  });

  test("of identical compiles that fail each says so itself", async () => {
    const { dir, call } = project({ "src/lib.rs": "pub fn broken( {}\n" });
    const words = [kache, ...world.rustcWords(call)];
    const runs = await Promise.all([0, 1, 2].map(() => world.start(words, { cwd: dir })));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
    for (const { stderr } of runs) expect(stderr).toContain("error: ");
  });

  test("two cargo builds of one project share every compile", async () => {
    const first = workspace("shared");
    const second = world.path("shared-again", "deeper", "checkout");
    copyCheckout(first, second);
    const since = world.mark();
    const env = world.cargoVariables();
    const words = ["cargo", "build", "--offline", "-j2"];
    const runs = await Promise.all([first, second].map((cwd) => world.start(words, { cwd, env })));
    for (const run of runs) {
      expect(run.exitCode).toBe(0);
      expect(run.stderr).not.toContain("warning");
    }
    const UNITS = 9;
    expect(since().compiles).toHaveLength(UNITS);
    expect(since().events).toHaveLength(UNITS * 2);
    const [one, two] = [first, second].map((dir) => digestFile(join(dir, "target/debug/app")));
    expect(one).toBe(two ?? "");
    expect(readFileSync(join(first, "target/debug/app")).length).toBeGreaterThan(0);
  });

  test("two cargo builds of different projects disturb each other in nothing", async () => {
    const dirs = [workspace("left"), workspace("right")];
    const env = world.cargoVariables();
    const words = ["cargo", "build", "--offline", "-j2"];
    const runs = await Promise.all(dirs.map((cwd) => world.start(words, { cwd, env })));
    for (const run of runs) expect(run.exitCode).toBe(0);
    for (const dir of dirs) expect(world.run([join(dir, "target/debug/app")]).stdout).toBe("28\n");
  });
});
