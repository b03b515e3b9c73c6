// Variables, names and places whose bytes are not UTF-8: the runtime shows us one text for many of them, so
// that nothing which depends on one may be taken for known.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed } from "../support/pair.ts";
import { resultsOf, type RustcCall, worldFor } from "../support/rig.ts";
import { kache } from "../support/toolchain.ts";

setDefaultTimeout(120_000);

const world = worldFor("not-utf8");

const MACROS = `use proc_macro::{Literal, TokenStream, TokenTree};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
fn text(said: &[u8]) -> TokenStream {
    TokenTree::from(Literal::string(&format!("{said:?}"))).into()
}
#[proc_macro] pub fn variable(_: TokenStream) -> TokenStream {
    text(std::env::var_os("RAW").unwrap_or_default().as_bytes())
}
#[proc_macro] pub fn names(_: TokenStream) -> TokenStream {
    let dir = std::path::Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("data");
    let mut names: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    text(&names.into_iter().flat_map(OsStringExt::into_vec).collect::<Vec<u8>>())
}
`;

beforeAll(() => {
  const dir = world.project("macros", { "bytes.rs": MACROS });
  const call = { name: "bytes", type: "proc-macro", source: "bytes.rs", emit: "link" };
  mustSucceed(world.plainRustc(dir, { ...call, args: ["--extern", "proc_macro"] }));
});

let projects = 0;

/** A program that says what a macro made of the surroundings, built behind a line of shell. */
function speaker(said: string, env: Record<string, string>) {
  projects += 1;
  const name = `speaker${projects}`;
  const source = `fn main() { print!("{}", ${said}); }\n`;
  const dir = world.project(name, { "Cargo.toml": "", "src/main.rs": source, "data/a": "" });
  // Beside the package, which counts as a whole where nobody watches.
  const outDir = world.path(`${name}-out`);
  mkdirSync(outDir);
  const args = ["--extern", `bytes=${world.path("macros", "out", "libbytes.so")}`];
  const shape: RustcCall = { type: "bin", source: "src/main.rs", emit: "link" };
  const call = { ...shape, name, args, outDir };
  const words = [kache, ...world.rustcWords(call)].join(" ");
  return (before: string, more: Record<string, string> = {}): string => {
    const own = { ...env, ...more, CARGO_MANIFEST_DIR: dir };
    mustSucceed(world.run(["sh", "-c", `${before} exec ${words}`], { cwd: dir, env: own }));
    return world.run([join(outDir, name)]).stdout;
  };
}

const FIRST = '"$(printf "caf\\351")"';
const SECOND = '"$(printf "caf\\352")"';

for (const [how, env] of [
  ["watched", {}],
  ["with nobody watching", { KACHE_OBSERVE: "0" }],
] as const) {
  describe(`${how}, bytes that are not UTF-8 are told from others`, () => {
    test("in a variable that a macro reads", () => {
      const build = speaker("bytes::variable!()", env);
      expect(build(`RAW=${FIRST}`)).toBe("[99, 97, 102, 233]");
      expect(build(`RAW=${SECOND}`)).toBe("[99, 97, 102, 234]");
    });

    test("in the names of a directory that a macro lists", () => {
      const build = speaker("bytes::names!()", env);
      expect(build(`touch data/${FIRST};`)).toBe("[97, 99, 97, 102, 233]");
      expect(build(`mv data/${FIRST} data/${SECOND};`)).toBe("[97, 99, 97, 102, 234]");
    });
  });
}

describe("a result is not kept", () => {
  const words = (call: RustcCall) => [kache, ...world.rustcWords(call)].join(" ");
  const build = (dir: string, script: string, env = {}) =>
    mustSucceed(world.run(["sh", "-c", script], { cwd: dir, env }));

  test("under a variable that the user declares to count", () => {
    const dir = world.project("declared", { "src/lib.rs": "" });
    mkdirSync(join(dir, "out"));
    const env = { KACHE_KEY_ENV_VARS: "RAW" };
    for (const raw of [FIRST, SECOND, FIRST]) {
      const { events } = build(dir, `RAW=${raw} exec ${words({ name: "declared" })}`, env);
      expect(events.map(({ passthrough_reason }) => passthrough_reason)).toEqual([
        "cache key failed: env RAW is not UTF-8",
      ]);
    }
  });

  test("of a program in a directory of such a name, which rustc builds as without us", () => {
    const dir = world.project("placed", { "src/main.rs": 'fn main() { print!("here"); }\n' });
    const call = { name: "placed", type: "bin", source: "src/main.rs", emit: "dep-info,link" };
    const enter = (name: string) => `mkdir -p ${name}/out; cp -r src ${name}; cd ${name}`;
    for (const name of [FIRST, SECOND, FIRST]) {
      const run = build(dir, `${enter(name)}; ${words(call)} && ls out && out/placed`);
      expect([run.stdout, run.stderr]).toEqual(["placed\nplaced.d\nhere", ""]);
      expect(resultsOf(run)).not.toContain("local_hit");
    }
  });
});
