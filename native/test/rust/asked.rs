// Uses the macro.
pub const ASKED: usize = asks::ask!();
