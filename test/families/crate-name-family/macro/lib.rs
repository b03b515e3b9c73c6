use proc_macro::TokenStream;
use proc_macro_crate::{crate_name, FoundCrate};

/// The name under which the calling package knows a crate.
#[proc_macro]
pub fn name_of(input: TokenStream) -> TokenStream {
    let found = match crate_name(input.to_string().trim_matches('"')) {
        Ok(FoundCrate::Itself) => "itself".to_string(),
        Ok(FoundCrate::Name(name)) => name,
        Err(_) => "nothing".to_string(),
    };
    format!("{found:?}").parse().unwrap()
}
