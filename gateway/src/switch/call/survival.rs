//! What becomes of calls whose connection is lost or replaced (RFC 5626).

use sip::agent::{CallHandle, Reason};
use sip::message::Status;
use sip::time::Instant;
use sip::transport::{FlowId, Hop, Transport};

use super::ending::Closing;
use super::{Call, Calls, Leg};
use crate::switch::Desk;

impl Calls {
    /// A connection under a call is gone.
    pub(super) fn flow_lost(
        &mut self,
        handle: CallHandle,
        flow: FlowId,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let Some((key, side)) = self.find(handle) else {
            return;
        };
        let call = self.calls.get(&key);
        let leg = call.and_then(|call| call.leg(side));
        if leg.is_some_and(|leg| uses(leg, flow)) {
            let reason = Reason::sip(Status::TEMPORARILY_UNAVAILABLE, "Connection lost");
            self.end(key, &Closing::Hangup(Some(reason)), desk, now);
        }
    }

    /// A device came back over another connection: its calls go on there.
    pub fn flow_moved(&mut self, from: FlowId, to: Hop, desk: &mut Desk<'_>, _now: Instant) {
        let legs = self.calls.values_mut().flat_map(Call::legs_mut);
        for leg in legs.filter(|leg| uses(leg, from)) {
            leg.hop = to;
            if let Some(handle) = leg.handle {
                desk.agent.move_call(handle, to);
            }
        }
    }
}

/// The flow a leg's messages take.
fn uses(leg: &Leg, flow: FlowId) -> bool {
    leg.hop.flow == flow && leg.hop.transport != Transport::Udp
}
