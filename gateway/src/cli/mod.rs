//! The command line.

mod explain;
mod pattern;
mod selftest;
mod user;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use sidecam_gateway::config::{Config, LogForm};
use sidecam_gateway::edge::tls::Tls;
use tracing_subscriber::EnvFilter;

/// Sidecam: from any browser's camera to any handset.
#[derive(Debug, Parser)]
#[command(name = "sidecam", version, propagate_version = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway until SIGTERM or Ctrl-C. SIGHUP reads the TLS certificate and its key again,
    /// and what is of no use changes nothing; all other settings need a restart.
    Run(RunOptions),
    /// Read the configuration and say what is wrong with it.
    Check(ConfigFile),
    /// Add, list and remove those who may register.
    User(user::Options),
    Explain(explain::Options),
    Selftest(selftest::Options),
    /// Run a simulated handset.
    Handset(Box<handset::Options>),
    /// Write the test pattern, or read it back from a picture.
    Pattern(pattern::Options),
    /// Print the version.
    Version,
}

#[derive(Debug, Args)]
struct ConfigFile {
    /// Configuration; without it sidecam.toml where there is one, else the defaults.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

impl ConfigFile {
    fn load(&self) -> anyhow::Result<Config> {
        Ok(Config::load(self.config.as_deref())?)
    }
}

#[derive(Debug, Args)]
struct RunOptions {
    #[command(flatten)]
    file: ConfigFile,
    /// Where the built client lies, before what the configuration says.
    #[arg(long, value_name = "DIR")]
    client_dir: Option<PathBuf>,
    /// Print one line of JSON with the addresses once everything listens.
    #[arg(long)]
    ready_json: bool,
}

pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Run(options) => serve(options),
        Command::Check(file) => Ok(check(&file)),
        Command::User(options) => user::run(options),
        Command::Explain(options) => explain::run(&options),
        Command::Selftest(options) => selftest::run(&options),
        Command::Handset(options) => {
            start_log("info", LogForm::Text);
            asynchronous()?.block_on(handset::run(*options))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Pattern(options) => pattern::run(options),
        Command::Version => {
            println!("sidecam {}", env!("CARGO_PKG_VERSION"));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn serve(options: RunOptions) -> anyhow::Result<ExitCode> {
    let mut config = options.file.load()?;
    if let Some(dir) = options.client_dir {
        config.http.client_dir = dir;
    }
    start_log(&config.log.level, config.log.form);
    asynchronous()?.block_on(async {
        let gateway = sidecam_gateway::Gateway::start(config).await?;
        if options.ready_json {
            println!("{}", gateway.ready_line());
        }
        gateway.run_until_signalled().await
    })?;
    Ok(ExitCode::SUCCESS)
}

fn check(file: &ConfigFile) -> ExitCode {
    let config = match Config::load(file.config.as_deref()) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = Tls::load(&config.tls) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    if let Err(error) = config.peers.models() {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    if let Err(error) = config.calls.beside.token() {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    let hints = config.hints();
    for hint in &hints {
        println!("hint: {hint}");
    }
    let page = match config.http.tls {
        None => format!("http://{}", config.http.listen),
        Some(tls) => format!("http://{} and https://{tls}", config.http.listen),
    };
    let tls = match config.sip.tls {
        None => String::new(),
        Some(tls) => format!(" and tls {tls}"),
    };
    println!(
        "The configuration is sound: the page at {page}, SIP at udp {}, tcp {}{tls}, domain {}.",
        config.sip.udp, config.sip.tcp, config.home.domain
    );
    ExitCode::SUCCESS
}

fn asynchronous() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}

/// Logs go to standard error; `RUST_LOG` wins over the configuration.
fn start_log(level: &str, form: LogForm) {
    let filter = EnvFilter::try_from_default_env()
        .or_else(|_| EnvFilter::try_new(level))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match form {
        LogForm::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogForm::Json => log.json().init(),
    }
}
