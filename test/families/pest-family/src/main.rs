use pest::Parser;

#[derive(pest_derive::Parser)]
#[grammar = "words.pest"]
struct Words;

fn main() {
    println!("{:?}", Words::parse(Rule::word, "ab12").map(|found| found.as_str().to_string()).ok());
}
