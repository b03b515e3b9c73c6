// What a hit prints is what the compiler would have printed here: warnings byte for byte, this checkout's
// paths, the notifications cargo waits for; and what a failing compile prints and returns is rustc's own.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type Run, type RustcCall, worldFor } from "../support/rig.ts";
import { copyCheckout, type Files } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("replay");
let projects = 0;

interface Twins {
  readonly first: string;
  readonly second: string;
  readonly name: string;
}

/** Two checkouts of one project at different paths and depths. */
function twins(files: Files): Twins {
  projects += 1;
  const first = world.project(`one${projects}/checkout`, files);
  const second = world.path(`two${projects}`, "deeper", "in", "checkout");
  copyCheckout(first, second);
  return { first, second, name: `replay${projects}` };
}

const UNUSED = "fn unused() {}\nmod part;\n";
const WARNING: Files = { "src/lib.rs": UNUSED, "src/part.rs": "pub fn f() { let left = 1; }\n" };
const JSON_FLAGS = [
  "--error-format=json",
  "--json=diagnostic-rendered-ansi,artifacts,future-incompat",
];

interface Voice {
  readonly fact: string;
  readonly files?: Files;
  readonly args?: readonly string[];
  /** The source as cargo spells it outside the workspace: absolute. */
  readonly absolute?: boolean;
}

const VOICES: readonly Voice[] = [
  { fact: "warnings for people" },
  { fact: "warnings in colour", args: ["--color=always"] },
  { fact: "warnings as JSON with notifications", args: JSON_FLAGS },
  { fact: "notifications without warnings", files: { "src/lib.rs": "" }, args: JSON_FLAGS },
  { fact: "warnings that name absolute paths", absolute: true },
  { fact: "warnings as JSON that name absolute paths", args: JSON_FLAGS, absolute: true },
  { fact: "short messages", args: ["--error-format=short"], absolute: true },
  {
    fact: "messages beyond ASCII",
    files: {
      "src/lib.rs":
        'fn größe() {}\n#[deprecated(note = "naïve ☃")] pub fn a() {}\npub fn b() { a() }\n',
    },
  },
  {
    fact: "messages that look like our own names for roots",
    files: {
      "src/lib.rs":
        '#[deprecated(note = "see <HOME>/x or <TARGET>/y")] pub fn a() {}\npub fn b() { a() }\n',
    },
  },
  {
    fact: "the path of an included file",
    files: {
      "src/lib.rs": 'mod inner { include!("../gen/part.rs"); }\n',
      "gen/part.rs": "fn unused() {}\n",
    },
    absolute: true,
  },
];

describe("a hit prints what the compiler prints here:", () => {
  for (const { fact, files, args, absolute } of VOICES) {
    test(fact, () => {
      const { first, second, name } = twins(files ?? WARNING);
      const call = (dir: string): RustcCall => ({
        name,
        emit: "dep-info,metadata,link",
        args: args ?? [],
        outDir: join(dir, "out"),
        ...(absolute === true ? { source: join(dir, "src/lib.rs") } : {}),
      });
      for (const [dir, outcome] of [
        [first, "misses"],
        [first, "hits"],
        [second, "hits"],
      ] as const) {
        const run = mustSucceed(world.rustc(dir, call(dir)));
        expect(outcomeOf(run)).toBe(outcome);
        const dependencies = readFileSync(join(dir, `out/${name}.d`), "utf8");
        rmSync(join(dir, "out"), { recursive: true });
        const plain = world.plainRustc(dir, call(dir));
        expect(run.stderr).toBe(plain.stderr);
        expect(run.stdout).toBe(plain.stdout);
        expect(dependencies).toBe(readFileSync(join(dir, `out/${name}.d`), "utf8"));
        rmSync(join(dir, "out"), { recursive: true });
      }
    });
  }

  test("warnings in another width or format are the compiler's own", () => {
    const { first, name } = twins(WARNING);
    for (const args of [
      [],
      ["--diagnostic-width=40"],
      ["--error-format=short"],
      ["--color=always"],
    ]) {
      const run = mustSucceed(world.rustc(first, { name, args }));
      expect(outcomeOf(run)).toBe("misses");
      expect(run.stderr).toBe(world.plainRustc(first, { name, args }).stderr);
    }
  });
});

test("advice about a manifest is given where cargo calls, and nowhere else", () => {
  const { first, name } = twins({ "src/lib.rs": '#[cfg(feature = "no_such")] pub fn f() {}\n' });
  const args = ["--check-cfg", 'cfg(feature, values("other"))'];
  const said = [{ CARGO_CRATE_NAME: undefined }, { CARGO_CRATE_NAME: name }].flatMap((env) => {
    const call = { name, args, env };
    const plain = world.plainRustc(first, call).stderr;
    for (const outcome of ["misses", "hits"]) {
      const run = mustSucceed(world.rustc(first, call));
      expect([outcomeOf(run), run.stderr]).toEqual([outcome, plain]);
    }
    return plain;
  });
  expect(said.map((text) => text.includes("Cargo.toml"))).toEqual([false, true]);
});

describe("a compile that fails", () => {
  const BROKEN: Files = { "src/lib.rs": "pub fn f() -> u8 { missing() }\n" };

  for (const [fact, args, absolute] of [
    ["says so for people", [], false],
    ["says so as JSON", JSON_FLAGS, false],
    ["says so with absolute paths", [], true],
    ["says so as JSON with absolute paths", JSON_FLAGS, true],
  ] as const) {
    test(`${fact}, as the compiler does`, () => {
      const { first, name } = twins(BROKEN);
      const call = { name, args, ...(absolute ? { source: join(first, "src/lib.rs") } : {}) };
      const plain = world.plainRustc(first, call);
      const run = world.rustc(first, call);
      expect(run.exitCode).toBe(1);
      expect([run.stdout, run.stderr]).toEqual([plain.stdout, plain.stderr]);
      expect(run.events.map(({ result }) => result)).toEqual(["error"]);
    });
  }

  function dyingCompiler(dir: string, how: string): string[] {
    const path = join(dir, "rustc-that-dies");
    const query = `case "$*" in *--crate-name*) ;; *) exec ${world.rustcPath} "$@" ;; esac`;
    writeFileSync(path, `#!/bin/sh\n${query}\n${how}\n`);
    chmodSync(path, 0o755);
    return [path];
  }

  for (const status of [2, 42, 101]) {
    test(`ends with the compiler's status ${status}`, () => {
      const { first, name } = twins(BROKEN);
      const run = world.rustc(first, {
        name,
        compiler: dyingCompiler(first, `echo gone >&2; exit ${status}`),
      });
      expect([run.exitCode, run.stderr]).toEqual([status, "gone\n"]);
    });
  }

  for (const signal of ["TERM", "KILL", "SEGV", "INT"]) {
    test(`dies of the compiler's signal ${signal}`, () => {
      const { first, name } = twins(BROKEN);
      const run = world.rustc(first, {
        name,
        compiler: dyingCompiler(first, `kill -${signal} $$`),
      });
      expect(run.signal).toBe(`SIG${signal}`);
      expect(run.stderr).toBe("");
    });
  }
});

const PACKAGE = '[package]\nname = "wordy"\nversion = "0.1.0"\nedition = "2021"\n';
const WORDY: Files = {
  "Cargo.toml": PACKAGE,
  "src/main.rs": "fn unused() {}\nfn main() { let x = 5; if x == x { return; } }\n",
};

/**
 * What cargo printed that came from the compiler: times and paths of its own left out, and that it waited
 * for another cargo of this machine, with which it shares the package cache.
 */
function messages(stderr: string): string {
  return stderr
    .replace(/^ +(Compiling|Checking|Finished|Fresh|Dirty|Running|Building|Blocking).*(\n|$)/gm, "")
    .trim();
}

describe("under cargo", () => {
  for (const command of ["build", "check", "clippy"]) {
    test(`cargo ${command} repeats the warnings in another checkout, once each`, () => {
      const { first, second } = twins(WORDY);
      const quiet = command === "clippy" ? ["--", "-A", "clippy::eq_op"] : [];
      const cold = mustSucceed(world.cargo(first, [command, ...quiet]));
      const warm = mustSucceed(world.cargo(second, [command, ...quiet]));
      expect(warm.events.map(({ result }) => result)).toEqual(["local_hit"]);
      expect(messages(warm.stderr)).toBe(messages(cold.stderr));
      expect(messages(warm.stderr)).toContain("src/main.rs:1:4");
      const again = mustSucceed(world.cargo(second, [command, ...quiet]));
      expect(again.events).toEqual([]);
      expect(messages(again.stderr)).toBe(messages(cold.stderr));
    });
  }

  test("the lines of crates outside the workspace are shown, vendored ones and path dependencies", () => {
    const part = (name: string): Files => ({
      "Cargo.toml": `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n`,
      "src/lib.rs": "pub fn need<T: Send>(_: T) {}\n",
    });
    const below = (dir: string, files: Files): Files =>
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`${dir}/${name}`, text]));
    const { first, second } = twins({
      ...below("outside", part("outside")),
      ...below("app/vendor/vendored", part("vendored")),
      "app/vendor/vendored/.cargo-checksum.json": '{"files":{}}',
      "app/.cargo/config.toml":
        '[source.crates-io]\nreplace-with = "v"\n[source.v]\ndirectory = "vendor"\n',
      ...below("app", {
        ...part("citing"),
        "Cargo.toml":
          '[package]\nname = "citing"\nversion = "0.1.0"\nedition = "2021"\n' +
          '[dependencies]\noutside = { path = "../outside" }\nvendored = "0.1.0"\n',
        "src/lib.rs":
          "pub fn f(a: std::rc::Rc<u8>) { outside::need(a.clone()); vendored::need(a) }\n",
      }),
    });
    for (const [checkout, expected] of [
      [first, ["error", "miss", "miss"]],
      [first, ["error", "local_hit", "local_hit"]],
      // Cargo makes the names of a path dependency from its path.
      [second, ["error", "local_hit", "miss"]],
    ] as const) {
      const app = join(checkout, "app");
      mustSucceed(world.cargo(app, ["generate-lockfile"]));
      const plain = world.cargo(app, ["check"], { RUSTC_WRAPPER: undefined });
      rmSync(join(app, "target"), { recursive: true });
      const run = world.cargo(app, ["check"]);
      rmSync(join(app, "target"), { recursive: true });
      expect(messages(run.stderr)).toBe(messages(plain.stderr));
      expect(run.stderr.match(/pub fn need<T: Send>/g)?.length).toBe(2);
      expect(run.events.map(({ result }) => result).sort()).toEqual([...expected]);
    }
  });

  test("clippy's configuration counts, and so does its arrival", () => {
    const { first } = twins({
      ...WORDY,
      "src/main.rs": "fn many(_a: u8, _b: u8, _c: u8) {}\nfn main() { many(1, 2, 3) }\n",
    });
    const lint = () => mustSucceed(world.cargo(first, ["clippy"]));
    expect(lint().stderr).not.toContain("too many arguments");
    writeFileSync(join(first, "clippy.toml"), "too-many-arguments-threshold = 2\n");
    rmSync(join(first, "target"), { recursive: true });
    expect(lint().stderr).toContain("too many arguments");
    writeFileSync(join(first, "clippy.toml"), "too-many-arguments-threshold = 9\n");
    rmSync(join(first, "target"), { recursive: true });
    expect(lint().stderr).not.toContain("too many arguments");
  });

  test("a clippy.toml above the other checkout counts", () => {
    const { first, second } = twins({
      ...WORDY,
      "src/main.rs": "fn many(_a: u8, _b: u8, _c: u8) {}\nfn main() { many(1, 2, 3) }\n",
    });
    expect(mustSucceed(world.cargo(first, ["clippy"])).stderr).not.toContain("too many arguments");
    writeFileSync(join(second, "../clippy.toml"), "too-many-arguments-threshold = 2\n");
    expect(mustSucceed(world.cargo(second, ["clippy"])).stderr).toContain("too many arguments");
  });

  test("clippy's lint arguments count", () => {
    const { first } = twins(WORDY);
    mustSucceed(world.cargo(first, ["clippy", "--", "-A", "clippy::all"]));
    rmSync(join(first, "target"), { recursive: true });
    const strict = world.cargo(first, ["clippy", "--", "-D", "clippy::eq_op"]);
    expect(strict.exitCode).toBe(101);
    expect(strict.stderr).toContain("equal expressions");
  });

  test("artifact messages name this checkout's files", () => {
    const { first, second } = twins(WORDY);
    mustSucceed(world.cargo(first, ["build"]));
    const warm = mustSucceed(world.cargo(second, ["build", "--message-format=json"]));
    expect(warm.events.map(({ result }) => result)).toEqual(["local_hit"]);
    expect(warm.stdout).toContain(join(second, "target/debug/wordy"));
    expect(warm.stdout).not.toContain(first);
  });

  test("warnings of this run are shown when the first run's were capped", () => {
    const { first } = twins(WORDY);
    mustSucceed(world.cargo(first, ["build"], { RUSTFLAGS: "--cap-lints allow" }));
    rmSync(join(first, "target"), { recursive: true });
    expect(mustSucceed(world.cargo(first, ["build"])).stderr).toContain("never used");
  });
});

test("nothing is printed that the compiler does not print", () => {
  const { first, name } = twins({ "src/lib.rs": "pub fn quiet() {}\n" });
  for (const outcome of ["misses", "hits"]) {
    const run = mustSucceed(world.rustc(first, { name }));
    expect([outcomeOf(run), run.stdout, run.stderr]).toEqual([outcome, "", ""]);
  }
});

test("KACHE_PROGRESS tells one line a hit, on stderr, and one a miss where it is asked for", () => {
  const { first, name } = twins({ "src/lib.rs": "pub fn quiet() {}\n" });
  const said = (setting: string, more: RustcCall = {}) =>
    mustSucceed(world.rustc(first, { name, ...more, env: { KACHE_PROGRESS: setting } })).stderr;
  const line = (word: string) => new RegExp(`^\\[kache\\] ${name}: ${word} \\(\\d[^\\n]*\\)\\n$`);
  expect(said("all")).toMatch(line("miss"));
  expect(said("1")).toMatch(line("local hit"));
  expect(said("hits", { args: ["-g"] })).toBe("");
  expect(said("verbose", { args: ["-g"] })).toMatch(line("local hit"));
  expect(said("no")).toBe("");
  // What passes through is nobody's line.
  expect(said("all", { args: ["-C", "save-temps"] })).toBe("");
});

test("what trybuild compiles shows other crates' lines, as the compiler does", () => {
  const outDir = "target/tests/trybuild/debug/deps";
  const dir = world.project("trybuild", {
    "dep.rs": "pub fn need<T: Send>(_: T) {}\n",
    "src/lib.rs": "pub fn f() { dep::need(std::rc::Rc::new(1)) }\n",
  });
  const source = join(dir, "dep.rs");
  const dependency: RustcCall = { name: "dep", source, outDir, emit: "dep-info,metadata" };
  const call: RustcCall = { name: "failing", args: ["--extern", `dep=${outDir}/libdep.rmeta`] };
  const message = (run: (project: string, call: RustcCall) => Run) => {
    mustSucceed(run(dir, dependency));
    return run(dir, { ...call, outDir, emit: "dep-info,metadata" }).stderr;
  };
  const plain = message((project, words) => world.plainRustc(project, words));
  expect(plain).toContain("pub fn need<T: Send>");
  rmSync(join(dir, outDir, "libdep.rmeta"));
  const through = (project: string, words: RustcCall) => world.rustc(project, words);
  expect(message(through)).toBe(plain);
  rmSync(join(dir, outDir, "libdep.rmeta"));
  expect(outcomeOf(mustSucceed(world.rustc(dir, dependency)))).toBe("hits");
  expect(message(through)).toBe(plain);
});
