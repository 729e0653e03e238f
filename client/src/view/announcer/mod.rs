//! What is said to someone who does not look at the page.

use leptos::prelude::*;

use crate::phone::state::{Flow, Link, SendPhase, Share, State, TwoWays};
use crate::text::{cause, fill, words};
use crate::view::{Page, called, voice};

#[component]
pub fn Announcer() -> impl IntoView {
    let said = Page::here().part(said);
    view! {
        <div class="unseen" role="status" aria-live="assertive" data-testid="announcer">
            {move || said.get()}
        </div>
    }
}

fn said(state: &State) -> String {
    if let Some(said) = voice::said(state) {
        return said;
    }
    let w = words();
    if state.share.link() == Link::Reconnecting {
        return w.said_reconnecting.to_owned();
    }
    if let (Flow::PausedByThem, Some(peer)) = (state.share.flow(), state.share.peer()) {
        return fill(w.paused_in, "who", &called(peer));
    }
    if state.ways != TwoWays::None {
        return crate::view::ways::said(state);
    }
    if let Some(peer) = state.asked() {
        return fill(w.said_asked, "who", &called(peer));
    }
    if let Some(ended) = state.ended_beside() {
        let explained = cause(ended.cause, ended.direction);
        return fill(explained.title, "who", &called(&ended.peer));
    }
    if let Some(watching) = state.watching().filter(|_| state.is_live_out()) {
        return fill(w.both.both_live, "who", &called(&watching.peer));
    }
    if let (true, Some(peer)) = (state.recording.theirs, state.share.peer()) {
        return fill(w.own.recorded_by, "who", &called(peer));
    }
    match &state.share {
        Share::Sending(sending) => match sending.phase {
            SendPhase::Calling => String::new(),
            SendPhase::Ringing => fill(w.said_ringing, "who", &called(&sending.peer)),
            SendPhase::Live => fill(w.said_live, "who", &called(&sending.peer)),
        },
        Share::Asked(peer) => fill(w.said_asked, "who", &called(peer)),
        Share::Watching(watching) => fill(w.watching, "who", &called(&watching.peer)),
        Share::Ended(ended) => {
            let explained = cause(ended.cause, ended.direction);
            let who = called(&ended.peer);
            format!(
                "{}. {}",
                fill(explained.title, "who", &who),
                fill(explained.next, "who", &who)
            )
        }
        Share::None => String::new(),
    }
}
