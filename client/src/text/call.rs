//! Words around the voice call that shares go beside.

use crate::phone::state::Direction;

pub struct CallWords {
    /// The name of the bar.
    pub bar: &'static str,
    pub on_the_phone: &'static str,
    pub on_hold: &'static str,
    pub conference: &'static str,
    pub by_network: &'static str,
    pub hold: &'static str,
    pub hold_name: &'static str,
    pub resume: &'static str,
    pub resume_name: &'static str,
    pub alone: &'static str,
    pub alone_name: &'static str,
    pub others: &'static str,
    pub others_name: &'static str,
    pub ended: &'static str,
    pub ended_name: &'static str,

    pub say: &'static str,

    pub barred_held: &'static str,
    pub barred_conference: &'static str,
    pub not_on_a_call: &'static str,
    pub no_call_with_somebody: &'static str,

    pub willing: &'static str,
    pub willing_yes: &'static str,
    pub willing_no: &'static str,

    pub links_title: &'static str,
    pub links_here: &'static str,
    pub links_asked: &'static str,
    pub links_refused: &'static str,

    pub said_started: &'static str,
    pub said_held: &'static str,
    pub said_conference: &'static str,
    pub said_ended: &'static str,

    /// Why a share ended: with the call, by its hold, by others in it.
    pub share_ended: &'static str,
    pub share_held: &'static str,
    pub share_conference: &'static str,
    pub after_out: &'static str,
    pub after_in: &'static str,
}

pub(super) const ENGLISH: CallWords = CallWords {
    bar: "Your phone call",
    on_the_phone: "On the phone with {who}",
    on_hold: "{who} is on hold",
    conference: "On the phone with {who} and others",
    by_network: "Your network says so",
    hold: "On hold",
    hold_name: "{who} is on hold now",
    resume: "Back",
    resume_name: "You talk to {who} again",
    alone: "Just us two",
    alone_name: "You talk to {who} alone again",
    others: "Others joined",
    others_name: "Others joined the call with {who}",
    ended: "Ended",
    ended_name: "The call with {who} has ended",

    say: "I’m on the phone with {who}",

    barred_held: "{who} is on hold. You can show something when you talk again.",
    barred_conference: "Others are on the call with {who}. You can show something when you two talk alone.",
    not_on_a_call: "You are not on a call with {who}.",
    no_call_with_somebody: "You are not on a call with them.",

    willing: "May others show you something?",
    willing_yes: "They may ask",
    willing_no: "Not now",

    links_title: "Links of telephone numbers",
    links_here: "Open them here",
    links_asked: "Your browser may ask you now. After that, a number you press on any page opens here.",
    links_refused: "Your browser does not let this page open such links.",

    said_started: "On the phone with {who}.",
    said_held: "{who} is on hold.",
    said_conference: "Others joined the call with {who}.",
    said_ended: "The call has ended.",

    share_ended: "The call ended",
    share_held: "The call is on hold",
    share_conference: "Others joined the call",
    after_out: "Your camera is off. {who} was told.",
    after_in: "{who} was told.",
};

/// Why a share ended beside its call, and what that means.
pub(super) fn beside(direction: Direction, title: &'static str) -> (&'static str, &'static str) {
    let next = match direction {
        Direction::Out => super::words().call.after_out,
        Direction::In => super::words().call.after_in,
    };
    (title, next)
}
