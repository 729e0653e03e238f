//! The WebRTC connection of a voice call, its microphone, and what plays the other side.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Event, HtmlAudioElement, MediaStream, RtcPeerConnection, RtcRtpSender, RtcRtpTransceiver,
    RtcRtpTransceiverDirection, RtcRtpTransceiverInit, RtcSdpType, RtcTrackEvent,
};

use super::loudspeaker::Player;
use super::microphone::Microphone;
use super::{Report, connection};
use crate::phone::state::Key;
use crate::phone::voice::{Sound, VoiceAct, VoiceEvent, VoiceId};
use crate::phone::{Input, PeerEvent};

/// The connection of the call there is, and that of one that has just ended.
pub struct Voices {
    report: Report,
    microphone: Rc<Microphone>,
    active: RefCell<VecDeque<Active>>,
}

/// The call's own, and the one before it while its BYE is on its way.
const AT_ONCE: usize = 2;
/// How long a key is held, and between two, as RFC 4733 §2.5.1.2 and browsers have it.
const KEY_MILLISECONDS: u32 = 120;
const GAP_MILLISECONDS: u32 = 80;

/// Dropping it closes the connection and silences it.
struct Active {
    call: VoiceId,
    connection: RtcPeerConnection,
    player: Rc<Player>,
    _changed: Closure<dyn Fn(Event)>,
    _track: Closure<dyn Fn(RtcTrackEvent)>,
}

impl Drop for Active {
    fn drop(&mut self) {
        self.connection.set_onconnectionstatechange(None);
        self.connection.set_ontrack(None);
        self.connection.close();
    }
}

impl Voices {
    pub fn new(report: Report) -> Rc<Self> {
        Rc::new(Self {
            report,
            microphone: Microphone::new(),
            active: RefCell::default(),
        })
    }

    /// Does what the phone wants done for that call.
    pub fn act(&self, call: VoiceId, act: VoiceAct) {
        match act {
            VoiceAct::OpenMicrophone => {
                let report = Rc::clone(&self.report);
                self.microphone.open(move |event| {
                    let event = VoiceEvent::Microphone(event);
                    report(Input::Voice { call, event });
                });
            }
            VoiceAct::CloseMicrophone => self.microphone.close(),
            VoiceAct::Offer => self.offer(call),
            VoiceAct::Answer(offer) => self.answer(call, offer),
            VoiceAct::AnswerAgain(offer, sound) => {
                self.go_on(call, PeerEvent::ChangeFailed, async move |connection| {
                    direct(connection, sound);
                    let made = connection::answer_to(connection, &offer).await;
                    if made.is_err() {
                        connection::roll_back(connection).await;
                    }
                    made.map(PeerEvent::ChangeReady)
                });
            }
            VoiceAct::OfferAgain(sound) => {
                self.go_on(call, PeerEvent::ChangeFailed, async move |connection| {
                    direct(connection, sound);
                    let offer = connection::offer(connection).await;
                    offer.map(PeerEvent::ChangeReady)
                });
            }
            VoiceAct::Restart(sound) => {
                self.go_on(call, PeerEvent::RestartFailed, async move |connection| {
                    direct(connection, sound);
                    let offer = connection::restart(connection).await;
                    offer.map(PeerEvent::Restarted)
                });
            }
            VoiceAct::Apply(answer) => {
                self.go_on(call, PeerEvent::NotApplied, async move |connection| {
                    connection::set_remote(connection, RtcSdpType::Answer, &answer).await?;
                    Ok(PeerEvent::Applied)
                });
            }
            VoiceAct::SendMicrophone => self.send_microphone(call),
            VoiceAct::Mute => self.microphone.set_heard(false),
            VoiceAct::Unmute => self.microphone.set_heard(true),
            VoiceAct::Press(key) => {
                if let Some(connection) = self.connection(call) {
                    // A line without keys (RFC 4733) has no sender of them, and nothing is sent.
                    let _ = press(&connection, key);
                }
            }
            VoiceAct::Play => {
                let active = self.active.borrow();
                if let Some(active) = active.iter().find(|active| active.call == call) {
                    play(&active.player, call, &self.report);
                }
            }
            VoiceAct::Close => self
                .active
                .borrow_mut()
                .retain(|active| active.call != call),
        }
    }

    fn send_microphone(&self, call: VoiceId) {
        let microphone = Rc::clone(&self.microphone);
        let Some(connection) = self.connection(call) else {
            return;
        };
        spawn_local(async move {
            let line = audio_line(&connection);
            if let (Some(line), Some(track)) = (line, microphone.track()) {
                // The kind is the same, so it is taken.
                let _ = JsFuture::from(line.sender().replace_track(Some(&track))).await;
            }
        });
    }

    fn offer(&self, call: VoiceId) {
        let microphone = Rc::clone(&self.microphone);
        self.start(call, async move |connection| {
            let stream = microphone.stream().ok_or(JsValue::NULL)?;
            let track = microphone.track().ok_or(JsValue::NULL)?;
            let init = RtcRtpTransceiverInit::new();
            init.set_direction(RtcRtpTransceiverDirection::Sendrecv);
            init.set_streams(&Array::of1(&stream));
            connection.add_transceiver_with_media_stream_track_and_init(&track, &init);
            connection::offer(&connection).await.map(PeerEvent::Offer)
        });
    }

    fn answer(&self, call: VoiceId, offer: String) {
        let microphone = Rc::clone(&self.microphone);
        self.start(call, async move |connection| {
            connection::set_remote(&connection, RtcSdpType::Offer, &offer).await?;
            let track = microphone.track().ok_or(JsValue::NULL)?;
            let line = audio_line(&connection).ok_or(JsValue::NULL)?;
            line.set_direction(RtcRtpTransceiverDirection::Sendrecv);
            JsFuture::from(line.sender().replace_track(Some(&track))).await?;
            connection::answer(&connection).await.map(PeerEvent::Answer)
        });
    }

    /// Makes a connection and lets `negotiate` bring it to a description of its own.
    fn start<F>(&self, call: VoiceId, negotiate: F)
    where
        F: AsyncFnOnce(RtcPeerConnection) -> Result<PeerEvent, JsValue> + 'static,
    {
        let report = Rc::clone(&self.report);
        let tell = move |event| {
            let event = VoiceEvent::Peer(event);
            report(Input::Voice { call, event });
        };
        let Ok(active) = Active::new(call, &self.report) else {
            return tell(PeerEvent::Failed);
        };
        let connection = active.connection.clone();
        {
            let mut standing = self.active.borrow_mut();
            while standing.len() >= AT_ONCE {
                standing.pop_front();
            }
            standing.push_back(active);
        }
        spawn_local(async move {
            tell(negotiate(connection).await.unwrap_or(PeerEvent::Failed));
        });
    }

    /// Negotiates on the connection that stands; `failed` says that it could not be done.
    fn go_on<F>(&self, call: VoiceId, failed: PeerEvent, negotiate: F)
    where
        F: AsyncFnOnce(&RtcPeerConnection) -> Result<PeerEvent, JsValue> + 'static,
    {
        let Some(connection) = self.connection(call) else {
            return;
        };
        let report = Rc::clone(&self.report);
        spawn_local(async move {
            let event = negotiate(&connection).await.unwrap_or(failed);
            let event = VoiceEvent::Peer(event);
            report(Input::Voice { call, event });
        });
    }

    fn connection(&self, call: VoiceId) -> Option<RtcPeerConnection> {
        let active = self.active.borrow();
        let mut active = active.iter();
        let found = active.find(|active| active.call == call);
        found.map(|active| active.connection.clone())
    }
}

impl Active {
    fn new(call: VoiceId, report: &Report) -> Result<Self, JsValue> {
        let connection = connection::new()?;
        let changed = {
            let (report, connection) = (Rc::clone(report), connection.clone());
            Closure::<dyn Fn(Event)>::new(move |_| {
                if let Some(event) = connection::event_of(connection.connection_state()) {
                    let event = VoiceEvent::Peer(event);
                    report(Input::Voice { call, event });
                }
            })
        };
        let player = Rc::new(Player::new()?);
        let track = {
            let (report, player) = (Rc::clone(report), Rc::clone(&player));
            Closure::<dyn Fn(RtcTrackEvent)>::new(move |event: RtcTrackEvent| {
                let tracks = Array::of1(&event.track());
                let stream = MediaStream::new_with_tracks(&tracks).ok();
                player.set_src_object(stream.as_ref());
                play(&player, call, &report);
            })
        };
        connection.set_onconnectionstatechange(Some(changed.as_ref().unchecked_ref()));
        connection.set_ontrack(Some(track.as_ref().unchecked_ref()));
        Ok(Self {
            call,
            connection,
            player,
            _changed: changed,
            _track: track,
        })
    }
}

/// The audio line of a connection.
pub(super) fn line_of(connection: &RtcPeerConnection) -> Option<RtcRtpTransceiver> {
    audio_line(connection)
}

/// Plays it, or says that the browser wants a press first (HTML §4.8.11.8).
fn play(player: &HtmlAudioElement, call: VoiceId, report: &Report) {
    let Ok(started) = player.play() else {
        return;
    };
    let report = Rc::clone(report);
    spawn_local(async move {
        let Err(error) = JsFuture::from(started).await else {
            return;
        };
        let name = Reflect::get(&error, &"name".into()).ok();
        // Another error is that of a call that ended meanwhile.
        if name.and_then(|name| name.as_string()).as_deref() == Some("NotAllowedError") {
            let event = VoiceEvent::Silenced;
            report(Input::Voice { call, event });
        }
    });
}

/// What our side of the sound does from the next description on.
fn direct(connection: &RtcPeerConnection, sound: Sound) {
    if let Some(line) = audio_line(connection) {
        line.set_direction(match sound {
            Sound::Flows => RtcRtpTransceiverDirection::Sendrecv,
            Sound::OnHold => RtcRtpTransceiverDirection::Inactive,
        });
    }
}

/// The one line of a voice call that is not refused.
fn audio_line(connection: &RtcPeerConnection) -> Option<RtcRtpTransceiver> {
    connection.get_transceivers().iter().find_map(|line| {
        let line: RtcRtpTransceiver = line.dyn_into().ok()?;
        (line.receiver().track().kind() == "audio").then_some(line)
    })
}

/// Sends a key by the browser's own sender (W3C WebRTC §7).
fn press(connection: &RtcPeerConnection, key: Key) -> Result<(), JsValue> {
    let line = audio_line(connection).ok_or(JsValue::NULL)?;
    let sender: RtcRtpSender = line.sender();
    let keys = Reflect::get(&sender, &"dtmf".into())?;
    let insert: Function = Reflect::get(&keys, &"insertDTMF".into())?.dyn_into()?;
    insert.call3(
        &keys,
        &key.sign().to_string().into(),
        &KEY_MILLISECONDS.into(),
        &GAP_MILLISECONDS.into(),
    )?;
    Ok(())
}
