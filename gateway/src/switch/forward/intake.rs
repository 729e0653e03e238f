//! RFC 3261 §16.3 to §16.6, RFC 3325, RFC 5393, RFC 5626 §5: what a request is looked at for, where
//! it goes, and what is changed in it. Nobody is served whom we do not know: this is no relay.

use std::collections::VecDeque;

use sip::agent::Reply;
use sip::message::{Header, MaxBreadth, Method, NameAddr, Request, SipUri, Status, Uri, Value};
use sip::time::Instant;
use sip::transport::Hop;

use super::{Asked, Attempt, Forward, LoopKey, Plan, Spread, UNDER_WAY};
use crate::switch::capability::Question;
use crate::switch::enum_lookup::Enumerated;
use crate::switch::identity::{self, Caller};
use crate::switch::privacy;
use crate::switch::route::{self, Access, Target, Way, Whose};
use crate::switch::{ALLOW, Desk};

/// Branches a request may spread to where it does not say (RFC 5393 §5.3.3.1).
const MAX_BREADTH: u32 = 60;

/// What a request went with that has no Max-Forwards (RFC 3261 §16.6 step 3).
const MAX_FORWARDS: u8 = 70;

type Refusal = Box<Reply>;

impl Forward {
    /// What a request becomes.
    ///
    /// # Errors
    /// The answer where it goes nowhere: for the gateway itself, or refused.
    pub(super) fn plan(
        &self,
        hop: Hop,
        mut request: Request,
        key: &LoopKey,
        desk: &mut Desk<'_>,
        now: Instant,
    ) -> Result<Plan, Refusal> {
        let for_gateway = desk.home.territory.is_gateway(&request.uri);
        if for_gateway && request.headers.route.is_empty() {
            return Err(not_for_us(&request, desk));
        }
        self.check(&mut request, key, desk)?;
        if request.method == Method::Register {
            return register(hop, request, desk, now);
        }
        let ours = take_own_routes(&mut request, desk)?;
        let in_dialog = request.headers.to.tag().is_some() && ours.flow.is_some();
        let caller = match in_dialog {
            // Whoever knows the token was given it when the dialog was made (RFC 5626 §5.3).
            true => None,
            false => Some(identity::caller(
                desk,
                &hop,
                &original(&request, &ours),
                now,
            )?),
        };
        desk.guard.take_proofs(&mut request);
        match caller {
            None => in_dialog_plan(request, &ours, desk),
            Some(_) if desk.home.territory.is_gateway(&request.uri) => {
                Err(not_for_us(&request, desk))
            }
            Some(caller) => by_address(&hop, request, &ours, &caller, desk, now),
        }
    }

    /// §16.3, and what a request loses on the way.
    fn check(&self, request: &mut Request, key: &LoopKey, desk: &Desk<'_>) -> Result<(), Refusal> {
        let headers = &mut request.headers;
        match headers.max_forwards.unwrap_or(MAX_FORWARDS) {
            0 => return refuse(Status::TOO_MANY_HOPS),
            left => headers.max_forwards = Some(left - 1),
        }
        let came_by_us = headers.via.iter().any(|via| desk.agent.is_own_via(via));
        if came_by_us && self.passing.values().any(|passing| passing.key == *key) {
            return refuse(Status::LOOP_DETECTED);
        }
        let required: Vec<&str> = headers.list("Proxy-Require").collect();
        if !required.is_empty() {
            let unsupported = Header::fixed("Unsupported", required.join(", "));
            return Err(Box::new(
                Reply::new(Status::BAD_EXTENSION).with_header(unsupported),
            ));
        }
        if self.passing.len() >= UNDER_WAY {
            let busy = Reply::new(Status::SERVICE_UNAVAILABLE);
            return Err(Box::new(
                busy.with_header(Header::fixed("Retry-After", "5")),
            ));
        }
        Ok(())
    }
}

/// The Routes of ours that a request had on top.
#[derive(Default)]
struct OwnRoutes {
    taken: Vec<NameAddr>,
    /// Where the token of the last of them leads (RFC 5626 §5.3).
    flow: Option<Hop>,
}

/// Takes off what led to us (RFC 3261 §16.4). One dialog has two of ours: one a side.
fn take_own_routes(request: &mut Request, desk: &Desk<'_>) -> Result<OwnRoutes, Refusal> {
    let mut ours = OwnRoutes::default();
    let own = |route: &NameAddr| desk.home.territory.serves(&route.uri);
    while request.headers.route.first().is_some_and(own) {
        let route = request.headers.route.remove(0);
        ours.flow = match route.uri.user() {
            None => None,
            Some(user) => match desk.core.tokens.read(&user) {
                Some(flow) => Some(flow),
                None => return refuse(Status::FLOW_FAILED),
            },
        };
        ours.taken.push(route);
    }
    Ok(ours)
}

/// The request with the Routes it came with, by which [`route::find`] knows the core's way.
fn original(request: &Request, ours: &OwnRoutes) -> Request {
    let mut original = request.clone();
    original
        .headers
        .route
        .splice(0..0, ours.taken.iter().cloned());
    original
}

/// A request inside somebody's subscription: along the flow of the token, or on to the next Route.
fn in_dialog_plan(
    mut request: Request,
    ours: &OwnRoutes,
    desk: &Desk<'_>,
) -> Result<Plan, Refusal> {
    let headers = &mut request.headers;
    headers.remove("P-Asserted-Identity");
    headers.remove("P-Preferred-Identity");
    let next = headers.route.first().and_then(|next| next.uri.as_sip());
    let way = match (next, ours.flow) {
        (Some(next), _) => Way::Find(next.clone()),
        (None, Some(flow)) if desk.flows.is_open(&flow) => Way::Hop(flow),
        (None, Some(_) | None) => return refuse(Status::FLOW_FAILED),
    };
    Ok(Plan {
        spread: Spread::OneByOne,
        attempts: VecDeque::from([Attempt::by(request, way)]),
        unreachable: Status::FLOW_FAILED,
        registering: None,
        asked: None,
    })
}

/// A request for whom its Request-URI means.
fn by_address(
    hop: &Hop,
    mut request: Request,
    ours: &OwnRoutes,
    caller: &Caller,
    desk: &mut Desk<'_>,
    now: Instant,
) -> Result<Plan, Refusal> {
    let found = route::find(desk, caller, &original(&request, ours), now);
    let targets = match found {
        Ok(targets) => targets,
        Err(no_route) => return refuse(no_route.status()),
    };
    // Which way it goes from here is ours to say.
    request.headers.route.clear();
    let asks = |target: &Target| matches!(target.way, Way::Number(_));
    let asked = targets.iter().any(asks).then(|| {
        Box::new(Asked {
            hop: *hop,
            caller: caller.clone(),
            request: request.clone(),
        })
    });
    let plan = to_targets(hop, request, caller, targets, desk)?;
    Ok(Plan {
        unreachable: match ours.flow {
            Some(_) => Status::FLOW_FAILED,
            None => plan.unreachable,
        },
        asked,
        ..plan
    })
}

/// A request for a number that the DNS was asked for.
pub(super) fn by_number(
    asked: &Asked,
    found: &Enumerated,
    desk: &Desk<'_>,
    now: Instant,
) -> Result<Plan, Refusal> {
    let Asked {
        hop,
        caller,
        request,
    } = asked;
    match route::after_enum(desk, caller, request, found, now) {
        Ok(targets) => to_targets(hop, request.clone(), caller, targets, desk),
        Err(no_route) => refuse(no_route.status()),
    }
}

fn to_targets(
    hop: &Hop,
    request: Request,
    caller: &Caller,
    targets: Vec<Target>,
    desk: &Desk<'_>,
) -> Result<Plan, Refusal> {
    let (spread, breadth) = spread(&request, targets.len())?;
    let mut attempts = VecDeque::new();
    let as_sent = |target: &Target| {
        let mut request = for_target(&request, hop, caller, target, desk);
        if let Some(breadth) = breadth {
            request.headers.set("Max-Breadth", breadth);
        }
        let question = Question::ask(&mut request, hop, target, desk);
        Attempt {
            question,
            ..Attempt::by(request, target.way.clone())
        }
    };
    for target in targets {
        let flows = target.flows.iter().map(&as_sent).collect();
        attempts.push_back(Attempt {
            flows,
            ..as_sent(&target)
        });
    }
    Ok(Plan {
        spread,
        attempts,
        unreachable: Status::TEMPORARILY_UNAVAILABLE,
        registering: None,
        asked: None,
    })
}

/// A message is for all devices of a person; any other request for the best of them. What of
/// Max-Breadth each branch gets (RFC 5393 §5.3.3).
fn spread(request: &Request, targets: usize) -> Result<(Spread, Option<u32>), Refusal> {
    let said = request.headers.typed::<MaxBreadth>().and_then(Result::ok);
    let said = said.map(|breadth| breadth.0);
    if request.method != Method::Message || targets < 2 {
        return match said {
            Some(0) => refuse(max_breadth_exceeded()),
            said => Ok((Spread::OneByOne, said)),
        };
    }
    let count = u32::try_from(targets).unwrap_or(u32::MAX);
    match said.unwrap_or(MAX_BREADTH) / count {
        0 => refuse(max_breadth_exceeded()),
        each => Ok((Spread::All, Some(each))),
    }
}

fn max_breadth_exceeded() -> Status {
    Status::new(440).unwrap_or(Status::LOOP_DETECTED)
}

/// The request as that target gets it (§16.6).
fn for_target(
    request: &Request,
    from: &Hop,
    caller: &Caller,
    target: &Target,
    desk: &Desk<'_>,
) -> Request {
    let mut request = request.clone();
    request.uri = target.uri.clone();
    request.headers.route = target.route.clone().into();
    assert_identity(&mut request, caller, target);
    if request.method == Method::Subscribe || request.method == Method::Refer {
        record_route(&mut request, from, target, desk);
    }
    request
}

/// RFC 3325 §5 and §7: what the sender claims is taken off, who it is put on; a device is not told
/// who wants to stay unknown, nor what networks say to each other.
fn assert_identity(request: &mut Request, caller: &Caller, target: &Target) {
    let headers = &mut request.headers;
    let private = privacy::is_wished(headers);
    headers.remove("P-Preferred-Identity");
    let to_device = target.whose != Whose::Core;
    let from_core = caller.whose == Whose::Core;
    if !from_core || (to_device && private) {
        headers.remove("P-Asserted-Identity");
    }
    if !from_core || to_device {
        for name in BETWEEN_NETWORKS {
            headers.remove(name);
        }
    }
    if to_device {
        headers.remove("P-Access-Network-Info");
    }
    headers.other.extend(target.headers.iter().cloned());
    let hidden = to_device && private;
    let said = from_core || headers.has("P-Asserted-Identity");
    if !hidden && !said {
        let value = Value::from(caller.shown.to_string());
        headers.push("P-Asserted-Identity", value);
    }
}

/// RFC 7315: what a network says to the next, never to a device and never believed of one.
const BETWEEN_NETWORKS: [&str; 3] = [
    "P-Charging-Vector",
    "P-Charging-Function-Addresses",
    "P-Visited-Network-ID",
];

/// One Record-Route a side (RFC 3261 §16.6 step 4, RFC 5658): a token where a device is, so that
/// requests inside the subscription find its flow (RFC 5626 §5.3).
fn record_route(request: &mut Request, from: &Hop, target: &Target, desk: &Desk<'_>) {
    let side = |device: Option<&Hop>| {
        let uri: SipUri = match device {
            Some(flow) => desk.core.own_address(flow, desk.policy),
            None => own_plain_address(desk),
        };
        NameAddr::new(Uri::Sip(uri))
    };
    let sender = (!desk.core.trusts(from)).then_some(from);
    let receiver = match &target.way {
        Way::Hop(hop) => Some(hop),
        Way::Find(_) | Way::Number(_) => None,
    };
    request
        .headers
        .record_route
        .splice(0..0, [side(receiver), side(sender)]);
}

fn own_plain_address(desk: &Desk<'_>) -> SipUri {
    let at = &desk.policy.udp_contact;
    let uri = SipUri::new(at.host.clone()).with_flag("lr");
    match at.port {
        Some(port) => uri.with_port(port),
        None => uri,
    }
}

/// A REGISTER for a domain of the core's.
fn register(
    hop: Hop,
    mut request: Request,
    desk: &mut Desk<'_>,
    now: Instant,
) -> Result<Plan, Refusal> {
    if desk.core.trusts(&hop) {
        // The core sends us what is ours alone, or it would come back to us for ever.
        return refuse(Status::NOT_FOUND);
    }
    if route::access(hop.transport) == Access::Plain {
        desk.peers.hear_request(&request, desk.counters);
    }
    request.headers.route.clear();
    let passed = desk.core.pass_register(request, &hop, desk.policy, now);
    let (request, registering) = match passed {
        Ok(passed) => passed,
        Err(status) => return refuse(status),
    };
    let next_hop = desk.core.config().map(|config| config.next_hop.clone());
    let way = Way::Find(next_hop.ok_or_else(|| Box::new(Reply::new(Status::NOT_FOUND)))?);
    Ok(Plan {
        spread: Spread::OneByOne,
        attempts: VecDeque::from([Attempt::by(request, way)]),
        unreachable: Status::SERVICE_UNAVAILABLE,
        registering: Some(registering),
        asked: None,
    })
}

/// What OPTIONS to the gateway is answered: its own abilities (RFC 3261 §11.2).
fn capabilities(desk: &Desk<'_>) -> Refusal {
    let own = desk.agent.supported().iter().map(|tag| tag.as_str());
    let supported: Vec<&str> = own.chain(["outbound", "path", "gruu"]).collect();
    Box::new(
        Reply::new(Status::OK)
            .with_header(Header::fixed("Allow", ALLOW))
            .with_header(Header::fixed("Accept", "application/sdp"))
            .with_header(Header::fixed("Supported", supported.join(", "))),
    )
}

/// A request for the gateway that only persons can take.
fn not_for_us(request: &Request, desk: &Desk<'_>) -> Refusal {
    if request.method == Method::Options {
        return capabilities(desk);
    }
    desk.counters.requests_not_supported.count();
    Box::new(match request.method {
        Method::Other(_) => Reply::new(Status::NOT_IMPLEMENTED),
        Method::Invite
        | Method::Ack
        | Method::Options
        | Method::Bye
        | Method::Cancel
        | Method::Info
        | Method::Prack
        | Method::Update
        | Method::Message
        | Method::Subscribe
        | Method::Notify
        | Method::Refer
        | Method::Publish
        | Method::Register => {
            Reply::new(Status::METHOD_NOT_ALLOWED).with_header(Header::fixed("Allow", ALLOW))
        }
    })
}

fn refuse<T>(status: Status) -> Result<T, Refusal> {
    Err(Box::new(Reply::new(status)))
}
