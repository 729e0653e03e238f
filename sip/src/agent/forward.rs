//! RFC 3261 §16.6, §16.7: the requests and responses of others, passed on as they are.

use super::exchange::{Exchange, Purpose};
use super::{Agent, AgentError, RequestId, ServerRequestId, Waiting, capability};
use crate::message::{CallId, Request, Response, Text, Via};
use crate::time::Instant;
use crate::transport::Hop;

/// Whom the requests that reach the agent may be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Role {
    /// The agent's owner alone: what belongs to no call of ours is refused, but for NOTIFY, whose
    /// dialogs are the owner's.
    #[default]
    UserAgent,
    /// Others too. The owner is told of all requests that belong to no call of ours, but of those
    /// that need one (INVITE with a To tag, BYE, PRACK, UPDATE, CANCEL), and judges itself what
    /// they require (RFC 3261 §16.3 leaves Require to whom they are for) and whether they came
    /// round in a circle.
    Edge,
}

impl Agent {
    /// [`Role::UserAgent`] until it is set.
    pub fn set_role(&mut self, role: Role) {
        self.role = role;
    }

    /// Sends on the request of somebody else's, with our Via over those it has and nothing else
    /// changed. Its final response comes as [`super::Event::Response`], our Via still on top; what
    /// else can come of it as [`super::Event::RequestFailed`].
    pub fn forward(&mut self, hop: Hop, request: Request, now: Instant) -> RequestId {
        let id = self.start_exchange(Exchange::new(hop, request, None, Purpose::Owner), now);
        self.pump(now);
        id
    }

    /// Answers a request that came as [`super::Event::Request`] with the response of whom it was
    /// forwarded to, as it is. The topmost Via has to be that of the request.
    ///
    /// # Errors
    /// As [`Agent::respond`].
    pub fn pass_back(
        &mut self,
        id: ServerRequestId,
        response: &Response,
        now: Instant,
    ) -> Result<(), AgentError> {
        let Some(Waiting::Outside { .. }) = self.waiting.get(&id.0) else {
            return Err(AgentError::NotWaiting);
        };
        let outcome = self.answer_with(id.0, response, now);
        if response.status.is_final() {
            self.waiting.remove(&id.0);
        }
        self.pump(now);
        outcome
    }

    /// The option tags in a request's Require that we don't understand.
    pub fn not_understood(&self, request: &Request) -> Vec<String> {
        capability::not_understood(request, &self.wire.option_tags)
    }

    /// Whether a Via is one of ours by what it says of its sender.
    pub fn is_own_via(&self, via: &Via) -> bool {
        self.wire.is_own(&via.sent_by)
    }

    /// The To tag that our answers to a request have, where it had none itself: the name of the
    /// dialog that the owner makes of it.
    pub fn own_tag(&self, id: ServerRequestId) -> Option<&Text> {
        match self.waiting.get(&id.0)? {
            Waiting::Outside { to_tag } => Some(to_tag),
            Waiting::Invite(_) | Waiting::InCall(_) => None,
        }
    }

    /// Draws a tag, for a dialog that the owner starts and keeps itself.
    pub fn draw_tag(&mut self) -> Text {
        self.wire.ids.tag()
    }

    /// Draws a Call-ID for one.
    pub fn draw_call_id(&mut self) -> CallId {
        self.wire.ids.call_id()
    }
}
