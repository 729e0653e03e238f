//! The browser's own figures of a connection (W3C WebRTC Statistics).

use js_sys::{Map, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::RtcPeerConnection;

use crate::phone::share::Sample;

/// The video streams of the connection, at most one a direction.
pub async fn read(connection: &RtcPeerConnection) -> Vec<Sample> {
    let Ok(report) = JsFuture::from(connection.get_stats()).await else {
        return Vec::new();
    };
    // A stats report is like a map, without being one.
    let report: &Map = report.unchecked_ref();
    let mut samples = Vec::new();
    report.for_each(&mut |entry, _| {
        let kind = text(&entry, "type");
        let is_rtp = kind == "outbound-rtp" || kind == "inbound-rtp";
        if is_rtp && text(&entry, "kind") == "video" {
            samples.push(sample(report, &entry));
        }
    });
    samples
}

fn sample(report: &Map, stream: &JsValue) -> Sample {
    let codec = report.get(&JsValue::from_str(&text(stream, "codecId")));
    let sent = text(stream, "type") == "outbound-rtp";
    let (bytes, frames) = if sent {
        ("bytesSent", "framesEncoded")
    } else {
        ("bytesReceived", "framesDecoded")
    };
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
        is_sent: sent,
    }
}

fn text(entry: &JsValue, name: &str) -> String {
    field(entry, name)
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

fn number(entry: &JsValue, name: &str) -> f64 {
    field(entry, name)
        .and_then(|value| value.as_f64())
        .unwrap_or_default()
}

fn field(entry: &JsValue, name: &str) -> Option<JsValue> {
    entry
        .is_object()
        .then(|| Reflect::get(entry, &JsValue::from_str(name)).ok())
        .flatten()
}
