//! `sidecam explain`: how the gateway reads what a peer sends, what it makes of it, or why it refuses it.

mod json;
mod offer;
mod text;
mod typed;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use sidecam_gateway::config::{self, DEFAULT_MAX_BITS_PER_SECOND};
use sip::limits::Limits;
use sip::message::{Message, Response};
use sip::parse::{ParseError, parse};

/// Say how a SIP message is read, or what becomes of an offer of media.
///
/// With --message reads one message as the gateway would and prints what it found: the first line, From, To,
/// Call-ID, CSeq, the way (Via, Route, Record-Route), Contacts with their feature tags, every
/// header of an extension that is understood, the others as they are, and the body. A message that
/// is refused is printed with why and with the status that its sender gets.
///
/// The exit code is 0 for a message that is accepted, and 1 for one that is refused or a file that
/// can't be read.
///
/// With --json one object is printed. It always has "accepted" (true or false). An accepted message
/// has "kind" ("request" or "response"); "method" and "uri", or "status" and "reason"; "from" and
/// "to" (each with "display", "uri", "params"); "call_id"; "cseq" ("number", "method");
/// "max_forwards" and "expires" (numbers or null); "via" (each with "transport", "host", "port",
/// "branch", "received", "rport", "params"; "rport" is true where it is asked for and not yet
/// known); "contact" ("*" or a list of addresses, each with "features"), "route" and
/// "record_route"; "typed" (each with "name" and either "value", as we would write it, or
/// "error"); "other" (each with "name" and "value"); and "body" ("bytes", "type"). A refused one
/// has "error", "status" and "reason" (null where nothing is answered) and "hint" (or null).
/// Parameters are lists of objects with "name" and "value", null for one without a value. More keys
/// may come; these stay.
///
/// With --offer reads a session description, by itself or in a SIP message, and prints what the peer
/// would be offered for it, what the peer would answer, and what we would answer, with the reason for
/// every line and payload type. --peer is the name of a handset (see docs/handset-profiles.md),
/// "browser", or a file with the peer's description. Addresses and ports stand for the gateway's; of a
/// browser's description only what follows from the other side is shown. The exit code is 1 where the
/// call would be refused. With --json: "accepted"; "steps", each with "step" ("offer", "offer_to_peer",
/// "answer_of_peer" or "answer"), "sdp" and "reasons", each with "line" (from 1), "kind",
/// "payload_type", "encoding" (null where it is not about that) and "why"; and "error", "status" and
/// "warning", null where the call can be made.
#[derive(Debug, Args)]
pub struct Options {
    /// File with one message as it is on the wire, line ends and all; - for standard input.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "offer",
        conflicts_with = "offer"
    )]
    message: Option<PathBuf>,
    /// File with a session description, or with a SIP message that has one; - for standard input.
    #[arg(long, value_name = "FILE", requires = "peer")]
    offer: Option<PathBuf>,
    /// Whom the offer is for: a handset, "browser", or a file with its description.
    #[arg(long, value_name = "PEER", requires = "offer")]
    peer: Option<String>,
    /// A folder with more handsets, as peers.profiles_dir.
    #[arg(long, value_name = "DIR", requires = "peer")]
    profiles_dir: Option<PathBuf>,
    /// The operator's cap, as media.max_bits_per_second.
    #[arg(long, value_name = "BITS", default_value_t = DEFAULT_MAX_BITS_PER_SECOND)]
    max_bits_per_second: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A message that is refused.
struct Refusal {
    error: ParseError,
    /// What its sender gets, if anything.
    reply: Option<Response>,
    hint: Option<&'static str>,
}

pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let (output, code) = match (&options.offer, &options.peer, &options.message) {
        (Some(file), Some(peer), _) => {
            let peers = config::Peers {
                profiles_dir: options.profiles_dir.clone(),
            };
            let models = peers.models()?;
            offer::run(
                file,
                (peer, &models),
                options.max_bits_per_second,
                options.json,
            )?
        }
        (_, _, Some(file)) => {
            let limits = Limits::default();
            let bytes =
                read(file, &limits).with_context(|| format!("{} can't be read", file.display()))?;
            explain(&bytes, &limits, options.json)
        }
        (_, _, None) => anyhow::bail!("name a file by --message, or by --offer and --peer"),
    };
    // Whoever reads may close early, as head does.
    match io::stdout().write_all(output.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(code),
    }
}

fn explain(bytes: &[u8], limits: &Limits, as_json: bool) -> (String, ExitCode) {
    match read_message(bytes, limits) {
        Ok(message) => {
            let output = match as_json {
                true => json::accepted(&message),
                false => text::accepted(&message),
            };
            (output, ExitCode::SUCCESS)
        }
        Err(refusal) => {
            let output = match as_json {
                true => json::refused(&refusal),
                false => text::refused(&refusal),
            };
            (output, ExitCode::FAILURE)
        }
    }
}

fn read_message(bytes: &[u8], limits: &Limits) -> Result<Message, Box<Refusal>> {
    parse(bytes, limits).map_err(|error| {
        Box::new(Refusal {
            reply: error.reply(bytes),
            hint: hint(bytes),
            error,
        })
    })
}

/// One byte more than a message may have is enough to refuse it.
fn read(file: &Path, limits: &Limits) -> io::Result<Vec<u8>> {
    let most = limits.message_bytes as u64 + 1;
    let mut bytes = Vec::new();
    match file.as_os_str() == "-" {
        true => io::stdin().take(most).read_to_end(&mut bytes)?,
        false => File::open(file)?.take(most).read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

/// What is often wrong with a message that was pasted into a file.
fn hint(bytes: &[u8]) -> Option<&'static str> {
    let bare = bytes
        .iter()
        .enumerate()
        .any(|(at, &byte)| byte == b'\n' && (at == 0 || bytes[at - 1] != b'\r'));
    bare.then_some("some lines end with LF alone; SIP ends them with CR and LF (unix2dos helps)")
}

#[cfg(test)]
mod tests;
