// What a compile was told of files by programs, what it leaves beside its outputs, and names and
// places of outputs that stand in them.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf, testPairs } from "../support/pair.ts";
import { type RustcCall, worldFor } from "../support/rig.ts";
import { writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("told-and-left");

const MACROS = `use proc_macro::{Literal, TokenStream, TokenTree};
fn word(input: TokenStream) -> String { input.to_string().trim_matches('"').to_string() }
fn text(said: &str) -> TokenStream { TokenTree::from(Literal::string(said)).into() }
`;
const RUN = `${MACROS}#[proc_macro] pub fn run(input: TokenStream) -> TokenStream {
    let out = std::process::Command::new("sh").arg("-c").arg(word(input)).output().unwrap();
    text(&String::from_utf8(out.stdout).unwrap())
}\n`;
beforeAll(() => {
  const dir = world.project("macros", { "runs.rs": RUN });
  const call = { name: "runs", type: "proc-macro", source: "runs.rs", emit: "link" };
  mustSucceed(world.plainRustc(dir, { ...call, args: ["--extern", "proc_macro"] }));
});

let units = 0;

/** A unit whose text is what a macro says. */
function unit(said: string) {
  units += 1;
  const name = `unit${units}`;
  const files = { "Cargo.toml": "", "src/lib.rs": `pub const SAID: &str = ${said};\n` };
  const dir = world.project(name, { ...files, "data/one": "1", "data/two": "2" });
  const args = ["--extern", `runs=${world.path("macros", "out", "libruns.so")}`];
  const call = { name, args, emit: "dep-info,metadata", env: { CARGO_MANIFEST_DIR: dir } };
  return { dir, build: () => outcomeOf(mustSucceed(world.rustc(dir, call))) };
}

type Change = (dir: string) => void;

/** Gives a file another time. */
function dated(name: string): Change {
  const EARLIER = new Date("2001-01-01T00:00:00Z");
  return (dir) => {
    utimesSync(join(dir, name), EARLIER, EARLIER);
  };
}

describe("a file's times and mode count", () => {
  const rows: readonly (readonly [fact: string, said: string, change: Change])[] = [
    [
      "by a program that a macro starts and that says them",
      'runs::run!("stat -c %Y data/one")',
      dated("data/one"),
    ],
    ["by a program that lists a directory by them", 'runs::run!("ls -t data")', dated("data/one")],
    [
      "by a shell that compares two",
      'runs::run!("test data/one -nt data/two && echo newer || echo older")',
      dated("data/one"),
    ],
    [
      "by a program that is asked for the unit's own source",
      'runs::run!("stat -c %Y src/lib.rs")',
      dated("src/lib.rs"),
    ],
    [
      "by a program that tells the mode",
      'runs::run!("stat -c %a data/one")',
      (dir) => {
        chmodSync(join(dir, "data/one"), 0o755);
      },
    ],
  ];
  for (const [fact, said, change] of rows) {
    test(fact, () => {
      const { dir, build } = unit(said);
      expect([build(), build()]).toEqual(["misses", "hits"]);
      change(dir);
      expect(build()).toBe("misses");
    });
  }
});

describe("a link that leaves a file which is none of its outputs", () => {
  for (const argument of ["--reproduce=out/left.tar", "--why-extract=out/left"]) {
    test(`is not cached when lld was asked for it by ${argument}`, () => {
      const dir = world.project(`left${argument.length}`, { "src/main.rs": "fn main() {}\n" });
      const args = ["-C", `link-args=-fuse-ld=lld -Wl,${argument}`];
      const call = { type: "bin", source: "src/main.rs", emit: "link", args };
      for (const time of [1, 2]) {
        rmSync(join(dir, "out"), { recursive: true, force: true });
        const run = mustSucceed(world.rustc(dir, call));
        expect([time, run.events[0]?.passthrough_reason]).toEqual([
          time,
          `refused: -C link-args=-fuse-ld=lld -Wl,${argument}`,
        ]);
        expect(existsSync(join(dir, argument.slice(argument.indexOf("=") + 1)))).toBe(true);
      }
    });
  }
});

describe("names and places of outputs", () => {
  const linkTo = (path: string): RustcCall => ({ emit: `link=${path}`, type: "dylib" });
  testPairs(world, [
    {
      fact: "a dynamic library counts by the name that --emit gives it",
      second: "misses",
      first: linkTo("out/libone.so"),
      changed: linkTo("out/libtwo.so"),
    },
  ]);

  test("packed debug information counts by the directory that -o names", () => {
    const files = { "src/main.rs": "fn main() {}\n", "one/x": "", "two/x": "" };
    const dir = world.project("packed", files);
    const build = (path: string): string => {
      const args = ["-g", "-Csplit-debuginfo=packed", "-o", path];
      const shape = { name: "packed", type: "bin", source: "src/main.rs", emit: "link" };
      return outcomeOf(mustSucceed(world.rustc(dir, { ...shape, outDir: undefined, args })));
    };
    expect([build("one/tiny"), build("one/tiny")]).toEqual(["misses", "hits"]);
    expect(build("two/tiny")).toBe("misses");
  });

  test("an output directory given twice is the compiler's error", () => {
    const dir = world.project("twice", { "src/lib.rs": "", "one/x": "" });
    const call = { name: "twice", emit: "link" };
    mustSucceed(world.rustc(dir, call));
    expect(world.rustc(dir, { ...call, args: ["--out-dir", "one"] }).exitCode).toBe(1);
  });

  test("a directory that is not there is the compiler's error where --emit names it", () => {
    const dir = world.project("missing", { "src/lib.rs": "" });
    const call = (path: string) => ({ name: "missing", emit: `link=${path}`, outDir: undefined });
    mustSucceed(world.rustc(dir, call("out/libmissing.rlib")));
    expect(world.rustc(dir, call("none/libmissing.rlib")).exitCode).toBe(1);
    expect(existsSync(join(dir, "none"))).toBe(false);
  });
});

test("a pipe at an output's place is written to by the compiler and not replaced", async () => {
  const dir = world.project("piped", { "src/lib.rs": "" });
  const rules = join(dir, "rules.d");
  const call = { name: "piped", emit: `metadata,dep-info=${rules}` };
  expect(outcomeOf(mustSucceed(world.rustc(dir, call)))).toBe("misses");
  rmSync(rules);
  Bun.spawnSync(["mkfifo", rules]);
  const reader = Bun.spawn(["cat", rules]);
  expect(outcomeOf(mustSucceed(world.rustc(dir, call)))).not.toBe("hits");
  expect(await new Response(reader.stdout).text()).toContain("src/lib.rs");
  expect(statSync(rules).isFIFO()).toBe(true);
});

describe("a linker that nobody watches", () => {
  const env = { KACHE_OBSERVE: "0" };

  test("is looked for anew when another ld comes to lie before it", () => {
    const dir = world.project("before", { "src/main.rs": "fn main() {}\n", "bin/x": "" });
    const own = { ...env, COMPILER_PATH: join(dir, "bin") };
    const args = ["-Clink-arg=-fuse-ld=bfd"];
    const call = { type: "bin", source: "src/main.rs", emit: "link", args, env: own };
    const build = () => world.rustc(dir, call);
    expect([build(), build()].map(outcomeOf)).toEqual(["misses", "hits"]);
    writeTree(dir, { "bin/ld.bfd": "#!/bin/sh\nexit 3\n" });
    chmodSync(join(dir, "bin/ld.bfd"), 0o755);
    expect(build().exitCode).toBe(1);
  });

  test("is not known when it is a script", () => {
    const text = '#!/bin/sh\nexec cc "$@" -Wl,--build-id=0x$BUILD\n';
    const dir = world.project("script", { "src/main.rs": "fn main() {}\n", "join.sh": text });
    chmodSync(join(dir, "join.sh"), 0o755);
    const args = ["-Clinker=./join.sh"];
    const build = (id: string): Buffer => {
      const own = { ...env, BUILD: id };
      const call = { name: "script", type: "bin", source: "src/main.rs", emit: "link", args };
      const run = mustSucceed(world.rustc(dir, { ...call, env: own }));
      expect(run.events[0]?.not_stored).toContain("inputs cannot be known");
      return readFileSync(join(dir, "out/script"));
    };
    expect(build("1111").equals(build("2222"))).toBe(false);
  });
});

test("a type's name that is too long for a message, and stands in a file, is written again", () => {
  const longer = (type: string) => `(${type}, Option<std::collections::BTreeMap<String, u64>>)`;
  const long = Array.from({ length: 12 }).reduce<string>(longer, "u8");
  const files = { "src/lib.rs": `pub fn f(x: &${long}) { drop(x); }\n` };
  const dir = world.project("long-type", files);
  const build = () => {
    rmSync(join(dir, "out"), { recursive: true, force: true });
    const run = mustSucceed(world.rustc(dir, { name: "long", emit: "dep-info,metadata" }));
    const named = /'(.*\.long-type-\d+\.txt)'/.exec(run.stderr)?.[1] ?? "";
    return [outcomeOf(run), existsSync(join(dir, named))];
  };
  const why = "skipped after 1 compiles: the compiler wrote a type's name into a file";
  expect([build(), build()]).toEqual([
    [why, true],
    [why, true],
  ]);
});
