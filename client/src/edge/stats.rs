//! The browser's own figures of a connection (W3C WebRTC Statistics).

use js_sys::{Map, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::RtcPeerConnection;

use crate::phone::share::{Hindrance, Sample};

/// The video streams of the connection, at most one a direction.
pub async fn read(connection: &RtcPeerConnection) -> Vec<Sample> {
    let Ok(report) = JsFuture::from(connection.get_stats()).await else {
        return Vec::new();
    };
    // A stats report is like a map, without being one.
    let report: &Map = report.unchecked_ref();
    let pair = find(report, |entry| {
        text(entry, "type") == "candidate-pair"
            && text(entry, "state") == "succeeded"
            && is_true(entry, "nominated")
    });
    let mut samples = Vec::new();
    report.for_each(&mut |entry, _| {
        let kind = text(&entry, "type");
        let is_rtp = kind == "outbound-rtp" || kind == "inbound-rtp";
        if is_rtp && text(&entry, "kind") == "video" {
            samples.push(sample(report, &entry, &pair));
        }
    });
    samples
}

/// `pair` is the way that the connection takes.
fn sample(report: &Map, stream: &JsValue, pair: &JsValue) -> Sample {
    let codec = report.get(&JsValue::from_str(&text(stream, "codecId")));
    let is_sent = text(stream, "type") == "outbound-rtp";
    let id = text(stream, "id");
    // What the gateway reports of what we send.
    let heard = find(report, |entry| {
        text(entry, "type") == "remote-inbound-rtp" && text(entry, "localId") == id
    });
    let (bytes, frames, packets, losses) = match is_sent {
        true => ("bytesSent", "framesEncoded", "packetsSent", &heard),
        false => ("bytesReceived", "framesDecoded", "packetsReceived", stream),
    };
    let round_trip = has(&heard, "roundTripTime").or_else(|| has(pair, "currentRoundTripTime"));
    Sample {
        at_milliseconds: number(stream, "timestamp") as u64,
        bytes: number(stream, bytes) as u64,
        frames: number(stream, frames) as u64,
        width: number(stream, "frameWidth") as u32,
        height: number(stream, "frameHeight") as u32,
        frames_per_second: number(stream, "framesPerSecond").round() as u32,
        codec: text(&codec, "mimeType")
            .trim_start_matches("video/")
            .to_owned(),
        is_sent,
        packets: number(stream, packets) as u64,
        // Fewer than none where some came twice, which the cast makes none.
        lost: number(losses, "packetsLost") as u64,
        dropped: number(stream, "framesDropped") as u64,
        round_trip_milliseconds: round_trip.map(|seconds| (seconds * 1000.0) as u32),
        checks_answered: number(pair, "responsesReceived") as u64,
        target_bits_per_second: number(stream, "targetBitrate") as u64,
        hindrance: match text(stream, "qualityLimitationReason").as_str() {
            "cpu" => Hindrance::Device,
            "bandwidth" => Hindrance::Network,
            _ => Hindrance::None,
        },
    }
}

/// The last entry of that kind, or nothing that has fields.
fn find(report: &Map, wanted: impl Fn(&JsValue) -> bool) -> JsValue {
    let mut found = JsValue::UNDEFINED;
    report.for_each(&mut |entry, _| {
        if wanted(&entry) {
            found = entry;
        }
    });
    found
}

fn text(entry: &JsValue, name: &str) -> String {
    field(entry, name)
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

fn number(entry: &JsValue, name: &str) -> f64 {
    has(entry, name).unwrap_or_default()
}

fn has(entry: &JsValue, name: &str) -> Option<f64> {
    field(entry, name)?.as_f64()
}

fn is_true(entry: &JsValue, name: &str) -> bool {
    field(entry, name).is_some_and(|value| value.is_truthy())
}

fn field(entry: &JsValue, name: &str) -> Option<JsValue> {
    entry
        .is_object()
        .then(|| Reflect::get(entry, &JsValue::from_str(name)).ok())
        .flatten()
}
