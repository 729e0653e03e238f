//! Somebody else takes the place of the one at the other end (RFC 3891).

use sip::time::Duration;

use super::calls::{INVITE, cause, in_dialog};
use super::script::{Script, number};
use crate::phone::share::ShareId;
use crate::phone::state::{Cause, Command, Share};
use crate::phone::{Input, PeerEvent};

const ANSWER_TO_NEW: &str = "v=0\r\no=- 3 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";

impl Script {
    /// An INVITE of somebody's in the place of the share there is.
    fn replaced(&mut self, tags: (&str, &str), call_id: &str) {
        let (own, far) = tags;
        let replaces = format!("Replaces: {call_id};to-tag={own};from-tag={far}\n");
        let invite = INVITE
            .replace("call1", "call2")
            .replace("<tel:+99000001>", "<tel:+99000003>")
            .replace("tag=anna1", "tag=carl1")
            .replace(
                "Max-Forwards: 70\n",
                &format!("Max-Forwards: 70\n{replaces}"),
            );
        self.request(&invite);
    }

    fn replaced_showing(&mut self) {
        let invite = self.sent("INVITE");
        let call_id = invite.headers.call_id.to_string();
        let own = invite.headers.from.tag().unwrap_or_default().to_string();
        self.replaced((&own, "far"), &call_id);
    }

    fn new_peer(&mut self, event: PeerEvent) {
        let share = ShareId(2);
        self.input(Input::Peer { share, event });
    }
}

#[test]
fn who_shows_goes_on_showing_to_the_new_one() {
    let mut script = Script::showing();
    script.replaced_showing();
    script.new_peer(PeerEvent::Answer(ANSWER_TO_NEW.to_owned()));
    script.pass(Duration::from_millis(450));
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         make answer with the camera
         -> 200 (INVITE)
         -> BYE sip:anna@gateway.example
         close pictures",
    );
    let sending = script.state().share.sending().unwrap();
    assert_eq!(sending.peer.number, Some(number("+99000003")));
    assert!(sending.moved && script.state().share.is_live_out());
    script.command(Command::Stop);
    assert_eq!(cause(&script), Some(Cause::EndedByMe));
}

#[test]
fn who_watches_goes_on_watching_the_new_one() {
    let mut script = Script::signed_in();
    script.request(INVITE);
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(ANSWER_TO_NEW.to_owned()));
    let own = script.tag().to_owned();
    script.forget();
    script.replaced((&own, "anna1"), "call1");
    script.new_peer(PeerEvent::Answer(ANSWER_TO_NEW.to_owned()));
    let watching = script.state().share.watching().unwrap();
    assert_eq!(watching.peer.number, Some(number("+99000003")));
    assert!(watching.moved);
    let asked = script.trace().iter().any(|line| line == "make answer");
    assert!(asked, "{:#?}", script.trace());
}

#[test]
fn a_move_that_the_browser_cannot_make_leaves_the_share_as_it_is() {
    let mut script = Script::showing();
    script.replaced_showing();
    script.forget();
    script.new_peer(PeerEvent::Failed);
    script.check(
        "close pictures
         -> 488 (INVITE)",
    );
    let sending = script.state().share.sending().unwrap();
    assert!(!sending.moved && script.state().share.is_live_out());
}

#[test]
fn a_dialog_that_is_not_ours_is_not_replaced() {
    let mut script = Script::showing();
    script.replaced(("no", "such"), "call9");
    script.check(
        "<- INVITE sip:x@y.invalid;transport=ws
         -> 100 (INVITE)
         -> 481 (INVITE)",
    );
    assert!(script.state().share.is_live_out());
}

#[test]
fn the_old_call_may_end_before_the_new_one_stands() {
    let mut script = Script::signed_in();
    script.request(INVITE);
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(ANSWER_TO_NEW.to_owned()));
    let own = script.tag().to_owned();
    script.replaced((&own, "anna1"), "call1");
    script.request(&in_dialog("ACK", 1).replace("TAG", &own));
    script.request(&in_dialog("BYE", 2).replace("TAG", &own));
    assert!(matches!(script.state().share, Share::Watching(_)));
    script.new_peer(PeerEvent::Answer(ANSWER_TO_NEW.to_owned()));
    assert!(script.state().share.watching().unwrap().moved);
}
