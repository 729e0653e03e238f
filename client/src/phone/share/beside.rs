//! Rules R1.25 and R1.26: shares go beside a voice call, and end with it or when it is held.

use sip::agent::Reply;
use sip::message::Status;

use super::Shares;
use super::active::{Active, Stage};
use crate::phone::Desk;
use crate::phone::call_context::{CallChange, is_same};
use crate::phone::state::{Cause, Peer, Stands};

impl Shares {
    /// The voice call with somebody changed: what goes on with them ends, unless it goes on too.
    pub(in crate::phone) fn call_changed(&mut self, change: &CallChange, desk: &mut Desk<'_>) {
        let cause = match change.to {
            Some(Stands::Connected) => return,
            Some(Stands::Held) => Cause::CallHeld,
            Some(Stands::Conference) => Cause::Conference,
            None => Cause::CallEnded,
        };
        let theirs = |peer: &Peer| is_same(peer, &change.peer);
        let asks =
            |active: &Active| matches!(active.stage, Stage::Asked { .. }) && theirs(&active.peer);
        if let Some(active) = self.take(asks) {
            if let Some(call) = active.call {
                let reply = Reply::new(Status::TEMPORARILY_UNAVAILABLE);
                // A caller who has gone already needs no answer.
                let _ = desk.agent.reject(call, reply, desk.now);
            }
            self.finish(active, cause, desk.now);
        }
        let with_them = |active: &&Active| theirs(&active.peer);
        while let Some(share) = self.active.iter().find(with_them).map(|active| active.id) {
            self.end_now(share, cause, None, desk);
        }
    }
}
