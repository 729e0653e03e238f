//! What a person may hand on: the signalling and the heads of packets as pcapng, the rest as JSON. Names
//! of people are left out, numbers are told in part, and no picture is in it: none was ever kept.

use sip::time::Duration;

use super::far::{FarPacket, Kind, Leg, Medium};
use super::pcapng::{self, End, Packet};
use super::record::{Entry, Record, milliseconds};
use super::{Document, Figures, Journal, Stream, Verdict, Way, What, redact};
use crate::phone::json::Json;
use crate::phone::order::sort_by_key;
use crate::phone::state::{Cause, Direction, Peer};

/// In RFC 5737's first block: who is who in the file.
const PAGE: u8 = 1;
const GATEWAY: u8 = 2;
const OTHER_PHONE: u8 = 3;

const SIP: u16 = 5060;
const ANY_MEDIA: u16 = 5000;
const VIDEO: u16 = 5002;
const AUDIO: u16 = 5012;

/// What happened just before a call may be why it failed.
const BEFORE: Duration = Duration::from_secs(30);

impl Journal {
    /// Messages and packets. `unix_milliseconds` is when the journal began.
    pub(super) fn packets(&self, record: Option<&Record>, unix_milliseconds: u64) -> Document {
        let micros = |at: Duration| {
            let since = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
            unix_milliseconds.saturating_mul(1000).saturating_add(since)
        };
        let entries = self.entries(record);
        let messages = entries.iter().filter_map(|entry| {
            let (What::Message(way, _), Some(text)) = (&entry.what, &entry.text) else {
                return None;
            };
            let page = End {
                host: PAGE,
                port: SIP,
            };
            let gateway = End {
                host: GATEWAY,
                port: SIP,
            };
            let (from, to) = match way {
                Way::Out => (page, gateway),
                Way::In => (gateway, page),
            };
            Some(Packet {
                unix_microseconds: micros(entry.at),
                from,
                to,
                head: text.as_bytes(),
                length: text.len(),
            })
        });
        let heads = record.into_iter().flat_map(|record| &record.far.packets);
        let heads = heads.map(|packet| {
            let (from, to) = ends(packet);
            Packet {
                unix_microseconds: micros(packet.at),
                from,
                to,
                head: &packet.head,
                length: usize::from(packet.length),
            }
        });
        let mut all: Vec<Packet<'_>> = messages.chain(heads).collect();
        sort_by_key(&mut all, |packet| packet.unix_microseconds);
        Document {
            name: "sidecam.pcapng",
            kind: "application/octet-stream",
            bytes: pcapng::write(all),
        }
    }

    /// Everything that is no message and no packet.
    pub(super) fn rest(&self, record: Option<&Record>, unix_milliseconds: u64) -> Document {
        let events = self.entries(record).into_iter().map(event);
        let file = Json::object([
            ("about", "Sidecam: what was seen of a call".into()),
            ("version", env!("CARGO_PKG_VERSION").into()),
            ("began_unix_milliseconds", unix_milliseconds.into()),
            ("call", record.map(call).into()),
            ("events", Json::List(events.collect())),
        ]);
        Document {
            name: "sidecam.json",
            kind: "application/json",
            bytes: file.to_string().into_bytes(),
        }
    }

    /// Of the call, and of the connection to the gateway before and while it went on.
    fn entries<'a>(&'a self, record: Option<&'a Record>) -> Vec<&'a Entry> {
        let own = record.map(|record| record.events.iter().chain(record.figures.iter()));
        let mut all: Vec<&Entry> = own.into_iter().flatten().collect();
        let first = all.iter().map(|entry| entry.at).min().unwrap_or_default();
        let last = all
            .iter()
            .map(|entry| entry.at)
            .max()
            .unwrap_or(Duration::MAX);
        let around = first.saturating_sub(BEFORE)..=last;
        all.extend(self.line.iter().filter(|entry| around.contains(&entry.at)));
        sort_by_key(&mut all, |entry| entry.at);
        all
    }
}

/// A leg to a browser has all on one port; a plain one has one for each, with RTCP above it (RFC 3550 §11).
fn ends(packet: &FarPacket) -> (End, End) {
    let port = match (packet.medium, packet.kind) {
        (Medium::Any, _) => ANY_MEDIA,
        (Medium::Video, Kind::Rtcp) => VIDEO + 1,
        (Medium::Audio, Kind::Rtcp) => AUDIO + 1,
        (Medium::Video, Kind::Rtp | Kind::Stun | Kind::Dtls) => VIDEO,
        (Medium::Audio, Kind::Rtp | Kind::Stun | Kind::Dtls) => AUDIO,
    };
    let other = match packet.leg {
        Leg::Near => PAGE,
        Leg::Far => OTHER_PHONE,
    };
    let (gateway, other) = (
        End {
            host: GATEWAY,
            port,
        },
        End { host: other, port },
    );
    match packet.way {
        Way::Out => (gateway, other),
        Way::In => (other, gateway),
    }
}

fn call(record: &Record) -> Json {
    let facts = &record.facts;
    let direction = match facts.direction {
        Some(Direction::Out) => "shown",
        Some(Direction::In) => "watched",
        None => "voice",
    };
    let counted = facts.far.as_ref().map(|far| {
        Json::object([
            ("to_them", far.to_them.into()),
            ("from_them", far.from_them.into()),
            ("reports_from_them", far.reports_from_them.into()),
            ("to_us", far.to_us.into()),
            ("from_us", far.from_us.into()),
            ("left_out", record.far.left_out.into()),
        ])
    });
    Json::object([
        ("verdict", Verdict::of(facts).name().into()),
        ("direction", direction.into()),
        ("with", number(record.peer.as_ref()).into()),
        ("call_id", record.call_id.as_deref().into()),
        ("cause", facts.cause.map(Cause::name).into()),
        ("refused", facts.refused.map(u64::from).into()),
        ("reason", facts.reason.map(u64::from).into()),
        ("answered", facts.answered.into()),
        ("path_stood", facts.path_stood.into()),
        ("keys_stood", facts.keys_stood.into()),
        ("line_lost", facts.line_lost.into()),
        ("left_out", (record.left_out() as u64).into()),
        ("gateway_packets", counted.into()),
    ])
}

/// In part.
fn number(peer: Option<&Peer>) -> Option<Json> {
    let number = peer.and_then(|peer| peer.number.as_ref())?;
    Some(Json::Text(redact::numbers(&format!("tel:{number}"))))
}

fn event(entry: &Entry) -> Json {
    let at = ("at", milliseconds(entry.at).into());
    let lane = ("lane", entry.what.lane().name().into());
    if let What::Figures(seen) = &entry.what {
        return figures([at, lane], seen);
    }
    Json::object([at, lane, ("what", Json::Text(what(&entry.what)))])
}

fn figures([at, lane]: [(&str, Json); 2], figures: &Figures) -> Json {
    let round_trip = figures.round_trip_milliseconds.map(u64::from);
    Json::object([
        at,
        lane,
        ("path", Json::Text(format!("{:?}", figures.path))),
        ("keys", Json::Text(format!("{:?}", figures.keys))),
        ("ends", figures.ends.as_str().into()),
        ("round_trip_ms", round_trip.into()),
        ("sent", figures.sent.as_ref().map(stream).into()),
        ("received", figures.received.as_ref().map(stream).into()),
    ])
}

fn stream(stream: &Stream) -> Json {
    Json::object([
        ("packets", stream.packets.into()),
        ("bytes", stream.bytes.into()),
        ("lost", stream.lost.into()),
        ("frames", stream.frames.into()),
        ("width", u64::from(stream.width).into()),
        ("height", u64::from(stream.height).into()),
        ("limited", Json::Text(format!("{:?}", stream.limited))),
    ])
}

fn what(what: &What) -> String {
    match what {
        What::Message(way, summary) => format!("{way:?} {summary}"),
        What::Ended(cause) => format!("Ended {}", cause.name()),
        What::LineOpened
        | What::LineClosed
        | What::Path(_)
        | What::Keys(_)
        | What::NotApplied
        | What::NotChanged
        | What::Restarted
        | What::Track
        | What::FirstPicture(_)
        | What::PicturesStopped(_)
        | What::Figures(_)
        | What::FarFirst(_) => format!("{what:?}"),
    }
}
