// Edits reach the program that cargo builds, and paths that a program can see are those of the checkout
// it was built in, whoever compiled first.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { besidesHits, Checkouts, manifest } from "../support/checkouts.ts";
import { type Run, type Variables, worldFor } from "../support/rig.ts";
import { type Files, filesBelow, writeTree } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("cargo-edits");
const checkouts = new Checkouts(world);

const GENERATES = `fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/made.rs"), "pub const MADE: u32 = 7;\\n").unwrap();
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=STAMPED=from-the-script");
}
`;

function build(dir: string, args: readonly string[], env: Variables = {}): Run {
  return checkouts.build({ args, env }, dir);
}

const PROGRAM: Files = {
  "Cargo.toml": manifest("program", "[features]\nloud = []\n"),
  "src/main.rs": `mod part;
fn main() {
    let loud = cfg!(feature = "loud");
    println!("{} {loud} {:?} {}", part::WORD, option_env!("COLOUR"), cfg!(special));
}
`,
  "src/part.rs": 'pub const WORD: &str = "one";\n',
};

describe("edits reach the program, and are reproduced after a clean:", () => {
  interface Edit {
    readonly fact: string;
    readonly files?: Files;
    readonly args?: readonly string[];
    readonly env?: Variables;
    readonly prints: string;
  }
  const edits: readonly Edit[] = [
    { fact: "nothing", prints: "one false None false" },
    {
      fact: "a module",
      files: { "src/part.rs": 'pub const WORD: &str = "two";\n' },
      prints: "two false None false",
    },
    { fact: "a feature", args: ["--features", "loud"], prints: "one true None false" },
    { fact: "a variable", env: { COLOUR: "red" }, prints: 'one false Some("red") false' },
    { fact: "an empty variable", env: { COLOUR: "" }, prints: 'one false Some("") false' },
    { fact: "RUSTFLAGS", env: { RUSTFLAGS: "--cfg special" }, prints: "one false None true" },
    {
      fact: "encoded RUSTFLAGS",
      env: { CARGO_ENCODED_RUSTFLAGS: "--cfg\x1fspecial" },
      prints: "one false None true",
    },
    {
      fact: "a new module",
      files: {
        "src/part.rs": "mod more; pub use more::WORD;\n",
        "src/part/more.rs": 'pub const WORD: &str = "new";\n',
      },
      prints: "new false None false",
    },
    { fact: "nothing again", prints: "one false None false" },
  ];

  test("each in turn", () => {
    const dir = checkouts.make(PROGRAM);
    const program = join(dir, "target/debug/program");
    for (const { files, args, env, prints } of edits) {
      writeTree(dir, { ...PROGRAM, "src/part": undefined, ...files });
      build(dir, ["build", ...(args ?? [])], env);
      expect(world.run([program]).stdout.trim()).toBe(prints);
      rmSync(join(dir, "target"), { recursive: true });
      const again = build(dir, ["build", ...(args ?? [])], env);
      expect(besidesHits(again)).toEqual([]);
      expect(world.run([program]).stdout.trim()).toBe(prints);
    }
  });
});

describe("paths that a program can see are its own checkout's:", () => {
  const seen: readonly {
    fact: string;
    files: Files;
    crate: string;
    expected: (dir: string) => string;
  }[] = [
    {
      fact: "CARGO_MANIFEST_DIR read by env!",
      files: {
        "Cargo.toml": manifest("seer"),
        "src/main.rs": 'fn main() { println!("{}", env!("CARGO_MANIFEST_DIR")); }\n',
      },
      crate: "seer",
      expected: (dir) => dir,
    },
    {
      fact: "OUT_DIR read at run time",
      files: {
        "Cargo.toml": manifest("seer"),
        "build.rs": GENERATES,
        "src/main.rs":
          'fn main() { print!("{}", std::fs::read_to_string(concat!(env!("OUT_DIR"), "/made.rs")).unwrap()); }\n',
      },
      crate: "seer",
      expected: () => "pub const MADE: u32 = 7;",
    },
    {
      fact: "OUT_DIR both included and read at run time",
      files: {
        "Cargo.toml": manifest("seer"),
        "build.rs": GENERATES,
        "src/main.rs": `include!(concat!(env!("OUT_DIR"), "/made.rs"));
fn main() { println!("{MADE} {}", std::path::Path::new(env!("OUT_DIR")).is_dir()); }
`,
      },
      crate: "seer",
      expected: () => "7 true",
    },
    {
      fact: "the length of OUT_DIR",
      files: {
        "Cargo.toml": manifest("seer"),
        "build.rs": GENERATES,
        "src/main.rs": `include!(concat!(env!("OUT_DIR"), "/made.rs"));
const LENGTH: usize = env!("OUT_DIR").len();
fn main() { println!("{}", MADE as usize + LENGTH - std::env::args().nth(1).unwrap().len()); }
`,
      },
      crate: "seer",
      expected: () => "7",
    },
  ];

  for (const { fact, files, crate, expected } of seen) {
    test(fact, () => {
      const first = checkouts.make(files);
      build(first, ["build"]);
      const second = checkouts.twin(first);
      // What the first checkout left must not help the second.
      rmSync(first, { recursive: true });
      const run = build(second, ["build"]);
      expect(
        run.events.filter((event) => event.crate_name === crate).map(({ result }) => result),
      ).toEqual(["miss"]);
      const outDir = filesBelow(join(second, "target/debug/build")).find((path) =>
        path.endsWith("/out/made.rs"),
      );
      const real = join(second, "target/debug/build", (outDir ?? "").replace(/\/made\.rs$/, ""));
      const printed = world.run([join(second, "target/debug", crate), real]).stdout.trim();
      expect(printed).toBe(expected(second));
    });
  }
});

/** A crate whose build script writes what a variable says. */
function generating(word: string): Files {
  const script = `fn main() {
    println!("cargo:rerun-if-env-changed=WORD");
    let word = std::env::var("WORD").unwrap_or("${word}".into());
    std::fs::write(format!("{}/made.rs", std::env::var("OUT_DIR").unwrap()), format!("const MADE: &str = {word:?};")).unwrap();
}
`;
  return {
    "Cargo.toml": manifest("maker"),
    "build.rs": script,
    "src/main.rs": `include!(concat!(env!("OUT_DIR"), "/made.rs"));
fn main() { println!("{MADE}"); }
`,
  };
}

describe("generated code", () => {
  test("that changes is compiled, and served when it changes back", () => {
    const dir = checkouts.make(generating("plain-word"));
    for (const [word, result] of [
      ["plain-word", "miss"],
      ["other-word", "miss"],
      ["plain-word", "local_hit"],
      ["other-word", "local_hit"],
    ]) {
      const run = build(dir, ["build"], { WORD: word });
      const program = run.events.find(({ crate_name }) => crate_name === "maker");
      expect(program?.result).toBe(result ?? "");
      expect(world.run([join(dir, "target/debug/maker")]).stdout).toBe(`${word ?? ""}\n`);
    }
  });

  for (const [harm, command] of [
    ["swept away", "rm -f"],
    ["altered", "printf 'const MADE: &str = \"altered\";' | tee"],
  ] as const) {
    test(`whose copies outside the checkout were ${harm} is compiled as it is here`, () => {
      const word = `copied-${harm.length}-${process.pid}`;
      const dir = checkouts.make(generating(word));
      build(dir, ["build"]);
      // Copies that a sound implementation keeps for other checkouts: nobody guards them.
      const find = `find /var/tmp /tmp -name made.rs -not -path '*/checkout/*' -exec grep -ls ${word} {} +`;
      for (const copy of world.run(["sh", "-c", find]).stdout.split("\n")) {
        if (copy !== "") world.run(["sh", "-c", `chmod u+w ${copy}; ${command} ${copy}`]);
      }
      writeTree(dir, { "src/main.rs": `${String(generating(word)["src/main.rs"])}// edited\n` });
      build(dir, ["build"]);
      expect(world.run([join(dir, "target/debug/maker")]).stdout).toBe(`${word}\n`);
      rmSync(join(dir, "target"), { recursive: true });
      build(dir, ["build"]);
      expect(world.run([join(dir, "target/debug/maker")]).stdout).toBe(`${word}\n`);
    });
  }
});

test("a path dependency outside the workspace is built and served again in place", () => {
  const dir = checkouts.make({
    "Cargo.toml": manifest("user", '[dependencies]\noutside = { path = "../outside" }\n'),
    "src/main.rs": 'fn main() { println!("{}", outside::word()); }\n',
  });
  writeTree(join(dir, "../outside"), {
    "Cargo.toml": manifest("outside"),
    "src/lib.rs": 'pub fn word() -> &\'static str { "out" }\n',
  });
  build(dir, ["build"]);
  checkouts.expectNothingToDo({ args: ["build"] }, dir);
  rmSync(join(dir, "target"), { recursive: true });
  expect(besidesHits(build(dir, ["build"]))).toEqual([]);
  writeTree(join(dir, "../outside"), {
    "src/lib.rs": 'pub fn word() -> &\'static str { "new" }\n',
  });
  build(dir, ["build"]);
  expect(world.run([join(dir, "target/debug/user")]).stdout).toBe("new\n");
  expect(existsSync(join(dir, "../outside/target"))).toBe(false);
});
