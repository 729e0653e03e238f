//! Set-up, checks, tests, demonstration and measurements of Sidecam.
//!
//! `cargo xtask` is the only entry: what it needs it installs, what it starts
//! it ends, and when something fails it says what to do next.

mod bench;
mod build;
mod check;
mod demo;
mod e2e;
mod integrator;
mod parts;
mod services;
mod setup;
mod shell;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::shell::Failure;
use crate::workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Set up, run, check and measure Sidecam")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing: Debian packages, the WebAssembly target, tools, npm packages
    Setup,
    /// Formatting, clippy (native and WebAssembly) and the house rules
    Check,
    /// Everything: set-up, check, unit tests (native and WebAssembly), end-to-end tests
    Test,
    /// What continuous integration runs: the same as `test`
    Ci,
    /// End-to-end tests in Chromium; a filter picks tests by name
    E2e(e2e::Filter),
    /// Build and start everything, with two sign-ins and a simulated handset
    Demo(demo::Options),
    /// Take the pictures of the page that the documents show
    Pictures,
    /// Photograph every scene of the gallery at three sizes in both themes, and check them
    Screens(e2e::Screens),
    /// Measure: shares and the client's size, or signalling beside its peers
    Bench(bench::Options),
    /// What Trunk calls at the end of a release build
    #[command(hide = true)]
    Parts,
}

fn main() -> ExitCode {
    shell::end_children_on_signal();
    let cli = Cli::parse();
    let outcome = Workspace::find().and_then(|workspace| run(&workspace, cli.task));
    shell::end_children();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            let next = error.downcast_ref::<Failure>().map(|failure| &failure.next);
            if let Some(next) = next.filter(|next| !next.is_empty()) {
                eprintln!("next: {next}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(workspace: &Workspace, task: Task) -> anyhow::Result<()> {
    match task {
        Task::Setup => setup::all(workspace),
        Task::Check => {
            setup::for_rust(workspace)?;
            check::check(workspace)
        }
        Task::Test | Task::Ci => {
            setup::all(workspace)?;
            check::check(workspace)?;
            check::unit_tests(workspace)?;
            e2e::run(workspace, &e2e::Filter::default())
        }
        Task::E2e(filter) => {
            setup::all(workspace)?;
            e2e::run(workspace, &filter)
        }
        Task::Demo(options) => {
            setup::all(workspace)?;
            demo::run(workspace, options)
        }
        Task::Pictures => {
            setup::all(workspace)?;
            e2e::pictures(workspace)
        }
        Task::Screens(screens) => {
            setup::all(workspace)?;
            e2e::screens(workspace, &screens)
        }
        Task::Bench(options) => {
            setup::all(workspace)?;
            bench::run(workspace, options)
        }
        Task::Parts => parts::pack(workspace),
    }
}
