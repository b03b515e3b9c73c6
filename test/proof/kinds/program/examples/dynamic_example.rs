//! Another example, with a macro.
fn main() {
    println!("{}", macros::names!("program/texts"));
}
