fn main() {
    println!("{}", dotenvy_macro::dotenv!("GREETING"));
}
