//! A static library for C.

/// Called from C.
#[no_mangle]
pub extern "C" fn c_static_twice(value: u32) -> u32 {
    plain::twice(value)
}
