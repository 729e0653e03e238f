//! RFC 3261 §16: requests outside of calls, passed on with their state: to the devices of our
//! users, to the core, and from the core to its users here. The request goes on as it came but for
//! what §16.6 changes; [`intake`] says what goes where, here is what becomes of it.

mod intake;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};

use sip::agent::{Failure, Reply, RequestId, ServerRequestId};
use sip::message::{CallId, Header, Method, Request, Response, SipUri, Status, Uri, Via};
use sip::time::Instant;
use sip::transport::Hop;

use super::Desk;
use super::capability::Question;
use super::core::{Moved, Registering};
use super::destinations::{Found, Ticket};
use super::enum_lookup::Enumerated;
use super::identity::Caller;
use super::route::Way;

/// Requests passed on at a time, about 10 kB each. Beyond it they get 503: the transactions below
/// hold four times that.
const UNDER_WAY: usize = 8192;

/// The requests on their way.
#[derive(Default)]
pub struct Forward {
    passing: HashMap<u64, Passing>,
    sent: HashMap<RequestId, (u64, usize)>,
    looked_up: HashMap<Ticket, (u64, usize)>,
    numbers: u64,
}

/// One request and all that came of it.
struct Passing {
    id: ServerRequestId,
    vias: Vec<Via>,
    key: LoopKey,
    branches: Vec<Branch>,
    /// Not tried yet: the next when all that were tried failed to reach anybody.
    left: VecDeque<Attempt>,
    best: Option<Response>,
    /// The status where nobody was reached.
    unreachable: Status,
    registering: Option<Registering>,
    /// For the places of a number that is looked up.
    asked: Option<Box<Asked>>,
}

/// A request as it goes on, and who sent it.
struct Asked {
    hop: Hop,
    caller: Caller,
    request: Request,
}

/// One target that was tried.
struct Branch {
    request: Request,
    question: Option<Question>,
    hops: VecDeque<Hop>,
    /// The same device by its other flows (RFC 5626 §7).
    flows: VecDeque<Attempt>,
    stage: Stage,
}

impl Branch {
    /// Whether after that refusal the next server of the same domain (RFC 3263 §4.3), or the next
    /// flow of the same device (RFC 5626 §7), may take it.
    fn may_yet(&mut self, status: Status) -> bool {
        match status {
            Status::SERVICE_UNAVAILABLE => !self.hops.is_empty() || !self.flows.is_empty(),
            Status::FLOW_FAILED => {
                self.hops.clear();
                !self.flows.is_empty()
            }
            _ => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    UnderWay,
    /// It said no.
    Refused,
    /// Nobody answered, or nobody was there.
    Unreached,
}

/// A request and the way it is to take.
struct Attempt {
    request: Request,
    way: Way,
    /// What it asks, if it is an OPTIONS.
    question: Option<Question>,
    /// The same device by its other flows, which have none themselves.
    flows: VecDeque<Attempt>,
}

impl Attempt {
    fn by(request: Request, way: Way) -> Attempt {
        Attempt {
            request,
            way,
            question: None,
            flows: VecDeque::new(),
        }
    }
}

/// What a request was decided to become.
struct Plan {
    /// All at once, or one after the other as nobody is reached.
    spread: Spread,
    attempts: VecDeque<Attempt>,
    unreachable: Status,
    registering: Option<Registering>,
    asked: Option<Box<Asked>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spread {
    All,
    OneByOne,
}

impl Plan {
    /// How many are tried at first.
    fn at_once(&self) -> usize {
        match self.spread {
            Spread::All => self.attempts.len(),
            Spread::OneByOne => 1,
        }
    }
}

/// What tells a request that came round in a circle from one that came back to go elsewhere (RFC
/// 3261 §16.3 step 4, §16.6 step 8): it is the same in all that decides its way.
#[derive(Debug, Clone, PartialEq)]
struct LoopKey {
    uri: Uri,
    call_id: CallId,
    cseq: (u32, Method),
    from_tag: Option<String>,
    route: Vec<String>,
}

impl LoopKey {
    fn of(request: &Request) -> LoopKey {
        let headers = &request.headers;
        LoopKey {
            uri: request.uri.clone(),
            call_id: headers.call_id.clone(),
            cseq: (headers.cseq.number, headers.cseq.method.clone()),
            from_tag: headers.from.tag().map(str::to_owned),
            route: headers.route.iter().map(|one| one.to_string()).collect(),
        }
    }
}

/// What else a response means.
#[derive(Debug, Default)]
pub struct Learned {
    /// Flows that devices of the core's users left for others.
    pub moved: Moved,
    /// The address of record that the core took in, or its device's refresh.
    pub registered: Option<String>,
}

impl Forward {
    /// A request that is for somebody else, or for the gateway itself.
    pub(super) fn request(
        &mut self,
        id: ServerRequestId,
        hop: Hop,
        request: Request,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        let key = LoopKey::of(&request);
        let vias = request.headers.via.to_vec();
        match self.plan(hop, request, &key, desk, now) {
            Ok(plan) => self.start(id, (vias, key), plan, desk, now),
            Err(reply) => answer(desk, id, *reply, now),
        }
    }

    fn start(
        &mut self,
        id: ServerRequestId,
        (vias, key): (Vec<Via>, LoopKey),
        plan: Plan,
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        self.numbers += 1;
        let number = self.numbers;
        let at_once = plan.at_once();
        let passing = Passing {
            id,
            vias,
            key,
            branches: Vec::new(),
            left: plan.attempts,
            best: None,
            unreachable: plan.unreachable,
            registering: plan.registering,
            asked: plan.asked,
        };
        self.passing.insert(number, passing);
        for _ in 0..at_once {
            self.try_next_target(number, desk, now);
        }
        self.conclude(number, desk, now);
    }

    /// The hops that a look-up led to. `false` if it was somebody else's.
    pub(super) fn located(
        &mut self,
        ticket: Ticket,
        hops: &[Hop],
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some((number, at)) = self.looked_up.remove(&ticket) else {
            return false;
        };
        if let Some(branch) = self.branch(number, at) {
            branch.hops.extend(hops);
        }
        self.try_next_hop(number, at, desk, now);
        self.conclude(number, desk, now);
        true
    }

    /// A number was looked up. `false` if it was somebody else's.
    pub(super) fn enumerated(
        &mut self,
        ticket: Ticket,
        found: &Enumerated,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some((number, at)) = self.looked_up.remove(&ticket) else {
            return false;
        };
        self.end_branch(number, at);
        let passing = self.passing.get_mut(&number);
        if let Some(passing) = passing
            && let Some(asked) = passing.asked.take()
        {
            match intake::by_number(&asked, found, desk, now) {
                Ok(plan) => {
                    let at_once = plan.at_once();
                    passing.left.extend(plan.attempts);
                    passing.unreachable = plan.unreachable;
                    for _ in 0..at_once {
                        self.try_next_target(number, desk, now);
                    }
                }
                Err(refusal) => passing.unreachable = refusal.status,
            }
        }
        self.conclude(number, desk, now);
        true
    }

    /// Whether it was sent on from here.
    pub(super) fn takes(&self, id: RequestId) -> bool {
        self.sent.contains_key(&id)
    }

    /// The final response to a request that was sent on.
    pub(super) fn answered(
        &mut self,
        id: RequestId,
        mut response: Response,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Learned {
        let mut learned = Learned::default();
        let Some((number, at)) = self.sent.remove(&id) else {
            return learned;
        };
        let Some(passing) = self.passing.get_mut(&number) else {
            return learned;
        };
        let mut branch = passing.branches.get_mut(at);
        if let Some(branch) = &branch
            && branch.request.method == Method::Options
        {
            let asked = &branch.request.uri;
            desk.peers.hear_response(asked, &response, desk.counters);
        }
        if branch
            .as_mut()
            .is_some_and(|branch| branch.may_yet(response.status))
        {
            self.try_next_hop(number, at, desk, now);
            self.conclude(number, desk, now);
            return learned;
        }
        if let Some(question) = branch.and_then(|branch| branch.question.as_ref()) {
            question.answer(&mut response, desk, now);
        }
        response.headers.via = passing.vias.clone().into();
        if let Some(registering) = &passing.registering {
            learned.moved = desk.core.registered(registering, &mut response, now);
            if response.status.is_success() {
                learned.registered = Some(registering.name.clone());
            }
        }
        if response.status.is_success() {
            // The first that took it; the others' answers have nobody to go to (§16.7 step 5).
            if let Some(passing) = self.passing.remove(&number) {
                pass_back(desk, passing.id, &response, now);
            }
            return learned;
        }
        if let Some(branch) = passing.branches.get_mut(at) {
            branch.stage = match response.status {
                Status::FLOW_FAILED | Status::TEMPORARILY_UNAVAILABLE => Stage::Unreached,
                _ => Stage::Refused,
            };
        }
        let better = passing
            .best
            .as_ref()
            .is_none_or(|best| rank(&response) < rank(best));
        if better {
            passing.best = Some(response);
        }
        self.conclude(number, desk, now);
        learned
    }

    /// A request that was sent on got no response. `false` if it was somebody else's.
    pub(super) fn failed(
        &mut self,
        id: RequestId,
        failure: Failure,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> bool {
        let Some((number, at)) = self.sent.remove(&id) else {
            return false;
        };
        match failure {
            Failure::Transport | Failure::Timeout => self.try_next_hop(number, at, desk, now),
            Failure::Overloaded | Failure::Unauthorized | Failure::CallEnded => {
                if let Some(passing) = self.passing.get_mut(&number) {
                    passing.unreachable = Status::SERVICE_UNAVAILABLE;
                }
                self.end_branch(number, at);
            }
        }
        self.conclude(number, desk, now);
        true
    }

    /// Tries the next target, if there is one; false if not.
    fn try_next_target(&mut self, number: u64, desk: &mut Desk<'_>, now: Instant) -> bool {
        let Some(passing) = self.passing.get_mut(&number) else {
            return false;
        };
        let Some(attempt) = passing.left.pop_front() else {
            return false;
        };
        let at = passing.branches.len();
        passing.branches.push(Branch {
            request: attempt.request,
            question: attempt.question,
            hops: VecDeque::new(),
            flows: attempt.flows,
            stage: Stage::UnderWay,
        });
        self.take_way(number, at, attempt.way, desk, now);
        true
    }

    fn take_way(&mut self, number: u64, at: usize, way: Way, desk: &mut Desk<'_>, now: Instant) {
        match way {
            Way::Hop(hop) => {
                if let Some(branch) = self.branch(number, at) {
                    branch.hops.push_back(hop);
                }
                self.try_next_hop(number, at, desk, now);
            }
            Way::Find(uri) => self.look_up(number, at, &uri, desk, now),
            Way::Number(e164) => match desk.enumerate(&e164) {
                Some(ticket) => {
                    self.looked_up.insert(ticket, (number, at));
                }
                None => self.end_branch(number, at),
            },
        }
    }

    fn look_up(&mut self, number: u64, at: usize, uri: &SipUri, desk: &mut Desk<'_>, now: Instant) {
        match desk.find(uri) {
            Found::Now(hops) => {
                if let Some(branch) = self.branch(number, at) {
                    branch.hops.extend(hops);
                }
                self.try_next_hop(number, at, desk, now);
            }
            Found::Later(ticket) => {
                self.looked_up.insert(ticket, (number, at));
            }
            Found::Nowhere => self.try_next_flow(number, at, desk, now),
        }
    }

    fn try_next_hop(&mut self, number: u64, at: usize, desk: &mut Desk<'_>, now: Instant) {
        let next = self
            .branch(number, at)
            .and_then(|branch| Some((branch.hops.pop_front()?, branch.request.clone())));
        match next {
            Some((hop, request)) => {
                let id = desk.agent.forward(hop, request, now);
                self.sent.insert(id, (number, at));
            }
            None => self.try_next_flow(number, at, desk, now),
        }
    }

    /// The device by its next flow, if it has one.
    fn try_next_flow(&mut self, number: u64, at: usize, desk: &mut Desk<'_>, now: Instant) {
        let branch = self.branch(number, at);
        let next = branch.and_then(|branch| {
            let attempt = branch.flows.pop_front()?;
            branch.request = attempt.request;
            Some(attempt.way)
        });
        match next {
            Some(way) => self.take_way(number, at, way, desk, now),
            None => self.end_branch(number, at),
        }
    }

    fn end_branch(&mut self, number: u64, at: usize) {
        if let Some(branch) = self.branch(number, at) {
            branch.stage = Stage::Unreached;
        }
    }

    /// Answers when there is nothing left to wait for.
    fn conclude(&mut self, number: u64, desk: &mut Desk<'_>, now: Instant) {
        while let Some(passing) = self.passing.get(&number) {
            let is = |stage: Stage| passing.branches.iter().any(|branch| branch.stage == stage);
            if is(Stage::UnderWay) {
                return;
            }
            // Who said no was asked; only where nobody was reached the next one is.
            if !is(Stage::Refused) && self.try_next_target(number, desk, now) {
                continue;
            }
            let Some(passing) = self.passing.remove(&number) else {
                return;
            };
            match passing.best {
                Some(best) if passing.registering.is_none() => {
                    pass_back(desk, passing.id, &not_ours(best), now);
                }
                Some(best) => pass_back(desk, passing.id, &best, now),
                None => answer(desk, passing.id, unreached(passing.unreachable), now),
            }
            return;
        }
    }

    fn branch(&mut self, number: u64, at: usize) -> Option<&mut Branch> {
        self.passing.get_mut(&number)?.branches.get_mut(at)
    }
}

/// Which of several refusals is told: one of 6xx, else of the lowest class, and in it what the
/// sender can do something about (§16.7 step 6).
fn rank(response: &Response) -> (u16, bool, u16) {
    let code = response.status.code();
    let class = match code / 100 {
        6 => 0,
        class => class,
    };
    let helps = matches!(code, 401 | 407 | 415 | 420 | 484);
    (class, !helps, code)
}

/// A 503 speaks of the server that said it; we are not overloaded (§16.7 step 6).
fn not_ours(mut response: Response) -> Response {
    if response.status == Status::SERVICE_UNAVAILABLE {
        response.status = Status::SERVER_INTERNAL_ERROR;
        response.reason = Status::SERVER_INTERNAL_ERROR.default_reason().into();
        response.headers.remove("Retry-After");
    }
    response
}

/// A timeout is told too, though its time is over: on a reliable transport, and where hops failed
/// at once, somebody still waits (RFC 4320 §4.2 forbids the 408 alone).
fn unreached(status: Status) -> Reply {
    let reply = Reply::new(status);
    match status == Status::SERVICE_UNAVAILABLE {
        true => reply.with_header(Header::fixed("Retry-After", "5")),
        false => reply,
    }
}

fn pass_back(desk: &mut Desk<'_>, id: ServerRequestId, response: &Response, now: Instant) {
    if let Err(error) = desk.agent.pass_back(id, response, now) {
        tracing::debug!(%error, "a response came too late to pass on");
    }
}

fn answer(desk: &mut Desk<'_>, id: ServerRequestId, reply: Reply, now: Instant) {
    if let Err(error) = desk.agent.respond(id, reply, now) {
        tracing::debug!(%error, "answered too late");
    }
}
