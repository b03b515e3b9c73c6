// A source that names its own checkout by full path: the same text in a copy reads the first one's files.
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Checkouts, manifest } from "../support/checkouts.ts";
import { worldFor } from "../support/rig.ts";
import { copyCheckout, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("named-roots");
const checkouts = new Checkouts(world);

const printed = (dir: string) => world.run([join(dir, "target", "debug", "seer")]).stdout.trim();

test.each([
  ["include!", (path: string) => `const V: u32 = include!("${path}");\n`],
  ["include_str!", (path: string) => `const V: &str = include_str!("${path}");\n`],
  ["#[path]", (path: string) => `#[path = "${path}"] mod v;\nuse v::V;\n`],
  ["a detour", (path: string) => `const V: u32 = include!("/usr/..${path}");\n`],
  [
    "two pieces",
    (path: string) =>
      `const V: u32 = include!(concat!("${path.replace("/inc/v.in", "")}", "/inc/v.in"));\n`,
  ],
])(
  "a file named by its full path (%s) is the same one in every copy, as it is now",
  (how, text) => {
    const isModule = how === "#[path]";
    const value = (number: number) => (isModule ? `pub const V: u32 = ${number};\n` : `${number}`);
    const first = checkouts.make({
      "Cargo.toml": manifest("seer"),
      "inc/v.in": value(1),
      "src/main.rs": "",
    });
    const main = `${text(`${first}/inc/v.in`)}fn main() { println!("{V}"); }\n`;
    writeTree(first, { "src/main.rs": main });
    const second = world.path(how.replace(/\W/g, ""), "deeper", "copy");
    copyCheckout(first, second);
    const isCompiled = (dir: string) =>
      checkouts.build({ args: ["build"] }, dir).compiles.length > 0;
    expect([isCompiled(first), printed(first)]).toEqual([true, "1"]);
    writeTree(first, { "inc/v.in": value(2) });
    expect([isCompiled(second), printed(second)]).toEqual([true, "2"]);
    // What the copy stored says by its full path what was read, and holds for the first as well.
    checkouts.build({ args: ["build"] }, first);
    expect(printed(first)).toBe("2");
  },
);

/** Reads a file that a variable names, or a list. */
const ASKER = `use proc_macro::TokenStream;
#[proc_macro] pub fn ask(how: TokenStream) -> TokenStream {
    let path = match how.to_string().as_str() {
        "\\"list\\"" => std::fs::read_to_string("list").unwrap(),
        _ => std::env::var("NAMED").unwrap(),
    };
    format!("{:?}", std::fs::read_to_string(path).unwrap()).parse().unwrap()
}
`;

test.each([
  ["a variable, by a macro", 'asker::ask!("variable")'],
  ["a variable, by an include", 'include_str!(env!("NAMED"))'],
  ["a list that a macro reads", 'asker::ask!("list")'],
])("a file named by its full path in %s is the same one in every copy", (how, said) => {
  const first = checkouts.make({
    "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["seer", "asker"]\n',
    "seer/Cargo.toml": manifest("seer", '[dependencies]\nasker = { path = "../asker" }\n'),
    "seer/src/main.rs": `fn main() { println!("{}", ${said}); }\n`,
    "asker/Cargo.toml": manifest("asker", "[lib]\nproc-macro = true\n"),
    "asker/src/lib.rs": ASKER,
    "inc/v.in": "1",
  });
  const named = join(first, "inc/v.in");
  writeTree(first, { list: named });
  const second = world.path(how.replace(/\W/g, ""), "deeper", "copy");
  copyCheckout(first, second);
  const build = (dir: string) => {
    checkouts.build({ args: ["build"], env: { NAMED: named } }, dir);
    return printed(dir);
  };
  expect(build(first)).toBe("1");
  writeTree(first, { "inc/v.in": "2" });
  expect(build(second)).toBe("2");
});

test("a source that names another place is shared between checkouts", () => {
  const first = checkouts.make({
    "Cargo.toml": manifest("seer"),
    "src/main.rs": 'fn main() { println!("/nowhere/inc/v.rs"); }\n',
  });
  const second = checkouts.twin(first);
  const results = [first, second].flatMap((dir) =>
    checkouts.build({ args: ["build"] }, dir).events.map(({ result }) => result),
  );
  expect(results).toEqual(["miss", "local_hit"]);
});
