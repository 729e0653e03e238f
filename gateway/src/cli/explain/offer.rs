//! `sidecam explain --offer`: what becomes of a session description (RFC 3264), and why.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use handset::Models;
use serde_json::{Value, json};
use sidecam_gateway::switch::offer::explain::{
    Explanation, Peer, Step, What, answer_of, explain, usual_browser,
};
use sidecam_gateway::switch::offer::{self, About, PlainEnd, Reason};
use sip::limits::Limits;
use sip::message::Message;
use sip::parse::parse;
use sip::sdp::Description;

/// The name of the peer that is a browser, whichever.
const BROWSER: &str = "browser";

/// Stand for the gateway's own, which a call would choose (RFC 5737, RFC 3849).
const ADDRESSES: [&str; 2] = ["192.0.2.1", "2001:db8::1"];
const RTP_PORT: u16 = 30000;

/// Explains the offer in `file` towards `peer`.
///
/// # Errors
/// The file holds no description, or there is no such peer.
pub fn run(
    file: &Path,
    (peer, models): (&str, &Models),
    max_bits_per_second: u32,
    as_json: bool,
) -> anyhow::Result<(String, ExitCode)> {
    let offer = description_in(file)?;
    if offer::video(&offer).is_none() && offer::audio(&offer).is_some() {
        bail!("the offer has sound alone; only offers with video are explained");
    }
    let explanation = match peer {
        BROWSER => explained(&offer, &Peer::Browser(usual_browser()), max_bits_per_second),
        file if Path::new(file).exists() => {
            let peer = description_in(Path::new(file))?;
            match offer::is_webrtc(&peer) {
                true => {
                    let codecs = offer::web_codecs(&peer);
                    explained(&offer, &Peer::Browser(codecs), max_bits_per_second)
                }
                false => {
                    let answers = |offer: &Description| answer_of(&peer, offer);
                    explained(&offer, &Peer::Plain(&answers), max_bits_per_second)
                }
            }
        }
        profile => {
            let model = match models.named(profile) {
                Ok(model) => model,
                Err(error) => {
                    bail!("{error}; or {BROWSER}, or a file with the peer's description")
                }
            };
            let answers =
                |offer: &Description| handset::describe::answer(model, &offer.to_bytes()).ok();
            let peer = Peer::Model(&model.treat, &answers);
            explained(&offer, &peer, max_bits_per_second)
        }
    };
    let code = match explanation.reject {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    };
    let output = match as_json {
        true => object(&explanation),
        false => page(&explanation),
    };
    Ok((output, code))
}

fn explained(offer: &Description, peer: &Peer<'_>, max_bits_per_second: u32) -> Explanation {
    let is_ipv6 = offer::video(offer)
        .and_then(|video| offer.address_of(video))
        .is_some_and(|address| address.is_ipv6());
    let end = PlainEnd {
        address: ADDRESSES[usize::from(is_ipv6)]
            .parse()
            .expect("an address as written above"),
        rtp_port: RTP_PORT,
        session_id: 1,
        max_bits_per_second,
    };
    explain(offer, peer, end)
}

/// A description by itself, or the one in a SIP message.
fn description_in(file: &Path) -> anyhow::Result<Description> {
    let limits = Limits::default();
    let unread = || format!("{} can't be read", file.display());
    let bytes = super::read(file, &limits).with_context(unread)?;
    if bytes.starts_with(b"v=") {
        return Description::parse(&bytes).with_context(unread);
    }
    let message = parse(&bytes, &limits)
        .map_err(|error| anyhow::anyhow!("neither a description nor a SIP message: {error}"))
        .with_context(unread)?;
    let sdp = match &message {
        Message::Request(request) => request.content("application/sdp"),
        Message::Response(response) => response.content("application/sdp"),
    };
    let sdp = sdp.context("the message has no session description");
    Description::parse(sdp.with_context(unread)?).with_context(unread)
}

/// For a person: each description, then why it is so.
fn page(explanation: &Explanation) -> String {
    let mut page = String::new();
    for step in &explanation.steps {
        page += &format!("{}:\n", title(step.what));
        for line in step.sdp.lines() {
            page += &format!("  {}\n", shown(line));
        }
        for reason in &step.reasons {
            page += &format!("    {}\n", shown(&reason.to_string()));
        }
        page.push('\n');
    }
    match &explanation.reject {
        None => page += "The call can be made.\n",
        Some(reject) => {
            page += &format!("The call is refused with {}: {reject}.\n", reject.status());
            if let Some(warning) = reject.warning() {
                page += &format!("  Warning: {}\n", warning.value.to_str_lossy());
            }
        }
    }
    page
}

/// What a peer wrote cannot do anything to the terminal.
fn shown(text: &str) -> String {
    let escaped = |letter: char| match letter.is_control() {
        true => letter.escape_default().collect(),
        false => String::from(letter),
    };
    text.chars().map(escaped).collect()
}

fn title(what: What) -> &'static str {
    match what {
        What::Offer => "The offer",
        What::OfferToPeer => "What the peer is offered",
        What::AnswerOfPeer => "What the peer answers",
        What::Answer => "The answer",
    }
}

/// The keys are promised in the help.
fn object(explanation: &Explanation) -> String {
    let reject = explanation.reject.as_ref();
    let warning = reject.and_then(offer::Reject::warning);
    let object = json!({
        "accepted": reject.is_none(),
        "steps": explanation.steps.iter().map(step).collect::<Value>(),
        "error": reject.map(ToString::to_string),
        "status": reject.map(|reject| reject.status().code()),
        "warning": warning.map(|warning| warning.value.to_str_lossy().into_owned()),
    });
    format!("{object:#}\n")
}

fn step(step: &Step) -> Value {
    let name = match step.what {
        What::Offer => "offer",
        What::OfferToPeer => "offer_to_peer",
        What::AnswerOfPeer => "answer_of_peer",
        What::Answer => "answer",
    };
    json!({
        "step": name,
        "sdp": step.sdp,
        "reasons": step.reasons.iter().map(reason).collect::<Value>(),
    })
}

fn reason(reason: &Reason) -> Value {
    let (line, kind, payload_type, encoding) = match &reason.about {
        About::Session => (None, None, None, None),
        About::Line { line, kind } => (Some(line + 1), Some(kind.name()), None, None),
        About::Format {
            line,
            payload_type,
            encoding,
        } => (Some(line + 1), None, Some(payload_type), Some(encoding)),
    };
    json!({
        "line": line,
        "kind": kind,
        "payload_type": payload_type,
        "encoding": encoding,
        "why": reason.why.to_string(),
    })
}

#[cfg(test)]
mod tests;
