//! RFC 8285 §4.2 and 3GPP TS 26.114 §7.4.5: `urn:3gpp:video-orientation`, how a picture must be turned
//! to stand upright, in a header extension of one octet.
//!
//! ```text
//!  0                   1
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  ID   | len=0 |0 0 0 0 C F R R|   C: the camera at the back, F: mirrored, R: quarters
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Which camera it is does not matter to a picture, and mirrored ones are shown as they come.

use super::packet::{Extension, RtpPacket};
use crate::picture::Rotation;

/// The identifier that means it in `extmap`.
pub const VIDEO_ORIENTATION: &str = "urn:3gpp:video-orientation";

/// How the packet says that its picture must be turned; `None` when it does not say. `id` is what
/// `extmap` gave.
pub fn orientation(packet: &RtpPacket, id: u8) -> Option<Rotation> {
    let extension = packet.extension.as_ref()?;
    let octet = *element(extension, id)?.first()?;
    Some(match octet & 3 {
        0 => Rotation::None,
        1 => Rotation::Quarter,
        2 => Rotation::Half,
        _ => Rotation::ThreeQuarters,
    })
}

/// An extension that says only this. `id` is 1 to 14.
pub fn extension(rotation: Rotation, id: u8) -> Extension {
    let quarters = match rotation {
        Rotation::None => 0,
        Rotation::Quarter => 1,
        Rotation::Half => 2,
        Rotation::ThreeQuarters => 3,
    };
    Extension {
        profile: ONE_BYTE,
        data: vec![id << 4, quarters],
    }
}

/// The data of the element with that number.
fn element(extension: &Extension, id: u8) -> Option<&[u8]> {
    if extension.profile != ONE_BYTE {
        return None;
    }
    let mut rest = &extension.data[..];
    while let Some((&head, left)) = rest.split_first() {
        rest = left;
        match head >> 4 {
            // A single octet of padding.
            0 if head == 0 => continue,
            END => return None,
            found => {
                let (data, left) = rest.split_at_checked(usize::from(head & 0x0f) + 1)?;
                rest = left;
                if found == id {
                    return Some(data);
                }
            }
        }
    }
    None
}

/// The profile of extensions in the one-byte form.
const ONE_BYTE: u16 = 0xbede;
/// The number that ends the list.
const END: u8 = 15;
