//! Uses every other crate.
mod words;

fn main() {
    println!("{}", words::words().join(", "));
    assert!(generated::agrees());
    assert_eq!(explicit_rlib::four_times(plain::twice(1)), 8);
    assert_eq!(c_dynamic::c_dynamic_twice(2), 4);
}
