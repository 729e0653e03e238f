//! A registration against a scripted registrar.

use super::*;
use crate::message::Request;
use crate::transport::Transport;

enum Step {
    Do(Input<'static>),
    /// The registrar answers; the rest is headers.
    Answer(Status, &'static [(&'static str, &'static str)]),
    Grant(u32),
    Fail(Failure),
}
use Step::{Answer, Do, Fail, Grant};

fn hop(flow: u64) -> Hop {
    let mut hop = Hop::browser(FlowId(flow));
    hop.transport = Transport::Wss;
    hop
}

fn config() -> RegistrationConfig {
    RegistrationConfig {
        registrar: "sip:example.com".parse().unwrap(),
        address: "<sip:alice@example.com>".parse().unwrap(),
        contact: "sip:alice@abc.invalid;transport=ws".parse().unwrap(),
        outbound: Some(Instance {
            urn: Text::from("urn:uuid:1"),
            reg_id: 1,
        }),
        expires: Duration::from_secs(600),
        credentials: Credentials::new("alice", "secret"),
        route: Vec::new(),
        headers: Vec::new(),
    }
}

/// Times in seconds; waits of a retry are shown without their jitter, as `soon`.
fn check(script: &[(u64, Step)], until: u64, expected: &str) {
    let origin = Instant::now();
    let at = |seconds| origin + Duration::from_secs(seconds);
    let mut registration = Registration::new(config(), [1; 32]);
    let mut ladder = Vec::new();
    let mut last = None;
    let mut ids = 0;
    let mut note = |registration: &mut Registration,
                    now: Instant,
                    last: &mut Option<(RequestId, Outgoing)>| {
        while let Some(output) = registration.poll_output() {
            let line = match output {
                Output::Request(outgoing) => {
                    ids += 1;
                    registration.sent(RequestId(ids));
                    let line = format!("> {}", outgoing.contact[0].param("expires").unwrap());
                    *last = Some((RequestId(ids), outgoing));
                    line
                }
                Output::Changed(State::Registered { expires }) => {
                    format!("Registered {}", expires.as_secs())
                }
                Output::Changed(State::Failed { status, retry_at }) => {
                    let status = status.map_or(0, Status::code);
                    let retry = if retry_at.is_some() { " retry" } else { "" };
                    format!("Failed {status}{retry}")
                }
                Output::Changed(state) => format!("{state:?}"),
            };
            ladder.push(format!("{} {line}", now.duration_since(origin).as_secs()));
        }
    };
    for (seconds, step) in script {
        run(&mut registration, at(*seconds), |r, now| {
            note(r, now, &mut last)
        });
        let now = at(*seconds);
        let answer =
            |status, headers: &[(&'static str, &'static str)], contact: Option<NameAddr>| {
                let (id, outgoing) = last.clone().expect("a request");
                let mut response = Response::to(&as_request(&outgoing), status);
                headers
                    .iter()
                    .for_each(|(name, value)| response.headers.push(name, *value));
                if let Some(contact) = contact {
                    response.headers.contact = contact.into();
                }
                Event::Response { id, response }
            };
        match step {
            Do(input) => registration.handle(*input, now),
            Answer(status, headers) => {
                let event = answer(*status, headers, None);
                registration.handle(Input::Event(&event), now);
            }
            Grant(expires) => {
                let mut contact = last.clone().expect("a request").1.contact[0].clone();
                contact.params.set("expires", *expires);
                let event = answer(Status::OK, &[], Some(contact));
                registration.handle(Input::Event(&event), now);
            }
            Fail(failure) => {
                let id = last.clone().expect("a request").0;
                let event = Event::RequestFailed {
                    id,
                    failure: *failure,
                };
                registration.handle(Input::Event(&event), now);
            }
        }
        note(&mut registration, now, &mut last);
    }
    run(&mut registration, at(until), |r, now| {
        note(r, now, &mut last)
    });
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    assert_eq!(ladder, expected, "seen:\n{}", ladder.join("\n"));
}

fn run(
    registration: &mut Registration,
    until: Instant,
    mut note: impl FnMut(&mut Registration, Instant),
) {
    while let Some(now) = registration.poll_timeout().filter(|at| *at <= until) {
        registration.handle_timeout(now);
        note(registration, now);
    }
}

fn as_request(outgoing: &Outgoing) -> Request {
    Request::new(
        Method::Register,
        outgoing.uri.clone(),
        outgoing.from.clone(),
        outgoing.to.clone(),
        outgoing.call_id.clone().expect("set"),
        outgoing.cseq.expect("set"),
    )
}

#[test]
fn a_short_binding_is_refreshed_half_way_and_a_long_one_ten_minutes_before_its_end() {
    check(
        &[
            (0, Do(Input::Register(hop(1)))),
            (0, Grant(600)),
            (301, Grant(3600)),
        ],
        3400,
        "0 > 600
         0 Registering
         0 Registered 600
         300 > 600
         301 Registered 3600
         3301 > 600",
    );
}

#[test]
fn a_binding_that_is_too_brief_is_asked_for_longer() {
    check(
        &[
            (0, Do(Input::Register(hop(1)))),
            (
                0,
                Answer(Status::INTERVAL_TOO_BRIEF, &[("Min-Expires", "900")]),
            ),
            (1, Grant(900)),
            (2, Do(Input::Unregister)),
            (3, Answer(Status::OK, &[])),
        ],
        9999,
        "0 > 600
         0 Registering
         0 > 900
         1 Registered 900
         2 > 0
         3 Unregistered",
    );
}

#[test]
fn a_refusal_is_final_until_the_owner_tries_again() {
    check(
        &[
            (0, Do(Input::Register(hop(1)))),
            (1, Answer(Status::FORBIDDEN, &[])),
            (9, Do(Input::Register(hop(1)))),
            (9, Fail(Failure::Unauthorized)),
        ],
        9999,
        "0 > 600
         0 Registering
         1 Failed 403
         9 > 600
         9 Registering
         9 Failed 401",
    );
}

#[test]
fn a_registrar_in_trouble_is_tried_again_ever_more_slowly() {
    check(
        &[
            (0, Do(Input::Register(hop(1)))),
            (1, Fail(Failure::Timeout)),
            (5, Fail(Failure::Timeout)),
            (
                10,
                Answer(Status::SERVICE_UNAVAILABLE, &[("Retry-After", "120")]),
            ),
            (200, Grant(600)),
        ],
        300,
        "0 > 600
         0 Registering
         1 Failed 0 retry
         1 > 600
         1 Registering
         5 Failed 0 retry
         6 > 600
         6 Registering
         10 Failed 503 retry
         130 > 600
         130 Registering
         200 Registered 600",
    );
}

#[test]
fn a_new_flow_is_registered_at_once_and_an_old_answer_means_nothing() {
    check(
        &[
            (0, Do(Input::Register(hop(1)))),
            (1, Grant(600)),
            (2, Do(Input::FlowClosed(FlowId(7)))),
            (3, Do(Input::FlowClosed(FlowId(1)))),
            (4, Fail(Failure::Transport)),
            (5, Do(Input::Register(hop(2)))),
            (6, Grant(600)),
        ],
        100,
        "0 > 600
         0 Registering
         1 Registered 600
         3 Failed 0
         5 > 600
         5 Registering
         6 Registered 600",
    );
}

#[test]
fn the_contact_names_the_device_and_its_flow() {
    let mut registration = Registration::new(config(), [1; 32]);
    registration.handle(Input::Register(hop(1)), Instant::now());
    let Some(Output::Request(outgoing)) = registration.poll_output() else {
        panic!("a request comes first");
    };
    assert_eq!(
        outgoing.contact[0].to_string(),
        "<sip:alice@abc.invalid;transport=ws>;+sip.instance=\"<urn:uuid:1>\";reg-id=1;expires=600"
    );
}
