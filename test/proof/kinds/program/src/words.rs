/// What macros, build scripts and features say.
pub fn words() -> Vec<&'static str> {
    vec![
        macros::read!("program/text.txt"),
        macros::names!("program/texts"),
        macros::exists!("program/missing.txt"),
        macros::variable!(PROOF_VARIABLE),
        generated::STAMP,
        plain::NOTE,
        option_env!("PROOF_OPTION").unwrap_or("unset"),
        if cfg!(feature = "loud") { "loud" } else { "quiet" },
        file!(),
        module_path!(),
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_file_is_read() {
        assert_eq!(super::words()[0], "text of a file\n");
    }
}
