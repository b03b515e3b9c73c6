use shadow_rs::shadow;

shadow!(build);

fn main() {
    let program = std::env::current_exe().unwrap();
    let checkout = std::path::Path::new(build::CARGO_MANIFEST_DIR).parent().unwrap();
    let place = if program.starts_with(checkout) { "here" } else { build::CARGO_MANIFEST_DIR };
    println!("{} {} {place}", build::PROJECT_NAME, build::BUILD_TIME);
}
