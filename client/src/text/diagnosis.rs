//! What the page that says why something did not work has no sentence of its own for.

use super::{Explained, words};
use crate::phone::diagnosis::{Keys, Path, Verdict, Way, What};
use crate::phone::state::Lane;

/// Why it did not work, in one sentence, and what to do about it.
pub fn judged(verdict: Verdict) -> Explained {
    let w = &words().diagnosis;
    match verdict {
        Verdict::Nothing => w.nothing,
        Verdict::Underway => w.underway,
        Verdict::Works => w.works,
        Verdict::Worked => w.worked,
        Verdict::VoiceCall => w.voice_call,
        Verdict::NotNow => w.not_now,
        Verdict::Elsewhere => w.elsewhere,
        Verdict::NoConnectionMade => w.no_connection_made,
        Verdict::GatewayLost => w.gateway_lost,
        Verdict::GatewaySilent => w.gateway_silent,
        Verdict::NotAllowed => w.not_allowed,
        Verdict::NotFound => w.not_found,
        Verdict::Unavailable => w.unavailable,
        Verdict::Busy => w.busy,
        Verdict::Declined => w.declined,
        Verdict::NoAnswer => w.no_answer,
        Verdict::CannotWatch => w.cannot_watch,
        Verdict::GatewayFull => w.gateway_full,
        Verdict::Refused => w.refused,
        Verdict::AnswerUnusable => w.answer_unusable,
        Verdict::NoPath => w.no_path,
        Verdict::NoKeys => w.no_keys,
        Verdict::CameraSilent => w.camera_silent,
        Verdict::NothingLeaves => w.nothing_leaves,
        Verdict::NothingSentOn => w.nothing_sent_on,
        Verdict::TheySendNothing => w.they_send_nothing,
        Verdict::NothingArrives => w.nothing_arrives,
        Verdict::NotDecoded => w.not_decoded,
        Verdict::PathLost => w.network_lost,
        Verdict::TheyFellSilent => w.they_fell_silent,
        Verdict::ManyLost => w.many_lost,
        Verdict::DeviceSlow => w.device_slow,
        Verdict::NetworkSlow => w.network_slow,
    }
}

pub fn lane_words(lane: Lane) -> &'static str {
    let w = &words().diagnosis;
    match lane {
        Lane::Signalling => w.lane_signalling,
        Lane::Path => w.lane_path,
        Lane::Keys => w.lane_keys,
        Lane::Pictures => w.lane_pictures,
        Lane::Figures => w.lane_figures,
    }
}

/// A line of the ladder.
pub fn what_words(what: &What) -> String {
    let w = &words().diagnosis;
    let text = match what {
        What::Message(_, summary) => summary,
        What::Ended(_) => w.ended,
        What::LineOpened => w.line_opened,
        What::LineClosed => w.line_closed,
        What::Path(Path::New) => w.path_new,
        What::Path(Path::Checking) => w.path_checking,
        What::Path(Path::Stands) => w.path_stands,
        What::Path(Path::Lost) => w.path_lost,
        What::Path(Path::Failed) => w.path_failed,
        What::Keys(Keys::New) => w.keys_new,
        What::Keys(Keys::Agreeing) => w.keys_agreeing,
        What::Keys(Keys::Agreed) => w.keys_agreed,
        What::Keys(Keys::Failed) => w.keys_failed,
        What::NotApplied => w.not_applied,
        What::NotChanged => w.not_changed,
        What::Restarted => w.restarted,
        What::Track => w.track,
        What::FirstPicture(Way::Out) => w.first_out,
        What::FirstPicture(Way::In) => w.first_in,
        What::PicturesStopped(Way::Out) => w.stopped_out,
        What::PicturesStopped(Way::In) => w.stopped_in,
        What::Figures(_) => w.figures,
        What::FarFirst(Way::Out) => w.far_out,
        What::FarFirst(Way::In) => w.far_in,
    };
    text.to_owned()
}
