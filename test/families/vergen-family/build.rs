use vergen::{BuildBuilder, Emitter};

fn main() {
    let build = BuildBuilder::default().build_date(true).build().unwrap();
    Emitter::default().add_instructions(&build).unwrap().emit().unwrap();
}
