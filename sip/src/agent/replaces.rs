//! An INVITE that takes the place of a call: RFC 3891 §3.

use super::call::{Call, Stage};
use super::{Agent, CallHandle, capability};
use crate::message::{Method, Replaces, Request, Status, Uri};

impl Agent {
    /// The answered call whose dialog that names, the tags as we have them: `to` is ours.
    pub fn call_named(&self, replaces: &Replaces) -> Option<CallHandle> {
        let key = (replaces.call_id().clone(), replaces.to_tag().into());
        let found = self.calls_by_dialog.get(&key).copied()?;
        let call = self.calls.get(&found)?;
        let stands = matches!(call.stage, Stage::Settled);
        (stands && call.may_be_replaced(replaces).is_ok()).then_some(found)
    }

    /// Where requests inside a call go: the peer's Contact. `None` without a dialog.
    pub fn remote_target(&self, call: CallHandle) -> Option<Uri> {
        let call = self.calls.get(&call)?;
        Some(call.open_dialog()?.draft(Method::Info).uri)
    }

    /// The call that an INVITE is to take the place of, if we know Replaces and it has one.
    ///
    /// # Errors
    /// With what it is refused: there is no such call, it is over, or answered and not meant.
    pub(super) fn replaced_by(&self, invite: &Request) -> Result<Option<CallHandle>, Status> {
        if !capability::understands(&self.wire.option_tags, "replaces") {
            return Ok(None);
        }
        let replaces = match invite.headers.typed::<Replaces>() {
            None => return Ok(None),
            Some(Err(_)) => return Err(Status::BAD_REQUEST),
            Some(Ok(replaces)) => replaces,
        };
        let key = (replaces.call_id().clone(), replaces.to_tag().into());
        let found = self.calls_by_dialog.get(&key).copied();
        let call = found.and_then(|handle| self.calls.get(&handle));
        match call {
            Some(call) => call.may_be_replaced(&replaces).map(|()| found),
            None => Err(Status::CALL_DOES_NOT_EXIST),
        }
    }
}

impl Call {
    fn may_be_replaced(&self, replaces: &Replaces) -> Result<(), Status> {
        let is_peer = |tag: &str| {
            // A peer of RFC 2543 has no tag.
            tag == replaces.from_tag() || tag.is_empty() && replaces.from_tag() == "0"
        };
        let stands = self
            .dialog
            .as_ref()
            .is_some_and(|dialog| is_peer(dialog.remote_tag()));
        let mut early = self.early.iter();
        let rings = early.any(|early| is_peer(early.dialog.remote_tag()));
        match self.stage {
            _ if self.ended && (stands || rings) => Err(Status::DECLINE),
            Stage::Settled if stands && replaces.early_only() => Err(Status::BUSY_HERE),
            Stage::Settled if stands => Ok(()),
            Stage::Calling { .. } if rings => Ok(()),
            // An early dialog is replaced at the side that made it alone.
            Stage::Calling { .. }
            | Stage::CancelHeld { .. }
            | Stage::Cancelling { .. }
            | Stage::Ringing { .. }
            | Stage::Settled => Err(Status::CALL_DOES_NOT_EXIST),
        }
    }
}
