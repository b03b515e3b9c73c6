// Without libclang there is nothing to generate from; the case that needs it is skipped then.
use std::{env, fs, panic, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=words.h");
    let generated = panic::catch_unwind(|| {
        bindgen::Builder::default().header("words.h").generate().unwrap().to_string()
    });
    let text = generated.unwrap_or_else(|_| "pub const WORDS: u32 = 0;\n".to_string());
    let out = env::var_os("OUT_DIR").unwrap();
    fs::write(Path::new(&out).join("bindings.rs"), text).unwrap();
}
