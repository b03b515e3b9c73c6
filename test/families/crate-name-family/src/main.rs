fn main() {
    println!("{}", crate_name_family::name_of!("proc-macro-crate"));
}
