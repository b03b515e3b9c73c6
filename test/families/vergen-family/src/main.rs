fn main() {
    println!("{}", env!("VERGEN_BUILD_DATE"));
}
