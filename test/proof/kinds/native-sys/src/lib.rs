//! A binding to a C library that the build script compiles.
extern "C" {
    fn proof_native_answer() -> i32;
}

/// What the C library answers.
pub fn answer() -> i32 {
    unsafe { proof_native_answer() }
}
