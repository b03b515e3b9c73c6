//! A library made in part by its build script.
include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// Set by the build script.
#[cfg(proof_generated)]
pub const STAMP: &str = env!("PROOF_STAMP");

/// Whether C agrees.
pub fn agrees() -> bool {
    native_sys::answer() == ANSWER
}
