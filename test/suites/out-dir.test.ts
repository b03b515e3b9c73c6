// Generated code and the paths around it: shared between checkouts where a path only leads to what is
// included, right in each checkout where code can tell.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { besidesHits, Checkouts, gitRepository, manifest } from "../support/checkouts.ts";
import {
  asking,
  expanding,
  GENERATES,
  INCLUDES,
  printed,
  program,
  using,
} from "../support/generated.ts";
import { mustSucceed } from "../support/pair.ts";
import { testUnless, type Variables, worldFor } from "../support/rig.ts";
import { missing } from "../support/toolchain.ts";
import { type Files, filesBelow, writeTree } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("out-dir");
const checkouts = new Checkouts(world);

interface Seen {
  readonly fact: string;
  readonly files: Files;
  readonly env?: Variables;
  /** What the program prints, given its OUT_DIR and its checkout; undefined: the same in both. */
  readonly prints?: (outDir: string, dir: string) => string;
}

function outDirOf(dir: string): string {
  const made = filesBelow(join(dir, "target/debug/build")).find((path) =>
    path.endsWith("/out/made.rs"),
  );
  return join(dir, "target/debug/build", (made ?? "").replace(/\/made\.rs$/, ""));
}

/** The cold build, the second checkout's, and the same again there, where nothing is left to do. */
function buildBoth({ files, env }: Seen) {
  const call = { args: ["build"], ...(env === undefined ? {} : { env }) };
  const first = checkouts.make(files);
  checkouts.build(call, first);
  const second = checkouts.twin(first);
  const warm = checkouts.build(call, second);
  expect(checkouts.build(call, second).events).toEqual([]);
  expect(checkouts.build(call, first).events).toEqual([]);
  return { first, second, warm };
}

const SHARED: readonly Seen[] = [
  { fact: "include!", files: program(`${INCLUDES}fn main() { println!("{MADE}"); }\n`) },
  {
    fact: "include_str! and include_bytes!",
    files: program(`const A: &str = include_str!(concat!(env!("OUT_DIR"), "/made.rs"));
const B: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/", "made.rs"));
fn main() { println!("{} {}", A.len(), B.len()); }
`),
  },
  {
    fact: "an include beside a name put together that cannot become its variable's (assert_cmd)",
    files: program(`${INCLUDES}#[allow(unused_macros)]
macro_rules! exe { ($name:expr) => { env!(concat!("CARGO_BIN_EXE_", $name)) } }
fn main() { println!("{MADE}"); }
`),
  },
  {
    fact: "an include in a module, in braces and over several lines",
    files: program(`mod made {
    include! {
        concat!(
            env!("OUT_DIR"),
            "/made.rs"
        )
    }
}
fn main() { println!("{}", made::MADE); }
`),
  },
  {
    fact: 'an include in an expression that says ".." somewhere else (eza)',
    files: program(`${INCLUDES}fn main() {
    println!("{} {MADE} {}", include_str!(concat!(env!("OUT_DIR"), "/made.rs")).len(), "see .. and ../x")
}
`),
  },
  {
    fact: "generated code that names its own file",
    files: program(`${INCLUDES}fn main() { println!("{}", PLACE); }\n`, {
      "build.rs": GENERATES.replace("MADE: u32 = 7", "PLACE: &str = file!()"),
    }),
  },
  {
    fact: "a variable of the build script's that leads to the file",
    files: program('include!(env!("MADE_RS"));\nfn main() { println!("{MADE}"); }\n'),
  },
  {
    fact: "both spellings together",
    files: program(`mod a { include!(env!("MADE_RS")); }
mod b { ${INCLUDES} }
fn main() { println!("{} {}", a::MADE, b::MADE); }
`),
  },
  {
    fact: "a library whose dependents know nothing of it",
    files: using("maker", 'fn main() { println!("{}", maker::MADE); }\n', {
      "seer/build.rs": undefined,
      "maker/Cargo.toml": manifest("maker"),
      "maker/build.rs": GENERATES,
      "maker/src/lib.rs": INCLUDES,
    }),
  },
  ...[
    "include_file_descriptor_set",
    "include_modules",
    "include_service",
    "resources_register_include",
  ].map((name) => ({
    fact: `${name}!, which is that in another package`,
    files: using("maker", `maker::${name}!();\nfn main() { println!("{MADE}"); }\n`, {
      "maker/Cargo.toml": manifest("maker"),
      "maker/src/lib.rs": `#[macro_export] macro_rules! ${name} { () => { ${INCLUDES.trim()} } }\n`,
    }),
  })),
  // The value that code sees follows from the directory's content, so that it is the same everywhere.
  {
    fact: "another package's macro asks for the length of OUT_DIR",
    files: asking('env!("OUT_DIR").len() % 2'),
  },
  {
    fact: "another package's macro asks for OUT_DIR, if any",
    files: asking('option_env!("OUT_DIR").map(|dir| dir.len())'),
  },
  {
    fact: "another package's macro asks for OUT_DIR's parent",
    files: asking('std::path::Path::new(env!("OUT_DIR")).parent()'),
  },
  {
    fact: "a procedural macro reads the length of OUT_DIR",
    files: expanding('(std::env::var("OUT_DIR").unwrap().len() % 2).to_string()'),
  },
  {
    fact: "a procedural macro lists OUT_DIR",
    files: expanding(
      'std::fs::read_dir(std::env::var("OUT_DIR").unwrap()).unwrap().count().to_string()',
    ),
  },
];

describe("a second checkout is served where OUT_DIR leads to what is included:", () => {
  for (const seen of SHARED) {
    test(seen.fact, () => {
      const { first, second, warm } = buildBoth(seen);
      expect(besidesHits(warm)).toEqual([]);
      expect(warm.compiles).toEqual([]);
      expect(printed(world, second)).toBe(printed(world, first));
    });
  }
});

/** Writes a file beside OUT_DIR as well, and more into the generated code. */
const generating = (more: string): string =>
  GENERATES.replace(
    "std::fs::write(&made,",
    'std::fs::write(made.with_file_name("../beside.txt"), "beside").unwrap();\n    std::fs::write(&made,',
  ).replace("u32 = 7;", `u32 = 7; ${more}`);

const APART: readonly Seen[] = [
  {
    fact: "a file that lies above OUT_DIR",
    files: program(
      `${INCLUDES}fn main() { println!("{MADE} {}", include_str!(concat!(env!("OUT_DIR"), "/../beside.txt"))); }\n`,
      { "build.rs": generating("") },
    ),
    prints: () => "7 beside",
  },
  {
    fact: "a file that lies above OUT_DIR, behind a bracket in a comment",
    files: program(
      `${INCLUDES}fn main() { println!("{MADE} {}", include_str!(concat!(env!("OUT_DIR"), /* )) */ "/../beside.txt"))); }\n`,
      { "build.rs": generating("") },
    ),
    prints: () => "7 beside",
  },
  {
    fact: "a file above OUT_DIR, in generated code",
    files: program(`${INCLUDES}fn main() { println!("{MADE} {TEXT}"); }\n`, {
      "build.rs": generating('const TEXT: &str = include_str!(\\"../beside.txt\\");'),
    }),
    prints: () => "7 beside",
  },
  {
    fact: "OUT_DIR in generated code",
    files: program(`${INCLUDES}fn main() { println!("{MADE} {DIR}"); }\n`, {
      "build.rs": generating('const DIR: &str = env!(\\"OUT_DIR\\");'),
    }),
    prints: (outDir) => `7 ${outDir}`,
  },
  {
    fact: "OUT_DIR at run time",
    files: program('fn main() { println!("{}", env!("OUT_DIR")); }\n'),
    prints: (outDir) => outDir,
  },
  {
    fact: "OUT_DIR, if any, at run time",
    files: program('fn main() { println!("{:?}", option_env!("OUT_DIR")); }\n'),
    prints: (outDir) => `Some(${JSON.stringify(outDir)})`,
  },
  {
    fact: "the length of OUT_DIR beside an include",
    files: program(`${INCLUDES}fn main() { println!("{MADE} {}", env!("OUT_DIR").len()); }\n`),
    prints: (outDir) => `7 ${outDir.length}`,
  },
  {
    fact: "OUT_DIR beside an include, by a macro of the package's own",
    files: program(`${INCLUDES}macro_rules! read { ($name:expr) => { env!($name) } }
fn main() { println!("{MADE} {}", read!("OUT_DIR")); }
`),
    prints: (outDir) => `7 ${outDir}`,
  },
  {
    fact: "OUT_DIR beside an include, its name put together",
    files: program(
      `${INCLUDES}fn main() { println!("{MADE} {}", env!(concat!("OUT", "_DIR"))); }\n`,
    ),
    prints: (outDir) => `7 ${outDir}`,
  },
  {
    fact: "OUT_DIR beside an include, its name escaped",
    files: program(`${INCLUDES}fn main() { println!("{MADE} {}", env!("OUT\\x5fDIR")); }\n`),
    prints: (outDir) => `7 ${outDir}`,
  },
  {
    fact: "a file of OUT_DIR named at run time",
    files: program(
      'fn main() { print!("{}", std::fs::read_to_string(concat!(env!("OUT_DIR"), "/made.rs")).unwrap()); }\n',
    ),
    prints: () => "pub const MADE: u32 = 7;",
  },
  {
    fact: "a variable of the build script's at run time",
    files: program(
      `include!(env!("MADE_RS"));\nfn main() { println!("{MADE} {}", env!("MADE_RS")); }\n`,
    ),
    prints: (outDir) => `7 ${outDir}/made.rs`,
  },
  {
    fact: "the package's own directory",
    files: program('fn main() { println!("{}", env!("CARGO_MANIFEST_DIR")); }\n'),
    prints: (_, dir) => dir,
  },
  {
    fact: "the directory of a path dependency",
    files: using("maker", 'fn main() { println!("{}", maker::DIR); }\n', {
      "maker/Cargo.toml": manifest("maker"),
      "maker/src/lib.rs": 'pub const DIR: &str = env!("CARGO_MANIFEST_DIR");\n',
    }),
    prints: (_, dir) => `${dir}/maker`,
  },
  {
    fact: "the path of the package's manifest",
    files: program('fn main() { println!("{}", env!("CARGO_MANIFEST_PATH")); }\n'),
    prints: (_, dir) => `${dir}/Cargo.toml`,
  },
];

describe("a program that can tell is its own checkout's:", () => {
  for (const seen of APART) {
    test(seen.fact, () => {
      const { first, second, warm } = buildBoth(seen);
      expect(besidesHits(warm).length).toBeGreaterThan(0);
      for (const dir of [first, second]) {
        expect(printed(world, dir)).toBe(seen.prints?.(outDirOf(dir), dir) ?? "");
      }
    });
  }
});

testUnless(
  missing("git"),
  "a crate outside every checkout may know its own directory and is served all the same",
  () => {
    const repository = gitRepository(world, {
      "Cargo.toml": manifest("placed"),
      "src/lib.rs": 'pub const DIR: &str = env!("CARGO_MANIFEST_DIR");\n',
    });
    const env = { CARGO_HOME: world.path("cargo-home") };
    const first = checkouts.make({
      "Cargo.toml": manifest("seer", `[dependencies]\nplaced = { git = "file://${repository}" }\n`),
      "src/main.rs": 'fn main() { println!("{}", placed::DIR); }\n',
    });
    mustSucceed(world.run(["cargo", "fetch"], { cwd: first, env }));
    checkouts.build({ args: ["build"], env }, first);
    const second = checkouts.twin(first);
    const warm = checkouts.build({ args: ["build"], env }, second);
    expect([besidesHits(warm), warm.compiles]).toEqual([[], []]);
    expect(printed(world, second)).toStartWith(`${env.CARGO_HOME}/git/checkouts/repository-`);
  },
);

/**
 * A program that includes a file by a variable of the build script's, and tells the variable's length: known when
 * it is compiled, so that nothing of the path is left in it.
 */
function measuring(length: string, macros: string): Files {
  return using(
    "maker",
    `include!(concat!(env!("LISTED"), "/made.rs"));
const LENGTH: usize = ${length};
fn main() { println!("{MADE} {LENGTH}"); }
`,
    {
      "seer/build.rs": `fn main() {
    let dir = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    println!("cargo::rustc-env=LISTED={dir}/listed");
}
`,
      "seer/listed/made.rs": "const MADE: u32 = 8;\n",
      "maker/Cargo.toml": manifest("maker"),
      "maker/src/lib.rs": macros,
    },
  );
}

describe("a variable declared a location counts where code may have its value from", () => {
  const ASK = '#[macro_export] macro_rules! ask { () => { env!("LISTED") } }\n';
  const READ = "#[macro_export] macro_rules! read { ($name:expr) => { env!($name) } }\n";
  for (const [fact, length, macros] of [
    ["a macro of another package", "maker::ask!().len()", ASK],
    ["a macro that is told its name", 'maker::read!("LISTED").len()', READ],
    ["its name escaped", 'env!("LIST\\x45D").len()', ""],
    ["a computed name", 'env!(concat!("LIS", "TED")).len()', ""],
    ["a computed name, if any", 'option_env!(concat!("LIS", "TED")).unwrap().len()', ""],
    ["env! under another name", '{ use std::env as told; told!("LISTED").len() }', ""],
  ] as const) {
    test(fact, () => {
      const call = { args: ["build"], env: { KACHE_PATH_ONLY_ENV_VARS: "LISTED" } };
      const first = checkouts.make(measuring(length, macros));
      const second = checkouts.twin(first);
      for (const dir of [first, second]) {
        checkouts.build(call, dir);
        expect(printed(world, dir)).toBe(`8 ${`${dir}/seer/listed`.length}`);
      }
    });
  }
});

test("a variable declared a location leads each checkout to its own file, once", () => {
  const call = {
    args: ["build"],
    env: { KACHE_PATH_ONLY_ENV_VARS: "LISTED" },
  };
  const first = checkouts.make({
    "Cargo.toml": manifest("seer"),
    "build.rs": `fn main() {
    let dir = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    println!("cargo::rustc-env=LISTED={dir}/listed");
}
`,
    "listed/made.rs": "const MADE: u32 = 8;\n",
    "src/main.rs": `include!(concat!(env!("LISTED"), "/made.rs"));\nfn main() { println!("{MADE}"); }\n`,
  });
  checkouts.build(call, first);
  const second = checkouts.twin(first);
  expect(besidesHits(checkouts.build(call, second))).toEqual([]);
  expect(checkouts.build(call, second).events).toEqual([]);
  writeTree(second, { "listed/made.rs": "const MADE: u32 = 9;\n" });
  checkouts.build(call, second);
  expect([printed(world, first), printed(world, second)]).toEqual(["8", "9"]);
});

const GENERATED: Files = {
  "Cargo.toml": manifest(
    "seer",
    '[build-dependencies]\nbuilt = { version = "0.8", default-features = false }\n',
  ),
  "build.rs": "fn main() { built::write_built_file().unwrap(); }\n",
  "src/main.rs": `mod built_info { include!(concat!(env!("OUT_DIR"), "/built.rs")); }
fn main() { println!("{} {}", built_info::PKG_NAME, built_info::PROFILE); }
`,
};

testUnless(
  world.unfetchable("fetch", GENERATED),
  "a crate whose code is generated by built starts no compile in a second checkout",
  () => {
    const [first, second] = checkouts.fetched("fetch");
    const call = { args: ["build"] };
    expect(besidesHits(checkouts.build(call, first))).not.toEqual([]);
    const warm = checkouts.build(call, second);
    expect(warm.compiles).toEqual([]);
    expect(checkouts.build(call, second).events).toEqual([]);
    expect(printed(world, second)).toBe("seer debug");
  },
);
