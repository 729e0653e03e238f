//! RFC 3966 §5.1.5, RFC 3261 §19.1.6: which number a Request-URI means, and what is done with one that
//! is nobody's here.

use sip::message::{Host, SipUri, Uri};
use sip::number::{E164, Home};

/// How numbers are understood and where they are looked for.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    /// How the country dials whose numbers are meant.
    pub home: Home,
    /// Below what numbers are looked for in the DNS (RFC 6116); empty for nowhere.
    pub suffixes: Vec<String>,
    /// Domains that are called directly where the DNS names them; all others are the core's.
    pub domains: Vec<Host>,
}

impl Numbers {
    /// The number that an address of this gateway's means, as somebody here would dial it. `domain` is
    /// that of our users.
    pub fn meant_by(&self, uri: &Uri, domain: &Host) -> Option<E164> {
        let read = uri.as_sip().and_then(SipUri::to_tel);
        let dialled = match uri.as_tel().or(read.as_ref()) {
            None => only_digits(uri)?,
            Some(tel) => match tel.params.get("phone-context") {
                // A number within our own domain is one of the home country.
                Some(context) if !is_domain(&context, domain) => {
                    format!("{};phone-context={context}", tel.number())
                }
                Some(_) | None => tel.number(),
            },
        };
        self.home.normalise(&dialled).ok()
    }

    /// Whether that number is to be looked for in the DNS: a `tel:` with `enumdi` has been (RFC 4759).
    pub fn asks_for(&self, uri: &Uri) -> bool {
        let was_asked = uri.as_tel().is_some_and(|tel| tel.params.has("enumdi"));
        !self.suffixes.is_empty() && !was_asked
    }

    /// Whether the operator has that domain called directly.
    pub fn may_call(&self, host: &Host) -> bool {
        self.domains.iter().any(|domain| domain.same_as(host))
    }
}

fn is_domain(written: &str, domain: &Host) -> bool {
    written
        .parse::<Host>()
        .is_ok_and(|host| host.same_as(domain))
}

/// A user of digits alone, as a page without a number's form writes what was dialled.
fn only_digits(uri: &Uri) -> Option<String> {
    let user = uri.user()?;
    let is_digits = !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| user.into_owned())
}
