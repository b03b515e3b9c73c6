//! serde, thiserror and clap derives.
use clap::Parser;

/// What the program is asked.
#[derive(Parser, serde::Serialize, serde::Deserialize, Debug)]
#[command(version, about)]
struct Arguments {
    /// How often.
    #[arg(long, default_value_t = 1)]
    count: u32,
}

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("asked for {0} times")]
    TooOften(u32),
}

fn main() -> Result<(), Fault> {
    let arguments = Arguments::parse();
    println!("{arguments:?}");
    if arguments.count > 9 { Err(Fault::TooOften(arguments.count)) } else { Ok(()) }
}
