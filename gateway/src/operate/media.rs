//! Counters of media: packets, losses, what was refused, and who wanted keyframes of whom.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

macro_rules! media_counts {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counts of one call's media, or of all together.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
        pub struct MediaCounts {
            $($(#[$doc])* pub $name: u64,)*
        }

        /// The counts of all calls since the start. Every media worker adds to them.
        #[derive(Debug, Default)]
        pub struct MediaCounters {
            $($name: AtomicU64,)*
        }

        impl MediaCounts {
            /// What was added since `before`.
            pub fn since(&self, before: &MediaCounts) -> MediaCounts {
                MediaCounts { $($name: self.$name.saturating_sub(before.$name),)* }
            }

            pub fn add(&mut self, more: &MediaCounts) {
                $(self.$name += more.$name;)*
            }
        }

        impl MediaCounters {
            pub fn add(&self, more: &MediaCounts) {
                $(self.$name.fetch_add(more.$name, Ordering::Relaxed);)*
            }

            pub fn snapshot(&self) -> MediaCounts {
                MediaCounts { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }
    };
}

media_counts! {
    /// RTP packets of plain peers that were taken, and ours to them.
    rtp_received,
    rtp_sent,
    /// Packets of plain peers that never came.
    rtp_lost,
    /// Packets of plain peers that came too late or twice.
    rtp_discarded,
    /// Packets without payload.
    rtp_keepalives,
    /// Packets that plain peers missed and were sent once more.
    rtp_resent,
    /// Packets that plain peers were asked for once more.
    rtp_asked_again,
    /// Packets for which the queue to a plain peer had no room.
    rtp_overflowed,
    /// Datagrams on a plain leg's ports that were not its peer's.
    rtp_foreign_datagrams,
    /// Packets of a plain peer with an SSRC that is not its present one.
    rtp_unknown_ssrc,
    rtp_wrong_payload_type,
    rtp_malformed,
    rtp_oversized,
    /// Packets of a peer that sent more in a second than any share does.
    rtp_too_fast,
    /// Times that a plain peer's address was taken from where its packets come from.
    rtp_latched,
    /// Times that a description named an address that no media is sent to.
    rtp_destinations_refused,
    /// Plain legs that ended, by the jitter of what they received last.
    rtp_legs_jitter_below_20_ms,
    rtp_legs_jitter_below_100_ms,
    rtp_legs_jitter_above,
    rtcp_received,
    rtcp_sent,
    /// Wishes for a keyframe, by where they came from.
    keyframes_wanted_by_pli,
    keyframes_wanted_by_fir,
    keyframes_wanted_by_info,
    keyframes_wanted_after_loss,
    keyframes_wanted_after_overflow,
    keyframes_wanted_at_answer,
    keyframes_wanted_at_resume,
    keyframes_wanted_for_new_viewer,
    keyframes_wanted_from_time_to_time,
    /// FIRs that said the same as the one before.
    keyframes_wanted_again_by_fir,
    /// Keyframes that were asked for, by the way it was done.
    keyframes_asked_by_pli,
    keyframes_asked_by_fir,
    keyframes_asked_by_info,
    keyframes_asked_of_encoder,
}

impl From<&media::keyframe::Counters> for MediaCounts {
    fn from(counters: &media::keyframe::Counters) -> MediaCounts {
        MediaCounts {
            keyframes_wanted_by_pli: counters.requested_by_pli,
            keyframes_wanted_by_fir: counters.requested_by_fir,
            keyframes_wanted_by_info: counters.requested_by_info,
            keyframes_wanted_after_loss: counters.requested_by_loss,
            keyframes_wanted_after_overflow: counters.requested_by_overflow,
            keyframes_wanted_at_answer: counters.requested_by_answer,
            keyframes_wanted_at_resume: counters.requested_by_resume,
            keyframes_wanted_for_new_viewer: counters.requested_by_viewer,
            keyframes_wanted_from_time_to_time: counters.requested_by_period,
            keyframes_asked_by_pli: counters.sent_pli,
            keyframes_asked_by_fir: counters.sent_fir,
            keyframes_asked_by_info: counters.sent_info,
            keyframes_asked_of_encoder: counters.forced_intra,
            ..MediaCounts::default()
        }
    }
}

impl From<&media::rtp::session::Counters> for MediaCounts {
    fn from(counters: &media::rtp::session::Counters) -> MediaCounts {
        MediaCounts {
            rtp_received: counters.received_packets,
            rtp_sent: counters.sent_packets,
            rtp_discarded: counters.discarded,
            rtp_keepalives: counters.keepalives,
            rtp_resent: counters.resent,
            rtp_asked_again: counters.asked_again,
            rtp_overflowed: counters.overflowed,
            rtp_unknown_ssrc: counters.foreign,
            rtp_wrong_payload_type: counters.wrong_payload_type,
            rtp_malformed: counters.malformed,
            rtcp_received: counters.received_rtcp,
            rtcp_sent: counters.sent_rtcp,
            keyframes_wanted_again_by_fir: counters.repeated_fir,
            ..MediaCounts::default()
        }
    }
}
