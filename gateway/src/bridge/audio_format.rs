//! What sound flows on a leg: payload format, payload types, and what a plain peer's description
//! said of it.

use media::payload::amr;
use media::payload::audio::AudioFormat;
use media::rtp::feedback::Feedback;
use media::rtp::session::{self, RtcpTerms, Silence};
use sip::sdp::offer_answer::Destination;

use super::ims_leg::Plan;

/// The sound in one direction of one leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioStream {
    pub format: AudioFormat,
    pub payload_type: u8,
    pub events: Option<Events>,
}

/// Keys that are pressed, beside the sound (RFC 4733).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Events {
    pub payload_type: u8,
    pub clock_hz: u32,
}

/// What the SDP said of a plain peer's audio line.
#[derive(Debug, Clone)]
pub struct AudioPlan {
    /// `None` when the peer names none (hold by 0.0.0.0, RFC 3264 §8.4).
    pub remote: Option<Destination>,
    /// What we send to the peer; `None` when it does not receive.
    pub to_peer: Option<AudioStream>,
    /// What the peer may send us, the preferred first; empty when it does not send. All are of one
    /// format: some peers answer with one number and send with the other.
    pub from_peer: Vec<AudioStream>,
    pub silence: Silence,
    pub rtcp: RtcpTerms,
}

/// Packets of sound leave as they come: nothing of 20 ms is worth spreading.
const UNPACED: u32 = 10_000_000;

impl AudioStream {
    /// The same sound, whatever its numbers are: packets can pass.
    pub fn passes_to(&self, target: &AudioStream) -> bool {
        match (self.format, target.format) {
            (AudioFormat::Amr(from), AudioFormat::Amr(to)) => same_packets(from, to),
            (from, to) => from == to,
        }
    }
}

/// Packets of AMR pass when they are put together alike and no mode comes that may not.
fn same_packets(from: amr::Config, to: amr::Config) -> bool {
    from.band == to.band && from.alignment == to.alignment && from.modes == to.modes
}

impl Plan for AudioPlan {
    fn remote(&self) -> Option<Destination> {
        self.remote
    }

    fn clock_hz(&self) -> u32 {
        let stream = self.to_peer.as_ref().or(self.from_peer.first());
        stream.map_or(8000, |stream| stream.format.codec().clock_hz())
    }

    fn change(&self) -> session::Change {
        let accepted = self.from_peer.iter().flat_map(|stream| {
            let events = stream.events.map(|events| events.payload_type);
            std::iter::once(stream.payload_type).chain(events)
        });
        session::Change {
            accepted_payload_types: accepted.collect(),
            payload_type: self.to_peer.as_ref().map(|stream| stream.payload_type),
            pacing_bits_per_second: UNPACED,
            silence: self.silence,
            feedback: Feedback::default(),
            rtcp: self.rtcp,
        }
    }
}
