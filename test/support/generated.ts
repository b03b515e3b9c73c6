// Packages that include code which their build script has written, and the program that tells of it.
import { join } from "node:path";
import { manifest } from "./checkouts.ts";
import type { World } from "./rig.ts";
import type { Files } from "./tree.ts";

/** Writes made.rs, and hands its path on in a variable of its own. */
export const GENERATES = `fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let made = std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("made.rs");
    std::fs::write(&made, "pub const MADE: u32 = 7;\\n").unwrap();
    println!("cargo::rustc-env=MADE_RS={}", made.display());
}
`;

/** Includes it. */
export const INCLUDES = 'include!(concat!(env!("OUT_DIR"), "/made.rs"));\n';

/** A program whose code is generated in part. */
export function program(main: string, more: Files = {}): Files {
  return {
    "Cargo.toml": manifest("seer"),
    "build.rs": GENERATES,
    "src/main.rs": main,
    ...more,
  };
}

/** A program that uses another package of the same workspace. */
export function using(name: string, own: string, files: Files): Files {
  return {
    "Cargo.toml": `[workspace]\nresolver = "2"\nmembers = ["seer", "${name}"]\n`,
    "seer/Cargo.toml": manifest("seer", `[dependencies]\n${name} = { path = "../${name}" }\n`),
    "seer/build.rs": GENERATES,
    "seer/src/main.rs": own,
    ...files,
  };
}

/** A macro of another package that looks at the caller's variable. */
export function asking(expansion: string): Files {
  return using("asker", `${INCLUDES}fn main() { println!("{MADE} {:?}", asker::ask!()); }\n`, {
    "asker/Cargo.toml": manifest("asker"),
    "asker/src/lib.rs": `#[macro_export] macro_rules! ask { () => { ${expansion} } }\n`,
  });
}

/** A procedural macro that does something when it expands. */
export function expanding(body: string): Files {
  return using("asker", `${INCLUDES}fn main() { println!("{MADE} {:?}", asker::ask!()); }\n`, {
    "asker/Cargo.toml": manifest("asker", "[lib]\nproc-macro = true\n"),
    "asker/src/lib.rs": `use proc_macro::TokenStream;
#[proc_macro] pub fn ask(_: TokenStream) -> TokenStream {
    let answer: String = ${body};
    format!("{answer:?}").parse().unwrap()
}
`,
  });
}

/** What the program says that was built in a checkout. */
export function printed(world: World, dir: string, name = "seer"): string {
  return world.run([join(dir, "target/debug", name)]).stdout.trim();
}
