//! A registration against a scripted registrar.

use super::*;
use crate::message::Request;
use crate::transport::Transport;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

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
        tags: crate::video_share::Tags::NONE,
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

/// A registration, its registrar and the clock.
struct Script {
    registration: Registration,
    origin: Instant,
    /// The latest request.
    last: Option<(RequestId, Outgoing)>,
    sent: u64,
    ladder: Vec<String>,
}

/// Times in seconds; those of retries have their jitter rounded away.
fn check(steps: &[(u64, Step)], until: u64, expected: &str) {
    let mut script = Script {
        registration: Registration::new(config(), [1; 32]),
        origin: Instant::now(),
        last: None,
        sent: 0,
        ladder: Vec::new(),
    };
    for (seconds, step) in steps {
        let now = script.run_to(*seconds);
        script.step(step, now);
        script.note(now);
    }
    script.run_to(until);
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    let ladder = script.ladder;
    assert_eq!(ladder, expected, "seen:\n{}", ladder.join("\n"));
}

impl Script {
    fn run_to(&mut self, seconds: u64) -> Instant {
        let until = self.origin + Duration::from_secs(seconds);
        while let Some(now) = self.registration.poll_timeout().filter(|at| *at <= until) {
            self.registration.handle_timeout(now);
            self.note(now);
        }
        until
    }

    fn step(&mut self, step: &Step, now: Instant) {
        let event = match step {
            Do(input) => return self.registration.handle(*input, now),
            Answer(status, headers) => self.answer(*status, |response| {
                for (name, value) in *headers {
                    response.headers.push(name, *value);
                }
            }),
            Grant(expires) => {
                let mut contact = self.last().1.contact[0].clone();
                contact.params.set("expires", *expires);
                self.answer(Status::OK, |response| {
                    response.headers.contact = contact.into()
                })
            }
            Fail(failure) => Event::RequestFailed {
                id: self.last().0,
                failure: *failure,
            },
        };
        self.registration.handle(Input::Event(&event), now);
    }

    fn answer(&self, status: Status, fill: impl FnOnce(&mut Response)) -> Event {
        let (id, outgoing) = self.last();
        let mut response = Response::to(&as_request(outgoing), status);
        fill(&mut response);
        Event::Response { id: *id, response }
    }

    fn last(&self) -> &(RequestId, Outgoing) {
        self.last.as_ref().expect("a request was sent")
    }

    fn note(&mut self, now: Instant) {
        while let Some(output) = self.registration.poll_output() {
            let line = match output {
                Output::Request(outgoing) => {
                    self.sent += 1;
                    self.registration.sent(RequestId(self.sent));
                    let line = format!("> {}", outgoing.contact[0].param("expires").unwrap());
                    self.last = Some((RequestId(self.sent), outgoing));
                    line
                }
                Output::Changed(state) => shown(state),
            };
            let seconds = now.duration_since(self.origin).as_secs();
            self.ladder.push(format!("{seconds} {line}"));
        }
    }
}

fn shown(state: State) -> String {
    match state {
        State::Unregistered | State::Registering => format!("{state:?}"),
        State::Registered { expires } => format!("Registered {}", expires.as_secs()),
        State::Failed { status, retry_at } => {
            let status = status.map_or(0, Status::code);
            let retry = if retry_at.is_some() { " retry" } else { "" };
            format!("Failed {status}{retry}")
        }
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
