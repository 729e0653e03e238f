//! What the page that tests the connection says.

use super::{Browser, Explained, camera_problem, words};
use crate::phone::state::{TrialObstacle, TrialSource, TrialStep, TrialVerdict};

/// What an operator runs; no word of any language.
pub const COMMAND: &str = "sidecam selftest";

pub fn step_words(step: TrialStep, source: TrialSource) -> &'static str {
    let w = &words().trial;
    match (step, source) {
        (TrialStep::SignedIn, _) => w.step_signed_in,
        (TrialStep::Source, TrialSource::Picture) => w.step_source_picture,
        (TrialStep::Source, TrialSource::Camera) => w.step_source_camera,
        (TrialStep::Handset, _) => w.step_handset,
        (TrialStep::Answered, _) => w.step_answered,
        (TrialStep::Connected, _) => w.step_connected,
        (TrialStep::FirstPicture, _) => w.step_first_picture,
        (TrialStep::Pictures, TrialSource::Picture) => w.step_pictures_right,
        (TrialStep::Pictures, TrialSource::Camera) => w.step_pictures,
        (TrialStep::Back, _) => w.step_back,
    }
}

pub fn obstacle_words(obstacle: TrialObstacle) -> Explained {
    let w = &words().trial;
    match obstacle {
        TrialObstacle::Busy => w.busy,
        TrialObstacle::NotConnected => w.not_connected,
        TrialObstacle::NotHere => w.not_here,
    }
}

/// How it went in one sentence, and what to do about it. `{command}` is to be filled in.
pub fn verdict_words(verdict: TrialVerdict, browser: Browser) -> Explained {
    let (w, diagnosis) = (&words().trial, &words().diagnosis);
    match verdict {
        TrialVerdict::Works => w.works,
        TrialVerdict::Stopped => w.stopped,
        TrialVerdict::Interrupted => w.interrupted,
        TrialVerdict::NotHere => w.not_here,
        TrialVerdict::TooOften => w.too_often,
        TrialVerdict::GatewayFull => diagnosis.gateway_full,
        TrialVerdict::GatewaySilent => w.gateway_silent,
        TrialVerdict::GatewayBroken => w.gateway_broken,
        TrialVerdict::NoSource(problem) => camera_problem(problem, browser),
        TrialVerdict::NoConnectionMade => diagnosis.no_connection_made,
        TrialVerdict::NotAnswered => w.not_answered,
        TrialVerdict::Refused => w.refused,
        TrialVerdict::AnswerUnusable => w.answer_unusable,
        TrialVerdict::NoPath => diagnosis.no_path,
        TrialVerdict::NoKeys => diagnosis.no_keys,
        TrialVerdict::LinkLost => diagnosis.network_lost,
        TrialVerdict::SourceSilent => w.source_silent,
        TrialVerdict::NothingLeaves => diagnosis.nothing_leaves,
        TrialVerdict::NothingSeen => w.nothing_seen,
        TrialVerdict::NotRight => w.not_right,
        TrialVerdict::NothingBack => diagnosis.nothing_arrives,
        TrialVerdict::NotShown => diagnosis.not_decoded,
        TrialVerdict::EndedThere => w.ended_there,
    }
}
