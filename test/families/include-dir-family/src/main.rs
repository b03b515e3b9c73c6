static ASSETS: include_dir::Dir = include_dir::include_dir!("$CARGO_MANIFEST_DIR/assets");

fn tell(dir: &include_dir::Dir) {
    for file in dir.files() {
        println!("{} {}", file.path().display(), file.contents_utf8().unwrap());
    }
    for below in dir.dirs() {
        tell(below);
    }
}

fn main() {
    tell(&ASSETS);
}
