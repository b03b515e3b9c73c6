// A program to link.
fn main() {
    println!("hello");
}
