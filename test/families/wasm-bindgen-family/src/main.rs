use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/part.txt")]
extern "C" {
    #[allow(dead_code)]
    fn part();
}

fn main() {
    println!("it is for browsers");
}
