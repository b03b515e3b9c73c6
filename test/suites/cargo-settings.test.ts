// Settings and companions of a cargo build: switched off, handed to another cache, excluded, executables
// off, incremental kept, wrapped twice, a jobserver, coverage, crates from the registry, changed units.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed } from "../support/pair.ts";
import {
  type LoggedEvent,
  resultsOf,
  type Run,
  testUnless,
  type Variables,
  World,
  worldFor,
} from "../support/rig.ts";
import { hostTriple, missingToolchain, realRustc } from "../support/toolchain.ts";
import { copyCheckout, digestFile, type Files, filesBelow, writeTree } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("cargo-settings");
let projects = 0;

const PACKAGE = '[package]\nname = "program"\nversion = "0.1.0"\nedition = "2021"\n';
const PROGRAM: Files = {
  "Cargo.toml": `${PACKAGE}[dependencies]\npart = { path = "part" }
[lints.rust]\nunexpected_cfgs = { level = "warn", check-cfg = ["cfg(via_fallback)"] }\n`,
  "src/main.rs": 'fn main() { println!("{} {}", part::word(), cfg!(via_fallback)); }\n',
  "part/Cargo.toml": PACKAGE.replace("program", "part"),
  "part/src/lib.rs": 'pub fn word() -> &\'static str { "word" }\n',
};

/** A checkout that shares no unit with any other test's: every source has a comment of its own. */
function checkout(files: Files = PROGRAM): string {
  projects += 1;
  const own = Object.entries(files).map(([name, text]): [string, Files[string]] => {
    const isSource = name.endsWith(".rs") && typeof text === "string";
    return [name, isSource ? `${text}// project ${projects}\n` : text];
  });
  return world.project(`first${projects}/checkout`, Object.fromEntries(own));
}

function twin(dir: string): string {
  const other = world.path(`second${projects}`, "deeper", "checkout");
  copyCheckout(dir, other);
  return other;
}

function build(dir: string, env: Variables = {}, args: readonly string[] = ["build"]): Run {
  return mustSucceed(world.cargo(dir, args, env));
}

function outputOf(dir: string, program = "program", profile = "debug"): string {
  return world.run([join(dir, "target", profile, program)]).stdout.trim();
}

/** Results by crate; a compile that gave known bytes is a miss like any other. */
function byCrate(run: Run): Record<string, string> {
  const resultOf = ({ result, not_stored }: LoggedEvent) =>
    result === "dup" ? "miss" : result === "skipped" ? `skipped: ${not_stored ?? ""}` : result;
  return Object.fromEntries(run.events.map((event) => [event.crate_name, resultOf(event)]));
}

function rebuild(dir: string, env: Variables = {}, args: readonly string[] = ["build"]): Run {
  rmSync(join(dir, "target"), { recursive: true, force: true });
  return build(dir, env, args);
}

describe("switched off", () => {
  for (const value of ["1", "true"]) {
    test(`by KACHE_DISABLED=${value}, rustc runs and nothing is recorded or stored`, () => {
      const own = new World("disabled");
      try {
        const dir = own.project("checkout", PROGRAM);
        for (let round = 0; round < 2; round += 1) {
          rmSync(join(dir, "target"), { recursive: true, force: true });
          const run = mustSucceed(own.cargo(dir, ["build"], { KACHE_DISABLED: value }));
          expect([run.events, run.compiles.length]).toEqual([[], 2]);
        }
        expect(existsSync(join(own.cacheDir, "store"))).toBe(false);
      } finally {
        own.remove();
      }
    });
  }

  test("it does not use the fallback either", () => {
    const dir = checkout();
    const run = build(dir, { KACHE_DISABLED: "1", KACHE_FALLBACK: fallback(dir) });
    expect(run.events).toEqual([]);
    expect(outputOf(dir)).toBe("word false");
  });
});

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
    const dir = checkout({ ...PROGRAM, ".kache.toml": EXCLUDES });
    const other = fallback(dir);
    const env = { KACHE_FALLBACK: other, KACHE_CONFIG: undefined };
    expect(byCrate(build(dir, env))).toEqual({ part: "miss", program: "passthrough" });
    expect(outputOf(dir)).toBe("word true");
    const calls = readFileSync(`${other}.log`, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    expect(calls.every((call) => call.startsWith(world.rustcPath))).toBe(true);
    expect(calls.some((call) => call.includes("--crate-name part"))).toBe(false);
  });

  for (const value of ["off", "none", "/no/such/program"]) {
    test(`called ${value} is none`, () => {
      const dir = checkout({ ...PROGRAM, ".kache.toml": EXCLUDES });
      const run = build(dir, { KACHE_FALLBACK: value, KACHE_CONFIG: undefined });
      expect(byCrate(run)["program"]).toBe("passthrough");
      expect(run.stderr).not.toContain("warning");
      expect(outputOf(dir)).toBe("word false");
    });
  }

  test("named by a file inside a project is not run", () => {
    const dir = checkout();
    writeTree(dir, {
      ".kache.toml": `[cache]\nfallback = "${fallback(dir)}"\nexclude = ["src/main.rs"]\n`,
    });
    build(dir, { KACHE_CONFIG: undefined });
    expect(outputOf(dir)).toBe("word false");
  });
});

describe("excluded sources are compiled and not stored,", () => {
  for (const pattern of ["src/main.rs", "**/main.rs", "src/*", "*/src/main.rs"]) {
    test(`by ${pattern}`, () => {
      const dir = checkout({ ...PROGRAM, ".kache.toml": `[cache]\nexclude = ["${pattern}"]\n` });
      const env = { KACHE_CONFIG: undefined };
      const first = build(dir, env);
      const reason = first.events.find(
        ({ crate_name }) => crate_name === "program",
      )?.passthrough_reason;
      expect(reason).toBe("source excluded: src/main.rs");
      expect(byCrate(rebuild(dir, env))).toEqual({ part: "local_hit", program: "passthrough" });
    });
  }
});

test("with executables switched off, libraries are cached and programs are not", () => {
  const dir = checkout();
  const env = { KACHE_CACHE_EXECUTABLES: "0" };
  const first = build(dir, env);
  expect(byCrate(first)).toEqual({ part: "miss", program: "passthrough" });
  const reason = first.events.find(({ result }) => result === "passthrough")?.passthrough_reason;
  expect(reason).toBe("user-facing executable (cache_executables=false)");
  const second = twin(dir);
  expect(byCrate(build(second, env))).toEqual({ part: "local_hit", program: "passthrough" });
  expect(digestFile(join(second, "target/debug/program"))).toBe(
    digestFile(join(dir, "target/debug/program")),
  );
});

test("an excluded library does not make its dependents miss elsewhere", () => {
  const dir = checkout({ ...PROGRAM, ".kache.toml": '[cache]\nexclude = ["part/*"]\n' });
  // What rustc compiles incrementally differs from place to place by itself.
  const env = { KACHE_CONFIG: undefined, CARGO_INCREMENTAL: "0" };
  expect(byCrate(build(dir, env))).toEqual({ part: "passthrough", program: "miss" });
  expect(byCrate(build(twin(dir), env))).toEqual({ part: "passthrough", program: "local_hit" });
});

describe("incremental state", () => {
  test("is left out of cached units", () => {
    const dir = checkout();
    const run = build(dir, { CARGO_INCREMENTAL: "1" });
    expect(byCrate(run)).toEqual({ part: "miss", program: "miss" });
    expect(run.compiles.flat().filter((word) => word.startsWith("incremental="))).toEqual([]);
    expect(filesBelow(join(dir, "target/debug/incremental"))).toEqual([]);
  });

  test("is left to rustc when the configuration says keep", () => {
    const dir = checkout({ ...PROGRAM, ".kache.toml": '[cache]\nincremental = "keep"\n' });
    const run = build(dir, { CARGO_INCREMENTAL: "1", KACHE_CONFIG: undefined });
    expect(byCrate(run)).toEqual({ part: "passthrough", program: "passthrough" });
    expect(filesBelow(join(dir, "target/debug/incremental")).length).toBeGreaterThan(0);
    expect(outputOf(dir)).toBe("word false");
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
    const dir = checkout();
    const wrapper = workspaceWrapper(dir, "own-wrapper");
    for (let round = 0; round < 2; round += 1) {
      const run = rebuild(dir, { RUSTC_WORKSPACE_WRAPPER: wrapper });
      expect(byCrate(run)["program"]).not.toBe("local_hit");
      expect(outputOf(dir)).toBe("word true");
    }
  });

  test("so is one that is named without its directory, and so is a compiler", () => {
    const dir = checkout();
    workspaceWrapper(dir, "bare-driver");
    const bin = join(dir, "..");
    writeFileSync(join(bin, "mrustc"), `#!/bin/sh\nexec ${realRustc} "$@" --cfg via_fallback\n`);
    chmodSync(join(bin, "mrustc"), 0o755);
    const path = `${bin}:${process.env["PATH"] ?? ""}`;
    for (const named of [{ RUSTC_WORKSPACE_WRAPPER: "bare-driver" }, { RUSTC: "mrustc" }]) {
      const run = rebuild(dir, { PATH: path, ...named });
      expect(byCrate(run)["program"]).not.toBe("local_hit");
      expect(outputOf(dir)).toBe("word true");
    }
  });

  test("a workspace wrapper that calls itself rustc is cached by its bytes", () => {
    const dir = checkout();
    const wrapper = workspaceWrapper(dir, "rustc-with-a-twist");
    // The counting rustc is a static program, which the observer cannot follow behind a script.
    const env = { RUSTC_WORKSPACE_WRAPPER: wrapper, RUSTC: realRustc };
    expect(byCrate(rebuild(dir, env))).toEqual({ part: "miss", program: "miss" });
    expect(outputOf(dir)).toBe("word true");
    expect(byCrate(rebuild(dir, env))).toEqual({ part: "local_hit", program: "local_hit" });
    expect(outputOf(dir)).toBe("word true");
    writeFileSync(wrapper, '#!/bin/sh\nexec "$@"\n');
    rebuild(dir, env);
    expect(outputOf(dir)).toBe("word false");
  });
});

test("a parallel build keeps cargo's jobserver: no warning, and rustc gets the pipe", () => {
  const dir = checkout();
  const run = build(dir, {}, ["build", "-j2", "--release"]);
  expect(run.stderr).not.toContain("jobserver");
  expect(run.stderr).not.toContain("warning");
});

test("a build driven by make keeps make's jobserver", () => {
  const dir = checkout({ ...PROGRAM, Makefile: "all:\n\t+cargo build --offline\n" });
  const run = mustSucceed(world.run(["make", "-j2"], { cwd: dir, env: world.cargoVariables() }));
  expect(run.stderr).not.toContain("jobserver");
  expect(byCrate(run)).toEqual({ part: "miss", program: "miss" });
});

describe("coverage", () => {
  const env = { RUSTFLAGS: "-C instrument-coverage" };

  test("builds keep real paths, so checkouts do not share and one checkout is served again", () => {
    const dir = checkout();
    expect(byCrate(build(dir, env))).toEqual({ part: "miss", program: "miss" });
    expect(byCrate(rebuild(dir, env))).toEqual({ part: "local_hit", program: "local_hit" });
    const second = twin(dir);
    const there = build(second, env);
    expect(resultsOf(there)).not.toContain("local_hit");
    const program = readFileSync(join(second, "target/debug/program"), "latin1");
    expect(program).not.toContain(`${dir}/`);
  });

  test("with and without it are different units", () => {
    const dir = checkout();
    build(dir);
    expect(resultsOf(rebuild(dir, env))).not.toContain("local_hit");
  });
});

test("programs name no directory of this machine", () => {
  const dir = checkout({
    ...PROGRAM,
    "src/main.rs":
      'fn main() { if std::env::args().count() > 5 { panic!("x"); } println!("{}", part::word()); }\n',
  });
  build(dir, {}, ["build", "--release"]);
  const program = readFileSync(join(dir, "target/release/program"), "latin1");
  for (const path of [world.dir, world.environment()["CARGO_HOME"] ?? "?", world.home]) {
    expect(program).not.toContain(path);
  }
});

describe("a unit that depends on a changed one", () => {
  test("is served when the change is undone, through the whole graph", () => {
    const dir = checkout();
    build(dir);
    const original = readFileSync(join(dir, "part/src/lib.rs"), "utf8");
    const edited = 'pub fn word() -> &\'static str { "other" }\n';
    writeTree(dir, { "part/src/lib.rs": edited });
    expect(byCrate(build(dir))).toEqual({ part: "miss", program: "miss" });
    expect(outputOf(dir)).toBe("other false");
    for (const [text, word] of [
      [original, "word"],
      [edited, "other"],
    ]) {
      writeTree(dir, { "part/src/lib.rs": text ?? "" });
      expect(byCrate(build(dir))).toEqual({ part: "local_hit", program: "local_hit" });
      expect(outputOf(dir)).toBe(`${word ?? ""} false`);
    }
  });
});

const DECLARES = `use proc_macro::TokenStream;
#[proc_macro] pub fn value(_: TokenStream) -> TokenStream {
    let dir = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    format!("{:?}", std::fs::read_to_string(format!("{dir}/data/value.txt")).unwrap().trim()).parse().unwrap()
}
`;

test("a macro that reads a file of the package: served elsewhere, compiled when it is edited", () => {
  const files = {
    "Cargo.toml": `${PACKAGE}[dependencies]\nmacros = { path = "macros" }\n`,
    "src/main.rs": 'fn main() { println!("{}", macros::value!()); }\n',
    "data/value.txt": "one\n",
    "kache.toml": 'extra_inputs = ["data"]\n',
    "macros/Cargo.toml": `${PACKAGE.replace("program", "macros")}[lib]\nproc-macro = true\n`,
    "macros/src/lib.rs": DECLARES,
  };
  const dir = checkout(files);
  build(dir);
  expect(outputOf(dir)).toBe("one");
  rmSync(join(dir, "target"), { recursive: true });
  writeTree(dir, { "data/value.txt": "two\n" });
  expect(byCrate(build(dir))).toEqual({ macros: "local_hit", program: "miss" });
  expect(outputOf(dir)).toBe("two");
  const second = twin(dir);
  writeTree(second, { "data/value.txt": "three\n" });
  expect(byCrate(build(second))["program"]).toBe("miss");
  expect(outputOf(second)).toBe("three");
});

testUnless(
  missingToolchain("nightly"),
  "two toolchains never share, each is served its own",
  () => {
    const dir = checkout();
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

const REGISTRY: Files = {
  "Cargo.toml": `${PACKAGE}[dependencies]\nserde = { version = "1", features = ["derive"] }\nlibc = "0.2"\n`,
  "src/main.rs": `#[derive(serde::Serialize)] struct Thing { n: u8 }
fn main() { let t = Thing { n: 1 }; println!("{} {}", t.n, libc::SIGKILL); }
`,
};

testUnless(
  world.unfetchable("fetch", REGISTRY),
  "crates from the registry with build scripts and derive macros are served elsewhere",
  () => {
    const first = checkout(REGISTRY);
    copyCheckout(world.path("fetch"), first);
    build(first);
    const second = twin(first);
    const warm = build(second);
    expect(warm.events.filter(({ result }) => result !== "local_hit")).toEqual([]);
    expect(warm.compiles).toEqual([]);
    expect(outputOf(second)).toBe("1 9");
    expect(build(second).events).toEqual([]);
    expect(digestFile(join(second, "target/debug/program"))).toBe(
      digestFile(join(first, "target/debug/program")),
    );
    const cross = build(second, {}, ["build", "--release", "--target", hostTriple]);
    expect(resultsOf(cross)).not.toContain("skipped");
    expect(outputOf(second, "program", `${hostTriple}/release`)).toBe("1 9");
  },
);

test("checking a benchmark without a harness is cached, though its metadata is empty", () => {
  const dir = world.project("bench-check", {
    "Cargo.toml":
      '[package]\nname = "timed"\nversion = "0.1.0"\nedition = "2021"\n' +
      '[[bench]]\nname = "speed"\nharness = false\n',
    "src/lib.rs": "",
    "benches/speed.rs": "fn main() {}\n",
  });
  const check = ["check", "--all-targets"];
  const run = mustSucceed(world.cargo(dir, check));
  expect(run.events.map(({ not_stored }) => not_stored)).toEqual([undefined, undefined, undefined]);
  rmSync(join(dir, "target"), { recursive: true });
  const again = mustSucceed(world.cargo(dir, check));
  expect(again.events.map(({ result }) => result)).toEqual(["local_hit", "local_hit", "local_hit"]);
});
