//! Writes a source into OUT_DIR and sets a variable and a cfg.
use std::path::PathBuf;

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let answer = std::env::var("DEP_PROOF_NATIVE_ANSWER").expect("native-sys tells it");
    std::fs::write(out.join("table.rs"), format!("pub const ANSWER: i32 = {answer};\n")).unwrap();
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=PROOF_STAMP=stamped");
    println!("cargo:rustc-check-cfg=cfg(proof_generated)");
    println!("cargo:rustc-cfg=proof_generated");
}
