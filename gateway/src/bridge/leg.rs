//! One side's leg: a browser, or a plain RTP peer.

use std::time::Instant;

use media::rtp::session::KeyframeRequest;

use super::Medium;
use super::audio_format::{AudioPlan, AudioStream};
use super::fed::FedLeg;
use super::format::StreamFormat;
use super::ims_leg::{Feedback, ImsLeg, ImsOutput};
use super::relay::End;
use super::web_leg::{WebLeg, WebOutput};
use crate::operate::media::MediaCounts;

pub(super) enum Leg {
    Web(Box<WebLeg>),
    Plain(PlainLegs),
    /// Nobody: the pictures come from another bridge.
    Fed(FedLeg),
}

/// A plain peer's lines, each on ports of its own.
#[derive(Default)]
pub(super) struct PlainLegs {
    pub(super) video: Option<Box<ImsLeg>>,
    pub(super) audio: Option<Box<ImsLeg<AudioPlan>>>,
}

pub(super) enum LegOutput {
    Web(WebOutput),
    Plain(Medium, ImsOutput),
}

impl Leg {
    pub(super) fn poll_output(&mut self) -> Option<LegOutput> {
        match self {
            Leg::Web(leg) => leg.poll_output().map(LegOutput::Web),
            Leg::Plain(PlainLegs { video, audio }) => {
                let pictures = video.as_mut().and_then(|leg| leg.poll_output());
                if let Some(output) = pictures {
                    return Some(LegOutput::Plain(Medium::Video, output));
                }
                let sound = audio.as_mut().and_then(|leg| leg.poll_output());
                sound.map(|output| LegOutput::Plain(Medium::Audio, output))
            }
            Leg::Fed(_) => None,
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Leg::Web(leg) => leg.poll_timeout(),
            Leg::Plain(PlainLegs { video, audio }) => {
                let video = video.as_ref().and_then(|leg| leg.poll_timeout());
                let audio = audio.as_ref().and_then(|leg| leg.poll_timeout());
                [video, audio].into_iter().flatten().min()
            }
            Leg::Fed(_) => None,
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.poll_timeout().is_none_or(|at| at > now) {
            return;
        }
        match self {
            Leg::Web(leg) => leg.handle_timeout(now),
            Leg::Plain(PlainLegs { video, audio }) => {
                if let Some(leg) = video {
                    leg.handle_timeout(now);
                }
                if let Some(leg) = audio {
                    leg.handle_timeout(now);
                }
            }
            Leg::Fed(_) => {}
        }
    }

    /// Asks the peer to send no more than this; a plain one only when it takes TMMBR.
    pub(super) fn limit_sender(&mut self, bits_per_second: u32, now: Instant) {
        match self {
            Leg::Web(leg) => leg.limit_sender(bits_per_second, now),
            Leg::Plain(legs) => {
                if let Some(leg) = &mut legs.video {
                    leg.limit_sender(bits_per_second, now);
                }
            }
            Leg::Fed(_) => {}
        }
    }

    /// Asks the peer for a keyframe by RTCP; a browser takes PLI always.
    pub(super) fn request_keyframe(&mut self, how: KeyframeRequest, now: Instant) {
        match self {
            Leg::Web(leg) => leg.request_keyframe(now),
            Leg::Plain(legs) => {
                if let Some(leg) = &mut legs.video {
                    leg.request_keyframe(how, now);
                }
            }
            Leg::Fed(_) => {}
        }
    }

    /// What was counted since this was asked last; a browser's packets are counted by its own
    /// statistics.
    pub(super) fn take_counts(&mut self) -> MediaCounts {
        let mut counts = MediaCounts::default();
        if let Leg::Plain(PlainLegs { video, audio }) = self {
            if let Some(leg) = video {
                counts.add(&leg.take_counts());
            }
            if let Some(leg) = audio {
                counts.add(&leg.take_counts());
            }
        }
        counts
    }

    pub(super) fn close(&mut self, now: Instant) {
        match self {
            Leg::Web(leg) => leg.close(now),
            Leg::Plain(PlainLegs { video, audio }) => {
                if let Some(leg) = video {
                    leg.stop(now);
                }
                if let Some(leg) = audio {
                    leg.stop(now);
                }
            }
            Leg::Fed(_) => {}
        }
    }

    /// Whether media can go to the peer and come from it.
    pub(super) fn is_up(&self) -> bool {
        match self {
            Leg::Web(leg) => leg.is_up(),
            Leg::Plain(_) | Leg::Fed(_) => true,
        }
    }

    /// What the peer of this leg sends us.
    pub(super) fn sends(&self) -> Option<(StreamFormat, End)> {
        match self {
            Leg::Web(leg) => Some((StreamFormat::of_web(leg.codec()?), End::Browser)),
            Leg::Plain(legs) => {
                let leg = legs.video.as_ref()?;
                Some((leg.sends()?, End::Plain(leg.plan().feedback)))
            }
            Leg::Fed(leg) => Some((StreamFormat::of_web(leg.codec), End::Browser)),
        }
    }

    /// What the peer of this leg wants from us.
    pub(super) fn receives(&self) -> Option<(StreamFormat, End)> {
        match self {
            Leg::Web(leg) => Some((StreamFormat::of_web(leg.codec()?), End::Browser)),
            Leg::Plain(legs) => {
                let leg = legs.video.as_ref()?;
                Some((leg.receives()?, End::Plain(leg.plan().feedback)))
            }
            Leg::Fed(_) => None,
        }
    }

    /// The sound that the peer of this leg sends us.
    pub(super) fn speaks(&self) -> Option<(AudioStream, End)> {
        match self {
            Leg::Web(leg) => Some((leg.audio_stream()?, End::Browser)),
            Leg::Plain(legs) => {
                let plan = legs.audio.as_ref()?.plan();
                Some((*plan.from_peer.first()?, End::Plain(Feedback::default())))
            }
            Leg::Fed(_) => None,
        }
    }

    /// The sound that the peer of this leg wants from us.
    pub(super) fn listens(&self) -> Option<(AudioStream, End)> {
        match self {
            Leg::Web(leg) => Some((leg.audio_stream()?, End::Browser)),
            Leg::Plain(legs) => {
                let plan = legs.audio.as_ref()?.plan();
                Some((plan.to_peer?, End::Plain(Feedback::default())))
            }
            Leg::Fed(_) => None,
        }
    }
}
