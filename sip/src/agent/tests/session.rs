//! RFC 4028: session timers.

use super::*;
use crate::message::SessionExpires;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const TWO_MINUTES: Duration = Duration::from_secs(120);

fn sdp() -> Option<Body> {
    Some(Body::sdp("v=0\r\n"))
}

/// As [`Pair::call`], with A's INVITE changed.
fn called_with(pair: &mut Pair, change: impl FnOnce(&mut Invite)) -> (CallHandle, CallHandle) {
    let mut invite = invite(pair.hop(Side::A), MINUTE);
    change(&mut invite);
    let now = pair.now();
    let ours = pair.a.invite(invite, now);
    pair.run_to(50);
    let theirs = pair.incoming();
    let answer = ok("bob").with_body(Body::sdp("v=0\r\no=bob\r\n"));
    pair.b.accept(theirs, answer, now).unwrap();
    pair.run_to(100);
    pair.ladder.clear();
    (ours, theirs)
}

fn header(name: &str, value: &str) -> Header {
    Header::new(name, value).unwrap()
}

/// What each side holds of the session: its interval in seconds and who refreshes.
fn sessions(pair: &Pair, ours: CallHandle, theirs: CallHandle) -> String {
    let held = |agent: &Agent, call: CallHandle| {
        let session = agent.calls[&call].session;
        session.map_or("none".to_owned(), |session| {
            format!("{} {:?}", session.interval.as_secs(), session.refresher)
        })
    };
    format!("{} / {}", held(&pair.a, ours), held(&pair.b, theirs))
}

#[test]
fn the_roles_and_the_interval_are_those_of_table_2() {
    let cases = [
        ("", "120 Us / 120 Peer"),
        ("Session-Expires: 100", "100 Us / 100 Peer"),
        ("Session-Expires: 100;refresher=uas", "100 Peer / 100 Us"),
        ("Session-Expires: 100;refresher=uac", "100 Us / 100 Peer"),
        ("Session-Expires: 9999", "120 Us / 120 Peer"),
        ("Session-Expires: nonsense", "120 Peer / 120 Us"),
    ];
    for (line, expected) in cases {
        let mut pair = Pair::timed(TWO_MINUTES);
        let (ours, theirs) = called_with(&mut pair, |invite| {
            if let Some((name, value)) = line.split_once(": ") {
                invite.headers.push(header(name, value));
            }
        });
        assert_eq!(sessions(&pair, ours, theirs), expected, "{line}");
    }
}

#[test]
fn without_the_extension_on_both_sides_there_is_no_timer() {
    let mut pair = Pair::timed(TWO_MINUTES);
    pair.b.session = None;
    let (ours, theirs) = called_with(&mut pair, |_| {});
    assert_eq!(sessions(&pair, ours, theirs), "none / none");
    let mut pair = Pair::timed(TWO_MINUTES);
    pair.a.session = None;
    pair.a.set_supported(Vec::new());
    let (ours, theirs) = called_with(&mut pair, |_| {});
    assert_eq!(sessions(&pair, ours, theirs), "none / none");
    // A proxy asked for it, and the caller knows nothing of it.
    let mut pair = Pair::timed(TWO_MINUTES);
    pair.a.session = None;
    pair.a.set_supported(Vec::new());
    let (ours, theirs) = called_with(&mut pair, |invite| {
        invite.headers.push(header("Session-Expires", "100"));
    });
    assert_eq!(sessions(&pair, ours, theirs), "none / 100 Us");
}

#[test]
fn the_caller_refreshes_by_update_and_the_owners_hear_nothing_of_it() {
    let mut pair = Pair::timed(TWO_MINUTES);
    called_with(&mut pair, |_| {});
    pair.run_to(125_000);
    pair.check(
        "60060 A> UPDATE 2
         60070 B> 200 (2 UPDATE)
         120080 A> UPDATE 3
         120090 B> 200 (3 UPDATE)",
    );
}

#[test]
fn the_callee_refreshes_when_the_caller_asks_for_it() {
    let mut pair = Pair::timed(TWO_MINUTES);
    called_with(&mut pair, |invite| {
        invite
            .headers
            .push(header("Session-Expires", "120;refresher=uas"));
    });
    pair.run_to(125_000);
    pair.check(
        "60000 B> UPDATE 1
         60010 A> 200 (1 UPDATE)
         120020 B> UPDATE 2
         120030 A> 200 (2 UPDATE)",
    );
}

#[test]
fn a_peer_without_update_is_refreshed_by_the_same_description() {
    let mut pair = Pair::timed(TWO_MINUTES);
    let (_, theirs) = called_with(&mut pair, |invite| {
        invite.headers.push(header("Allow", "INVITE, ACK, BYE"));
        invite
            .headers
            .push(header("Session-Expires", "120;refresher=uas"));
    });
    pair.run_to(60_100);
    let id = pair.asked(Side::A);
    let request = pair.events.iter().rev().find_map(|(_, event)| match event {
        Event::CallRequest { request, .. } => Some(request.clone()),
        _ => None,
    });
    assert_eq!(request.unwrap().body, b"v=0\r\no=bob\r\n");
    pair.a
        .respond(id, ok("alice").with_body(Body::sdp("v=0\r\n")), pair.now())
        .unwrap();
    pair.run_to(60_200);
    pair.check(
        "60000 B> INVITE 1
         60010 A> 100 (1 INVITE)
         60010 A CallRequest INVITE
         60100 A> 200 (1 INVITE)
         60110 B> ACK 1",
    );
    assert!(pair.b.calls[&theirs].session.is_some());
}

#[test]
fn an_update_that_the_peer_refuses_is_followed_by_a_reinvite() {
    let mut pair = Pair::timed(TWO_MINUTES);
    called_with(&mut pair, |_| {});
    pair.lose = Box::new(
        |_, message| matches!(message, Message::Request(request) if request.method == Method::Update),
    );
    pair.run_to(60_060);
    let update = pair.a.exchanges.values().next().unwrap().request.clone();
    let via = pair
        .a
        .transactions
        .sent(pair.a.senders.keys().copied().max().unwrap());
    let mut refused = Response::to(&update, Status::METHOD_NOT_ALLOWED);
    refused.headers.via = via.unwrap().1.headers.via.clone();
    pair.send_raw(Side::A, refused.to_bytes());
    pair.run_to(60_100);
    pair.check(
        "60060 A> UPDATE 2 lost
         60060 A> INVITE 3
         60070 B> 100 (3 INVITE)
         60070 B CallRequest INVITE",
    );
}

#[test]
fn a_lost_refresh_is_sent_again() {
    let mut pair = Pair::timed(TWO_MINUTES);
    called_with(&mut pair, |_| {});
    pair.lose_once(&["UPDATE", "200"]);
    pair.run_to(70_000);
    pair.check(
        "60060 A> UPDATE 2 lost
         60560 A> UPDATE 2
         60570 B> 200 (2 UPDATE) lost
         61560 A> UPDATE 2
         61570 B> 200 (2 UPDATE)",
    );
}

#[test]
fn a_refresher_that_is_gone_ends_the_call_on_both_sides_with_a_reason() {
    let mut pair = Pair::timed(TWO_MINUTES);
    called_with(&mut pair, |_| {});
    pair.lose = Box::new(
        |_, message| matches!(message, Message::Request(request) if request.method == Method::Update),
    );
    pair.run_to(80_000);
    pair.ladder.clear();
    pair.run_to(200_000);
    pair.check(
        "83560 A> UPDATE 2 lost
         87560 A> UPDATE 2 lost
         88000 B> BYE 1
         88000 B Ended Timeout SessionExpired
         88010 A> 200 (1 BYE)
         88010 A Ended Peer Bye
         91560 A> UPDATE 2 lost",
    );
    pair.check_forgotten();
    let reasons = pair.events.iter().filter_map(|(_, event)| match event {
        Event::Ended { end, .. } => end.reason.as_ref().map(ToString::to_string),
        _ => None,
    });
    let reasons: Vec<String> = reasons.collect();
    assert_eq!(reasons, ["SIP;cause=408;text=\"Session expired\""; 2]);
}

#[test]
fn a_peer_that_answers_no_refresh_is_hung_up() {
    let mut pair = Pair::timed(Duration::from_secs(1800));
    called_with(&mut pair, |_| {});
    pair.lose = Box::new(|side, _| side == Side::B);
    pair.run_to(930_000);
    pair.ladder.clear();
    pair.run_to(932_100);
    pair.check(
        "931560 A> UPDATE 2
         931570 B> 200 (2 UPDATE) lost
         932060 A> BYE 3
         932060 A Ended Timeout SessionExpired
         932070 B> 200 (3 BYE) lost
         932070 B Ended Peer Bye",
    );
}

#[test]
fn an_interval_that_is_too_short_gets_422_and_the_invite_comes_again() {
    let mut pair = Pair::timed(TWO_MINUTES);
    pair.b.session = Some(SessionTimers {
        expires: Duration::from_secs(1800),
        min: Duration::from_secs(600),
    });
    let ours = pair.invite(MINUTE);
    pair.run_to(100);
    let theirs = pair.incoming();
    pair.b.accept(theirs, ok("bob"), pair.now()).unwrap();
    pair.run_to(200);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B> 422 (1 INVITE)
         20 A> ACK 1
         20 A> INVITE 2
         30 B> 100 (2 INVITE)
         30 B Incoming
         100 B> 200 (2 INVITE)
         110 A> ACK 2
         110 A Answered 200
         120 B Confirmed",
    );
    assert_eq!(sessions(&pair, ours, theirs), "600 Us / 600 Peer");
}

#[test]
fn a_peer_whose_least_grows_for_ever_is_obeyed_four_times() {
    let mut pair = Pair::timed(TWO_MINUTES);
    pair.invite(MINUTE);
    for round in 0..20 {
        let b = pair.b.session.as_mut().unwrap();
        b.min = Duration::from_secs(600 + round);
        pair.run_to((round + 1) * 20);
    }
    pair.run_to(1000);
    let refused = pair.ladder.iter().filter(|line| line.contains("B> 422"));
    assert_eq!(refused.count(), 5);
    pair.run_to(70_000);
    pair.check_forgotten();
}

#[test]
fn a_reinvite_of_the_owners_keeps_the_session_going() {
    let mut pair = Pair::timed(TWO_MINUTES);
    let (ours, theirs) = called_with(&mut pair, |_| {});
    pair.run_to(50_000);
    pair.b
        .request_in_call(theirs, Method::Invite, Vec::new(), sdp(), pair.now());
    pair.run_to(50_050);
    let id = pair.asked(Side::A);
    pair.a.respond(id, ok("alice"), pair.now()).unwrap();
    pair.run_to(50_100);
    assert_eq!(sessions(&pair, ours, theirs), "120 Us / 120 Peer");
    pair.ladder.clear();
    pair.run_to(111_000);
    pair.check(
        "110050 A> UPDATE 2
         110060 B> 200 (2 UPDATE)",
    );
}

#[test]
fn an_update_without_an_offer_is_answered_at_once() {
    let mut pair = Pair::by(Transport::Udp);
    let (ours, _) = pair.call();
    pair.a
        .request_in_call(ours, Method::Update, Vec::new(), None, pair.now());
    pair.run_to(200);
    pair.check(
        "100 A> UPDATE 2
         110 B> 200 (2 UPDATE)
         120 A Response 200",
    );
    let answer = pair.events.iter().rev().find_map(|(_, event)| match event {
        Event::Response { response, .. } => Some(response),
        _ => None,
    });
    let headers = &answer.unwrap().headers;
    assert!(headers.typed::<SessionExpires>().is_none());
}

#[test]
fn a_parked_call_is_refreshed_by_its_new_flow() {
    let mut pair = Pair::timed(TWO_MINUTES);
    let (ours, _) = called_with(&mut pair, |_| {});
    pair.run_to(50_000);
    pair.a.handle(Input::FlowClosed(FlowId(1)), pair.now());
    pair.run_to(65_000);
    let hop = Hop {
        flow: FlowId(2),
        ..pair.hop(Side::A)
    };
    pair.a.move_call(ours, hop);
    pair.run_to(85_000);
    pair.check(
        "50000 A FlowLost
         74060 A> UPDATE 2
         74070 B> 200 (2 UPDATE)",
    );
}

#[test]
fn a_call_that_both_sides_lost_sight_of_expires() {
    let mut pair = Pair::by(Transport::Tcp);
    for agent in [&mut pair.a, &mut pair.b] {
        agent.set_supported(vec!["timer".into()]);
        agent.session = Some(SessionTimers {
            expires: Duration::from_secs(90),
            ..SessionTimers::default()
        });
    }
    let (ours, theirs) = called_with(&mut pair, |_| {});
    let now = pair.now();
    pair.a.handle(Input::FlowClosed(FlowId(1)), now);
    pair.b.handle(Input::FlowClosed(FlowId(1)), now);
    pair.a.hang_up(ours, None, now);
    let hop = Hop {
        flow: FlowId(2),
        ..pair.hop(Side::B)
    };
    pair.b.move_call(theirs, hop);
    pair.run_to(200_000);
    pair.check(
        "100 A FlowLost
         100 A Ended Us Bye
         100 B FlowLost
         60000 B> BYE 1
         60000 B Ended Timeout SessionExpired
         60010 A> 481 (1 BYE)",
    );
    pair.check_forgotten();
}
