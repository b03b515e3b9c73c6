//! num_enum finds its own renamed crate by reading Cargo.toml.

/// A direction.
#[derive(numbers::TryFromPrimitive, numbers::IntoPrimitive, Debug, PartialEq, Eq, Clone, Copy)]
#[num_enum(crate = numbers)]
#[repr(u8)]
pub enum Direction {
    /// Up.
    Up = 1,
    /// Down.
    Down = 2,
}
