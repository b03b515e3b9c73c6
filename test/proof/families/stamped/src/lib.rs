//! What the build was made with.

/// By built.
#[allow(dead_code)]
mod made {
    include!(concat!(env!("OUT_DIR"), "/built.rs"));
}

/// By both.
pub fn stamp() -> String {
    format!("{} {}", made::RUSTC_VERSION, env!("VERGEN_RUSTC_SEMVER"))
}
