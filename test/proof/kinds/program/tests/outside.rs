//! An integration test.
#[test]
fn the_program_runs() {
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_program")).status().unwrap();
    assert!(run.success());
}
