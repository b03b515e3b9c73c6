//! A benchmark without a harness.
fn main() {
    assert_eq!(plain::twice(2), 4);
}
