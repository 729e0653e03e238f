//! A test of one's own connection, as the page shows it.

use super::CameraProblem;

/// The page that tests the connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    pub open: bool,
    pub source: TrialSource,
    /// Why no test can begin now.
    pub obstacle: Option<TrialObstacle>,
    /// The one that goes on, or was the last.
    pub course: Option<Course>,
}

impl Trial {
    /// Whether one goes on.
    pub fn is_running(&self) -> bool {
        let course = self.course.as_ref();
        course.is_some_and(|course| course.verdict.is_none())
    }
}

/// What is shown to the gateway's test phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrialSource {
    /// A picture that is drawn here, and known there.
    #[default]
    Picture,
    Camera,
}

impl TrialSource {
    /// The word in a `data-testid`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Camera => "camera",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialObstacle {
    /// A share or a call goes on, or somebody asks.
    Busy,
    NotConnected,
    /// The account is another network's: the gateway has no test phone for it.
    NotHere,
}

/// How far a test has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// How long each step took that is done, in milliseconds, in the order of [`TrialStep::ALL`].
    pub done: [Option<u32>; TrialStep::COUNT],
    pub seen: TrialSeen,
    pub verdict: Option<TrialVerdict>,
}

impl Course {
    /// The first step that is not done; none when all are.
    pub fn next(&self) -> Option<TrialStep> {
        let at = self.done.iter().position(Option::is_none)?;
        TrialStep::ALL.get(at).copied()
    }

    pub fn milliseconds(&self, step: TrialStep) -> Option<u32> {
        self.done[step as usize]
    }
}

/// What has to work, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialStep {
    SignedIn,
    Source,
    Handset,
    Answered,
    Connected,
    FirstPicture,
    Pictures,
    Back,
}

impl TrialStep {
    pub const COUNT: usize = 8;
    pub const ALL: [Self; Self::COUNT] = [
        Self::SignedIn,
        Self::Source,
        Self::Handset,
        Self::Answered,
        Self::Connected,
        Self::FirstPicture,
        Self::Pictures,
        Self::Back,
    ];

    /// The word in `data-trial-step`.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signed-in",
            Self::Source => "source",
            Self::Handset => "handset",
            Self::Answered => "answered",
            Self::Connected => "connected",
            Self::FirstPicture => "first-picture",
            Self::Pictures => "pictures",
            Self::Back => "back",
        }
    }
}

/// What the gateway's test phone saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrialSeen {
    pub pictures: u64,
    pub width: u64,
    pub height: u64,
    pub codec: String,
    /// Of the test picture alone: how many were as they were drawn, and how alike, in decibels.
    pub right: u64,
    pub decibels: u64,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialVerdict {
    Works,
    Stopped,
    /// Somebody called, or one turned to somebody.
    Interrupted,
    NotHere,
    TooOften,
    GatewayFull,
    GatewaySilent,
    GatewayBroken,
    NoSource(CameraProblem),
    NoConnectionMade,
    NotAnswered,
    Refused,
    AnswerUnusable,
    NoPath,
    NoKeys,
    LinkLost,
    SourceSilent,
    NothingLeaves,
    NothingSeen,
    NotRight,
    NothingBack,
    NotShown,
    EndedThere,
}

impl TrialVerdict {
    /// The word in `data-verdict`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
            Self::NotHere => "not-here",
            Self::TooOften => "too-often",
            Self::GatewayFull => "gateway-full",
            Self::GatewaySilent => "gateway-silent",
            Self::GatewayBroken => "gateway-broken",
            Self::NoSource(_) => "no-source",
            Self::NoConnectionMade => "no-connection-made",
            Self::NotAnswered => "not-answered",
            Self::Refused => "refused",
            Self::AnswerUnusable => "answer-unusable",
            Self::NoPath => "no-path",
            Self::NoKeys => "no-keys",
            Self::LinkLost => "link-lost",
            Self::SourceSilent => "source-silent",
            Self::NothingLeaves => "nothing-leaves",
            Self::NothingSeen => "nothing-seen",
            Self::NotRight => "not-right",
            Self::NothingBack => "nothing-back",
            Self::NotShown => "not-shown",
            Self::EndedThere => "ended-there",
        }
    }

    /// Whether something is broken, as opposed to the test being ended by the person.
    pub fn is_bad(self) -> bool {
        !matches!(self, Self::Works | Self::Stopped | Self::Interrupted)
    }
}

/// What a person does there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialCommand {
    Open,
    /// Stops a test that goes on.
    Close,
    Choose(TrialSource),
    Start,
    Stop,
}
