mod built {
    include!(concat!(env!("OUT_DIR"), "/built.rs"));
}

fn main() {
    println!("{} {:?}", built::PKG_NAME, built::CI_PLATFORM);
}
