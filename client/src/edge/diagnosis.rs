//! What the journal of calls is told by the browser (W3C WebRTC §4.4, W3C WebRTC Statistics) and by the
//! gateway, and the files that a person takes away.

use std::rc::Rc;

use js_sys::{Array, Map, Reflect, Uint8Array, encode_uri_component};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, RtcPeerConnection, Url, window};

use super::{Report, directory};
use crate::phone::Input;
use crate::phone::diagnosis::{
    CallKey, Document, Figures, Keys, Limited, PacketsAnswer, Path, Seen, Stream,
};
use crate::phone::share::ShareId;

/// Tells of every change of the connection's way and of its keys, for as long as it lives.
pub fn watch(connection: &RtcPeerConnection, share: ShareId, report: &Report) {
    let way: Change = ("iceconnectionstatechange", |of| {
        path_of(&text(of, "iceConnectionState")).map(Seen::Path)
    });
    // It is connected when it has both a way and keys (W3C WebRTC §4.3.3).
    let both: Change = ("connectionstatechange", |of| {
        (text(of, "connectionState") == "connected").then_some(Seen::Keys(Keys::Agreed))
    });
    for (name, look) in [way, both] {
        let (watched, report) = (connection.clone(), Rc::clone(report));
        let changed = Closure::<dyn Fn()>::new(move || {
            if let Some(seen) = look(&watched) {
                report(Input::Seen { share, seen });
            }
        });
        // The browser frees it with the connection.
        let listener = changed.into_js_value();
        // A connection that cannot be listened to is told of by its figures.
        let _ = connection.add_event_listener_with_callback(name, listener.unchecked_ref());
    }
}

/// An event, and what is to be seen then.
type Change = (&'static str, fn(&RtcPeerConnection) -> Option<Seen>);

/// The figures of this moment.
pub async fn figures(connection: &RtcPeerConnection) -> Option<Seen> {
    let report = JsFuture::from(connection.get_stats()).await.ok()?;
    // A stats report is like a map, without being one.
    let report: &Map = report.unchecked_ref();
    let mut figures = Figures::default();
    let mut lost_there = 0;
    report.for_each(&mut |entry, _| {
        let is_video = text(&entry, "kind") == "video";
        match &*text(&entry, "type") {
            "transport" => transport(report, &entry, &mut figures),
            "outbound-rtp" if is_video => figures.sent = Some(sent(&entry)),
            "inbound-rtp" if is_video => figures.received = Some(received(&entry)),
            "remote-inbound-rtp" if is_video => lost_there = count(&entry, "packetsLost"),
            _ => {}
        }
    });
    if let Some(sent) = &mut figures.sent {
        sent.lost = lost_there;
    }
    Some(Seen::Figures(Box::new(figures)))
}

fn transport(report: &Map, transport: &JsValue, figures: &mut Figures) {
    let named = |of: &JsValue, name: &str| report.get(&JsValue::from_str(&text(of, name)));
    figures.path = path_of(&text(transport, "iceState")).unwrap_or_default();
    figures.keys = match &*text(transport, "dtlsState") {
        "connecting" => Keys::Agreeing,
        "connected" => Keys::Agreed,
        "failed" => Keys::Failed,
        _ => Keys::New,
    };
    let pair = named(transport, "selectedCandidatePairId");
    let seconds = number(&pair, "currentRoundTripTime");
    figures.round_trip_milliseconds = seconds.map(|seconds| (seconds * 1000.0).round() as u32);
    let end = |name| {
        let end = named(&pair, name);
        format!("{} {}", text(&end, "candidateType"), text(&end, "protocol"))
    };
    if pair.is_object() {
        figures.ends = format!("{} - {}", end("localCandidateId"), end("remoteCandidateId"));
    }
}

fn sent(entry: &JsValue) -> Stream {
    Stream {
        packets: count(entry, "packetsSent"),
        bytes: count(entry, "bytesSent"),
        lost: 0,
        frames: count(entry, "framesEncoded"),
        width: count(entry, "frameWidth") as u32,
        height: count(entry, "frameHeight") as u32,
        limited: match &*text(entry, "qualityLimitationReason") {
            "cpu" => Limited::Device,
            "bandwidth" => Limited::Network,
            _ => Limited::No,
        },
    }
}

fn received(entry: &JsValue) -> Stream {
    Stream {
        packets: count(entry, "packetsReceived"),
        bytes: count(entry, "bytesReceived"),
        lost: count(entry, "packetsLost"),
        frames: count(entry, "framesDecoded"),
        width: count(entry, "frameWidth") as u32,
        height: count(entry, "frameHeight") as u32,
        limited: Limited::No,
    }
}

fn path_of(state: &str) -> Option<Path> {
    match state {
        "checking" => Some(Path::Checking),
        "connected" | "completed" => Some(Path::Stands),
        "disconnected" => Some(Path::Lost),
        "failed" => Some(Path::Failed),
        _ => None,
    }
}

fn text(entry: &JsValue, name: &str) -> String {
    let value = field(entry, name).and_then(|value| value.as_string());
    value.unwrap_or_default()
}

fn number(entry: &JsValue, name: &str) -> Option<f64> {
    field(entry, name)?.as_f64()
}

/// What is below nothing, as a loss that was made good twice, is nothing.
fn count(entry: &JsValue, name: &str) -> u64 {
    number(entry, name).unwrap_or_default() as u64
}

fn field(entry: &JsValue, name: &str) -> Option<JsValue> {
    entry
        .is_object()
        .then(|| Reflect::get(entry, &JsValue::from_str(name)).ok())
        .flatten()
}

/// Asks the gateway what it kept of the call's packets.
pub fn ask_packets(key: CallKey, call_id: &str, token: &str, report: &Report) {
    let call_id = String::from(encode_uri_component(call_id));
    let path = format!("/api/v1/calls/{call_id}/packets");
    let (bearer, report) = (format!("Bearer {token}"), Rc::clone(report));
    spawn_local(async move {
        let answer = match directory::get(&path, Some(&bearer)).await {
            Some((200, Some(text))) => PacketsAnswer::Read(text),
            Some((204 | 401 | 404, _)) => PacketsAnswer::Nothing,
            Some(_) | None => PacketsAnswer::Unreachable,
        };
        report(Input::Packets { key, answer });
    });
}

/// Hands the person a file. A browser that lets none be saved has told the person so itself.
pub fn save(document: &Document) {
    let _ = try_save(document);
}

fn try_save(document: &Document) -> Result<(), JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type(document.kind);
    let bytes = Uint8Array::from(&document.bytes[..]);
    let blob = Blob::new_with_u8_array_sequence_and_options(&Array::of1(&bytes), &kind)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let page = window().and_then(|window| window.document());
    let page = page.ok_or(JsValue::NULL)?;
    let link: HtmlAnchorElement = page.create_element("a")?.dyn_into()?;
    link.set_href(&url);
    link.set_download(document.name);
    link.click();
    Url::revoke_object_url(&url)
}
