//! What the device does beside the page: it rings, it tells whoever looks elsewhere, it stays awake.

use super::state::{Peer, SendPhase, State, Voice};

/// What the device is to do, as long as the state is as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attention {
    pub asks: Option<Asks>,
    pub ring: Ring,
    /// The screen is not to go dark.
    pub awake: bool,
}

/// Somebody wants an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asks {
    pub peer: Peer,
    pub to: AsksTo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsksTo {
    Watch,
    Talk,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ring {
    #[default]
    Silent,
    /// Whoever is talking has a phone at their ear.
    Softly,
    Loudly,
}

impl Ring {
    /// The word in `data-ring`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Softly => "softly",
            Self::Loudly => "loudly",
        }
    }
}

impl Attention {
    pub fn of(state: &State) -> Self {
        let asks = asks(state);
        let talks = state.call.up().is_some() || state.voice.talk().is_some();
        Self {
            ring: match asks {
                None => Ring::Silent,
                Some(_) if talks || state.is_in_share() => Ring::Softly,
                Some(_) => Ring::Loudly,
            },
            asks,
            awake: is_looked_at(state),
        }
    }
}

fn asks(state: &State) -> Option<Asks> {
    if let Voice::Asked(asked) = &state.voice {
        let peer = asked.peer.clone();
        let to = AsksTo::Talk;
        return Some(Asks { peer, to });
    }
    let peer = state.asked()?.clone();
    let to = AsksTo::Watch;
    Some(Asks { peer, to })
}

/// Pictures go one way or the other, or are about to.
fn is_looked_at(state: &State) -> bool {
    let sends = state
        .sending()
        .is_some_and(|sending| sending.phase == SendPhase::Live);
    sends || state.watching().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::state::{
        Call, InCall, Sending, Share, Source, Stands, VoiceAsked, WatchPhase, Watching,
    };

    fn anna() -> Peer {
        Peer {
            name: Some("Anna".to_owned()),
            ..Peer::default()
        }
    }

    fn sending(phase: SendPhase) -> Share {
        Share::Sending(Sending::new(anna(), phase))
    }

    fn watching() -> Share {
        Share::Watching(Watching::new(anna(), WatchPhase::Waiting))
    }

    fn in_call() -> Call {
        Call::Up(InCall {
            peer: anna(),
            stands: Stands::Connected,
            source: Source::Said,
            seconds: 1,
        })
    }

    #[track_caller]
    fn check(state: State, asks: Option<AsksTo>, ring: Ring, awake: bool) {
        let attention = Attention::of(&state);
        let to = attention.asks.as_ref().map(|asks| asks.to);
        assert_eq!((to, attention.ring, attention.awake), (asks, ring, awake));
    }

    #[test]
    fn a_page_at_rest_neither_rings_nor_stays_awake() {
        check(State::default(), None, Ring::Silent, false);
    }

    #[test]
    fn being_asked_rings_and_softly_where_one_talks_already() {
        let asked = State {
            share: Share::Asked(anna()),
            ..State::default()
        };
        let watch = Some(AsksTo::Watch);
        check(asked.clone(), watch, Ring::Loudly, false);
        let talking = State {
            call: in_call(),
            ..asked
        };
        check(talking, watch, Ring::Softly, false);
        let showing = State {
            share: sending(SendPhase::Live),
            beside: Share::Asked(anna()),
            ..State::default()
        };
        check(showing, watch, Ring::Softly, true);
    }

    #[test]
    fn a_voice_call_rings_before_anything_else() {
        let state = State {
            voice: Voice::Asked(VoiceAsked {
                peer: anna(),
                problem: None,
            }),
            share: Share::Asked(anna()),
            ..State::default()
        };
        check(state, Some(AsksTo::Talk), Ring::Loudly, false);
    }

    #[test]
    fn the_screen_stays_on_while_pictures_go_or_are_waited_for() {
        for (share, awake) in [
            (sending(SendPhase::Calling), false),
            (sending(SendPhase::Ringing), false),
            (sending(SendPhase::Live), true),
            (watching(), true),
        ] {
            let state = State {
                share,
                ..State::default()
            };
            check(state, None, Ring::Silent, awake);
        }
    }
}
