//! Early dialogs of a caller and their reliable responses: RFC 3261 §12.1.2, RFC 3262 §4,
//! RFC 6228. A forked INVITE makes several.

use super::call::{Agreement, Heard, Stage};
use super::exchange::{Exchange, Purpose};
use super::{Agent, CallHandle, Event, RequestId};
use crate::dialog::Dialog;
use crate::message::{Body, Method, RAck, RSeq, Response, Status};
use crate::time::Instant;

/// The dialog with one of those that an INVITE of ours rings at.
#[derive(Debug)]
pub(super) struct Early {
    pub(super) dialog: Dialog,
    pub(super) agreement: Agreement,
    /// The RSeq of the latest reliable response that was taken.
    rseq: Option<u32>,
    /// The PRACK under way. Requests inside the dialog wait for it: one that overtook it would
    /// make it come out of order, and the peer would not take it.
    prack: Option<RequestId>,
    /// The reliable offer that waits for the owner's answer.
    asks_answer: Option<RAck>,
}

impl Early {
    fn new(dialog: Dialog) -> Early {
        Early {
            dialog,
            agreement: Agreement::Open,
            rseq: None,
            prack: None,
            asks_answer: None,
        }
    }

    /// Whether requests inside the dialog have to wait.
    pub(super) fn is_busy(&self) -> bool {
        self.prack.is_some()
    }

    /// Whether an offer of the peer's waits for [`Agent::acknowledge`].
    pub(super) fn asks_answer(&self) -> bool {
        self.asks_answer.is_some()
    }

    /// Takes a response's RSeq. `false` for one that came before, or before its turn (§4).
    fn take_in_order(&mut self, rseq: u32) -> bool {
        let in_order = self
            .rseq
            .is_none_or(|latest| latest.checked_add(1) == Some(rseq));
        if in_order {
            self.rseq = Some(rseq);
        }
        in_order
    }
}

impl Agent {
    /// A 1xx to an INVITE of ours that is not answered.
    pub(super) fn on_provisional(&mut self, handle: CallHandle, response: Response, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        if let Stage::Calling { heard, .. } = &mut call.stage {
            *heard = Heard::Yes;
        }
        if response.status == Status::TRYING {
            return;
        }
        let Some(tag) = response.headers.to.tag().map(str::to_owned) else {
            // An agent of RFC 2543, or a proxy that speaks for itself.
            return self.event(Event::Progress {
                call: handle,
                response,
            });
        };
        if response.status == Status::EARLY_DIALOG_TERMINATED {
            self.lose_early_dialog(handle, &tag, now);
        } else if !self.take_provisional(handle, &tag, &response, now) {
            return;
        }
        self.event(Event::Progress {
            call: handle,
            response,
        });
    }

    /// Makes or finds the early dialog, and acknowledges a reliable response. `false` if the
    /// owner is not to hear of it.
    fn take_provisional(
        &mut self,
        handle: CallHandle,
        tag: &str,
        response: &Response,
        now: Instant,
    ) -> bool {
        let Some(call) = self.calls.get_mut(&handle) else {
            return false;
        };
        let position = call
            .early
            .iter()
            .position(|early| early.dialog.remote_tag() == tag);
        let position = match position {
            Some(position) => position,
            None if call.early.len() < MAX_EARLY => {
                let dialog = Dialog::caller(&call.invite, response);
                call.early.push(Early::new(dialog));
                call.early.len() - 1
            }
            None => return false,
        };
        let early = &mut call.early[position];
        early.dialog.refresh_target(&response.headers.contact);
        if response.headers.has("Allow") {
            call.peer_updates = response.headers.lists("Allow", "UPDATE");
        }
        let rack = rack_of(response);
        let has_room = call.requests.len() < MAX_REQUESTS;
        let taken = rack
            .as_ref()
            .is_none_or(|rack| has_room && early.take_in_order(rack.response));
        let has_body = !response.body.is_empty();
        let offerless = call.offerless;
        if !taken {
            return false;
        }
        let asks = has_body && offerless && early.agreement == Agreement::Open;
        let mut acknowledged = rack;
        if asks && acknowledged.is_some() {
            early.asks_answer = acknowledged.take();
        } else if acknowledged.is_some() && has_body {
            early.agreement = Agreement::Reached;
        }
        call.early[position..].rotate_left(1);
        if let Some(rack) = acknowledged {
            self.send_prack(handle, tag, rack, None, now);
        }
        true
    }

    /// Answers the offer of a reliable response to an INVITE without one. `false` if there is
    /// none to answer.
    pub(super) fn answer_early(
        &mut self,
        handle: CallHandle,
        body: Option<Body>,
        now: Instant,
    ) -> bool {
        let Some(call) = self.calls.get_mut(&handle) else {
            return false;
        };
        if !call.is_calling() {
            return false;
        }
        // The latest: the owner was told of it last.
        let mut asking = call.early.iter_mut().rev();
        let Some((rack, early)) = asking.find_map(|early| Some((early.asks_answer.take()?, early)))
        else {
            return false;
        };
        early.agreement = Agreement::Answered;
        let tag = early.dialog.remote_tag().to_owned();
        call.describe(body.as_ref());
        self.send_prack(handle, &tag, rack, body, now);
        true
    }

    /// A PRACK of ours has its final response, or will have none.
    pub(super) fn on_prack_done(
        &mut self,
        handle: CallHandle,
        id: RequestId,
        status: Option<Status>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let mut early = call.early.iter_mut();
        let Some(early) = early.find(|early| early.prack == Some(id)) else {
            return;
        };
        early.prack = None;
        if early.agreement == Agreement::Answered && status.is_some_and(Status::is_success) {
            early.agreement = Agreement::Reached;
        }
        self.send_held(handle, now);
    }

    /// An early dialog is gone, and the INVITE goes on without it.
    pub(super) fn lose_early_dialog(&mut self, handle: CallHandle, tag: &str, now: Instant) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        call.early.retain(|early| early.dialog.remote_tag() != tag);
        self.drop_requests_but(handle, |other| other != tag, now);
    }

    fn send_prack(
        &mut self,
        handle: CallHandle,
        tag: &str,
        rack: RAck,
        body: Option<Body>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&handle) else {
            return;
        };
        let (hop, credentials) = (call.hop, call.credentials.clone());
        let Some(early) = call.early_with(tag) else {
            return;
        };
        let mut prack = early.dialog.draft(Method::Prack);
        prack.headers.set_typed(&rack);
        if let Some(body) = body {
            prack.set_body(body);
        }
        let exchange = Exchange::new(hop, prack, credentials, Purpose::Prack(handle));
        let id = self.start_exchange(exchange, now);
        let under_way = self.exchanges.contains_key(&id);
        if let Some(call) = self.calls.get_mut(&handle)
            && let Some(early) = call.early_with(tag)
            && under_way
        {
            early.prack = Some(id);
        }
    }
}

/// What is to be acknowledged of a response: nothing unless it was sent reliably.
fn rack_of(response: &Response) -> Option<RAck> {
    let headers = &response.headers;
    let reliable = headers.lists("Require", "100rel");
    let rseq = headers.typed::<RSeq>().filter(|_| reliable)?.ok()?;
    Some(RAck {
        response: rseq.0,
        cseq: headers.cseq.clone(),
    })
}

/// How many early dialogs an INVITE may have: as many as devices of one user ring, and more.
/// Beyond it responses are passed over, as if lost.
const MAX_EARLY: usize = 16;

/// How many of our requests inside a call may be under way for a peer's reliable response to be
/// acknowledged; it is sent again in a moment.
const MAX_REQUESTS: usize = 32;
