//! What a self-test says: its steps as they happen, and what broke, in a sentence with the next step.

use std::time::Duration;

use serde::Serialize;
use sip::message::Status;

/// One thing that has to work, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Gateway,
    Door,
    SignIn,
    Handset,
    OwnHandset,
    Call,
    MediaPath,
    Encryption,
    FirstPicture,
    Likeness,
    CallBack,
    EncryptionBack,
    FirstPictureBack,
    LikenessBack,
}

impl What {
    /// For a person to read as it happens.
    pub fn words(self) -> &'static str {
        match self {
            What::Gateway => "the gateway is there",
            What::Door => "the page is connected",
            What::SignIn => "the page is signed in",
            What::Handset => "the handset is registered over UDP",
            What::OwnHandset => "the gateway's own handset waits",
            What::Call => "a call is answered",
            What::MediaPath => "media finds its way",
            What::Encryption => "and is encrypted",
            What::FirstPicture => "the handset shows a picture",
            What::Likeness => "its pictures are right",
            What::CallBack => "the handset's call is answered",
            What::EncryptionBack => "its media is encrypted",
            What::FirstPictureBack => "the page shows a picture",
            What::LikenessBack => "the page's pictures are right",
        }
    }
}

/// A step that worked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    pub step: What,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// What was seen, where that is more than that it worked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

/// What broke.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Broke {
    pub step: What,
    /// In one sentence.
    pub sentence: String,
    pub next_step: String,
}

/// The whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub ok: bool,
    pub ms: u64,
    pub steps: Vec<Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broke: Option<Broke>,
}

/// Why a step did not work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("The gateway does not start: {0:#}.")]
    NotStarted(anyhow::Error),
    #[error("No gateway answers at {0}: {1:#}.")]
    NoGateway(String, anyhow::Error),
    #[error("The page's WebSocket does not open: {0:#}.")]
    NoDoor(anyhow::Error),
    #[error("The gateway does not let the page in with its name and password ({code}).", code = .0.code())]
    NotLetIn(Status),
    #[error("The gateway does not answer when the page signs in.")]
    SilentRegistrar,
    #[error("The handset does not get registered over UDP at {0}.")]
    NoHandset(std::net::SocketAddr),
    #[error("The handset cannot run: {0:#}.")]
    HandsetBroken(anyhow::Error),
    #[error("The gateway has no handset of its own for this: {0:#}.")]
    NoneThere(anyhow::Error),
    #[error("The call is refused with {code} ({words}).", code = .0.code(), words = .0.default_reason())]
    Refused(Status),
    #[error("Nobody answers the call.")]
    NotAnswered,
    #[error("The page hung up, but the handset does not hear of it.")]
    NotHungUp,
    #[error("No packet of the page's media comes back from the gateway.")]
    NoMediaPath,
    #[error("Media finds its way, but no keys are agreed for it (DTLS).")]
    NotEncrypted,
    #[error("The call is up, but the {0} shows no picture.")]
    NoPicture(&'static str),
    #[error("The {0} shows pictures, but they are not what was sent: {1} right ones of {2:.0} dB.")]
    WrongPictures(&'static str, u64, f64),
    #[error("The stand-in for the page failed: {0:#}.")]
    PageBroken(#[from] anyhow::Error),
}

impl Trouble {
    /// What a person can do about it.
    pub(super) fn next_step(&self) -> &'static str {
        match self {
            Trouble::NotStarted(_) => "run `sidecam check` and do what it says",
            Trouble::NoGateway(_, _) => "start the gateway, or name its address with --url",
            Trouble::NoDoor(_) => {
                "see that a proxy in front passes WebSockets, and that http.connections is not reached"
            }
            Trouble::NotLetIn(_) => {
                "look the name up with `sidecam user list` and give a new password with `sidecam user password`; \
                 after many wrong ones wait for home.lockout"
            }
            Trouble::SilentRegistrar => "look into the gateway's log for what keeps it busy",
            Trouble::NoHandset(_) => {
                "see that UDP passes to that address both ways, and that it is the one of sip.udp"
            }
            Trouble::HandsetBroken(_) => "see that this machine has free UDP ports on that address",
            Trouble::NoneThere(_) => {
                "do as it says, or test with a handset of here: leave out --handset-there"
            }
            Trouble::Refused(status) => next_after(*status),
            Trouble::NotAnswered | Trouble::NotHungUp => {
                "see that UDP passes from the gateway to the handset, and that sip.address is right"
            }
            Trouble::NoMediaPath => {
                "open the UDP ports from media.webrtc_port on, and see that media.address is reached from here"
            }
            Trouble::NotEncrypted => {
                "see that nothing between here and the gateway drops large UDP packets"
            }
            Trouble::NoPicture("handset") => {
                "open the UDP ports of media.rtp_ports, and see that media.address is reached from the handset"
            }
            Trouble::NoPicture(_) => {
                "open the UDP ports of media.rtp_ports towards the gateway, and see how busy its cores are"
            }
            Trouble::WrongPictures(_, _, _) => {
                "see how busy the cores are and how many packets the network loses"
            }
            Trouble::PageBroken(_) => "look into the gateway's log for why the connection ended",
        }
    }
}

fn next_after(status: Status) -> &'static str {
    match status {
        Status::NOT_FOUND => "see that the user has a number: `sidecam user list`",
        Status::TEMPORARILY_UNAVAILABLE => "see that the handset's registration is not taken away",
        Status::SERVICE_UNAVAILABLE => {
            "give media.rtp_ports more free ports, and see limits.calls and limits.cpu_percent"
        }
        Status::NOT_ACCEPTABLE_ANYWHERE => {
            "shares without a voice call are refused there (calls.share_without_call): test without --url"
        }
        Status::FORBIDDEN => "see limits.calls_per_user",
        Status::NOT_ACCEPTABLE_HERE => {
            "explain the descriptions with `sidecam explain`: the two have no codec in common"
        }
        _ => "look into the gateway's log for that call",
    }
}

/// As milliseconds are told.
pub(super) fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
