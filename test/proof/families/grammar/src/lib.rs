//! pest reads its grammar from a file.

/// Numbers with commas between.
#[derive(pest_derive::Parser)]
#[grammar = "list.pest"]
pub struct ListParser;
