fn main() {
    println!("cargo::rerun-if-changed=words.proto");
    let files = protox::compile(["words.proto"], ["."]).unwrap();
    prost_build::Config::new().compile_fds(files).unwrap();
}
