//! What a bridge is told, what it answers, and what reaches and leaves it.

use std::net::SocketAddr;

use media::audio_transcode::{AudioInput, AudioOutput};
use media::codec::{EncoderConfig, VideoCodec};
use media::payload::EncodedFrame;
use media::payload::audio::AudioFormat;
use media::picture::Rotation;
use media::transcode::PictureId;
use thiserror::Error;
use tokio::sync::mpsc::Sender;

use super::audio_format::AudioPlan;
use super::fed::{Fed, Wish};
use super::ims_leg::PlainPlan;
use super::relay::Reencoding;
use super::web_leg::{
    AudioLine, AudioOffer, Directions, PictureLimit, VideoLine, VideoOffer, WebAudio, WebCodec,
    WebLegError,
};

/// Names the bridge of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BridgeId(pub u64);

/// Names what one class of watchers is sent, inside the bridge of the one who shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u32);

/// Whose leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Caller,
    Callee,
}

impl Side {
    pub fn other(self) -> Side {
        match self {
            Side::Caller => Side::Callee,
            Side::Callee => Side::Caller,
        }
    }

    pub fn index(self) -> usize {
        match self {
            Side::Caller => 0,
            Side::Callee => 1,
        }
    }
}

/// The two kinds of media of a call. A browser has both on one port, a plain peer each on its own
/// pair of ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Medium {
    Video,
    Audio,
}

impl Medium {
    pub const ALL: [Medium; 2] = [Medium::Video, Medium::Audio];

    pub fn index(self) -> usize {
        match self {
            Medium::Video => 0,
            Medium::Audio => 1,
        }
    }
}

/// Which ways a medium flows in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flows {
    From(Side),
    BothWays,
    Neither,
}

impl Flows {
    pub fn includes(self, side: Side) -> bool {
        match self {
            Flows::From(from) => from == side,
            Flows::BothWays => true,
            Flows::Neither => false,
        }
    }
}

/// What a worker is told.
#[derive(Debug)]
pub enum BridgeCommand {
    /// Bind a pair of RTP ports for a side's medium; answered by [`BridgeReply::PlainOpened`].
    OpenPlain {
        side: Side,
        medium: Medium,
    },
    /// The call is to live on the worker of that one, whose pictures it will be fed.
    Beside(BridgeId),
    Apply(Step),
    /// Tell what was kept of the call's packets, also after its end, from that side. Whoever does not
    /// know the call drops the sender.
    Tell {
        near: Side,
        reply: Sender<String>,
    },
    Close,
}

/// A step in setting up a call's media.
#[derive(Debug)]
pub enum Step {
    /// Answer a browser's offer with one codec a line; a line that has none here is refused.
    /// Answered by [`BridgeReply::Description`].
    WebAnswer {
        side: Side,
        offer: String,
        video: Option<VideoLine>,
        audio: Option<AudioLine>,
    },
    /// Write an offer for a browser; answered by [`BridgeReply::Description`].
    WebOffer {
        side: Side,
        video: Option<VideoOffer>,
        audio: Option<AudioOffer>,
    },
    /// Take the browser's answer; answered by [`BridgeReply::WebAccepted`].
    WebAccept { side: Side, answer: String },
    /// Writes an offer for a browser that may take a side's place; the leg that is there goes on.
    /// Said again, it forgets the offer before. Answered by [`BridgeReply::Description`].
    WebOfferNext {
        side: Side,
        video: Option<VideoOffer>,
        audio: Option<AudioOffer>,
    },
    /// Take the answer to [`Step::WebOfferNext`]: that browser has the side now, and the leg before
    /// it is gone. Answered by [`BridgeReply::WebAccepted`]; when the answer cannot be taken, by
    /// [`BridgeReply::Failed`], and then all stays as it is.
    WebAcceptNext { side: Side, answer: String },
    /// Offers a browser whose leg is agreed other directions of our own, with the codecs of that
    /// agreement; answered by [`BridgeReply::Description`]. The session stays as it is until
    /// [`Step::WebAccept`]; an offer that was refused needs no word.
    WebReoffer {
        side: Side,
        directions: Directions,
        /// What an audio line is offered with where the browser has none yet.
        audio: Vec<WebAudio>,
    },
    /// Answers a later offer of a browser whose leg is agreed: another direction, or ICE begun anew
    /// (RFC 8839 §4.4.1.1.1), with our credentials anew too. DTLS, SRTP and all numbers go on;
    /// packets take the old way until the new one stands, which [`BridgeEvent::Connected`] says.
    /// Answered by [`BridgeReply::Description`]; by [`BridgeReply::Failed`] when the offer asks for
    /// what cannot change (another certificate, no video, another codec), and then all stays as it
    /// is.
    WebReanswer {
        side: Side,
        offer: String,
        /// Our own.
        directions: Directions,
        /// The codec of the audio line, where there is to be one: it may come and go inside a call.
        audio: Option<WebAudio>,
        limit: Option<PictureLimit>,
    },
    /// The plain peer's address and formats are known. Said again inside the call: SSRC, sequence
    /// numbers and timestamps go on.
    PlainConnect { side: Side, plan: PlainPlan },
    /// The same of a plain peer's audio line. Said for the first time, it adds the line to the leg.
    PlainAudio { side: Side, plan: AudioPlan },
    /// Both legs are agreed: sound flows this way. Said again as [`Step::Start`] is.
    StartAudio { flows: Flows },
    /// Both legs are agreed: video flows this way. Said again inside the call after any change of
    /// a leg's direction or format: what flows as before goes on undisturbed, and begins with a
    /// keyframe.
    Start { flows: Flows },
    /// Nobody is at that side: it is fed the pictures that a browser uploads to another bridge.
    /// Answered by [`BridgeReply::Fed`].
    Feed {
        side: Side,
        from: BridgeId,
        /// Of the upload.
        codec: WebCodec,
    },
    /// The peer of that side has left, and the other one goes on without it.
    Drop { side: Side },
    /// The peer of a side asked for a keyframe by INFO (RFC 5168 §7.1).
    FastUpdate { side: Side },
    /// The peer of a side refused the INFO that asked it for a keyframe (RFC 5168 §6).
    FastUpdateRefused { side: Side },
}

/// Answers to commands.
#[derive(Debug)]
pub enum BridgeReply {
    PlainOpened {
        side: Side,
        medium: Medium,
        port: u16,
    },
    Description {
        side: Side,
        sdp: String,
    },
    /// What the browser chose of each line; `None` of one that it refused or was not offered.
    WebAccepted {
        side: Side,
        codec: Option<WebCodec>,
        audio: Option<WebAudio>,
    },
    Fed {
        side: Side,
    },
    Failed {
        side: Side,
        error: BridgeError,
    },
}

/// What a worker says of a call.
#[derive(Debug)]
pub enum BridgeEvent {
    Reply(BridgeReply),
    /// Ask this side's peer for a keyframe by INFO.
    FastUpdateWanted {
        side: Side,
    },
    /// The browser's DTLS is up; said again when a way to it stands after it was lost or ICE was
    /// begun anew.
    Connected {
        side: Side,
    },
    /// The first picture went to this side.
    FirstPicture {
        side: Side,
    },
    /// The pictures to this side were passed on, and are encoded anew from here on.
    Reencoding {
        side: Side,
        why: Reencoding,
    },
    /// This side's media ended without signalling.
    Lost {
        side: Side,
        cause: LostCause,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostCause {
    /// Neither RTP nor RTCP for 20 s.
    Silent,
    /// The browser's page was closed.
    Closed,
    /// The browser knows no protection of media that we know (RFC 5764 §4.1.2).
    Unprotected,
    /// The browser's network went away (its consent expired, RFC 7675). The leg stands, and is
    /// connected again when the browser comes back or begins ICE anew.
    Unreachable,
}

#[derive(Debug, Error)]
pub enum BridgeError {
    #[error("no pair of RTP ports is free; widen [media] rtp_ports")]
    NoPort,
    #[error(transparent)]
    Web(#[from] WebLegError),
}

/// A job for the codec pool.
#[derive(Debug)]
pub enum TranscodeJob {
    Open(TranscodePlan),
    /// What was opened has no viewers any more.
    Close,
    /// A picture, and which one it is of the sender's: one that viewers of several kinds are shown is
    /// decoded once.
    Picture(PictureId, EncodedFrame),
    OpenAudio(AudioCodecs),
    /// A packet's frames of sound, or the silence in their place; gives [`Transcoded::Sound`].
    Sound(Vec<AudioInput>),
    /// The mode of AMR that the peer wants; gives nothing.
    SetMode(u8),
    ForceKeyframe,
    /// The pictures that follow must be turned.
    SetRotation(Rotation),
    /// Send this many bits a second from the next picture on.
    HoldRate {
        bits_per_second: u32,
    },
}

/// From which sound to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioCodecs {
    pub from: AudioFormat,
    pub to: AudioFormat,
}

/// From which codec to what.
#[derive(Debug, Clone, Copy)]
pub struct TranscodePlan {
    pub from: VideoCodec,
    pub to: EncoderConfig,
    pub size: TargetSize,
}

/// How large the pictures come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetSize {
    /// As the encoder is set: the peer can show no other.
    Fixed,
    /// As they came in: a browser shows any size.
    AsSource,
}

/// What came of one [`TranscodeJob::Picture`] or [`TranscodeJob::Sound`].
#[derive(Debug)]
pub enum Transcoded {
    Picture(EncodedFrame),
    /// Decoded, and left out because of the frame rate.
    Skipped,
    /// The pool had no room: the next pictures cannot be decoded without it.
    Dropped,
    /// Could not be decoded.
    Broken,
    /// Frames of sound, none as long as one is not full.
    Sound(Vec<AudioOutput>),
}

/// What reaches a bridge.
#[derive(Debug)]
pub enum Input<'a> {
    Web {
        side: Side,
        source: SocketAddr,
        bytes: &'a [u8],
    },
    Rtp {
        side: Side,
        medium: Medium,
        source: SocketAddr,
        bytes: Vec<u8>,
    },
    Rtcp {
        side: Side,
        medium: Medium,
        source: SocketAddr,
        bytes: Vec<u8>,
    },
    Transcoded {
        from: Side,
        medium: Medium,
        /// Of whose watchers; `None` for the two of a call.
        class: Option<ClassId>,
        result: Transcoded,
    },
    /// To a bridge that is fed: what its source has for it.
    Fed(Fed),
    /// To a source, from a bridge that it feeds.
    Wish { viewer: BridgeId, wish: Wish },
}

/// What a bridge wants done.
#[derive(Debug)]
pub enum Output {
    Web {
        destination: SocketAddr,
        bytes: Vec<u8>,
    },
    Rtp {
        side: Side,
        medium: Medium,
        destination: SocketAddr,
        bytes: Vec<u8>,
    },
    Rtcp {
        side: Side,
        medium: Medium,
        destination: SocketAddr,
        bytes: Vec<u8>,
    },
    Transcode {
        from: Side,
        medium: Medium,
        /// Of whose watchers; `None` for the two of a call.
        class: Option<ClassId>,
        job: TranscodeJob,
    },
    /// For a bridge that this one feeds.
    Fed {
        viewer: BridgeId,
        fed: Fed,
    },
    /// For the bridge that this one is fed by.
    Wish {
        source: BridgeId,
        wish: Wish,
    },
    Event(BridgeEvent),
}
