// Compilers that nobody can watch, and macros that walk the environment unseen: the event names what stood in
// the way, and what a unit may have seen counts.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type RustcCall, testUnless, type Variables, worldFor } from "../support/rig.ts";
import { compileC, realRustc } from "../support/toolchain.ts";
import { type Files, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("unwatched");
const macros = world.path("macros");

const MACROS = `use proc_macro::{Literal, TokenStream, TokenTree};
fn say(text: String) -> TokenStream { TokenStream::from(TokenTree::from(Literal::string(&text))) }
#[proc_macro] pub fn read(input: TokenStream) -> TokenStream {
    let name = input.to_string();
    say(std::fs::read_to_string(name.trim_matches('"')).unwrap_or_default())
}
#[proc_macro] pub fn own_dir(_: TokenStream) -> TokenStream {
    say(std::env::vars().find(|(name, _)| name == "OUT_DIR").map(|(_, value)| value).unwrap_or_default())
}
`;

beforeAll(() => {
  writeTree(macros, { "src/lib.rs": MACROS });
  const args = ["--extern", "proc_macro"];
  const call = { name: "asking", type: "proc-macro", emit: "link", args };
  mustSucceed(world.plainRustc(macros, call));
});

/** A program that prints what the macro said, in a project of its own. */
function program(name: string, source: string, files: Files = {}) {
  const dir = world.project(name, { "src/main.rs": source, ...files });
  // Beside the package, which counts as a whole where nobody watches.
  const outDir = world.path(`${name}-out`);
  const shape: RustcCall = {
    name: "program",
    type: "bin",
    emit: "dep-info,link",
    source: "src/main.rs",
    outDir,
    args: ["--extern", `asking=${macros}/out/libasking.so`],
  };
  const build = (call: RustcCall) => {
    const env: Variables = { CARGO_MANIFEST_DIR: dir, ...call.env };
    const run = mustSucceed(world.rustc(dir, { ...shape, ...call, env }));
    const said = mustSucceed(world.run([join(outDir, "program")])).stdout.trim();
    return { outcome: outcomeOf(run), observed: run.events[0]?.observed, said };
  };
  return { dir, build };
}

/** Runs rustc as a child whose environment it has cleared of the loader's variables, as any static program may. */
const FORGETFUL = `#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>
int main(int argc, char **argv) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    unsetenv("LD_PRELOAD");
    unsetenv("KACHE_OBSERVE_LOG");
    argv[0] = COMPILER;
    execv(COMPILER, argv);
    _exit(127);
  }
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
`;

describe("a static compiler", () => {
  const compiler = world.path("static/rustc");
  mkdirSync(world.path("static"));
  const built = compileC(FORGETFUL, compiler, "-static", `-DCOMPILER="${realRustc}"`);

  const unbuilt = built ? undefined : "no static C library";

  testUnless(unbuilt, "is named in the event, and the whole package counts", () => {
    const text = 'pub const SAID: &str = asking::read!("data.txt");\n';
    const files = { "src/lib.rs": text, "data.txt": "one", "other.txt": "one" };
    const dir = world.project("static-library", files);
    const call: RustcCall = {
      compiler: [compiler],
      emit: "dep-info,metadata",
      outDir: world.path("static-library-out"),
      args: ["--extern", `asking=${macros}/out/libasking.so`],
      env: { CARGO_MANIFEST_DIR: dir },
    };
    const build = () => {
      const [event, ...others] = mustSucceed(world.rustc(dir, call)).events;
      expect(others).toEqual([]);
      return event;
    };
    const first = build();
    expect(first?.result).toBe("miss");
    expect(first?.observed).toBe(`fallback: root-not-observed ${compiler}`);
    expect(build()?.result).toBe("local_hit");
    writeTree(dir, { "data.txt": "two" });
    expect(build()?.result).toBe("miss");
    writeTree(dir, { "other.txt": "two" });
    expect(build()?.result).toMatch(/^(miss|dup)$/);
    // Cargo's own does not; what else is called so does, further down.
    writeTree(dir, { "target/made.txt": "one" });
    expect(build()?.result).toBe("local_hit");
    for (const text of ["one", "two"]) {
      writeTree(dir, { "templates/target/page.txt": text });
      expect(build()?.result).toMatch(/^(miss|dup)$/);
    }
  });

  testUnless(unbuilt, "links without its links being kept, for nobody knows what they read", () => {
    const SAYS = 'fn main() { println!("{}", asking::read!("data.txt")); }\n';
    const { dir, build } = program("static-program", SAYS, { "data.txt": "one" });
    for (const said of ["one", "two"]) {
      writeTree(dir, { "data.txt": said });
      const built = build({ compiler: [compiler] });
      expect(built.said).toBe(said);
      expect(built.outcome).toContain(`inputs cannot be known (root-not-observed ${compiler})`);
    }
  });
});

describe("OUT_DIR, which a macro sees by walking the environment,", () => {
  for (const observed of [true, false]) {
    const how = observed ? "" : ", with the observer off";
    const own = observed ? {} : { KACHE_OBSERVE: "0" };

    test(`is a place's own where nothing includes from it${how}`, () => {
      const SAYS = 'fn main() { println!("{}", asking::own_dir!()); }\n';
      const { dir, build } = program(`walk${String(observed)}`, SAYS, {
        "made/one/x.rs": "1",
        "made/two/x.rs": "1",
      });
      const one = { ...own, OUT_DIR: `${dir}/made/one` };
      const two = { ...own, OUT_DIR: `${dir}/made/two` };
      expect(build({ env: one })).toMatchObject({ outcome: "misses", said: `${dir}/made/one` });
      expect(build({ env: two })).toMatchObject({ outcome: "misses", said: `${dir}/made/two` });
      expect(build({ env: one })).toMatchObject({ outcome: "hits", said: `${dir}/made/one` });
    });

    test(`counts by what a macro reads of it${how}`, () => {
      const made = world.project(`made${String(observed)}`, { "x.txt": "one" });
      const SAYS = `fn main() { println!("{}", asking::read!("${made}/x.txt")); }\n`;
      const { build } = program(`read${String(observed)}`, SAYS);
      for (const [text, outcome] of [
        ["one", "misses"],
        ["two", "misses"],
        ["one", "hits"],
      ] as const) {
        writeTree(made, { "x.txt": text });
        expect(build({ env: { ...own, OUT_DIR: made } })).toMatchObject({ outcome, said: text });
      }
    });

    test(`leads to its content where code is included from it${how}`, async () => {
      const SAYS = `const MADE: u32 = include!(concat!(env!("OUT_DIR"), "/x.rs"));
fn main() { println!("{MADE} {}", asking::own_dir!()); }
`;
      const { dir, build } = program(`taken${String(observed)}`, SAYS, {
        "made/one/x.rs": "1",
        "made/two/x.rs": "2",
      });
      for (const [name, value] of [
        ["one", "1"],
        ["two", "2"],
        ["one", "1"],
      ] as const) {
        const { said } = build({ env: { ...own, OUT_DIR: `${dir}/made/${name}` } });
        const [made, place] = said.split(" ");
        expect(made).toBe(value);
        expect(await Bun.file(`${place ?? ""}/x.rs`).text()).toBe(value);
      }
    });
  }
});
