// A procedural macro's code counts where it was loaded, also when it comes by way of a library whose own
// bytes stay the same; libraries that rustc only looks at, on its way to the right one, are noise.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type RustcCall, type Variables, worldFor } from "../support/rig.ts";
import { type Files, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("macro-code");
const made = world.path("made");
let projects = 0;

const MACRO = `use proc_macro::TokenStream;
extern "C" { fn part() -> i32; }
#[proc_macro] pub fn number(_: TokenStream) -> TokenStream {
    unsafe { part() }.to_string().parse().unwrap()
}
`;

/** Compiles the macro, whose number comes from C, into `deps/<kept>`. */
function makeMacro(kept: string, number: number, source = MACRO): void {
  writeTree(made, { "macros.rs": source, "part.c": `int part(void) { return ${number}; }\n` });
  const script = "cc -c -fPIC part.c -o part.o && rm -f libpart.a && ar rcs libpart.a part.o";
  mustSucceed(world.run(["sh", "-c", script], { cwd: made }));
  const native = ["-L", "native=.", "-l", "static=part", "--extern", "proc_macro"];
  const args = [...native, "-C", "prefer-dynamic", "-C", "extra-filename=-1", "-C", "metadata=1"];
  const call = { name: "macros", source: "macros.rs", type: "proc-macro", emit: "link", args };
  mustSucceed(world.plainRustc(made, { ...call, outDir: "deps" }));
  if (kept !== "libmacros-1.so") {
    renameSync(join(made, "deps/libmacros-1.so"), join(made, "deps", kept));
  }
}

beforeAll(() => {
  makeMacro("other.so", 3, `${MACRO}// another crate of that name\n`);
  makeMacro("changed.so", 3, `${MACRO}// and one more\n`);
  makeMacro("two.so", 2);
  makeMacro("libmacros-1.so", 1);
  writeTree(made, { "hand.rs": "pub use macros::number;\n" });
  const args = ["--extern", "macros=deps/libmacros-1.so"];
  const hand = { name: "hand", source: "hand.rs", emit: "link", args, outDir: "deps" };
  mustSucceed(world.plainRustc(made, hand));
  renameSync(join(made, "deps/libmacros-1.so"), join(made, "deps/one.so"));
});

/** A unit that uses the macro by way of the library that hands it on. */
function user(shape: RustcCall, env: Variables) {
  projects += 1;
  const name = `user${projects}`;
  const files: Files = {
    "app/src/lib.rs": "pub const NUMBER: i32 = hand::number!();\n",
    "app/src/main.rs": 'fn main() { println!("{}", hand::number!()); }\n',
  };
  const dir = world.project(name, files);
  mkdirSync(join(dir, "deps"));
  const take = (kept: string, as = kept) => {
    copyFileSync(join(made, "deps", kept), join(dir, "deps", as));
  };
  take("libhand.rlib");
  const args = ["--extern", "hand=../deps/libhand.rlib", "-L", "dependency=../deps"];
  const call = { name, args, env: { ...env, CARGO_MANIFEST_DIR: join(dir, "app") }, ...shape };
  const build = () => {
    const run = mustSucceed(world.rustc(join(dir, "app"), { ...call, outDir: "../out" }));
    return outcomeOf(run);
  };
  return { dir, take, build };
}

const SHAPES: readonly (readonly [fact: string, call: RustcCall])[] = [
  ["a library", { emit: "dep-info,metadata,link" }],
  ["metadata", { emit: "dep-info,metadata" }],
  ["a program", { emit: "dep-info,link", type: "bin", source: "src/main.rs" }],
];

for (const env of [{}, { KACHE_OBSERVE: "0" }]) {
  const how = "KACHE_OBSERVE" in env ? "with the observer off" : "with the observer";
  describe(`${how}, a macro behind a library of the same bytes`, () => {
    for (const [fact, shape] of SHAPES) {
      test(`counts by its own code for ${fact}`, () => {
        const { take, build } = user(shape, env);
        take("one.so", "libmacros-1.so");
        expect([build(), build()]).toEqual(["misses", "hits"]);
        take("two.so", "libmacros-1.so");
        expect(build()).toBe("misses");
        take("one.so", "libmacros-1.so");
        expect(build()).toBe("hits");
      });
    }
  });
}

describe("a library of the macro's name that is not the macro", () => {
  for (const [fact, shape] of SHAPES) {
    test(`is noise for ${fact}: it may be there, change and go`, () => {
      const { dir, take, build } = user(shape, {});
      take("one.so", "libmacros-1.so");
      take("other.so", "libmacros-0.so");
      expect([build(), build()]).toEqual(["misses", "hits"]);
      take("changed.so", "libmacros-0.so");
      expect(build()).toBe("hits");
      writeTree(dir, { "deps/libmacros-0.so": undefined });
      expect(build()).toBe("hits");
    });
  }
});

describe("a library that a macro needs", () => {
  test("counts by where LD_LIBRARY_PATH has it found", () => {
    const dir = world.project("needs", {
      "needing.rs": MACRO,
      "lib.rs": "pub const NUMBER: i32 = needing::number!();\n",
      "one/part.c": "int part(void) { return 1; }\n",
      "two/part.c": "int part(void) { return 2; }\n",
      "none/empty": "",
    });
    for (const place of ["one", "two"]) {
      const words = ["cc", "-shared", "-fPIC", `${place}/part.c`, "-o", `${place}/libpart.so`];
      mustSucceed(world.run(words, { cwd: dir }));
    }
    const native = ["-L", "native=one", "-l", "part", "--extern", "proc_macro"];
    const macro = { name: "needing", source: "needing.rs", type: "proc-macro", emit: "link" };
    mustSucceed(world.plainRustc(dir, { ...macro, args: native, outDir: "deps" }));
    const build = (path: string): string => {
      const args = ["--extern", "needing=deps/libneeding.so"];
      const env = { LD_LIBRARY_PATH: path };
      const call = { name: "user", source: "lib.rs", args, emit: "dep-info,metadata", env };
      return outcomeOf(mustSucceed(world.rustc(dir, call)));
    };
    expect([build("none:one"), build("none:one")]).toEqual(["misses", "hits"]);
    expect(build("two")).toBe("misses");
    expect(build("none:one")).toBe("hits");
    copyFileSync(join(dir, "two/libpart.so"), join(dir, "none/libpart.so"));
    expect(build("none:one")).toBe("misses");
  });
});

describe("a crate that rustc finds by its name alone", () => {
  test("is looked for anew when another one comes, and nothing else that comes counts", () => {
    const dir = world.project("found", {
      "one.rs": "pub const NUMBER: u32 = 1;\n",
      "two.rs": "pub const NUMBER: u32 = 2;\n",
      "lib.rs": "extern crate found;\npub const NUMBER: u32 = found::NUMBER;\n",
      "early/empty": "",
    });
    const compile = (source: string, outDir: string) => {
      const args = ["-C", `metadata=${outDir}`];
      const call = { name: "found", source, args, emit: "link", outDir };
      mustSucceed(world.plainRustc(dir, call));
    };
    compile("one.rs", "late");
    const args = ["-L", "crate=early", "-L", "late"];
    const call = { name: "user", source: "lib.rs", args, emit: "dep-info,metadata" };
    const build = () => world.rustc(dir, call);
    expect([build(), build()].map(outcomeOf)).toEqual(["misses", "hits"]);
    writeTree(dir, { "early/libother.rlib": "", "late/other.txt": "" });
    expect(outcomeOf(build())).toBe("hits");
    compile("two.rs", "early");
    // rustc refuses to choose.
    expect(build().exitCode).toBe(1);
  });
});

describe("a macro that asks rustc where a source lies", () => {
  const LENGTH = `#[proc_macro] pub fn length(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let file = proc_macro::Span::call_site().local_file();
    file.map_or(0, |file| file.as_os_str().len()).to_string().parse().unwrap()
}
`;

  beforeAll(() => {
    writeTree(made, { "asks.rs": LENGTH });
    const args = ["--extern", "proc_macro"];
    const call = { name: "asks", source: "asks.rs", type: "proc-macro", emit: "link", args };
    mustSucceed(world.plainRustc(made, { ...call, outDir: "asks" }));
    const stripped = [...args, "-Cstrip=symbols"];
    mustSucceed(world.plainRustc(made, { ...call, args: stripped, outDir: "stripped" }));
  });

  test.each([
    ["", "asks"],
    [", also where it was stripped", "stripped"],
  ])("binds what it made to the place%s", (_, library) => {
    const source = "pub const LENGTH: usize = asks::length!();\n";
    const build = (name: string): string => {
      const dir = world.path(library, name);
      writeTree(dir, { "Cargo.toml": "", "src/lib.rs": source, "out/": "" });
      const args = ["--extern", `asks=${made}/${library}/libasks.so`];
      const call = { name: "user", args, emit: "dep-info,metadata,link", outDir: "out" };
      const env = { CARGO_MANIFEST_DIR: dir };
      const asked = { ...call, env, source: join(dir, "src/lib.rs") };
      return outcomeOf(mustSucceed(world.rustc(dir, asked)));
    };
    expect([build("one"), build("one")]).toEqual(["misses", "hits"]);
    expect([build("another"), build("one")]).toEqual(["misses", "hits"]);
  });
});
