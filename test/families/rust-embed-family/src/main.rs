#[derive(rust_embed::Embed)]
#[folder = "assets"]
struct Assets;

fn main() {
    for name in Assets::iter() {
        let file = Assets::get(&name).unwrap();
        let modified = file.metadata.last_modified();
        println!("{name} {} {modified:?}", std::str::from_utf8(&file.data).unwrap());
    }
}
