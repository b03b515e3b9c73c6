// Outputs that hold a path of this machine although nothing in the key says so: their entries serve where
// that path is the same, and nowhere else.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed } from "../support/pair.ts";
import { worldFor } from "../support/rig.ts";
import { kache } from "../support/toolchain.ts";
import { copyCheckout, type Files } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("leaks");

function project(name: string, macro: string, profile = ""): Files {
  const manifest = (crate: string, more: string) =>
    `[package]\nname = "${crate}"\nversion = "0.1.0"\nedition = "2021"\n${more}`;
  return {
    "Cargo.toml": `[workspace]\nresolver = "2"\nmembers = ["app", "macros"]\n${profile}`,
    "app/Cargo.toml": manifest(name, '[dependencies]\nmacros = { path = "../macros" }\n'),
    "app/src/main.rs": 'fn main() { println!("{}", macros::place!()); }\n',
    "macros/Cargo.toml": manifest("macros", "[lib]\nproc-macro = true\n"),
    "macros/src/lib.rs": `#[proc_macro]
pub fn place(_: proc_macro::TokenStream) -> proc_macro::TokenStream { ${macro} }
`,
  };
}

/** What the built program prints in each of two checkouts, and how its own unit fared. */
function inTwoCheckouts(name: string, files: Files) {
  const first = world.project(`${name}/first`, files);
  const second = world.path(name, "deeper", "second");
  copyCheckout(first, second);
  const build = (dir: string) => {
    const run = mustSucceed(world.cargo(dir, ["build"]));
    const unit = run.events.find(({ crate_name }) => crate_name === name);
    const program = join(dir, "target/debug", name);
    return {
      result: unit?.result,
      boundTo: unit?.bound_to,
      printed: world.run([program]).stdout.trim(),
    };
  };
  const cold = build(first);
  rmSync(join(first, "target"), { recursive: true });
  return { first, second, cold, again: build(first), other: build(second) };
}

const WORKING_DIRECTORY =
  'format!("{:?}", std::env::current_dir().unwrap().display().to_string()).parse().unwrap()';

describe("a macro that writes down its working directory", () => {
  const built = inTwoCheckouts("wanders", project("wanders", WORKING_DIRECTORY));

  test("makes an entry that serves this checkout again", () => {
    expect(built.cold).toEqual({ result: "miss", boundTo: "<WORKSPACE>", printed: built.first });
    expect(built.again).toEqual({ result: "local_hit", boundTo: undefined, printed: built.first });
  });

  test("makes no hit in another checkout", () => {
    expect(built.other).toEqual({ result: "miss", boundTo: "<WORKSPACE>", printed: built.second });
  });

  test("is named by the report and explained by why-miss", () => {
    const report = world.run([kache, "report"]).stdout;
    expect(report).toContain("Entries bound to their place");
    expect(report).toMatch(/wanders\s+<WORKSPACE>/);
    const json: unknown = JSON.parse(world.run([kache, "report", "--format", "json"]).stdout);
    expect(json).toMatchObject({ summary: { bound_entries: 2 } });
    const why = world.run([kache, "why-miss", "wanders"]).stdout;
    expect(why).toContain(`literal path of <WORKSPACE>: ${built.first} -> ${built.second}`);
  });
});

test("a path that the key holds literally binds without being an anomaly", () => {
  const files = {
    ...project("literal", '"1".parse().unwrap()'),
    "app/src/main.rs": 'fn main() { println!("{}", env!("CARGO_MANIFEST_DIR")); }\n',
  };
  const built = inTwoCheckouts("literal", files);
  const printed = join(built.first, "app");
  expect(built.cold).toEqual({ result: "miss", boundTo: undefined, printed });
  expect(built.again).toEqual({ result: "local_hit", boundTo: undefined, printed });
  expect(built.other).toEqual({
    result: "miss",
    boundTo: undefined,
    printed: join(built.second, "app"),
  });
});

test("ordinary units of every kind are bound to nothing", () => {
  const built = inTwoCheckouts("ordinary", project("ordinary", '"\\"calm\\"".parse().unwrap()'));
  expect(built.cold).toEqual({ result: "miss", boundTo: undefined, printed: "calm" });
  expect(built.other).toEqual({ result: "local_hit", boundTo: undefined, printed: "calm" });
  const own = world.events().filter(({ crate_name }) => /ordinary|macros/.test(crate_name));
  expect(own.filter(({ bound_to }) => bound_to !== undefined)).toEqual([]);
});

test("a path inside compressed debug information is found", () => {
  const flags = "-C link-arg=-Wl,--compress-debug-sections=zlib";
  const dir = world.project("packed", {
    "src/lib.rs": '#[link(name = "part", kind = "static")]\nextern "C" { pub fn part() -> i32; }\n',
    "part.c": "int part(void) { return 7; }\n",
  });
  const object = join(dir, "part.o");
  mustSucceed(world.run(["cc", "-g", "-gz=zlib", "-c", join(dir, "part.c"), "-o", object]));
  mustSucceed(world.run(["ar", "rcs", join(dir, "libpart.a"), object]));
  const call = {
    name: "packed",
    type: "rlib",
    emit: "link",
    args: ["-L", `native=${dir}`, ...flags.split(" ")],
  };
  const [event] = mustSucceed(world.rustc(dir, call)).events;
  expect([event?.result, event?.bound_to]).toEqual(["miss", "<WORKSPACE>"]);
});
