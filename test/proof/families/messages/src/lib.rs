//! A generated message and a derived one.

/// Generated.
pub mod tally {
    include!(concat!(env!("OUT_DIR"), "/tally.rs"));
}

/// Derived.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Note {
    /// Its text.
    #[prost(string, tag = "1")]
    pub text: String,
}
