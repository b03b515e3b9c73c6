//! An ordinary library with a module of its own and a unit test.
mod twice;
pub use twice::twice;

/// Text of a file beside the source.
pub const NOTE: &str = include_str!("note.txt");

#[cfg(test)]
mod tests {
    #[test]
    fn doubles() {
        assert_eq!(super::twice(21), 42);
    }
}
