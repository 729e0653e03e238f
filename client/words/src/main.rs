//! Puts each language but English where the page fetches it: Trunk runs this after a build.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> ExitCode {
    let Some(staging) = env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from) else {
        eprintln!("TRUNK_STAGING_DIR names the folder to write to: run this by `trunk build`.");
        return ExitCode::FAILURE;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let book = match sidecam_words::read(folder) {
        Ok(book) => book,
        Err(complaints) => {
            for complaint in complaints {
                eprintln!("client/words/{complaint}");
            }
            return ExitCode::FAILURE;
        }
    };
    for (name, text) in book.pages() {
        if let Err(error) = write(&staging.join(&name), &text) {
            eprintln!("{name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)
}
