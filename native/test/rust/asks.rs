// A procedural macro that takes in everything a macro can, by the standard library only.
extern crate proc_macro;
use proc_macro::TokenStream;
use std::process::Command;

#[proc_macro]
pub fn ask(_: TokenStream) -> TokenStream {
    let text = std::fs::read_to_string("assets/eaten.txt").expect("assets/eaten.txt");
    let count = std::fs::read_dir("assets").expect("assets").count();
    let missing = std::path::Path::new("missing.txt").exists();
    let variable = std::env::var("ASKED_VARIABLE").unwrap_or_default();
    let cat = Command::new("cat").arg("asked.rs").output().expect("cat");
    let length = text.len() + count + variable.len() + cat.stdout.len() + usize::from(missing);
    format!("{length}usize").parse().expect("a literal")
}
