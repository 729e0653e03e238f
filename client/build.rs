//! Writes the words of `words/` as Rust: their names become fields, and what is wrong with them
//! stops the build with the file and the line.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=words");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("words");
    match sidecam_words::read(&folder) {
        Ok(book) => {
            let out = env::var_os("OUT_DIR").expect("cargo names OUT_DIR");
            let file = Path::new(&out).join("words.rs");
            fs::write(&file, book.rust()).expect("OUT_DIR can be written");
        }
        Err(complaints) => {
            for complaint in complaints {
                println!("cargo::error=client/words/{complaint}");
            }
        }
    }
}
