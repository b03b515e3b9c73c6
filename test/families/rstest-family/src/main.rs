use rstest::rstest;

#[rstest]
#[case(1)]
#[case(2)]
fn is_some(#[case] number: u32) {
    assert!(number > 0);
}

fn main() {
    println!("two cases");
}
