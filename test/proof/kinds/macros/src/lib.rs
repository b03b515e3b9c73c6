//! Procedural macros that read what rustc does not report.
use proc_macro::TokenStream;
use std::path::{Path, PathBuf};

fn text(value: &str) -> TokenStream {
    format!("{value:?}").parse().expect("a string literal")
}

/// A path below the workspace, where rustc runs.
fn named(input: TokenStream) -> PathBuf {
    PathBuf::from(input.to_string().trim_matches('"'))
}

/// The text of a file of the workspace.
#[proc_macro]
pub fn read(input: TokenStream) -> TokenStream {
    text(&std::fs::read_to_string(named(input)).expect("a file to read"))
}

/// The names in a directory of the workspace.
#[proc_macro]
pub fn names(input: TokenStream) -> TokenStream {
    let mut names: Vec<String> = std::fs::read_dir(named(input))
        .expect("a directory to list")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    text(&names.join(" "))
}

/// Whether the workspace has such a file.
#[proc_macro]
pub fn exists(input: TokenStream) -> TokenStream {
    let path = named(input);
    text(if Path::new(&path).exists() { "there" } else { "not there" })
}

/// The value of a variable.
#[proc_macro]
pub fn variable(input: TokenStream) -> TokenStream {
    text(&std::env::var(input.to_string()).unwrap_or_else(|_| "unset".into()))
}
