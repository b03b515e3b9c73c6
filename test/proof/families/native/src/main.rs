//! A C library built by its -sys crate and linked in.
fn main() {
    println!("{:#x}", unsafe { libz_sys::zlibCompileFlags() });
}
