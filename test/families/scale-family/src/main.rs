use parity_scale_codec::{Decode, Encode};

#[derive(Debug, Decode, Encode)]
struct Answer {
    number: u32,
}

fn main() {
    let bytes = Answer { number: 42 }.encode();
    println!("{:?}", Answer::decode(&mut bytes.as_slice()).unwrap());
}
