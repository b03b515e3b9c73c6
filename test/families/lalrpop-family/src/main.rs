use lalrpop_util::lalrpop_mod;

lalrpop_mod!(words);

fn main() {
    println!("{}", words::CountParser::new().parse("a a a").unwrap());
}
