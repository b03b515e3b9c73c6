//! rust-embed and include_dir take in whole directories.

/// Files by rust-embed.
#[derive(rust_embed::Embed)]
#[folder = "assets/"]
pub struct Assets;

/// The same by include_dir.
pub static TREE: include_dir::Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/assets");
