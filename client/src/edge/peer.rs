//! The WebRTC connection of one share: pictures one way, no sound.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Event, MediaStream, MediaStreamTrack, RtcPeerConnection, RtcRtpTransceiver,
    RtcRtpTransceiverDirection, RtcRtpTransceiverInit, RtcSdpType, RtcTrackEvent,
};

use super::loudspeaker::Player;
use super::microphone::Microphone;
use super::screen::Stream;
use super::{Report, camera, connection, diagnosis, sender, share_sound, stats};
use crate::phone::limit::Limit;
use crate::phone::share::ShareId;
use crate::phone::voice::MicrophoneEvent;
use crate::phone::{Input, PeerEvent, Ways};

/// The connections of the shares there are, at most one a direction, and one more of each while it
/// moves to another or has just ended.
pub struct Peers {
    report: Report,
    active: RefCell<VecDeque<Active>>,
    microphone: Rc<Microphone>,
    /// Nothing of it is to be heard, though it is open.
    hushed: Cell<bool>,
}

/// Two shares' own, and those that they leave or move to.
const AT_ONCE: usize = 4;

/// Dropping it closes the connection and silences it.
struct Active {
    share: ShareId,
    connection: RtcPeerConnection,
    remote: Rc<RefCell<Option<Stream>>>,
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

impl Peers {
    pub fn new(report: Report) -> Rc<Self> {
        Rc::new(Self {
            report,
            active: RefCell::default(),
            microphone: Microphone::new(),
            hushed: Cell::new(false),
        })
    }

    /// The other person's picture.
    pub fn remote(&self) -> Option<Stream> {
        let active = self.active.borrow();
        let mut newest = active.iter().rev();
        newest.find_map(|active| active.remote.borrow().clone())
    }

    /// Their sound beside it.
    pub fn remote_sound(&self) -> Option<MediaStreamTrack> {
        let active = self.active.borrow();
        let mut newest = active.iter().rev();
        newest.find_map(|active| {
            let stream = active.player.src_object()?;
            camera::tracks(&stream).into_iter().next()
        })
    }

    /// One's own sound beside shares, while it is open.
    pub fn own_sound(&self) -> Option<MediaStreamTrack> {
        self.microphone.track()
    }

    /// Makes an offer to send this camera.
    pub fn offer(self: &Rc<Self>, share: ShareId, camera: &Stream) {
        let camera = camera.0.clone();
        self.start(share, async move |connection| {
            send_only(&connection, &camera)?;
            connection::offer(&connection).await.map(PeerEvent::Offer)
        });
    }

    /// Answers an offer to watch.
    pub fn answer(self: &Rc<Self>, share: ShareId, offer: String) {
        self.start(share, async move |connection| {
            let answer = connection::answer_to(&connection, &offer).await;
            answer.map(PeerEvent::Answer)
        });
    }

    /// Answers an offer to send this camera.
    pub fn answer_showing(self: &Rc<Self>, share: ShareId, offer: String, camera: &Stream) {
        let camera = camera.0.clone();
        self.start(share, async move |connection| {
            connection::set_remote(&connection, RtcSdpType::Offer, &offer).await?;
            send_over_theirs(&connection, &camera).await?;
            let answer = connection::answer(&connection).await?;
            // A browser that cannot be held sends more than is shown; that is no failure.
            let _ = sender::hold(&connection, Limit::of(&offer)).await;
            Ok(PeerEvent::Answer(answer))
        });
    }

    /// Takes the answer to our offer.
    pub fn apply(&self, share: ShareId, answer: String) {
        let Some(connection) = self.connection(share) else {
            return;
        };
        let report = Rc::clone(&self.report);
        spawn_local(async move {
            let event = match connection::set_remote(&connection, RtcSdpType::Answer, &answer).await
            {
                Ok(()) => {
                    // A browser that cannot be held sends more than is shown; that is no failure.
                    let _ = sender::hold(&connection, Limit::of(&answer)).await;
                    PeerEvent::Applied
                }
                Err(_) => PeerEvent::NotApplied,
            };
            report(Input::Peer { share, event });
        });
    }

    /// Answers an offer on the connection that stands.
    pub fn answer_again(&self, share: ShareId, offer: String) {
        self.go_on(share, PeerEvent::ChangeFailed, async move |connection| {
            let made = connection::answer_to(connection, &offer).await;
            if made.is_err() {
                connection::roll_back(connection).await;
            }
            made.map(PeerEvent::ChangeReady)
        });
    }

    /// Makes an offer that lets pictures go those ways; sends this source where they go out.
    pub fn redirect(&self, share: ShareId, ways: Ways, source: Option<&Stream>) {
        let source = source.map(|source| source.0.clone());
        if ways == Ways::Out {
            self.forget_remote(share);
        }
        self.go_on(share, PeerEvent::RedirectFailed, async move |connection| {
            turn(connection, ways, source.as_ref()).await?;
            let offer = connection::offer(connection).await;
            offer.map(PeerEvent::Redirected)
        });
    }

    /// Answers an offer on the connection that stands with pictures both ways.
    pub fn answer_both(&self, share: ShareId, offer: String, source: Option<&Stream>) {
        let source = source.map(|source| source.0.clone());
        self.go_on(share, PeerEvent::ChangeFailed, async move |connection| {
            let made = async {
                connection::set_remote(connection, RtcSdpType::Offer, &offer).await?;
                turn(connection, Ways::Both, source.as_ref()).await?;
                connection::answer(connection).await
            };
            let made = made.await;
            match &made {
                // A browser that cannot be held sends more than is shown; that is no failure.
                Ok(_) => drop(sender::hold(connection, Limit::of(&offer)).await),
                Err(_) => connection::roll_back(connection).await,
            }
            made.map(PeerEvent::ChangeReady)
        });
    }

    /// Sends this source instead of the one before; the other side is not asked, and sees it go on.
    pub fn resend(&self, share: ShareId, source: &Stream) {
        let source = source.0.clone();
        let (Some(connection), limit) = (self.connection(share), self.limit(share)) else {
            return;
        };
        spawn_local(async move {
            let Some(track) = camera::tracks(&source).into_iter().next() else {
                return;
            };
            if let Ok(line) = video_line(&connection) {
                // The kind is the same, so it is taken; another size asks for another scale.
                let _ = JsFuture::from(line.sender().replace_track(Some(&track))).await;
                let _ = sender::hold(&connection, limit).await;
            }
        });
    }

    /// What the other side can show, as it said last.
    fn limit(&self, share: ShareId) -> Limit {
        let active = self.active.borrow();
        let mut active = active.iter();
        let found = active.find(|active| active.share == share);
        found
            .and_then(|active| active.described())
            .unwrap_or_default()
    }

    /// Keeps to those ways from here on; an offer of ours that nothing came of is taken back.
    pub fn settle_ways(&self, share: ShareId, ways: Ways) {
        if ways == Ways::Out {
            self.forget_remote(share);
        }
        let Some(connection) = self.connection(share) else {
            return;
        };
        spawn_local(async move {
            connection::take_back(&connection).await;
            // Without pictures there is nothing to keep to.
            let _ = turn(&connection, ways, None).await;
        });
    }

    fn forget_remote(&self, share: ShareId) {
        for active in self.active.borrow().iter() {
            if active.share == share {
                active.remote.take();
            }
        }
    }

    /// Makes an offer of the connection as it stands.
    pub fn offer_again(&self, share: ShareId) {
        self.go_on(share, PeerEvent::ChangeFailed, async move |connection| {
            let offer = connection::offer(connection).await;
            offer.map(PeerEvent::ChangeReady)
        });
    }

    /// Makes an offer with new ICE names (RFC 8445 §2.4) of the connection that stands.
    pub fn restart(&self, share: ShareId) {
        self.go_on(share, PeerEvent::RestartFailed, async move |connection| {
            let offer = connection::restart(connection).await;
            offer.map(PeerEvent::Restarted)
        });
    }

    /// Negotiates on the connection that stands; `failed` says that it could not be done.
    fn go_on<F>(&self, share: ShareId, failed: PeerEvent, negotiate: F)
    where
        F: AsyncFnOnce(&RtcPeerConnection) -> Result<PeerEvent, JsValue> + 'static,
    {
        let Some(connection) = self.connection(share) else {
            return;
        };
        let report = Rc::clone(&self.report);
        spawn_local(async move {
            let event = negotiate(&connection).await.unwrap_or(failed);
            report(Input::Peer { share, event });
        });
    }

    pub fn read_stats(&self, share: ShareId) {
        let Some(connection) = self.connection(share) else {
            return;
        };
        let report = Rc::clone(&self.report);
        spawn_local(async move {
            if let Some(seen) = diagnosis::figures(&connection).await {
                report(Input::Seen { share, seen });
            }
            for sample in stats::read(&connection).await {
                report(Input::Peer {
                    share,
                    event: PeerEvent::Measured(sample),
                });
            }
        });
    }

    /// Opens the microphone, and makes an offer with it beside the pictures.
    pub fn speak(self: &Rc<Self>, share: ShareId) {
        let this = Rc::clone(self);
        self.microphone.open(move |event| {
            let failed = |problem| {
                let event = PeerEvent::SoundFailed(problem);
                (this.report)(Input::Peer { share, event });
            };
            match event {
                MicrophoneEvent::Opened => this.microphone.set_heard(!this.hushed.get()),
                MicrophoneEvent::Failed(problem) => return failed(Some(problem)),
                MicrophoneEvent::Unplugged | MicrophoneEvent::Changed => return,
            }
            let Some(stream) = this.microphone.stream() else {
                return failed(None);
            };
            let impossible = PeerEvent::SoundFailed(None);
            this.go_on(share, impossible, async move |connection| {
                let offer = share_sound::offer_with(connection, &stream).await;
                offer.map(PeerEvent::SoundOffered)
            });
        });
    }

    /// Lets the microphone be heard, or not, without closing it: also one that is opened later.
    pub fn hear(&self, heard: bool) {
        self.hushed.set(!heard);
        self.microphone.set_heard(heard);
    }

    /// Nothing of the microphone leaves from here on.
    pub fn silence(&self, share: ShareId) {
        self.microphone.close();
        if let Some(connection) = self.connection(share) {
            spawn_local(async move { connection::take_back(&connection).await });
        }
    }

    pub fn close(&self, share: ShareId) {
        self.active
            .borrow_mut()
            .retain(|active| active.share != share);
    }

    /// Makes a connection and lets `negotiate` bring it to a description of its own.
    fn start<F>(self: &Rc<Self>, share: ShareId, negotiate: F)
    where
        F: AsyncFnOnce(RtcPeerConnection) -> Result<PeerEvent, JsValue> + 'static,
    {
        let report = Rc::clone(&self.report);
        let Ok(active) = Active::new(share, &report) else {
            report(Input::Peer {
                share,
                event: PeerEvent::Failed,
            });
            return;
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
            let event = negotiate(connection).await.unwrap_or(PeerEvent::Failed);
            report(Input::Peer { share, event });
        });
    }

    fn connection(&self, share: ShareId) -> Option<RtcPeerConnection> {
        let active = self.active.borrow();
        let mut active = active.iter();
        let found = active.find(|active| active.share == share);
        found.map(|active| active.connection.clone())
    }
}

impl Active {
    fn described(&self) -> Option<Limit> {
        let theirs = self.connection.remote_description()?;
        Some(Limit::of(&theirs.sdp()))
    }

    fn new(share: ShareId, report: &Report) -> Result<Self, JsValue> {
        let connection = connection::new()?;
        let changed = {
            let (report, connection) = (Rc::clone(report), connection.clone());
            Closure::<dyn Fn(Event)>::new(move |_| {
                if let Some(event) = connection::event_of(connection.connection_state()) {
                    report(Input::Peer { share, event });
                }
            })
        };
        let remote = Rc::new(RefCell::new(None));
        let player = Rc::new(Player::new()?);
        let track = {
            let (report, remote) = (Rc::clone(report), Rc::clone(&remote));
            let player = Rc::clone(&player);
            Closure::<dyn Fn(RtcTrackEvent)>::new(move |event: RtcTrackEvent| {
                if event.track().kind() == "audio" {
                    return share_sound::play(&player, &event.track());
                }
                let tracks = Array::of1(&event.track());
                remote.replace(MediaStream::new_with_tracks(&tracks).ok().map(Stream));
                report(Input::Peer {
                    share,
                    event: PeerEvent::Track,
                });
            })
        };
        connection.set_onconnectionstatechange(Some(changed.as_ref().unchecked_ref()));
        connection.set_ontrack(Some(track.as_ref().unchecked_ref()));
        diagnosis::watch(&connection, share, report);
        Ok(Self {
            share,
            connection,
            remote,
            player,
            _changed: changed,
            _track: track,
        })
    }
}

fn send_only(connection: &RtcPeerConnection, camera: &MediaStream) -> Result<(), JsValue> {
    let track = camera::tracks(camera)
        .into_iter()
        .next()
        .ok_or(JsValue::NULL)?;
    let encoding = Object::new();
    Reflect::set(&encoding, &"maxBitrate".into(), &MAX_BITS_PER_SECOND.into())?;
    Reflect::set(
        &encoding,
        &"maxFramerate".into(),
        &MAX_FRAMES_PER_SECOND.into(),
    )?;
    let init = RtcRtpTransceiverInit::new();
    init.set_direction(RtcRtpTransceiverDirection::Sendonly);
    init.set_streams(&Array::of1(camera));
    Reflect::set(&init, &"sendEncodings".into(), &Array::of1(&encoding))?;
    connection.add_transceiver_with_media_stream_track_and_init(&track, &init);
    Ok(())
}

/// Sends the camera over the line of the offer that was taken.
async fn send_over_theirs(
    connection: &RtcPeerConnection,
    camera: &MediaStream,
) -> Result<(), JsValue> {
    let track = camera::tracks(camera)
        .into_iter()
        .next()
        .ok_or(JsValue::NULL)?;
    let theirs = video_line(connection)?;
    theirs.set_direction(RtcRtpTransceiverDirection::Sendonly);
    JsFuture::from(theirs.sender().replace_track(Some(&track))).await?;
    Ok(())
}

fn video_line(connection: &RtcPeerConnection) -> Result<RtcRtpTransceiver, JsValue> {
    let line = connection.get_transceivers().iter().find_map(|line| {
        let line: RtcRtpTransceiver = line.dyn_into().ok()?;
        let receiver = Reflect::get(&line, &"receiver".into()).ok()?;
        let receives = Reflect::get(&receiver, &"track".into()).ok()?;
        let receives: MediaStreamTrack = receives.dyn_into().ok()?;
        (receives.kind() == "video").then_some(line)
    });
    line.ok_or(JsValue::NULL)
}

/// Lets pictures go those ways with the next description. Where they no longer go out nothing more
/// is sent, from now on.
async fn turn(
    connection: &RtcPeerConnection,
    ways: Ways,
    source: Option<&MediaStream>,
) -> Result<(), JsValue> {
    let line = video_line(connection)?;
    line.set_direction(match ways {
        Ways::Out => RtcRtpTransceiverDirection::Sendonly,
        Ways::In => RtcRtpTransceiverDirection::Recvonly,
        Ways::Both => RtcRtpTransceiverDirection::Sendrecv,
    });
    let track = match (ways, source) {
        (Ways::In, _) => None,
        (Ways::Out | Ways::Both, Some(source)) => camera::tracks(source).into_iter().next(),
        (Ways::Out | Ways::Both, None) => return Ok(()),
    };
    JsFuture::from(line.sender().replace_track(track.as_ref())).await?;
    Ok(())
}

/// Enough for 640x480 at 15 frames a second, and what a slow uplink still carries.
const MAX_BITS_PER_SECOND: u32 = 600_000;
const MAX_FRAMES_PER_SECOND: u32 = 15;
