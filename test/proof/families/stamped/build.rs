//! built writes a source, vergen sets variables.
use vergen::{Emitter, RustcBuilder};

fn main() {
    built::write_built_file().unwrap();
    let rustc = RustcBuilder::all_rustc().unwrap();
    Emitter::default().add_instructions(&rustc).unwrap().emit().unwrap();
}
