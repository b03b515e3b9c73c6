use num_enum::TryFromPrimitive;

#[derive(Debug, TryFromPrimitive)]
#[repr(u8)]
enum Answer {
    No,
    Yes,
}

fn main() {
    println!("{:?} {:?}", Answer::try_from(0), Answer::try_from(1));
}
