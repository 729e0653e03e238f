//! Two shares with the same person, one a direction (R1.27): who looks for one finds it whichever is
//! shown large.

use super::{Ended, Peer, SendPhase, Sending, Share, State, Watching};

impl State {
    /// Both places.
    fn shares(&self) -> [&Share; 2] {
        [&self.share, &self.beside]
    }

    pub fn sending(&self) -> Option<&Sending> {
        self.shares().into_iter().find_map(Share::sending)
    }

    pub fn watching(&self) -> Option<&Watching> {
        self.shares().into_iter().find_map(Share::watching)
    }

    /// Who asks us to watch.
    pub fn asked(&self) -> Option<&Peer> {
        self.shares().into_iter().find_map(|share| match share {
            Share::Asked(peer) => Some(peer),
            Share::None | Share::Sending(_) | Share::Watching(_) | Share::Ended(_) => None,
        })
    }

    /// What ended while something else goes on.
    pub fn ended_beside(&self) -> Option<&Ended> {
        match &self.beside {
            Share::Ended(ended) => Some(ended),
            Share::None | Share::Sending(_) | Share::Asked(_) | Share::Watching(_) => None,
        }
    }

    /// Whether one's own pictures are on their way to somebody.
    pub fn is_live_out(&self) -> bool {
        self.sending()
            .is_some_and(|sending| sending.phase == SendPhase::Live)
    }

    /// Whether something goes on that can be stopped.
    pub fn is_in_share(&self) -> bool {
        self.sending().is_some() || self.watching().is_some()
    }
}
