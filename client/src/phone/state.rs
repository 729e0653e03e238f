//! What there is to see: one plain value that the views compare and show.
//!
//! It holds no socket, no stream and no secret, so a gallery can build any of it by hand.

use std::fmt;

/// Everything the page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub registration: Registration,
    /// The person at this page; known as soon as the name was typed.
    pub me: Me,
    /// Why the last sign-in did not work; cleared by the next one.
    pub sign_in_problem: Option<SignInProblem>,
    pub people: People,
    pub camera: Camera,
    pub share: Share,
    /// Newest first, at most [`super::history::LIMIT`] entries.
    pub history: Vec<Past>,
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
    /// The name or the number is not allowed here (403, 404).
    NotAllowed,
    /// Too many wrong passwords; the gateway does not listen for a while.
    TooManyTries,
    /// Nobody answers at the other end of the wire.
    Unreachable,
    /// The gateway answered something that is not a sign-in.
    Confused,
}

/// A telephone number as it is written: `+` and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(String);

impl Number {
    /// Longest number accepted: fifteen digits (E.164) and a plus, doubled for private plans.
    const MAX_CHARACTERS: usize = 32;

    /// Takes `+` and digits, ignoring the visual separators of RFC 3966 §5.1.1.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text
            .chars()
            .filter(|c| !matches!(c, '-' | '.' | '(' | ')' | ' '))
            .collect();
        let rest = digits.strip_prefix('+').unwrap_or(&digits);
        let valid = !rest.is_empty()
            && rest.bytes().all(|b| b.is_ascii_digit())
            && digits.len() <= Self::MAX_CHARACTERS;
        valid.then_some(Self(digits))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Grouped for the eye: `+99 000 001`.
    pub fn grouped(&self) -> String {
        let (plus, digits) = match self.0.strip_prefix('+') {
            Some(digits) => ("+", digits),
            None => ("", self.0.as_str()),
        };
        let mut out = String::from(plus);
        let head = digits.len() % 3;
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && at % 3 == head {
                out.push(' ');
            }
            out.push(digit);
        }
        out
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The people one can show something to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// False until the directory was read once.
    pub loaded: bool,
    pub list: Vec<Person>,
    pub selected: Option<Number>,
}

impl People {
    pub fn is_online(&self, number: &Number) -> bool {
        self.list
            .iter()
            .any(|person| person.online && person.peer.number.as_ref() == Some(number))
    }

    pub fn selected_person(&self) -> Option<&Person> {
        let number = self.selected.as_ref()?;
        self.list
            .iter()
            .find(|person| person.peer.number.as_ref() == Some(number))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub peer: Peer,
    pub online: bool,
}

/// Someone at the other end, as far as we know them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    pub name: Option<String>,
    pub number: Option<Number>,
}

impl Peer {
    /// The name, else the number, else nothing.
    pub fn called(&self) -> Option<String> {
        self.name
            .clone()
            .or_else(|| self.number.as_ref().map(Number::grouped))
    }
}

/// One's own camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Camera {
    #[default]
    Closed,
    /// Asked for; the browser may be showing its question.
    Opening,
    Open,
    Problem(CameraProblem),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameraProblem {
    Refused,
    Missing,
    Busy,
}

/// What is going on between two people. There is one at a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Share {
    #[default]
    None,
    Sending(Sending),
    /// Somebody asks us to watch.
    Asked(Peer),
    Watching(Watching),
    Ended(Ended),
}

impl Share {
    /// Whether one's own camera is on its way to somebody.
    pub fn is_live_out(&self) -> bool {
        self.sending()
            .is_some_and(|sending| sending.phase == SendPhase::Live)
    }

    /// Who is at the other end.
    pub fn peer(&self) -> Option<&Peer> {
        match self {
            Self::None => None,
            Self::Sending(sending) => Some(&sending.peer),
            Self::Asked(peer) => Some(peer),
            Self::Watching(watching) => Some(&watching.peer),
            Self::Ended(ended) => Some(&ended.peer),
        }
    }

    pub fn link(&self) -> Link {
        match self {
            Self::Sending(sending) => sending.link,
            Self::Watching(watching) => watching.link,
            Self::None | Self::Asked(_) | Self::Ended(_) => Link::Up,
        }
    }

    pub fn flow(&self) -> Flow {
        match self {
            Self::Sending(sending) => sending.flow,
            Self::Watching(watching) => watching.flow,
            Self::None | Self::Asked(_) | Self::Ended(_) => Flow::Running,
        }
    }

    /// Whether somebody else has taken the place of whoever it began with.
    pub fn is_moved(&self) -> bool {
        match self {
            Self::Sending(sending) => sending.moved,
            Self::Watching(watching) => watching.moved,
            Self::None | Self::Asked(_) | Self::Ended(_) => false,
        }
    }

    pub fn sending(&self) -> Option<&Sending> {
        match self {
            Self::Sending(sending) => Some(sending),
            Self::None | Self::Asked(_) | Self::Watching(_) | Self::Ended(_) => None,
        }
    }

    pub fn watching(&self) -> Option<&Watching> {
        match self {
            Self::Watching(watching) => Some(watching),
            Self::None | Self::Asked(_) | Self::Sending(_) | Self::Ended(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sending {
    pub peer: Peer,
    pub phase: SendPhase,
    /// Since the answer.
    pub seconds: u64,
    pub quality: Option<Quality>,
    pub link: Link,
    pub flow: Flow,
    /// Somebody else has taken the place of whoever it began with.
    pub moved: bool,
}

/// Whether the share's own connections stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    #[default]
    Up,
    /// One of them broke, and is being made anew; pictures may go on meanwhile.
    Reconnecting,
}

impl Link {
    /// The word in `data-link`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Reconnecting => "reconnecting",
        }
    }
}

/// Whether both sides let pictures pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    #[default]
    Running,
    /// They put it on hold.
    PausedByThem,
}

impl Flow {
    /// The word in `data-flow`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::PausedByThem => "paused",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendPhase {
    /// Asking the other phone.
    Calling,
    Ringing,
    /// Answered: pictures are on their way.
    Live,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Watching {
    pub peer: Peer,
    pub phase: WatchPhase,
    /// Since we accepted.
    pub seconds: u64,
    pub quality: Option<Quality>,
    pub link: Link,
    pub flow: Flow,
    /// Somebody else has taken the place of whoever it began with.
    pub moved: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchPhase {
    /// Accepted; no picture was decoded yet.
    Waiting,
    Live,
    /// No picture for some seconds.
    Frozen,
}

/// Size, rate and format of the pictures, once a second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    pub kilobits_per_second: u32,
    pub codec: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub peer: Peer,
    pub direction: Direction,
    pub cause: Cause,
    /// How long pictures went over; none if it never came to that.
    pub seconds: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// They saw us.
    Out,
    /// We saw them.
    In,
}

/// Why it ended, as a person thinks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    EndedByMe,
    EndedByThem,
    Declined,
    Busy,
    NoAnswer,
    NotFound,
    /// There is such a number, but no phone of theirs is reachable now.
    Unavailable,
    CannotWatch,
    Lost,
    /// They gave up before we answered.
    Cancelled,
    /// Another device of ours answered.
    AnsweredElsewhere,
    Failed,
}

impl Cause {
    /// The word in `data-cause`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EndedByMe => "ended-by-me",
            Self::EndedByThem => "ended-by-them",
            Self::Declined => "declined",
            Self::Busy => "busy",
            // One word for both; the text tells them apart.
            Self::NoAnswer | Self::Unavailable => "no-answer",
            Self::NotFound => "not-found",
            Self::CannotWatch => "cannot-watch",
            Self::Lost => "lost",
            Self::Cancelled => "cancelled",
            Self::AnsweredElsewhere => "answered-elsewhere",
            Self::Failed => "failed",
        }
    }
}

/// One line of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    pub peer: Peer,
    pub direction: Direction,
    pub outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Pictures went over for this many seconds.
    Shown { seconds: u64 },
    /// It never came to pictures.
    NotShown(Cause),
    /// They asked; we said not now.
    NotNow,
}

/// What a person does. A view sends these and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    SignIn {
        name: String,
        password: String,
    },
    SignOut,
    Select(Number),
    OpenSlot,
    /// Shuts the cover: the camera stops, and whatever is being shown ends.
    CloseSlot,
    Show,
    /// Ends what is going on, in either direction.
    Stop,
    Watch,
    NotNow,
    /// Reads the ended card and goes on.
    Dismiss,
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

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn a_number_is_a_plus_and_digits() {
        let cases = [
            ("+358401234567", Some("+358401234567")),
            ("+358-40-123 4567", Some("+358401234567")),
            ("110", Some("110")),
            ("+", None),
            ("", None),
            ("+49abc", None),
            ("+123456789012345678901234567890123", None),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Number::parse(text).as_ref().map(Number::as_str),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_number_is_grouped_from_its_end() {
        for (text, expected) in [("+99000001", "+99 000 001"), ("+1", "+1"), ("110", "110")] {
            assert_eq!(
                Number::parse(text).map(|n| n.grouped()).as_deref(),
                Some(expected)
            );
        }
    }
}
