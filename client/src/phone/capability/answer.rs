//! What an answer to OPTIONS means (RFC 3261 §11.2): rules R1.4 to R1.7.

use sip::agent::Failure;
use sip::message::{Response, Uri};
use sip::sdp::Description;
use sip::video_share::{Abilities, Tags};

use crate::phone::state::Can;

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) reading: Reading,
    /// The SIP address by which their network knows them.
    pub(super) address: Option<Uri>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Can(Can),
    /// Perhaps they are in a moment.
    NotThere,
    /// They were not reached for a reason of ours: nothing is known.
    NoWay,
}

impl Answer {
    pub(super) fn of(response: &Response) -> Answer {
        let reading = match response.status.code() {
            200..=299 => Reading::Can(able(response)),
            404 | 408 | 480 => Reading::NotThere,
            // They can't answer such a question, which says nothing against them.
            501 => Reading::Can(Can::LiveVideo),
            _ => Reading::Can(Can::Nothing),
        };
        let address = response.status.is_success().then(|| address(response));
        Answer {
            reading,
            address: address.flatten(),
        }
    }

    pub(super) fn none(failure: Failure) -> Answer {
        let reading = match failure {
            Failure::Timeout => Reading::NotThere,
            Failure::Unauthorized => Reading::Can(Can::Nothing),
            Failure::Transport | Failure::Overloaded | Failure::CallEnded => Reading::NoWay,
        };
        Answer {
            reading,
            address: None,
        }
    }
}

/// The session attributes of the operators' variant are not looked at (R1.5).
fn able(response: &Response) -> Can {
    let contact = response.headers.contact.first();
    let tags = contact.map_or(Tags::NONE, |contact| Tags::of(&contact.params));
    let description = response
        .content("application/sdp")
        .and_then(|sdp| Description::parse(sdp).ok());
    let abilities = description.as_ref().map(Abilities::of).unwrap_or_default();
    if tags.has_video() && abilities.can_watch() {
        Can::LiveVideo
    } else if abilities.files.is_some() {
        Can::PicturesOnly
    } else {
        Can::Nothing
    }
}

fn address(response: &Response) -> Option<Uri> {
    let asserted = response.headers.addresses("P-Asserted-Identity").ok()?;
    let mut addresses = asserted.into_iter().map(|address| address.uri);
    addresses.find(|uri| uri.as_sip().is_some())
}
