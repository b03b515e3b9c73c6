//! An example.
fn main() {
    println!("{}", plain::twice(2));
}
