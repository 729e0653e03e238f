//! RFC 3325 §5, §6: who sends a request. The identity is ours to assert, not the sender's to claim:
//! a subscriber whose device registered over the same connection or who proves it by Digest, a
//! user of the core whose registration it granted, or whom the core itself vouches for.

use sip::agent::Reply;
use sip::message::{NameAddr, Request, SipUri, Text, Uri};
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
    /// How they are shown to the other side: From of a call, and what P-Asserted-Identity says.
    pub shown: NameAddr,
}

/// Who an INVITE, or another request outside of a dialog, comes from.
///
/// # Errors
/// The answer to who is not believed: mostly the challenge to prove it.
pub fn caller(
    desk: &mut Desk<'_>,
    hop: &Hop,
    request: &Request,
    now: Instant,
) -> Result<Caller, Box<Reply>> {
    if desk.core.trusts(hop) {
        return Ok(Caller {
            whose: Whose::Core,
            shown: asserted(request),
        });
    }
    if let Some((name, binding)) = desk.core.user_at(hop, request, now) {
        let default = binding.associated.first().cloned();
        let shown = preferred(request, &binding.associated).or(default);
        return Ok(Caller {
            whose: Whose::CoreUser(name.to_owned()),
            shown: shown.unwrap_or_else(|| without_params(&request.headers.from)),
        });
    }
    let home = &*desk.home;
    let registered = registered(home, hop, request, now).filter(|_| desk.guard.believes(hop));
    let subscriber = match registered {
        Some(subscriber) => subscriber,
        None => {
            let subscribers = &home.subscribers;
            desk.guard
                .prove(request, hop, subscribers, desk.counters, now)?
        }
    };
    Ok(Caller {
        whose: Whose::Subscriber(subscriber.name.clone()),
        shown: preferred(request, &numbered(subscriber, home))
            .unwrap_or_else(|| shown(subscriber, home)),
    })
}

/// The subscriber whose device registered from there. Several may share one UDP address; then From
/// says which of them it is, and nobody else can be named.
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

/// A subscriber's own addresses, the default first.
pub fn identities(subscriber: &Subscriber, home: &Home) -> Vec<NameAddr> {
    let by_name = Uri::sip(&subscriber.name, home.territory.domain().clone());
    let display = subscriber.display.as_str();
    [by_name, Uri::tel(&subscriber.number)]
        .into_iter()
        .map(|uri| NameAddr::new(uri).with_display(display))
        .chain([shown(subscriber, home)])
        .collect()
}

/// Those of a subscriber's addresses that they may choose to be shown by: people here know each other
/// by number, and by nothing else would a share find the call it belongs to (R7.6).
fn numbered(subscriber: &Subscriber, home: &Home) -> Vec<NameAddr> {
    let mut all = identities(subscriber, home);
    all.retain(|address| address.uri.number().is_some());
    all
}

/// How we vouch for a subscriber who answers: by the SIP address, which callers take from then on, and
/// by the number (RFC 3325 §9.1).
pub fn asserted_of(name: &str, home: &Home) -> Option<String> {
    let subscriber = home.subscribers.by_name(name)?;
    let number = NameAddr::new(Uri::tel(&subscriber.number));
    Some(format!("{}, {number}", shown(subscriber, home)))
}

/// Which of their own addresses the sender wants to be known by (RFC 3325 §9.2); any other is as
/// if nothing was said.
fn preferred(request: &Request, own: &[NameAddr]) -> Option<NameAddr> {
    let wished = request.headers.addresses("P-Preferred-Identity").ok()?;
    let wished = wished.first()?;
    own.iter()
        .find(|address| address.uri.same_as(&wished.uri))
        .map(without_params)
}

/// Whom a trusted neighbour vouches for; where it says nobody, From stands as it is.
fn asserted(request: &Request) -> NameAddr {
    let said = request.headers.addresses("P-Asserted-Identity");
    let first = said.ok().and_then(|all| all.into_iter().next());
    without_params(first.as_ref().unwrap_or(&request.headers.from))
}

/// The longest name that is passed on, in characters: what a screen has room for, and a datagram beside
/// all else, where it stands twice.
const DISPLAY_CHARS: usize = 128;

/// An address of a peer's as others are shown it.
fn without_params(address: &NameAddr) -> NameAddr {
    let display = address.display.as_ref().map(|name| {
        let readable = name.chars().filter(|letter| !is_hidden(*letter));
        Text::from(readable.take(DISPLAY_CHARS).collect::<String>())
    });
    NameAddr {
        display,
        ..NameAddr::new(address.uri.clone())
    }
}

/// A control character, or one that changes how those beside it are shown: a name has neither.
fn is_hidden(letter: char) -> bool {
    let turns = matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || letter.is_control()
}

/// How a subscriber is shown to the other side: name and number (RFC 3261 §19.1.6).
fn shown(subscriber: &Subscriber, home: &Home) -> NameAddr {
    at_home(&subscriber.number, home).with_display(subscriber.display.as_str())
}

/// Who is called, as the other side reads it. A number becomes an address here (RFC 3261 §19.1.6):
/// some browser clients (JsSIP) drop a request unread whose To is a `tel:`.
pub fn called(uri: &Uri, home: &Home) -> NameAddr {
    match uri.as_tel() {
        Some(tel) => NameAddr::new(Uri::Sip(tel.to_sip(home.territory.domain().clone()))),
        None => NameAddr::new(uri.clone()),
    }
}

fn at_home(number: &str, home: &Home) -> NameAddr {
    let uri = SipUri::new(home.territory.domain().clone())
        .with_user(number)
        .with_param("user", "phone");
    NameAddr::new(Uri::Sip(uri))
}
