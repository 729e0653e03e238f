//! `b=` lines (RFC 8866 §5.8, RFC 3890).

use sip::sdp::Bandwidth;

/// `b=AS` for an encoder's rate: a third more, as Nokia's 85 for 64 (R1.12).
pub(super) fn as_line(bits_per_second: u32) -> Bandwidth {
    Bandwidth::ApplicationSpecific {
        kilobits_per_second: u64::from(bits_per_second) * 4 / 3 / 1000,
    }
}

/// Below this no QCIF picture is recognisable; a lower `b=` is taken for a mistake.
pub(super) const MIN_BITS_PER_SECOND: u32 = 20_000;
