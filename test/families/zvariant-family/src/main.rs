use zvariant::Type;

#[derive(Type)]
struct Answer {
    _number: u32,
    _words: String,
}

fn main() {
    println!("{}", Answer::SIGNATURE);
}
