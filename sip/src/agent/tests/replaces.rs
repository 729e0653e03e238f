//! RFC 3891: an INVITE that takes the place of a call.

use super::*;
use crate::message::Replaces;
use crate::transport::Transport::Udp;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A second INVITE of A's that names a call of B's by these tags.
fn replace(pair: &mut Pair, replaces: &str) {
    let mut invite = invite(pair.hop(Side::A), MINUTE);
    let header = Header::new("Replaces", replaces).unwrap();
    invite.headers.push(header);
    let now = pair.now();
    pair.a.invite(invite, now);
}

fn able() -> Pair {
    let mut pair = Pair::by(Udp);
    for agent in [&mut pair.a, &mut pair.b] {
        agent.set_supported(vec!["replaces".into()]);
    }
    pair
}

/// Replaces for a dialog that B has, as A would write it.
fn of(dialog: DialogId) -> Replaces {
    Replaces::new(dialog.call_id, dialog.local_tag, dialog.remote_tag).unwrap()
}

/// The call that B was told the last INVITE replaces.
fn told(pair: &Pair) -> Option<CallHandle> {
    let told = pair
        .events
        .iter()
        .rev()
        .find_map(|(side, event)| match event {
            Event::Incoming { replaces, .. } if *side == Side::B => Some(*replaces),
            _ => None,
        });
    told.expect("B has been called")
}

#[test]
fn an_answered_call_is_found_and_the_owner_exchanges_the_two() {
    let mut pair = able();
    let (_, theirs) = pair.call();
    let replaces = of(pair.b.dialog_id(theirs).unwrap());
    replace(&mut pair, &replaces.to_string());
    pair.run_to(150);
    assert_eq!(told(&pair), Some(theirs));
    let new = pair.incoming();
    pair.b.accept(new, ok("bob"), pair.now()).unwrap();
    pair.b.hang_up(theirs, None, pair.now());
    pair.run_to(70_000);
    pair.check(
        "100 A> INVITE 1
         110 B> 100 (1 INVITE)
         110 B Incoming
         150 B> 200 (1 INVITE)
         150 B> BYE 1
         150 B Ended Us Bye
         160 A> ACK 1
         160 A Answered 200
         160 A> 200 (1 BYE)
         160 A Ended Peer Bye
         170 B Confirmed",
    );
}

#[test]
fn what_cannot_be_replaced_is_refused() {
    let cases = [
        ("early-only", "486"),
        ("another Call-ID", "481"),
        ("another tag", "481"),
        ("nonsense", "400"),
        ("over", "603"),
    ];
    for (case, expected) in cases {
        let mut pair = able();
        let (_, theirs) = pair.call();
        let dialog = pair.b.dialog_id(theirs).unwrap();
        let replaces = match case {
            "early-only" => of(dialog).with_early_only().to_string(),
            "another Call-ID" => of(DialogId {
                call_id: "other".parse().unwrap(),
                ..dialog
            })
            .to_string(),
            "another tag" => of(DialogId {
                remote_tag: "other".into(),
                ..dialog
            })
            .to_string(),
            "nonsense" => "nonsense".to_owned(),
            _ => of(dialog).to_string(),
        };
        if case == "over" {
            pair.lose = Box::new(|side, _| side == Side::B);
            pair.b.hang_up(theirs, None, pair.now());
            pair.drain();
            pair.lose = Box::new(|_, _| false);
        }
        replace(&mut pair, &replaces);
        pair.run_to(150);
        let refused = format!("B> {expected} (1 INVITE)");
        assert!(
            pair.ladder.iter().any(|line| line.ends_with(&refused)),
            "{case}: {:?}",
            pair.ladder
        );
    }
}

#[test]
fn a_ringing_call_is_replaced_at_its_caller_alone() {
    let mut pair = able();
    let ours = pair.invite(MINUTE);
    pair.run_to(50);
    let theirs = pair.incoming();
    let ringing = Reply::new(Status::RINGING);
    pair.b.progress(theirs, ringing, pair.now()).unwrap();
    pair.run_to(100);
    // At B, which it rings at.
    let replaces = of(pair.b.dialog_id(theirs).unwrap());
    replace(&mut pair, &replaces.to_string());
    pair.run_to(150);
    pair.check(
        "0 A> INVITE 1
         10 B> 100 (1 INVITE)
         10 B Incoming
         50 B> 180 (1 INVITE)
         60 A Progress 180
         100 A> INVITE 1
         110 B> 100 (1 INVITE)
         110 B> 481 (1 INVITE)
         120 A> ACK 1
         120 A Ended Peer Refused(Status(481))",
    );
    // At A, which has made it.
    let dialog = pair.a.calls[&ours].early[0].dialog.clone();
    let replaces = Replaces::new(
        dialog.call_id().clone(),
        &pair.a.calls[&ours].local_tag,
        dialog.remote_tag(),
    );
    let mut invite = invite(pair.hop(Side::B), MINUTE);
    let header = Header::new("Replaces", replaces.unwrap().to_string()).unwrap();
    invite.headers.push(header);
    pair.b.invite(invite, pair.now());
    pair.run_to(200);
    let told = pair.events.iter().find_map(|(side, event)| match event {
        Event::Incoming { replaces, .. } if *side == Side::A => *replaces,
        _ => None,
    });
    assert_eq!(told, Some(ours));
}

#[test]
fn an_agent_that_does_not_know_replaces_takes_it_for_a_new_call() {
    let mut pair = Pair::by(Udp);
    pair.call();
    replace(&mut pair, "nothing;to-tag=1;from-tag=2");
    pair.run_to(150);
    assert_eq!(told(&pair), None);
}
