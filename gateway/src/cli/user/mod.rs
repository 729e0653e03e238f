//! `sidecam user`: who may register. A running gateway sees the change within a second.

mod import;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::json;
use sidecam_gateway::home::subscribers::UserName;
use sidecam_gateway::store::{Sqlite, Subscriber};

use sip::digest::Ha1;
use sip::number::E164;

use super::{ConfigFile, asynchronous};

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    file: ConfigFile,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Let somebody register; a password is made up and printed where none is given.
    Add {
        name: UserName,
        /// Number in international form, such as +15550001.
        #[arg(long)]
        number: E164,
        /// What others see; the name where it is left out.
        #[arg(long)]
        display: Option<String>,
        #[command(flatten)]
        password: Password,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Let everybody on a list register, or nobody of it.
    Import {
        /// CSV with the columns name, number, display and password, named in its first line; "-" is
        /// standard input.
        file: PathBuf,
    },
    /// Show who may register.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take the right to register away, with all bindings.
    Remove { name: UserName },
    /// Give a new password.
    Password {
        name: UserName,
        #[command(flatten)]
        password: Password,
    },
}

#[derive(Debug, Args)]
struct Password {
    /// Read the password from the first line of this file; "-" is standard input.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub fn run(options: Options) -> anyhow::Result<ExitCode> {
    let config = options.file.load()?;
    let realm = config.home.domain.as_str();
    asynchronous()?.block_on(async {
        let store = Sqlite::open(&config.store.url).await?;
        match options.command {
            Command::Add {
                name,
                number,
                display,
                password,
                json,
            } => {
                let (secret, made_up) = password.choose()?;
                let subscriber = Subscriber {
                    display: display.unwrap_or_else(|| name.as_str().to_owned()),
                    ha1: Ha1::of(name.as_str(), realm, &secret),
                    name: name.into(),
                    number: number.into(),
                    realm: realm.to_owned(),
                };
                store
                    .add(&subscriber)
                    .await
                    .with_context(|| format!("{} cannot be added", subscriber.name))?;
                show_added(&subscriber, made_up.then_some(secret.as_str()), json);
            }
            Command::Import { file } => {
                let everybody = import::read(&file, realm)?;
                store.add_all(&everybody).await.map_err(|(number, error)| {
                    match everybody.get(number) {
                        Some(subscriber) => anyhow::Error::new(error).context(format!(
                            "{} cannot be added, so nobody was",
                            subscriber.name
                        )),
                        None => anyhow::Error::new(error),
                    }
                })?;
                println!("added {}", everybody.len());
            }
            Command::List { json } => show_list(&store.subscribers().await?, json),
            Command::Remove { name } => store.remove(name.as_str()).await?,
            Command::Password { name, password } => {
                let (secret, made_up) = password.choose()?;
                store
                    .change_secret(
                        name.as_str(),
                        realm,
                        &Ha1::of(name.as_str(), realm, &secret),
                    )
                    .await?;
                if made_up {
                    println!("{secret}");
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn show_added(subscriber: &Subscriber, made_up: Option<&str>, as_json: bool) {
    if as_json {
        let mut line = json!({ "name": subscriber.name, "number": subscriber.number, "display": subscriber.display });
        if let Some(password) = made_up {
            line["password"] = password.into();
        }
        println!("{line}");
        return;
    }
    println!(
        "added {} with the number {}",
        subscriber.name, subscriber.number
    );
    if let Some(password) = made_up {
        println!("password: {password}");
    }
}

fn show_list(subscribers: &[Subscriber], as_json: bool) {
    for subscriber in subscribers {
        let Subscriber {
            name,
            number,
            display,
            ..
        } = subscriber;
        if as_json {
            println!(
                "{}",
                json!({ "name": name, "number": number, "display": display })
            );
        } else {
            println!("{name}\t{number}\t{display}");
        }
    }
}

impl Password {
    /// The password, and whether it was made up here.
    fn choose(&self) -> anyhow::Result<(String, bool)> {
        match &self.password_file {
            Some(path) => Ok((read_first_line(path)?, false)),
            None => Ok((make_up()?, true)),
        }
    }
}

fn read_first_line(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin()
            .read_to_string(&mut text)
            .context("standard input cannot be read")?;
    } else {
        text = std::fs::read_to_string(path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
    }
    let Some(password) = text.lines().next() else {
        bail!("the password is empty")
    };
    check_length(password)?;
    Ok(password.to_owned())
}

fn check_length(password: &str) -> anyhow::Result<()> {
    ensure!(
        password.len() >= 8,
        "the password has fewer than 8 characters"
    );
    ensure!(
        password.len() <= 256,
        "the password has more than 256 characters"
    );
    Ok(())
}

/// 80 random bits, in letters and digits that are not mistaken for each other.
fn make_up() -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut random = [0u8; 16];
    getrandom::fill(&mut random).context("the system gives no random bytes")?;
    Ok(random
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect())
}
