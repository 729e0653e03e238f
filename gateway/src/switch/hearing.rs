//! What the agent says, and whom it concerns.

use sip::agent::{Event, Reply, RequestId, ServerRequestId};
use sip::message::{Header, Method, Request, Response, Status};
use sip::time::Instant;
use sip::transport::{FlowId, Hop};

use super::admission::attempt;
use super::{Output, Stage, Switch};
use crate::store::Stored;

impl Switch {
    pub(super) fn hear(&mut self, now: Instant) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                sip::agent::Output::Transmit { hop, bytes } => self.transmit(hop, bytes, now),
                sip::agent::Output::Event(event) => self.event(event, now),
            }
        }
    }

    fn transmit(&mut self, hop: Hop, bytes: Vec<u8>, now: Instant) {
        let way = match hop.flow == FlowId::ANY {
            true => self.flows.stand_in(hop, now),
            false => Some(hop),
        };
        let Some(hop) = way else {
            return self.unreachable(hop, now);
        };
        if let Some(connect) = self.flows.use_planned(hop.flow) {
            self.outputs.push_back(Output::Connect(connect));
        }
        self.outputs.push_back(Output::Transmit { hop, bytes });
    }

    fn unreachable(&mut self, hop: Hop, now: Instant) {
        let input = sip::agent::Input::Unreachable {
            transport: hop.transport,
            remote: hop.remote,
        };
        self.agent.handle(input, now);
    }

    fn event(&mut self, event: Event, now: Instant) {
        if let Some(hop) = attempt(&event) {
            self.attempted(&hop, now);
        }
        match event {
            Event::Request { id, hop, request } => self.request(id, hop, request, now),
            Event::Malformed { hop, error } => {
                self.counters.malformed.count();
                tracing::debug!(flow = %hop.flow, %error, "malformed");
            }
            Event::Incoming { call, .. } if self.stage != Stage::Open => {
                let reply = Reply::new(Status::SERVICE_UNAVAILABLE)
                    .with_header(Header::fixed("Retry-After", "30"));
                if let Err(error) = self.agent.reject(call, reply, now) {
                    tracing::debug!(%error, "refused too late");
                }
            }
            Event::Response { id, response } => self.answered(id, response, now),
            Event::RequestFailed { id, failure } => {
                let (parts, mut desk) = self.parts();
                if parts.events.sent(id) {
                    parts.events.failed(id, failure);
                } else if !parts.forward.failed(id, failure, &mut desk, now) {
                    let event = Event::RequestFailed { id, failure };
                    parts.calls.handle(event, &mut desk, now);
                }
            }
            event @ (Event::Incoming { .. }
            | Event::Progress { .. }
            | Event::Answered { .. }
            | Event::Confirmed { .. }
            | Event::CallRequest { .. }
            | Event::FlowLost { .. }
            | Event::Ended { .. }) => {
                let (calls, mut desk) = self.calls_and_desk();
                calls.handle(event, &mut desk, now);
            }
        }
    }

    /// A request outside of any call of ours.
    fn request(&mut self, id: ServerRequestId, hop: Hop, request: Request, now: Instant) {
        if request.method == Method::Register && !self.may_register(&hop, &request, now) {
            self.counters.registrations_too_fast.count();
            let reply = Reply::new(Status::SERVICE_UNAVAILABLE)
                .with_header(Header::fixed("Retry-After", "60"));
            if let Err(error) = self.agent.respond(id, reply, now) {
                tracing::debug!(%error, "REGISTER put off too late");
            }
            return;
        }
        let (parts, mut desk) = self.parts();
        let mut request = request;
        parts.calls.retarget(&mut request, &hop, &desk);
        let ours = desk.home.territory.serves(&request.uri) || desk.core.config().is_none();
        if request.method == Method::Register && ours {
            parts
                .registration
                .register(id, hop, request, &mut desk, now);
        } else if parts.events.takes(&request, &desk) {
            parts.events.request(id, hop, &request, &mut desk, now);
        } else {
            parts.forward.request(id, hop, request, &mut desk, now);
        }
    }

    /// The final response to a request of ours.
    fn answered(&mut self, id: RequestId, response: Response, now: Instant) {
        let (parts, mut desk) = self.parts();
        if parts.events.sent(id) {
            parts.events.answered(id, &response, now);
        } else if parts.forward.takes(id) {
            let learned = parts.forward.answered(id, response, &mut desk, now);
            for (from, to) in learned.moved {
                parts.calls.flow_moved(from, to, &mut desk, now);
            }
            if let Some(name) = learned.registered {
                parts.events.watch(&name, &mut desk, now);
            }
        } else {
            let event = Event::Response { id, response };
            parts.calls.handle(event, &mut desk, now);
        }
    }

    pub(super) fn stored(&mut self, stored: Stored, now: Instant) {
        let (parts, mut desk) = self.parts();
        let moved = parts.registration.stored(stored, &mut desk, now);
        for (from, to) in moved {
            parts.calls.flow_moved(from, to, &mut desk, now);
        }
    }

    pub(super) fn flow_closed(&mut self, flow: FlowId, now: Instant) {
        let closed = self.flows.closed(flow);
        if let Some(closed) = &closed {
            self.home.registrar.flow_closed(&closed.hop, now);
            self.core.flow_closed(&closed.hop, now);
        }
        self.events.flow_closed(flow);
        self.agent.handle(sip::agent::Input::FlowClosed(flow), now);
        if let Some(closed) = closed.filter(|closed| closed.stood_in) {
            self.unreachable(closed.hop, now);
        }
    }
}
