//! What the connections of shares and of voice calls have in common: their descriptions and states
//! (W3C WebRTC §4, RFC 8829).

use js_sys::{Array, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    RtcConfiguration, RtcIceGatheringState, RtcOfferOptions, RtcPeerConnection,
    RtcPeerConnectionState, RtcSdpType, RtcSessionDescriptionInit, RtcSignalingState, window,
};

use crate::phone::PeerEvent;

/// One that the gateway alone is reached by.
pub fn new() -> Result<RtcPeerConnection, JsValue> {
    let configuration = RtcConfiguration::new();
    configuration.set_ice_servers(&Array::new());
    RtcPeerConnection::new_with_configuration(&configuration)
}

/// What a change of its state says.
pub fn event_of(state: RtcPeerConnectionState) -> Option<PeerEvent> {
    match state {
        RtcPeerConnectionState::Connected => Some(PeerEvent::Connected),
        RtcPeerConnectionState::Disconnected => Some(PeerEvent::Silent),
        RtcPeerConnectionState::Failed => Some(PeerEvent::Failed),
        // New, connecting and closed tell nothing new.
        _ => None,
    }
}

/// An offer of the connection as it stands.
pub async fn offer(connection: &RtcPeerConnection) -> Result<String, JsValue> {
    let offer = JsFuture::from(connection.create_offer()).await?;
    describe(connection, &offer).await
}

/// An offer with new ICE names (RFC 8445 §2.4) of the connection that stands.
pub async fn restart(connection: &RtcPeerConnection) -> Result<String, JsValue> {
    let options = RtcOfferOptions::new();
    options.set_ice_restart(true);
    let made = connection.create_offer_with_rtc_offer_options(&options);
    let offer = JsFuture::from(made).await?;
    describe(connection, &offer).await
}

/// The answer to an offer that was taken.
pub async fn answer(connection: &RtcPeerConnection) -> Result<String, JsValue> {
    let answer = JsFuture::from(connection.create_answer()).await?;
    describe(connection, &answer).await
}

/// Takes back an offer of ours that nothing came of.
pub async fn take_back(connection: &RtcPeerConnection) {
    if connection.signaling_state() == RtcSignalingState::HaveLocalOffer {
        let back = RtcSessionDescriptionInit::new(RtcSdpType::Rollback);
        // An answer that has come meanwhile leaves nothing to take back.
        let _ = JsFuture::from(connection.set_local_description(&back)).await;
    }
}

/// Back to what was agreed, when an offer came to nothing; one that was not taken needs no way back.
pub async fn roll_back(connection: &RtcPeerConnection) {
    let _ = set_remote(connection, RtcSdpType::Rollback, "").await;
}

pub async fn answer_to(connection: &RtcPeerConnection, offer: &str) -> Result<String, JsValue> {
    set_remote(connection, RtcSdpType::Offer, offer).await?;
    answer(connection).await
}

/// Makes the description ours, waits a little for addresses, and gives its final text.
async fn describe(connection: &RtcPeerConnection, made: &JsValue) -> Result<String, JsValue> {
    JsFuture::from(connection.set_local_description(made.unchecked_ref())).await?;
    gathered(connection).await?;
    connection
        .local_description()
        .map(|description| description.sdp())
        .ok_or(JsValue::NULL)
}

/// Until all addresses are known, or [`GATHER_MILLISECONDS`] are over: the gateway has a public
/// side of its own and learns ours from the first packet (RFC 8445 §2.5, ICE-lite).
async fn gathered(connection: &RtcPeerConnection) -> Result<(), JsValue> {
    if connection.ice_gathering_state() == RtcIceGatheringState::Complete {
        return Ok(());
    }
    let window = window().ok_or(JsValue::NULL)?;
    let done = Promise::new(&mut |resolve, _| {
        connection
            .set_onicegatheringstatechange(Some(&resolve_when_complete(connection, &resolve)));
        // Without a timer the gathering's own end, at most a few seconds off, goes on.
        let _ = window
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, GATHER_MILLISECONDS);
    });
    JsFuture::from(done).await?;
    connection.set_onicegatheringstatechange(None);
    Ok(())
}

fn resolve_when_complete(
    connection: &RtcPeerConnection,
    resolve: &js_sys::Function,
) -> js_sys::Function {
    let (connection, resolve) = (connection.clone(), resolve.clone());
    Closure::<dyn Fn()>::new(move || {
        if connection.ice_gathering_state() == RtcIceGatheringState::Complete {
            // The resolver of a promise does not throw.
            let _ = resolve.call0(&JsValue::NULL);
        }
    })
    .into_js_value()
    .unchecked_into()
}

pub async fn set_remote(
    connection: &RtcPeerConnection,
    kind: RtcSdpType,
    sdp: &str,
) -> Result<(), JsValue> {
    let description = RtcSessionDescriptionInit::new(kind);
    description.set_sdp(sdp);
    JsFuture::from(connection.set_remote_description(&description)).await?;
    Ok(())
}

const GATHER_MILLISECONDS: i32 = 300;
