//! What there is to see: one plain value that the views compare and show.
//!
//! It holds no socket, no stream and no secret, so a gallery can build any of it by hand.

mod address;
mod audience;
mod both;
mod call;
mod camera;
mod capability;
mod contact;
mod diagnosis;
mod embedding;
mod feed;
mod life;
mod number;
mod own;
mod people;
mod quality;
mod recording;
mod share;
mod share_sound;
mod trial;
mod two_ways;
mod voice;

use std::fmt;

use sip::bearer::Bearer;

pub use address::Address;
pub use audience::{Audience, AudienceCommand, Standing, Watcher};
pub use call::{Call, InCall, Source, Stands};
pub use camera::{Camera, CameraProblem};
pub use capability::{Abilities, Can, Willing};
pub use contact::{
    Contact, ContactId, Draft, DraftProblems, Imported, Kept, PeopleCommand, Refused,
    SKIPPED_SHOWN, Skipped, SkippedWhy, TypedProblem, WAYS, Way, read_way,
};
pub(crate) use contact::{has_sip_scheme, shortened};
pub use diagnosis::{CallTitle, Diagnosis, DiagnosisCommand, FarShown, Lane, Report, Row};
pub use embedding::Embedding;
pub use feed::{Feed, Feeds, Film, Playing};
pub use life::{Elsewhere, Life, Tabs, Unfinished};
pub use number::Number;
pub use own::{CameraDevice, KeptPicture, Lens, OwnCommand, OwnSide, Pause, Zoom};

pub use people::{Peer, People, Person, PersonKey};
pub use quality::{Limited, Moment, Quality};
pub use recording::{OurRecording, Recording, RecordingCommand, RecordingNote};
pub use share::{
    Cause, Direction, Ended, Flow, Link, Outcome, Past, SendPhase, Sending, Share, WatchPhase,
    Watching,
};
pub use share_sound::{OurSound, ShareSound};
pub use trial::{
    Course, Trial, TrialCommand, TrialObstacle, TrialSeen, TrialSource, TrialStep, TrialVerdict,
};
pub use voice::{
    Held, Key, MicrophoneProblem, Talk, TalkEnd, TalkEnded, TalkPhase, Voice, VoiceAsked,
    VoiceCommand,
};

pub use two_ways::{No, TwoWays, Wish};

/// Everything the page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub registration: Registration,
    /// How this page stands towards the page around it.
    pub embedding: Embedding,
    /// The person at this page; known as soon as the name was typed.
    pub me: Me,
    /// Why the last sign-in did not work; cleared by the next one.
    pub sign_in_problem: Option<SignInProblem>,
    pub people: People,
    /// What the phones of others can do: also of those who are in no list.
    pub abilities: Abilities,
    /// Whether others may show something here.
    pub willing: Willing,
    pub camera: Camera,
    /// What the cover opens.
    pub feeds: Feeds,
    /// What happens to a page in its browser.
    pub life: Life,
    /// What one may do about it, and has done.
    pub own: OwnSide,
    /// What is recorded of what goes on.
    pub recording: Recording,
    /// What goes on, as the page shows it large.
    pub share: Share,
    /// The voice call that shares go beside.
    pub call: Call,
    /// Sound beside what is shared.
    pub sound: ShareSound,
    /// The voice call of this page's own, if it is one.
    pub voice: Voice,
    /// Calls are told by the network, and the person's word does not count.
    pub network_tells_calls: bool,
    /// The other of two shares with the same person; or how one ended while the other goes on.
    pub beside: Share,
    /// Where the wish for both ways over one share stands.
    pub ways: TwoWays,
    /// Who else sees what one shows.
    pub audience: Audience,
    /// The number that was not found may be corrected, once.
    pub may_correct: bool,
    /// Newest first, at most [`super::history::LIMIT`] entries.
    pub history: Vec<Past>,
    /// Why something did not work, while that is looked at.
    pub diagnosis: Diagnosis,
    /// A test of one's own connection.
    pub trial: Trial,
}

/// How the page stands with its gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    #[default]
    SignedOut,
    SigningIn,
    Registered,
    /// Signed in before, not reachable at the moment, trying again.
    Reconnecting,
    /// The sign-in was refused; nothing is tried until the person does.
    Failed,
}

impl Registration {
    /// The word in `data-state`.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::SigningIn => "signing-in",
            Self::Registered => "registered",
            Self::Reconnecting => "reconnecting",
            Self::Failed => "failed",
        }
    }

    /// Whether the person is in the house, as opposed to at its door.
    pub fn is_signed_in(self) -> bool {
        match self {
            Self::Registered | Self::Reconnecting => true,
            Self::SignedOut | Self::SigningIn | Self::Failed => false,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Me {
    pub name: String,
    pub number: Option<Number>,
}

/// Why signing in did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInProblem {
    WrongPassword,
    /// The token is not good, or not any more.
    TokenRefused,
    /// The name or the number is not allowed here (403, 404).
    NotAllowed,
    /// Too many wrong passwords; the gateway does not listen for a while.
    TooManyTries,
    /// Nobody answers at the other end of the wire.
    Unreachable,
    /// The gateway answered something that is not a sign-in.
    Confused,
}
/// What a person does. A view sends these and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    SignIn {
        name: String,
        password: String,
    },
    /// Sign in by a token, or stay signed in by another.
    SignInByToken(Bearer),
    SignOut,
    /// Has it in this tab, wherever it is now.
    TakeOver,
    /// Turns to whom the share was with that went on when the page was loaded anew.
    Rejoin,
    /// Reads that it ended, and goes on.
    ForgetUnfinished,
    Select(Number),
    SelectAddress(Address),
    People(PeopleCommand),
    Diagnosis(DiagnosisCommand),
    Trial(TrialCommand),
    OpenSlot,
    /// Lets the cover open that; what is open gives way to it.
    ChooseFeed(Feed),
    /// Lets it open this film: the file's name, and where the browser has it.
    PickFilm {
        name: String,
        at: String,
    },
    /// The other camera, front or back.
    TurnCamera,
    /// Stops the film, or lets it go on.
    PlayFilm(bool),
    /// About recording what goes on.
    Recording(RecordingCommand),
    /// About one's own camera, sound and pictures.
    Own(OwnCommand),
    /// About those who see what one shows.
    Audience(AudienceCommand),
    /// Shuts the cover: the camera stops, and whatever is being shown ends.
    CloseSlot,
    Show,
    /// Ends what is going on, in both directions.
    Stop,
    /// Ends what one watches, and nothing else.
    StopWatching,
    /// Asks whoever sees our camera to show theirs too.
    AskForTheirs,
    Watch,
    NotNow,
    /// Lets others show one something, or not, from now on.
    SetWilling(Willing),
    /// Reads the ended card and goes on.
    Dismiss,
    /// Forgets what was shown and watched.
    ClearHistory,
    /// The number that was not found should have been this one.
    Correct(Number),
    /// A voice call with that number is up, says the person.
    SayOnThePhone(Number),
    SayHeld,
    SayResumed,
    SayConference,
    /// The voice call is over.
    SayEnded,
    Voice(VoiceCommand),
    /// Lets whoever sees one's pictures hear one too.
    Speak,
    /// They hear one no more.
    FallSilent,
    /// The size of the picture that the page shows, in pixels.
    PictureSeen {
        width: u32,
        height: u32,
    },
}

impl fmt::Display for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
