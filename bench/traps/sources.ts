// Texts that the traps' projects are made of.
import type { Files, Situation } from "./trap.ts";

/** A package's manifest; `rest` follows the package table. */
export function manifest(name: string, rest = ""): string {
  return `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${rest}`;
}

/**
 * A program that prints an expression, which its own library evaluates: some caches leave programs to the
 * compiler. `items` stand beside it in the library.
 */
export function program(expression: string, rest = "", items = ""): Files {
  const said = `pub fn said() -> String {\n    format!("{}", ${expression})\n}\n`;
  return {
    "Cargo.toml": manifest("trap", rest),
    "src/lib.rs": `${items}${said}`,
    "src/main.rs": 'fn main() {\n    println!("{}", trap::said());\n}\n',
  };
}

/** Macros that read, list, test, ask, enumerate and run, all without telling rustc. */
const READER = `use proc_macro::TokenStream;
fn at(input: TokenStream) -> std::path::PathBuf {
    let package = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    std::path::Path::new(&package).join(input.to_string().trim_matches('"'))
}
fn text(value: &str) -> TokenStream {
    format!("{value:?}").parse().unwrap()
}
#[proc_macro]
pub fn read(input: TokenStream) -> TokenStream {
    text(&std::fs::read_to_string(at(input)).unwrap())
}
#[proc_macro]
pub fn names(input: TokenStream) -> TokenStream {
    let entries = std::fs::read_dir(at(input)).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    text(&names.join(" "))
}
#[proc_macro]
pub fn exists(input: TokenStream) -> TokenStream {
    text(if at(input).exists() { "there" } else { "not there" })
}
#[proc_macro]
pub fn variable(input: TokenStream) -> TokenStream {
    text(&std::env::var(input.to_string()).unwrap_or("unset".into()))
}
#[proc_macro]
pub fn variables(input: TokenStream) -> TokenStream {
    let prefix = input.to_string();
    let mut found: Vec<_> = std::env::vars().filter(|(n, _)| n.starts_with(&prefix)).collect();
    found.sort();
    text(&format!("{found:?}"))
}
#[proc_macro]
pub fn child(input: TokenStream) -> TokenStream {
    let run = std::process::Command::new("cat").arg(at(input)).output().unwrap();
    text(&String::from_utf8(run.stdout).unwrap())
}
`;

const READER_PACKAGE: Files = {
  "reader/Cargo.toml": manifest("reader", "[lib]\nproc-macro = true\n"),
  "reader/src/lib.rs": READER,
};

/** A program that prints what a macro of `reader` makes. */
export function withReader(expression: string): Files {
  return {
    ...READER_PACKAGE,
    ...program(expression, '[dependencies]\nreader = { path = "reader" }\n'),
  };
}

/** The same with the macro reached through an ordinary library that re-exports it. */
export function withReexportedReader(expression: string): Files {
  return {
    ...READER_PACKAGE,
    "front/Cargo.toml": manifest("front", '[dependencies]\nreader = { path = "../reader" }\n'),
    "front/src/lib.rs": "pub use reader::*;\n",
    ...program(expression, '[dependencies]\nfront = { path = "front" }\n'),
  };
}

/** Cargo tells rustc of each cfg that may be set; here that would only be noise. */
export const QUIET = "#![allow(unexpected_cfgs)]\n";

/** A program that says whether `trapped` is set. */
export const BY_CFG = program('if cfg!(trapped) { "trapped" } else { "free" }', "", QUIET);

/** A situation of variables alone. */
export function variables(environment: Readonly<Record<string, string>>): Situation {
  return { environment: () => environment };
}
