//! What the page around us is told: how the person stands with the gateway, what goes on, how it ended.
//! Of others it learns their numbers, which it often gave itself, and never the names in the address book.

use super::message::{Field, Message};
use crate::phone::state::{
    Camera, CameraProblem, Direction, Ended, Peer, Registration, SendPhase, Share, SignInProblem,
    State, WatchPhase,
};

/// What was told last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    registration: Registration,
    problem: Option<SignInProblem>,
    number: Option<String>,
    camera: Camera,
    /// The share on the stage, and the one beside it.
    shares: [Step; 2],
    token_wanted: bool,
}

/// How far a share is.
#[derive(Clone, Debug, Default, PartialEq)]
enum Step {
    #[default]
    None,
    Asking(Peer),
    Ringing(Peer),
    Incoming(Peer),
    Waiting(Peer),
    Live(Direction, Peer),
    Ended(Ended),
}

impl Told {
    pub fn of(state: &State) -> Self {
        Self {
            registration: state.registration,
            problem: state.sign_in_problem,
            number: state.me.number.as_ref().map(|one| one.as_str().to_owned()),
            camera: state.camera,
            shares: [Step::of(&state.share), Step::of(&state.beside)],
            token_wanted: state.embedding.token_wanted,
        }
    }

    /// What is new since then.
    pub fn since(&self, before: &Told) -> Vec<Message> {
        let mut news = Vec::new();
        self.standing(before, &mut news);
        if self.camera != before.camera {
            news.extend(camera(self.camera, before.camera));
        }
        for (now, was) in self.shares.iter().zip(&before.shares) {
            if now != was {
                news.extend(now.since(was));
            }
        }
        news
    }

    fn standing(&self, before: &Told, news: &mut Vec<Message>) {
        if self.problem != before.problem
            && let Some(problem) = self.problem
        {
            news.push(Message::new("error").with_text("code", sign_in_code(problem)));
        }
        if self.registration != before.registration {
            news.extend(match self.registration {
                Registration::SigningIn => None,
                Registration::Registered => Some(self.registered()),
                Registration::Reconnecting => Some(Message::new("reconnecting")),
                Registration::SignedOut | Registration::Failed => Some(Message::new("signed-out")),
            });
        }
        let out = |told: &Told| matches!(told.problem, Some(SignInProblem::TokenRefused));
        let wanted = |told: &Told| told.token_wanted || out(told);
        if wanted(self) && !wanted(before) {
            news.push(Message::new("token-needed"));
        }
    }

    fn registered(&self) -> Message {
        let message = Message::new("registered");
        match &self.number {
            Some(number) => message.with_text("number", number),
            None => message,
        }
    }
}

impl Step {
    fn of(share: &Share) -> Self {
        match share {
            Share::None => Self::None,
            Share::Sending(sending) => {
                let peer = sending.peer.clone();
                match sending.phase {
                    SendPhase::Calling => Self::Asking(peer),
                    SendPhase::Ringing => Self::Ringing(peer),
                    SendPhase::Live => Self::Live(Direction::Out, peer),
                }
            }
            Share::Asked(peer) => Self::Incoming(peer.clone()),
            Share::Watching(watching) => {
                let peer = watching.peer.clone();
                match watching.phase {
                    WatchPhase::Waiting => Self::Waiting(peer),
                    WatchPhase::Live | WatchPhase::Frozen => Self::Live(Direction::In, peer),
                }
            }
            Share::Ended(ended) => Self::Ended(ended.clone()),
        }
    }

    fn since(&self, before: &Step) -> Option<Message> {
        match self {
            Self::None => match before {
                // They asked, and the person said not now.
                Self::Incoming(peer) => {
                    let ended = ended(Direction::In, "not-now");
                    Some(with_peer(ended, peer))
                }
                Self::None
                | Self::Asking(_)
                | Self::Ringing(_)
                | Self::Waiting(_)
                | Self::Live(..)
                | Self::Ended(_) => None,
            },
            Self::Asking(peer) => Some(with_peer(Message::new("asking"), peer)),
            Self::Ringing(peer) => Some(with_peer(Message::new("ringing"), peer)),
            Self::Incoming(peer) => Some(with_peer(Message::new("incoming"), peer)),
            Self::Waiting(peer) => Some(with_peer(Message::new("waiting"), peer)),
            Self::Live(direction, peer) => {
                let live = Message::new("live").with_text("direction", way(*direction));
                Some(with_peer(live, peer))
            }
            Self::Ended(over) => {
                let message = with_peer(ended(over.direction, over.cause.name()), &over.peer);
                Some(match over.seconds {
                    // A share of more than 2^53 seconds is not foreseen.
                    Some(seconds) => message.with("seconds", Field::Number(seconds as f64)),
                    None => message,
                })
            }
        }
    }
}

fn ended(direction: Direction, cause: &str) -> Message {
    let message = Message::new("ended").with_text("direction", way(direction));
    message.with_text("cause", cause)
}

fn with_peer(message: Message, peer: &Peer) -> Message {
    match (&peer.number, &peer.address) {
        (Some(number), _) => message.with_text("peer", &format!("tel:{}", number.as_str())),
        (None, Some(address)) => message.with_text("peer", address.as_str()),
        (None, None) => message,
    }
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Out => "out",
        Direction::In => "in",
    }
}

fn camera(now: Camera, before: Camera) -> Option<Message> {
    match now {
        Camera::Opening => None,
        Camera::Open => Some(Message::new("preview").with_text("state", "open")),
        Camera::Closed if before == Camera::Open => {
            Some(Message::new("preview").with_text("state", "closed"))
        }
        Camera::Closed => None,
        Camera::Problem(problem) => {
            Some(Message::new("error").with_text("code", camera_code(problem)))
        }
    }
}

fn camera_code(problem: CameraProblem) -> &'static str {
    match problem {
        CameraProblem::Refused => "camera-refused",
        CameraProblem::Missing => "camera-missing",
        CameraProblem::Busy => "camera-busy",
        CameraProblem::NoScreen => "no-screen-chosen",
        CameraProblem::ScreenUnknown => "no-screen-sharing",
        CameraProblem::FilmUnplayable => "film-unplayable",
    }
}

fn sign_in_code(problem: SignInProblem) -> &'static str {
    match problem {
        SignInProblem::WrongPassword => "password-refused",
        SignInProblem::TokenRefused => "token-refused",
        SignInProblem::NotAllowed => "not-allowed",
        SignInProblem::TooManyTries => "too-many-tries",
        SignInProblem::Unreachable => "unreachable",
        SignInProblem::Confused => "gateway-failed",
    }
}
