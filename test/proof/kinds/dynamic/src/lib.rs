//! A Rust dynamic library.

/// Adds one.
pub fn successor(value: u32) -> u32 {
    value + 1
}
