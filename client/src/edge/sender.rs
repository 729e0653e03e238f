//! Holds the browser's encoder to what the other side can show (W3C WebRTC §5.2).

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStreamTrack, RtcPeerConnection, RtcRtpSender};

use crate::phone::limit::Limit;

/// Sets size, rate and bits of what the connection sends.
pub async fn hold(connection: &RtcPeerConnection, limit: Limit) -> Result<(), JsValue> {
    let senders = connection.get_senders();
    let with_track = senders.iter().find_map(|sender| {
        let sender: RtcRtpSender = sender.dyn_into().ok()?;
        let track = sender.track()?;
        Some((sender, track))
    });
    let Some((sender, track)) = with_track else {
        return Ok(());
    };
    let parameters = method(&sender, "getParameters")?.call0(&sender)?;
    let encodings: Array = Reflect::get(&parameters, &"encodings".into())?.dyn_into()?;
    let encoding = encodings.get(0);
    let set = |name: &str, value: f64| Reflect::set(&encoding, &name.into(), &value.into());
    set("scaleResolutionDownBy", scale_down(&track, limit))?;
    if limit.frames_per_second > 0 {
        set("maxFramerate", limit.frames_per_second.into())?;
    }
    if limit.bits_per_second > 0 {
        set("maxBitrate", limit.bits_per_second.into())?;
    }
    let done: Promise = method(&sender, "setParameters")?
        .call1(&sender, &parameters)?
        .dyn_into()?;
    JsFuture::from(done).await.map(|_| ())
}

fn scale_down(track: &MediaStreamTrack, limit: Limit) -> f64 {
    let settings = track.get_settings();
    let side = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
    let (width, height) = (settings.get_width(), settings.get_height());
    match (side(width), side(height)) {
        (Some(width), Some(height)) => limit.scale_down(width, height),
        // A browser that does not say the camera's size sends it as it is.
        _ => 1.0,
    }
}

fn method(object: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(object, &name.into())?.dyn_into()
}
