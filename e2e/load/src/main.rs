//! How many at once? Stands in for browsers, many of them, against a running gateway. Its SIP and
//! its Digest are its own, so that it is no mirror of what it measures.

mod clients;
#[cfg(feature = "media")]
mod media;
mod memory;
mod registering;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "load", about = "Load for a running gateway", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Register many clients by WebSocket, hold them, then let them all register again at once
    Registrations(clients::Options),
    /// Calls with media through one system, and what they cost it
    #[cfg(feature = "media")]
    Media(media::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Registrations(options) => clients::run(options).await,
        #[cfg(feature = "media")]
        Task::Media(options) => media::run(options).await,
    };
    match outcome {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}
