uniffi::setup_scaffolding!();

#[derive(uniffi::Record)]
pub struct Word {
    pub size: i32,
}

#[uniffi::export]
fn double(word: Word) -> i32 {
    word.size * 2
}

fn main() {
    println!("{} {}", double(Word { size: 2 }), module_path!());
}
