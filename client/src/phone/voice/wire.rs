//! What a voice call wants done by the browser, and what the browser says of it.

use crate::phone::PeerEvent;
use crate::phone::state::{Key, MicrophoneProblem};

/// One voice call, as the edges know it. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoiceId(pub u64);

/// Whether our side of the sound rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    Flows,
    OnHold,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VoiceAct {
    OpenMicrophone,
    CloseMicrophone,
    /// Make an offer to talk.
    Offer,
    /// Answer this offer, to talk.
    Answer(String),
    /// Answer this offer on the connection that stands.
    AnswerAgain(String, Sound),
    /// Make an offer of the connection as it stands, but for this.
    OfferAgain(Sound),
    /// Make an offer with a new way for the sound of the connection that stands.
    Restart(Sound),
    /// Take the answer to our offer.
    Apply(String),
    /// Send the microphone that is open now; nobody is asked.
    SendMicrophone,
    Mute,
    Unmute,
    /// Send a key (RFC 4733).
    Press(Key),
    /// Play what comes; the person has just pressed something.
    Play,
    Close,
}

#[derive(Clone, Debug)]
pub enum VoiceEvent {
    Microphone(MicrophoneEvent),
    Peer(PeerEvent),
    /// The browser does not play them before the person presses something.
    Silenced,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MicrophoneEvent {
    Opened,
    Failed(MicrophoneProblem),
    /// It was taken away while open.
    Unplugged,
    /// After that: other devices are there than were.
    Changed,
}
