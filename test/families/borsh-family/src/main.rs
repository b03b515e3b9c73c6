use borsh::BorshSerialize;

#[derive(BorshSerialize)]
struct Word {
    size: u16,
    text: String,
}

fn main() {
    let word = Word {
        size: 3,
        text: "one".to_string(),
    };
    println!("{:?}", borsh::to_vec(&word).unwrap());
}
