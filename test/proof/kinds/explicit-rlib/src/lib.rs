//! A library that asks for its kind.

/// Four times the value.
pub fn four_times(value: u32) -> u32 {
    plain::twice(plain::twice(value))
}
