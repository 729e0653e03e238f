//! The `sidecam` program: the gateway and the tools around it.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    match cli::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("sidecam: {error:#}");
            ExitCode::FAILURE
        }
    }
}
