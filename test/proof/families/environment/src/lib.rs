//! dotenvy searches for a file and sets variables from it.

/// Its value.
pub const SETTING: &str = dotenvy_macro::dotenv!("PROOF_SETTING");
