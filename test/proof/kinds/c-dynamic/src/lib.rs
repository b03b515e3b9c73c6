//! A dynamic library for C, and a Rust library at once.

/// Called from C.
#[no_mangle]
pub extern "C" fn c_dynamic_twice(value: u32) -> u32 {
    plain::twice(value)
}
