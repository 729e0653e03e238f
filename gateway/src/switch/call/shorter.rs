//! An INVITE that fits a datagram (RFC 3261 §18.1.1): a larger one would first be tried over TCP, which
//! few handsets take. What is needed least is left out first.

use sip::agent::Invite;
use sip::message::Header;
use sip::sdp::Description;

use crate::switch::Desk;
use crate::switch::offer::{self, Spare};
use crate::switch::privacy::Audience;

/// §18.1.1, where the path's MTU is unknown.
const DATAGRAM: usize = 1300;

/// What an INVITE has that is not said here: start line, Via, Call-ID, CSeq, Max-Forwards, User-Agent,
/// Session-Expires, the tag, the names of the headers with addresses, and those of the body.
const ADDED_BY_AGENT: usize = 330;

/// Leaves out of an INVITE with that offer what it takes for it to fit.
pub(super) fn shorten(
    invite: &mut Invite,
    offer: &mut Description,
    audience: Audience,
    desk: &Desk<'_>,
) {
    let room = |invite: &Invite| DATAGRAM.saturating_sub(length(invite, desk));
    let is_device = audience == Audience::Device;
    if is_device && offer.to_bytes().len() > room(invite) {
        // From says the same, and is ours too.
        let from = invite.from.to_string();
        let headers = &mut invite.headers;
        headers.retain(|header| {
            !header.name.is("P-Asserted-Identity") || header.value.as_str() != Some(from.as_str())
        });
    }
    offer::shorten(offer, Spare::SAID_TWICE, room(invite));
    if is_device && offer.to_bytes().len() > room(invite) {
        // It is for who chooses among devices (RFC 3841 §7.2), and that was done.
        let headers = &mut invite.headers;
        headers.retain(|header| !header.name.is("Accept-Contact"));
    }
    offer::shorten(offer, Spare::FOR_FEW, room(invite));
}

/// How long an INVITE becomes without its description, in bytes.
fn length(invite: &Invite, desk: &Desk<'_>) -> usize {
    let said = |header: &Header| {
        let value = header.value.as_str().map_or(0, str::len);
        header.name.long().len() + value + ": \r\n".len()
    };
    let addresses = [&invite.from, &invite.to, &invite.contact];
    let addresses = addresses.into_iter().chain(&invite.route);
    let supported = desk.agent.supported().iter();
    ADDED_BY_AGENT
        + invite.uri.to_string().len()
        + addresses.map(|one| one.to_string().len()).sum::<usize>()
        + invite.headers.iter().map(said).sum::<usize>()
        + supported.map(|tag| tag.len() + ", ".len()).sum::<usize>()
}
