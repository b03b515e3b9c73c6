// Every input of the key with its pair: changing it misses, changing noise hits. Tiny crates, rustc called
// directly through the executable under test.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { mustSucceed, outcomeOf, type Pair, testPairs } from "../support/pair.ts";
import { worldFor } from "../support/rig.ts";
import { sysroot } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("key-pairs");

function flag(fact: string, before: readonly string[], after: readonly string[]): Pair {
  return { fact, second: "misses", first: { args: before }, changed: { args: after } };
}

function sameFlag(fact: string, before: readonly string[], after: readonly string[]): Pair {
  return { fact, second: "hits", first: { args: before }, changed: { args: after } };
}

const READS_ENV = 'pub const SET: Option<&str> = option_env!("COLOUR");\n';
const NEEDS_ENV = 'pub const SET: &str = env!("COLOUR");\n';

describe("flags that count", () => {
  testPairs(world, [
    flag("a feature counts", [], ["--cfg", 'feature="extra"']),
    flag("a cfg counts", [], ["--cfg", "special"]),
    flag(
      "the order of cfgs counts or not, but two differ from one",
      ["--cfg", "a"],
      ["--cfg", "a", "--cfg", "b"],
    ),
    flag("--check-cfg counts", [], ["--check-cfg", "cfg(special)"]),
    flag("a denied lint counts", [], ["-D", "unused"]),
    flag("a warned lint counts", [], ["-W", "missing_docs"]),
    flag("an allowed lint counts", [], ["-A", "unused"]),
    flag(
      "the order of lint levels counts",
      ["-A", "unused", "-D", "unused"],
      ["-D", "unused", "-A", "unused"],
    ),
    flag("--cap-lints counts", [], ["--cap-lints", "allow"]),
    { fact: "the edition counts", second: "misses", changed: { edition: "2018" } },
    flag("the optimization level counts", ["-C", "opt-level=1"], ["-C", "opt-level=2"]),
    flag("debug information counts", [], ["-C", "debuginfo=2"]),
    flag("-g counts", [], ["-g"]),
    flag("-O counts", [], ["-O"]),
    flag(
      "the order of -O and -C opt-level counts",
      ["-O", "-Copt-level=0"],
      ["-Copt-level=0", "-O"],
    ),
    flag("the panic strategy counts", [], ["-C", "panic=abort"]),
    flag("target features count", [], ["-C", "target-feature=+sse3"]),
    flag("codegen units count", [], ["-C", "codegen-units=1"]),
    flag("metadata counts", ["-C", "metadata=a"], ["-C", "metadata=b"]),
    flag("the extra file name counts", ["-C", "extra-filename=-a"], ["-C", "extra-filename=-b"]),
    flag("target-cpu=native counts", [], ["-C", "target-cpu=native"]),
    flag("a linked library counts", [], ["-l", "ssl"]),
    flag(
      "the order of linked libraries counts",
      ["-l", "ssl", "-l", "crypto"],
      ["-l", "crypto", "-l", "ssl"],
    ),
    flag("a native search path counts", ["-L", "native=/opt/a"], ["-L", "native=/opt/b"]),
    flag("a search path for everything counts", [], ["-L", "/opt/a"]),
    flag("an explicit sysroot counts", [], ["--sysroot", sysroot]),
    flag("an explicit target counts", [], ["--target", "x86_64-unknown-linux-gnu"]),
    { fact: "the crate type counts", second: "misses", changed: { type: "staticlib" } },
    { fact: "what is emitted counts", second: "misses", changed: { emit: "dep-info,metadata" } },
    { fact: "the crate's name counts", second: "misses", changed: { name: "renamed" } },
    flag("--test counts", [], ["--test"]),
    flag(
      "the replacement of a path remap counts",
      ["--remap-path-prefix=/from=/to"],
      ["--remap-path-prefix=/from=/elsewhere"],
    ),
    flag("the presence of a path remap counts", [], ["--remap-path-prefix=/from=/to"]),
    flag(
      "the order of path remaps counts",
      ["--remap-path-prefix=/a=/x", "--remap-path-prefix=/a=/y"],
      ["--remap-path-prefix=/a=/y", "--remap-path-prefix=/a=/x"],
    ),
    flag("coverage instrumentation counts", [], ["-C", "instrument-coverage"]),
    flag("symbol mangling counts", [], ["-C", "symbol-mangling-version=v0"]),
    {
      fact: "how a log looks counts",
      second: "misses",
      first: { env: { RUSTC_LOG: "rustc_interface=info" } },
      changed: { env: { RUSTC_LOG_COLOR: "always" } },
    },
    {
      fact: "-Z counts",
      second: "misses",
      first: { env: { RUSTC_BOOTSTRAP: "1" } },
      changed: { args: ["-Z", "mir-opt-level=3"] },
    },
    {
      fact: "whether a library holds its metadata counts",
      second: "misses",
      first: { env: { RUSTC_BOOTSTRAP: "1" } },
      changed: { args: ["-Z", "embed-metadata=no"] },
    },
  ]);
});

describe("spellings and presentation are noise", () => {
  testPairs(world, [
    sameFlag("-C joined and separate are one", ["-C", "opt-level=1"], ["-Copt-level=1"]),
    sameFlag("--codegen and -C are one", ["--codegen", "opt-level=1"], ["-Copt-level=1"]),
    sameFlag("--codegen=x and -C x are one", ["--codegen=opt-level=1"], ["-C", "opt-level=1"]),
    sameFlag("--cfg joined and separate are one", ["--cfg", "special"], ["--cfg=special"]),
    sameFlag("-l joined and separate are one", ["-l", "ssl"], ["-lssl"]),
    sameFlag("-L joined and separate are one", ["-L", "native=/opt/a"], ["-Lnative=/opt/a"]),
    sameFlag("_ and - in option names are one", ["-C", "opt-level=1"], ["-C", "opt_level=1"]),
    sameFlag("colours are noise when nothing was said", [], ["--color", "always"]),
    sameFlag("the terminal's width is noise when nothing was said", [], ["--diagnostic-width=80"]),
    sameFlag("-v is noise", [], ["-v"]),
    sameFlag("incremental state is noise", [], ["-C", "incremental=inc"]),
    { fact: "the output directory is noise", second: "hits", changed: { outDir: "other/dir" } },
  ]);
});

describe("environment", () => {
  testPairs(world, [
    {
      fact: "a variable read by env! counts",
      second: "misses",
      files: { "src/lib.rs": NEEDS_ENV },
      first: { env: { COLOUR: "red" } },
      changed: { env: { COLOUR: "blue" } },
    },
    {
      fact: "an unset variable read by option_env! counts once it is set",
      second: "misses",
      files: { "src/lib.rs": READS_ENV },
      changed: { env: { COLOUR: "red" } },
    },
    {
      fact: "set to nothing and unset differ",
      second: "misses",
      files: { "src/lib.rs": READS_ENV },
      changed: { env: { COLOUR: "" } },
    },
    {
      fact: "a value with a newline, a backslash and a quote is read back exactly",
      second: "hits",
      files: { "src/lib.rs": NEEDS_ENV },
      first: { env: { COLOUR: 'a\nb\\n"c' } },
      changed: { env: { NOISE: "1" } },
    },
    {
      fact: "an escaped newline and a real one differ",
      second: "misses",
      files: { "src/lib.rs": NEEDS_ENV },
      first: { env: { COLOUR: "a\nb" } },
      changed: { env: { COLOUR: "a\\nb" } },
    },
    {
      fact: "a variable nobody reads is noise",
      second: "hits",
      changed: { env: { COLOUR: "red" } },
    },
    {
      fact: "RUSTC_BOOTSTRAP counts",
      second: "misses",
      changed: { env: { RUSTC_BOOTSTRAP: "1" } },
    },
    {
      fact: "the key salt counts",
      second: "misses",
      changed: { env: { KACHE_KEY_SALT: "pepper" } },
    },
    {
      fact: "blanks around the key salt are noise",
      second: "hits",
      first: { env: { KACHE_KEY_SALT: "salt" } },
      changed: { env: { KACHE_KEY_SALT: " salt " } },
    },
    {
      fact: "a variable named by key_env_vars counts",
      second: "misses",
      first: { env: { KACHE_KEY_ENV_VARS: "FLAVOUR", FLAVOUR: "sweet" } },
      changed: { env: { FLAVOUR: "sour" } },
    },
    {
      fact: "a variable matched by a pattern of key_env_vars counts",
      second: "misses",
      first: { env: { KACHE_KEY_ENV_VARS: "FLAV*" } },
      changed: { env: { FLAVOUR: "" } },
    },
    {
      fact: "the spelling of the key_env_vars list is noise",
      second: "hits",
      first: { env: { KACHE_KEY_ENV_VARS: "ONE,TWO" } },
      changed: { env: { KACHE_KEY_ENV_VARS: "TWO ONE" } },
    },
    {
      fact: "variables that only wrappers read are noise",
      second: "hits",
      changed: { env: { TERM: "xterm", LANG: "de_DE.UTF-8", COLUMNS: "40", MAKELEVEL: "2" } },
    },
  ]);
});

describe("a variable declared to be a mere location", () => {
  /** Two copies of a package whose data lies beside it, named by a variable. */
  const call = (dir: string, name: string) => ({
    name,
    env: { KACHE_PATH_ONLY_ENV_VARS: "DATA_DIR", DATA_DIR: `${dir}/data` },
  });
  const copies = (name: string, source: string) =>
    ["here", "deep/there"].map((place) =>
      world.project(`${name}/${place}`, {
        "src/lib.rs": source,
        "data/part.rs": "pub fn f() {}\n",
      }),
    );

  test("is shared between checkouts when it only leads to an include", () => {
    const source = 'include!(concat!(env!("DATA_DIR"), "/part.rs"));\n';
    const outcomes = copies("located", source).map((dir) =>
      outcomeOf(mustSucceed(world.rustc(dir, call(dir, "located")))),
    );
    expect(outcomes).toEqual(["misses", "hits"]);
  });

  test("is kept apart when its text is used too", () => {
    const include = 'include!(concat!(env!("DATA_DIR"), "/part.rs"));';
    const source = `${include}\npub const LENGTH: usize = env!("DATA_DIR").len();\n`;
    const outcomes = copies("spoken", source).map((dir) =>
      outcomeOf(mustSucceed(world.rustc(dir, call(dir, "spoken")))),
    );
    expect(outcomes).toEqual(["misses", "misses"]);
  });
});

test("the same paths below different KACHE_BASE_DIRs are one", () => {
  const dir = world.project("based", { "src/lib.rs": "pub fn f() {}\n" });
  const call = (base: string) => {
    const objects = world.path(base, "objects");
    mkdirSync(objects, { recursive: true });
    return {
      name: "based",
      args: ["-L", `native=${objects}`],
      env: { KACHE_BASE_DIR: world.path(base) },
    };
  };
  expect(outcomeOf(mustSucceed(world.rustc(dir, call("bases/one"))))).toBe("misses");
  expect(outcomeOf(mustSucceed(world.rustc(dir, call("bases/deep/two"))))).toBe("hits");
  const elsewhere = { ...call("bases/one"), env: { KACHE_BASE_DIR: world.path("bases/deep/two") } };
  expect(outcomeOf(mustSucceed(world.rustc(dir, elsewhere)))).toBe("misses");
});
