//! What reaches the phone from outside, and what it wants done there.

use sip::transport::FlowId;

use super::contacts::DirectoryAnswer;
use super::diagnosis::{CallKey, Document, PacketsAnswer, Seen};
use super::recording::RecordingEvent;
use super::share::{Sample, ShareId};
use super::state::{CameraDevice, CameraProblem, Command, ContactId, Direction, Lens, Playing};
use super::tabs::{TabsAct, TabsEvent};
use super::trial::{TrialAct, TrialEvent, TrialId};
use super::voice::{VoiceAct, VoiceEvent, VoiceId};

/// What reaches the phone.
#[derive(Clone, Debug)]
pub enum Input {
    Command(Command),
    /// The text of the gateway's settings; `None` if they could not be read.
    Settings(Option<String>),
    Socket {
        flow: FlowId,
        event: SocketEvent,
    },
    Directory(DirectoryAnswer),
    People(PeopleInput),
    Camera(CameraEvent),
    Recording(RecordingEvent),
    Peer {
        share: ShareId,
        event: PeerEvent,
    },
    Voice {
        call: VoiceId,
        event: VoiceEvent,
    },
    /// Of a test of the connection.
    Trial {
        id: TrialId,
        event: TrialEvent,
    },
    /// What the browser tells of a share's connection.
    Seen {
        share: ShareId,
        seen: Seen,
    },
    /// What the gateway kept of a call's packets.
    Packets {
        key: CallKey,
        answer: PacketsAnswer,
    },
    /// Of other tabs of this browser.
    Tabs(TabsEvent),
    /// The device has a network again.
    Online,
    /// The page is looked at again.
    Visible,
    /// The page is going away; what is sent now may still leave.
    Leaving,
    /// It went, and the browser has brought it back as it was.
    Back,
    /// The time of day went another way than the time that passed here: seconds since 1970, now.
    ClockMoved {
        unix_seconds: u64,
    },
}

/// What the browser says of the people it keeps for us.
#[derive(Clone, Debug)]
pub enum PeopleInput {
    /// What is kept for that account: a line for each contact, and the history.
    Stored {
        owner: String,
        contacts: Vec<String>,
        history: Option<String>,
    },
    /// Nothing is, and nothing will be.
    NotStored,
    /// From the address book of the device.
    Picked(Vec<Picked>),
}

/// Somebody in the address book of the device.
#[derive(Clone, Debug)]
pub struct Picked {
    pub name: String,
    pub numbers: Vec<String>,
}

/// What the browser is to do with the people it keeps for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeopleEffect {
    Load {
        owner: String,
    },
    /// A line for each.
    Keep {
        owner: String,
        contacts: Vec<(ContactId, String)>,
    },
    Forget {
        owner: String,
        id: ContactId,
    },
    KeepHistory {
        owner: String,
        text: String,
    },
    /// Hand the person a file of cards.
    SaveFile {
        text: String,
    },
    /// Ask for people of the device's own address book.
    Pick,
}

#[derive(Clone, Debug)]
pub enum SocketEvent {
    Opened,
    /// The payload of one frame.
    Message(Vec<u8>),
    /// Closed, or never opened.
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraEvent {
    Opened,
    Failed(CameraProblem),
    /// The screen or the film was taken away while open, by the person in the browser's own bar.
    Unplugged,
    /// The camera was, by whatever it was: its cable, another program, the person who no longer
    /// allows it.
    Lost(CameraProblem),
    /// The camera that was lost is there again.
    Back,
    /// The open camera gives no pictures for now (true), or does again.
    Dark(bool),
    /// Another one took the place of what was open.
    Switched,
    /// It could not, and what was open still is.
    NotSwitched(CameraProblem),
    /// The cameras that there are; known once one was allowed.
    Cameras(Vec<CameraDevice>),
    /// What the open camera can do, and does.
    Lens(Lens),
    /// A picture was handed to the browser to be saved, or could not be.
    PictureKept(bool),
    /// How far the film has played, in seconds; of unknown length it says 0.
    Film {
        seconds: u64,
        length: u64,
        playing: Playing,
    },
}

/// What the WebRTC connection of a share says.
#[derive(Clone, Debug)]
pub enum PeerEvent {
    /// Our offer is ready to be sent.
    Offer(String),
    /// Our answer is ready to be sent.
    Answer(String),
    /// What they wanted changed is; this is our side of it.
    ChangeReady(String),
    /// What they wanted changed cannot be, and all is as it was.
    ChangeFailed,
    /// Our offer with a new way for the pictures is ready to be sent.
    Restarted(String),
    RestartFailed,
    /// Our offer with other directions is ready to be sent.
    Redirected(String),
    RedirectFailed,
    /// Our offer with our sound is ready to be sent.
    SoundOffered(String),
    /// There is no microphone, or no offer can be made with it.
    SoundFailed(Option<CameraProblem>),
    /// Their answer was understood.
    Applied,
    /// Their answer was not.
    NotApplied,
    /// Their picture has a stream to show.
    Track,
    Connected,
    /// Nothing is heard; it may come back.
    Silent,
    Failed,
    Measured(Sample),
}

/// What is to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Camera,
    /// The one that looks the other way.
    OtherCamera,
    /// The one of that id.
    Device(String),
    /// What stands now, as a picture that does not move. A camera is closed; a screen and a film
    /// stay open behind it.
    Still,
    /// What stays open behind a picture that does not move.
    BehindStill,
    Screen,
    /// A file, as the browser names it.
    Film {
        at: String,
    },
}

/// Which ways the pictures of one connection go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ways {
    Out,
    In,
    Both,
}

impl Ways {
    pub fn only(direction: Direction) -> Self {
        match direction {
            Direction::Out => Self::Out,
            Direction::In => Self::In,
        }
    }
}

/// What the phone wants done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    ReadSettings,
    ReadDirectory {
        token: String,
    },
    /// Replaces the socket before it. `path` is on this page's own host.
    OpenSocket {
        flow: FlowId,
        path: String,
    },
    Send {
        flow: FlowId,
        bytes: Vec<u8>,
    },
    CloseSocket,
    OpenCamera,
    /// Whatever is open.
    CloseCamera,
    Open(Origin),
    /// Open it, and let it take the place of what is open.
    Switch(Origin),
    PlayFilm(bool),
    /// The camera's light.
    Light(bool),
    /// How far it zooms, in thousandths of the browser's unit.
    Zoom(u32),
    /// The microphone beside the pictures of shares: heard or not.
    Hear(bool),
    /// Save one picture of what goes that way, in a file named after `who`.
    KeepPicture {
        of: Direction,
        who: String,
    },
    /// Record what goes that way, into a file named after `who`.
    Record {
        of: Direction,
        who: String,
    },
    /// Hand what was recorded to the person.
    StopRecording,
    /// Send what is open now instead of what was, without asking anybody.
    Resend {
        share: ShareId,
    },
    /// Make an offer to send the open camera.
    Offer {
        share: ShareId,
    },
    /// Answer this offer, to watch.
    Answer {
        share: ShareId,
        offer: String,
    },
    /// Answer this offer, to send the open camera.
    AnswerShowing {
        share: ShareId,
        offer: String,
    },
    /// Answer this offer on the connection that stands.
    AnswerAgain {
        share: ShareId,
        offer: String,
    },
    /// Make an offer of the connection as it stands.
    OfferAgain {
        share: ShareId,
    },
    /// Make an offer with a new way for the pictures of the connection that stands.
    Restart {
        share: ShareId,
    },
    /// Open the microphone, and make an offer with it beside the pictures.
    Speak {
        share: ShareId,
    },
    /// Close the microphone of that share.
    Silence {
        share: ShareId,
    },
    /// Make an offer that lets pictures go those ways over the connection that stands; the open camera
    /// goes along where it is to send.
    Redirect {
        share: ShareId,
        ways: Ways,
    },
    /// Answer this offer on the connection that stands, with pictures both ways.
    AnswerBoth {
        share: ShareId,
        offer: String,
    },
    /// Nothing came of another direction, or one is over: keep to these from here on.
    SettleWays {
        share: ShareId,
        ways: Ways,
    },
    /// Take the answer to our offer.
    Apply {
        share: ShareId,
        answer: String,
    },
    ReadStats {
        share: ShareId,
    },
    ClosePeer {
        share: ShareId,
    },
    People(PeopleEffect),
    Voice {
        call: VoiceId,
        act: VoiceAct,
    },
    /// For a test of the connection.
    Trial {
        id: TrialId,
        act: TrialAct,
    },
    /// Ask the gateway what it kept of that call's packets.
    AskPackets {
        key: CallKey,
        call_id: String,
        token: String,
    },
    /// Hand the person a file.
    Save(Document),
    Tabs(TabsAct),
    /// Remember the name for the next visit.
    KeepName(String),
    /// Remember, in this tab alone, what goes on: for when the page is loaded anew.
    KeepUnfinished(Option<String>),
}

/// What the program knows when it starts.
pub struct Setup {
    /// From the browser's random source.
    pub seed: [u8; 32],
    /// The name last signed in with, or nothing.
    pub name: String,
    /// Whether the page came over https.
    pub secure: bool,
    /// Inside another page.
    pub embedded: bool,
    /// What [`Effect::KeepUnfinished`] kept when the page before this one went.
    pub unfinished: Option<String>,
    /// Since 1970, when the page began.
    pub unix_seconds: u64,
}
