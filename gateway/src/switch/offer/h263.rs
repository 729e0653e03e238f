//! H.263 in a description (RFC 4629 §8, RFC 3551 §4.5 for payload type 34).

use crate::bridge::web_leg::PictureLimit;

/// Rate of a QCIF share in bits a second: what the 2004 networks carried (R6.5).
pub(super) const QCIF_BITS_PER_SECOND: u32 = 64_000;

/// QCIF at 15 pictures a second, which every H.263 peer can show.
pub(super) const QCIF: PictureLimit = PictureLimit {
    width: 176,
    height: 144,
    frames_per_second: 15,
    bits_per_second: QCIF_BITS_PER_SECOND,
};
