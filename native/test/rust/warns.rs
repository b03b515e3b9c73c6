// A library that compiles with a warning.
fn never_used() {}
