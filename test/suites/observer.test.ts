// Units that read what rustc does not report: macros that look at files, directories and the environment,
// and links. Whatever was looked at counts, the rest does not; with the observer off, needless misses are
// allowed and stale hits are not.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type RustcCall, testUnless, type Variables, worldFor } from "../support/rig.ts";
import { compileC, kache } from "../support/toolchain.ts";
import { type Files, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("observer");

const HEAD = `use proc_macro::{Literal, TokenStream, TokenTree};
use std::{env, fs, path::Path, process::Command};
fn word(input: TokenStream) -> String { input.to_string().trim_matches('"').to_string() }
fn say(text: String) -> TokenStream { TokenStream::from(TokenTree::from(Literal::string(&text))) }
`;

/** Macros that look at one thing each. */
const LOOKERS = `${HEAD}
#[proc_macro] pub fn read_file(i: TokenStream) -> TokenStream { say(fs::read_to_string(word(i)).unwrap_or_default()) }
#[proc_macro] pub fn list(i: TokenStream) -> TokenStream {
    let mut names: Vec<_> = fs::read_dir(word(i)).map(|d| d.flatten().map(|e| e.file_name().into_string().unwrap()).collect()).unwrap_or_default();
    names.sort();
    say(names.join(" "))
}
#[proc_macro] pub fn walk(i: TokenStream) -> TokenStream {
    fn below(dir: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            if entry.path().is_dir() { below(&entry.path(), found) } else { found.push(entry.path().display().to_string()) }
        }
    }
    let mut found = Vec::new();
    below(Path::new(&word(i)), &mut found);
    found.sort();
    say(found.join(" "))
}
#[proc_macro] pub fn exists(i: TokenStream) -> TokenStream { say(Path::new(&word(i)).exists().to_string()) }
#[proc_macro] pub fn place(_: TokenStream) -> TokenStream { say(env::current_dir().unwrap().as_os_str().len().to_string()) }
#[proc_macro] pub fn real(i: TokenStream) -> TokenStream { say(fs::canonicalize(word(i)).unwrap().display().to_string()) }
#[proc_macro] pub fn behind(i: TokenStream) -> TokenStream {
    let real = fs::canonicalize(word(i)).unwrap();
    say(fs::read_to_string(real.join("a.txt")).unwrap())
}
#[proc_macro] pub fn link(i: TokenStream) -> TokenStream { say(fs::read_link(word(i)).unwrap().display().to_string()) }
#[proc_macro] pub fn is_link(i: TokenStream) -> TokenStream { say(fs::symlink_metadata(word(i)).unwrap().is_symlink().to_string()) }
#[proc_macro] pub fn mode(i: TokenStream) -> TokenStream {
    say(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(word(i)).unwrap().permissions()).to_string())
}
#[proc_macro] pub fn variable(i: TokenStream) -> TokenStream { say(format!("{:?}", env::var(word(i)))) }
`;

/** Macros that ask for times, modes of open files and attributes: in a library of their own, since it shows. */
const ASKERS = `${HEAD}
extern "C" { fn getxattr(path: *const u8, name: *const u8, value: *mut u8, size: usize) -> isize; }
fn seconds(found: fs::Metadata) -> TokenStream {
    say(found.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().to_string())
}
#[proc_macro] pub fn opened_time(i: TokenStream) -> TokenStream { seconds(fs::File::open(word(i)).unwrap().metadata().unwrap()) }
#[proc_macro] pub fn opened_mode(i: TokenStream) -> TokenStream {
    let found = fs::File::open(word(i)).unwrap().metadata().unwrap();
    say(std::os::unix::fs::PermissionsExt::mode(&found.permissions()).to_string())
}
#[proc_macro] pub fn time_of(i: TokenStream) -> TokenStream { seconds(fs::metadata(word(i)).unwrap()) }
#[proc_macro] pub fn attribute(i: TokenStream) -> TokenStream {
    let mut value = [0u8; 16];
    let path = word(i) + "\\0";
    unsafe { getxattr(path.as_ptr(), c"user.kind".as_ptr().cast(), value.as_mut_ptr(), 16) };
    say(value[0].to_string())
}
#[proc_macro] pub fn directories(i: TokenStream) -> TokenStream {
    say(fs::read_dir(word(i)).unwrap().flatten().filter(|e| e.file_type().unwrap().is_dir()).count().to_string())
}
`;

/** Macros after which the whole environment counts: in a library of their own, since they shape it. */
const WALKERS = `${HEAD}
#[proc_macro] pub fn environment(i: TokenStream) -> TokenStream {
    let start = word(i);
    say(env::vars().filter(|(name, _)| name.starts_with(&start)).map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(" "))
}
#[proc_macro] pub fn child(i: TokenStream) -> TokenStream {
    say(String::from_utf8(Command::new("sh").arg("-c").arg(word(i)).output().unwrap().stdout).unwrap())
}
`;

const libraries = world.path("macros", "out");

beforeAll(() => {
  const reexports = "pub use looker::*;\npub use walker::*;\npub use asker::*;\n";
  const dir = world.project("macros", {
    "looker.rs": LOOKERS,
    "asker.rs": ASKERS,
    "walker.rs": WALKERS,
    "via.rs": reexports,
  });
  for (const name of ["looker", "walker", "asker"]) {
    const shape = { type: "proc-macro", emit: "link", args: ["--extern", "proc_macro"] };
    mustSucceed(world.plainRustc(dir, { ...shape, name, source: `${name}.rs` }));
  }
  const args = ["looker", "walker", "asker"].flatMap(externOf);
  mustSucceed(world.plainRustc(dir, { name: "via", source: "via.rs", emit: "link", args }));
});

function externOf(library: string): string[] {
  const file = library === "via" ? "libvia.rlib" : `lib${library}.so`;
  return ["--extern", `${library}=${join(libraries, file)}`];
}

/** What a macro looks at, and what then counts. */
interface Look {
  readonly fact: string;
  /** The macro and its argument. */
  readonly asks: string;
  readonly files?: Files;
  readonly env?: Variables;
  readonly edit?: Files;
  readonly set?: Variables;
  /** Whether the conservative rules cannot see it: the observer only. */
  readonly observerOnly?: boolean;
}

const COUNTS: readonly Look[] = [
  { fact: "a file it read is edited", asks: 'read_file!("data.txt")', edit: { "data.txt": "two" } },
  {
    fact: "a file it read is removed",
    asks: 'read_file!("data.txt")',
    edit: { "data.txt": undefined },
  },
  {
    fact: "a file it read in vain appears",
    asks: 'read_file!("later.txt")',
    edit: { "later.txt": "here" },
  },
  {
    fact: "a file outside the package is edited",
    asks: 'read_file!("../shared.txt")',
    files: { "../shared.txt": "one" },
    edit: { "../shared.txt": "two" },
    observerOnly: true,
  },
  { fact: "a directory it listed gets a file", asks: 'list!("dir")', edit: { "dir/b": "" } },
  {
    fact: "a directory it listed loses a file",
    asks: 'list!("dir")',
    edit: { "dir/a": undefined },
  },
  {
    fact: "a directory below the one it walked gets a file",
    asks: 'walk!("dir")',
    files: { "dir/deep/er/a": "" },
    edit: { "dir/deep/er/b": "" },
  },
  {
    fact: "a directory appears below the one it walked",
    asks: 'walk!("dir")',
    edit: { "dir/new/b": "" },
  },
  {
    fact: "a directory it looked for in vain appears",
    asks: 'list!("none")',
    edit: { "none/a": "" },
  },
  { fact: "a file it tested for appears", asks: 'exists!("later.txt")', edit: { "later.txt": "" } },
  {
    fact: "a file it tested for goes away",
    asks: 'exists!("data.txt")',
    edit: { "data.txt": undefined },
  },
  { fact: "a directory it tested for goes away", asks: 'exists!("dir")', edit: { dir: undefined } },
  { fact: "a variable it read is set", asks: 'variable!("COLOUR")', set: { COLOUR: "red" } },
  {
    fact: "a variable it read changes",
    asks: 'variable!("COLOUR")',
    env: { COLOUR: "red" },
    set: { COLOUR: "blue" },
  },
  {
    fact: "a variable it read is unset",
    asks: 'variable!("COLOUR")',
    env: { COLOUR: "red" },
    set: { COLOUR: undefined },
  },
  { fact: "a variable it read becomes empty", asks: 'variable!("COLOUR")', set: { COLOUR: "" } },
  ...["CI", "HOME", "PATH", "TERM", "RUST_BACKTRACE", "TMPDIR"].map((name) => ({
    fact: `${name} changes, which it read and the compiler reads anyway`,
    asks: `variable!("${name}")`,
    env: { [name]: name === "PATH" ? process.env["PATH"] : "/one" },
    set: { [name]: name === "PATH" ? `${process.env["PATH"] ?? ""}:/two` : "/two" },
    // A terminal's kind is noise to the conservative rule.
    observerOnly: name === "TERM",
  })),
  {
    fact: "the working directory, which it listed, gets a file",
    asks: 'list!(".")',
    edit: { b: "" },
  },
  {
    fact: "a variable appears among those it walked",
    asks: 'environment!("COL")',
    set: { COLOUR: "red" },
  },
  {
    fact: "LD_LIBRARY_PATH changes, which it walked",
    asks: 'environment!("LD_LIB")',
    env: { LD_LIBRARY_PATH: "/one" },
    set: { LD_LIBRARY_PATH: "/two" },
  },
  {
    fact: "a file its child read is edited",
    asks: 'child!("cat data.txt")',
    edit: { "data.txt": "two" },
  },
  {
    fact: "a variable its child read changes",
    asks: 'child!("echo $COLOUR")',
    set: { COLOUR: "red" },
  },
  {
    fact: "a variable read by a child's child changes",
    asks: 'child!("env | grep COLOUR | cat")',
    set: { COLOUR: "red" },
  },
];

const NOISE: readonly Look[] = [
  {
    fact: "a file it did not read is edited",
    asks: 'read_file!("data.txt")',
    edit: { "other.txt": "two" },
  },
  { fact: "a new file appears elsewhere", asks: 'exists!("data.txt")', edit: { "new.txt": "" } },
  {
    fact: "a listed directory's file changes its content",
    asks: 'list!("dir")',
    edit: { "dir/a": "other" },
  },
  { fact: "another variable changes", asks: 'variable!("COLOUR")', set: { FLAVOUR: "sweet" } },
];

const TREE: Files = { "data.txt": "one", "other.txt": "one", "dir/a": "" };
let looks = 0;

function compileLook(look: Look, direct: boolean, observed: boolean) {
  looks += 1;
  const walks = /^(environment|child)!/.test(look.asks);
  const asks = /^(opened_\w+|time_of|attribute|directories)!/.test(look.asks);
  const through = !direct ? "via" : walks ? "walker" : asks ? "asker" : "looker";
  const text = `pub const SAID: &str = ${through}::${look.asks};\n`;
  const dir = world.project(`looks${looks}/package`, {
    "src/lib.rs": text,
    ...TREE,
    ...look.files,
  });
  const call: RustcCall = {
    name: `look${looks}`,
    emit: "dep-info,metadata",
    args: [...externOf(through), "-L", `dependency=${libraries}`],
    env: { ...look.env, ...(observed ? {} : { KACHE_OBSERVE: "0" }), CARGO_MANIFEST_DIR: dir },
  };
  const build = (env: Variables = {}) =>
    mustSucceed(world.rustc(dir, { ...call, env: { ...call.env, ...env } }));
  return { dir, build, call };
}

for (const observed of [true, false]) {
  const how = observed ? "with the observer" : "with the observer off";
  for (const direct of [true, false]) {
    const whose = direct ? "its own macro" : "a macro that a library hands on";
    describe(`${how}, a unit with ${whose} is compiled again when`, () => {
      for (const look of COUNTS.filter(({ observerOnly }) => observed || observerOnly !== true)) {
        test(look.fact, () => {
          const { dir, build } = compileLook(look, direct, observed);
          const first = build();
          if (observed)
            expect([outcomeOf(first), first.events[0]?.observed]).toEqual(["misses", "observed"]);
          if (observed) expect(outcomeOf(build())).toBe("hits");
          writeTree(dir, look.edit ?? {});
          expect(outcomeOf(build(look.set))).not.toBe("hits");
        });
      }
    });
  }
}

/** What a macro can learn of a path beside its content. */
const OF_PATHS: readonly (readonly [string, string, (at: (name: string) => string) => void])[] = [
  [
    "a link it followed by hand leads elsewhere",
    'behind!("way")',
    (at) => {
      rmSync(at("way"));
      symlinkSync("two", at("way"));
    },
  ],
  [
    "a link it read has another text",
    'link!("way")',
    (at) => {
      rmSync(at("way"));
      symlinkSync("./one", at("way"));
    },
  ],
  [
    "a link stands in place of a file of equal content",
    'is_link!("data.txt")',
    (at) => {
      renameSync(at("data.txt"), at("moved.txt"));
      symlinkSync("moved.txt", at("data.txt"));
    },
  ],
  [
    "the directory before .. leads elsewhere",
    'read_file!("way/../data.txt")',
    (at) => {
      rmSync(at("way"));
      mkdirSync(at("two/deep"));
      writeFileSync(at("two/data.txt"), "two");
      symlinkSync("two/deep", at("way"));
    },
  ],
  [
    "a file may be executed",
    'mode!("data.txt")',
    (at) => {
      chmodSync(at("data.txt"), 0o755);
    },
  ],
  [
    "a file it opened has another time",
    'opened_time!("data.txt")',
    (at) => {
      utimesSync(at("data.txt"), 1, 1);
    },
  ],
  [
    "a file it opened may be executed",
    'opened_mode!("data.txt")',
    (at) => {
      chmodSync(at("data.txt"), 0o755);
    },
  ],
  [
    "a directory has another time",
    'time_of!("dir")',
    (at) => {
      utimesSync(at("dir"), 1, 1);
    },
  ],
  [
    "a file has an attribute",
    'attribute!("data.txt")',
    (at) => {
      const script = 'import os, sys; os.setxattr(sys.argv[1], "user.kind", b"a")';
      Bun.spawnSync(["python3", "-c", script, at("data.txt")]);
    },
  ],
  [
    "a directory stands in place of a file that it listed",
    'directories!("dir")',
    (at) => {
      rmSync(at("dir/a"));
      mkdirSync(at("dir/a"));
    },
  ],
  [
    "a file behind a link to another package's directory is edited",
    'behind!("far")',
    (at) => {
      writeFileSync(at("../far/a.txt"), "two");
    },
  ],
];

for (const observed of [true, false]) {
  const how = observed ? "with the observer" : "with the observer off";
  describe(`${how}, a unit with a macro is compiled again when, of a path,`, () => {
    // Nobody's tree has times.
    const counts = OF_PATHS.filter(([, asks]) => observed || !/time|attribute/.test(asks));
    for (const [fact, asks, disturb] of counts) {
      test(fact, () => {
        const files = { "one/a.txt": "one", "two/a.txt": "two", "../far/a.txt": "one" };
        const { dir, build } = compileLook({ fact, asks, files }, true, observed);
        symlinkSync("one", join(dir, "way"));
        symlinkSync("../far", join(dir, "far"));
        // One that leads back is not followed for ever.
        symlinkSync("..", join(dir, "one/back"));
        expect(outcomeOf(build())).toBe("misses");
        expect(outcomeOf(build())).toBe("hits");
        disturb((name) => join(dir, name));
        expect(outcomeOf(build())).toBe("misses");
      });
    }
  });
}

describe("with the observer, a unit with a macro is served when", () => {
  for (const look of NOISE) {
    test(look.fact, () => {
      const { dir, build } = compileLook(look, true, true);
      expect(outcomeOf(build())).toBe("misses");
      writeTree(dir, look.edit ?? {});
      expect(outcomeOf(build(look.set))).toBe("hits");
    });
  }
});

test("with the observer off, a unit with a macro is still served when nothing changed", () => {
  const { build } = compileLook({ fact: "", asks: 'read_file!("data.txt")' }, true, false);
  expect(outcomeOf(build())).toBe("misses");
  expect(outcomeOf(build())).toBe("hits");
});

test("values that are not UTF-8 differ when a macro reads them", () => {
  const { dir } = compileLook({ fact: "", asks: 'variable!("RAW")' }, true, true);
  mkdirSync(join(dir, "out"), { recursive: true });
  const words = world.rustcWords({ name: "raw", emit: "metadata", args: externOf("looker") });
  const outcomes = ["351", "352"].map((byte) => {
    const script = `RAW="$(printf '\\\\${byte}')" exec ${[kache, ...words].join(" ")}`;
    return outcomeOf(mustSucceed(world.run(["sh", "-c", script], { cwd: dir })));
  });
  expect(outcomes[1]).not.toBe("hits");
});

test("the very first compile of a cache, which puts the observer in place, is kept", () => {
  const dir = world.project("first", { "src/main.rs": "fn main() {}\n" });
  const env = { KACHE_CACHE_DIR: world.path("first-cache") };
  const call: RustcCall = { name: "first", type: "bin", source: "src/main.rs", env };
  expect(outcomeOf(mustSucceed(world.rustc(dir, call)))).toBe("misses");
  expect(outcomeOf(mustSucceed(world.rustc(dir, call)))).toBe("hits");
});

describe("a macro and its children see the environment of a plain build:", () => {
  for (const [asker, asks] of [
    ["a macro", 'environment!("")'],
    ["its child", 'child!("env")'],
    ["its child's child, whose environment was cleared", "child!(\"env -i sh -c 'env'\")"],
  ] as const) {
    for (const preload of [undefined, ""]) {
      const how = preload === undefined ? "" : " beside an LD_PRELOAD of the user's";
      test(`${asker}${how}`, () => {
        const { dir, call } = compileLook(
          { fact: "", asks, env: { LD_PRELOAD: preload } },
          true,
          true,
        );
        // A program that prints what the macro said.
        writeTree(dir, { "src/main.rs": `fn main() { println!("{}", walker::${asks}); }\n` });
        const program: RustcCall = { ...call, source: "src/main.rs", type: "bin", emit: "link" };
        const compiles = [() => world.rustc(dir, program), () => world.plainRustc(dir, program)];
        const said = compiles.map((compile) => {
          mustSucceed(compile());
          const ran = world.run([join(dir, "out", call.name ?? "")]);
          return ran.stdout.trim();
        });
        expect(said[0]).toBe(said[1] ?? "");
      });
    }
  }
});

describe("the working directory's own name, which another checkout does not share,", () => {
  for (const [fact, asks, second] of [
    ["counts when a macro asked for it", "place!()", "misses"],
    ["counts when a macro resolved a relative path", 'real!("data.txt")', "misses"],
    ["does not count when a macro only read there", 'read_file!("data.txt")', "hits"],
  ] as const) {
    test(fact, () => {
      const { dir, call } = compileLook({ fact, asks }, true, true);
      const here = { ...call, env: { CARGO_MANIFEST_DIR: undefined } };
      expect(outcomeOf(mustSucceed(world.rustc(dir, here)))).toBe("misses");
      expect(outcomeOf(mustSucceed(world.rustc(dir, here)))).toBe("hits");
      const other = world.project(`elsewhere/${call.name ?? ""}`, {
        "src/lib.rs": `pub const SAID: &str = looker::${asks};\n`,
        ...TREE,
      });
      expect(outcomeOf(mustSucceed(world.rustc(other, here)))).toBe(second);
    });
  }
});

test("a file that a macro read beside the project is each checkout's own", () => {
  const asks = 'read_file!("../beside.txt")';
  const files = { "../beside.txt": "one" };
  const { dir, call } = compileLook({ fact: "", asks, files }, true, true);
  const here = { ...call, env: { CARGO_MANIFEST_DIR: undefined } };
  expect(outcomeOf(mustSucceed(world.rustc(dir, here)))).toBe("misses");
  expect(outcomeOf(mustSucceed(world.rustc(dir, here)))).toBe("hits");
  const other = world.project(`elsewhere/${call.name ?? ""}/package`, {
    "src/lib.rs": `pub const SAID: &str = looker::${asks};\n`,
    ...TREE,
    "../beside.txt": "two",
  });
  expect(outcomeOf(mustSucceed(world.rustc(other, here)))).toBe("misses");
  writeTree(other, files);
  expect(outcomeOf(mustSucceed(world.rustc(other, here)))).toBe("hits");
});

const STATIC_CAT = `#include <fcntl.h>
#include <unistd.h>
int main(int argc, char **argv) {
  char text[64];
  int fd = open(argv[1], O_RDONLY);
  long size = fd < 0 ? 0 : read(fd, text, sizeof text);
  return write(1, text, size) < 0;
}
`;

describe("where nobody can watch, the event says why and the whole package counts:", () => {
  const program = world.path("static-cat");
  const isStatic = compileC(STATIC_CAT, program, "-static");

  testUnless(isStatic ? undefined : "no static C library", "a static child of a macro", () => {
    const asks = `child!("${program} data.txt")`;
    const { dir, build } = compileLook({ fact: "", asks }, true, true);
    const first = build();
    expect(outcomeOf(first)).toBe("misses");
    expect(first.events[0]?.observed).toMatch(/^fallback: unwatchable static: .*static-cat$/);
    expect(outcomeOf(build())).toBe("hits");
    writeTree(dir, { "data.txt": "two" });
    expect(outcomeOf(build())).toBe("misses");
    writeTree(dir, { "other.txt": "two" });
    expect(outcomeOf(build())).toBe("misses");
  });

  test("the observer switched off", () => {
    const { build } = compileLook({ fact: "", asks: 'read_file!("data.txt")' }, true, false);
    expect(build().events[0]?.observed).toBe("fallback: observer off");
  });
});
