//! Writes the words of `words/` as Rust: their names become fields, and what is wrong with them
//! stops the build with the file and the line. Has the linker say what refers to what, where the program is split.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=words");
    parts();
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

/// What is released is split into parts afterwards (`part!`), which takes the linker's relocations.
fn parts() {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|is| is == value);
    if is("CARGO_CFG_TARGET_ARCH", "wasm32") && is("PROFILE", "release") {
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
}
