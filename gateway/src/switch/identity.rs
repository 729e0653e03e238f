//! Who calls: a subscriber whose device registered over the same connection, or over UDP from the
//! same address (RFC 3325 §5: the identity is ours to assert, not the caller's to claim).

use sip::agent::Reply;
use sip::message::{NameAddr, Request, SipUri, Status, Text, Uri};
use sip::time::Instant;
use sip::transport::Hop;

use super::Desk;
use super::route::Whose;
use crate::home::Home;
use crate::store::Subscriber;

/// Who sends a request, as far as we vouch for it.
#[derive(Debug, Clone)]
pub struct Caller {
    pub whose: Whose,
    /// How they are shown to the other side: From, and what P-Asserted-Identity says.
    pub shown: NameAddr,
}

/// Who an INVITE, or another request outside of a dialog, comes from. Several may share one UDP
/// address; then From says which of them it is, and nobody else can be named.
///
/// # Errors
/// The answer to who is not believed.
pub fn caller(
    desk: &mut Desk<'_>,
    hop: &Hop,
    request: &Request,
    now: Instant,
) -> Result<Caller, Box<Reply>> {
    let home = &*desk.home;
    let Some(subscriber) = registered(home, hop, request, now) else {
        return Err(Box::new(Reply {
            reason: Some(Text::from("Register First")),
            ..Reply::new(Status::FORBIDDEN)
        }));
    };
    Ok(Caller {
        whose: Whose::Subscriber(subscriber.name.clone()),
        shown: shown(subscriber, home),
    })
}

fn registered<'a>(
    home: &'a Home,
    hop: &Hop,
    request: &Request,
    now: Instant,
) -> Option<&'a Subscriber> {
    let here: Vec<&str> = home
        .registrar
        .who_is_at(hop, now)
        .map(|(name, _)| name)
        .collect();
    let name = match here.as_slice() {
        [] => return None,
        [only] => *only,
        several => {
            let claimed = home.subscribers.find(&request.headers.from.uri)?;
            several.iter().copied().find(|name| *name == claimed.name)?
        }
    };
    home.subscribers.by_name(name)
}

/// How a subscriber is shown to the other side: name and number (RFC 3261 §19.1.6).
fn shown(subscriber: &Subscriber, home: &Home) -> NameAddr {
    let uri = SipUri::new(home.territory.domain().clone())
        .with_user(&subscriber.number)
        .with_param("user", "phone");
    NameAddr::new(Uri::Sip(uri)).with_display(subscriber.display.as_str())
}
