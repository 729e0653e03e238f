//! The sound of a share: one's own microphone beside the pictures, and theirs.

use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    HtmlAudioElement, MediaStream, MediaStreamTrack, RtcPeerConnection, RtcRtpTransceiverDirection,
    RtcRtpTransceiverInit,
};

use super::{camera, connection, voice};

/// Adds the microphone beside the pictures, over the line that there may be, and makes an offer.
pub async fn offer_with(
    connection: &RtcPeerConnection,
    microphone: &MediaStream,
) -> Result<String, JsValue> {
    let track = camera::tracks(microphone)
        .into_iter()
        .next()
        .ok_or(JsValue::NULL)?;
    match voice::line_of(connection) {
        Some(line) => {
            let listens = line.direction() == RtcRtpTransceiverDirection::Recvonly;
            line.set_direction(match listens {
                true => RtcRtpTransceiverDirection::Sendrecv,
                false => RtcRtpTransceiverDirection::Sendonly,
            });
            JsFuture::from(line.sender().replace_track(Some(&track))).await?;
        }
        None => {
            let init = RtcRtpTransceiverInit::new();
            init.set_direction(RtcRtpTransceiverDirection::Sendonly);
            init.set_streams(&Array::of1(microphone));
            connection.add_transceiver_with_media_stream_track_and_init(&track, &init);
        }
    }
    connection::offer(connection).await
}

/// Plays their sound; whoever watches has pressed something, so that the browser lets it be heard.
pub fn play(player: &HtmlAudioElement, track: &MediaStreamTrack) {
    let stream = MediaStream::new_with_tracks(&Array::of1(track)).ok();
    player.set_src_object(stream.as_ref());
    if let Ok(started) = player.play() {
        spawn_local(async move {
            // A share that ended meanwhile plays nothing more.
            let _ = JsFuture::from(started).await;
        });
    }
}
