//! RFC 4538: a request outside of calls says which dialog it is about. Of a call of ours each side has
//! its own, and so the other side is told of its own.

use sip::message::{Replaces, Request};
use sip::transport::Hop;

use super::Calls;
use crate::switch::Desk;

const TARGET_DIALOG: &str = "Target-Dialog";

impl Calls {
    /// Says a Target-Dialog of the sender's in the words of the other side of that call. One that
    /// names no dialog that the sender has with us stays as it is.
    pub fn retarget(&self, request: &mut Request, hop: &Hop, desk: &Desk<'_>) {
        let named = request.headers.get(TARGET_DIALOG).and_then(read);
        let named = named.and_then(|named| desk.agent.call_named(&named));
        let found = named.and_then(|named| self.find(named));
        let other = found.and_then(|(key, side)| {
            let call = self.calls.get(&key)?;
            let own = call.leg(side).filter(|leg| leg.hop == *hop);
            own.and(call.leg(side.other()))?.handle
        });
        let dialog = other.and_then(|other| desk.agent.dialog_id(other));
        if let Some(dialog) = dialog {
            // To the receiver we are the sender.
            let value = format!(
                "{};local-tag={};remote-tag={}",
                dialog.call_id, dialog.local_tag, dialog.remote_tag
            );
            request.headers.set(TARGET_DIALOG, value);
        }
    }
}

/// `callid;local-tag=a;remote-tag=b`, where local is the sender's.
fn read(value: &str) -> Option<Replaces> {
    let (call_id, params) = value.split_once(';')?;
    let tag = |name: &str| {
        let mut params = params.split(';').filter_map(|param| param.split_once('='));
        let found = params.find(|(known, _)| known.trim().eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned())
    };
    let call_id = call_id.trim().parse().ok()?;
    Replaces::new(call_id, tag("remote-tag")?, tag("local-tag")?).ok()
}
