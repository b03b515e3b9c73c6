//! Compiles a C file with the C compiler and packs it into a static library.
use std::path::PathBuf;
use std::process::Command;

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status().expect(program);
    assert!(status.success(), "{program} failed");
}

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let object = out.join("native.o");
    let library = out.join("libproof_native.a");
    run("cc", &["-c", "-O1", "-o", object.to_str().unwrap(), "native.c"]);
    let _ = std::fs::remove_file(&library);
    run("ar", &["crD", library.to_str().unwrap(), object.to_str().unwrap()]);
    println!("cargo:rerun-if-changed=native.c");
    println!("cargo:rustc-link-search=native={}", out.display());
    println!("cargo:rustc-link-lib=static=proof_native");
    println!("cargo:answer=42");
}
