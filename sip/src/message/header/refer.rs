//! RFC 3515 §2.1, RFC 3892 §3: Refer-To, where to send a request instead, and Referred-By, who asks
//! for it.

use super::name_addr::NameAddr;
use super::typed::TypedHeader;
use crate::message::lex::SyntaxError;
use std::fmt;
use std::str::FromStr;

/// `Refer-To: <sip:carol@example.com?Replaces=...>`, or `r:`. See
/// [`SipUri::embedded`](crate::message::SipUri::embedded) for what follows the `?`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReferTo(pub NameAddr);

/// `Referred-By: <sip:alice@example.com>;cid="..."`, or `b:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReferredBy(pub NameAddr);

impl TypedHeader for ReferTo {
    const NAME: &'static str = "Refer-To";
}

impl TypedHeader for ReferredBy {
    const NAME: &'static str = "Referred-By";
}

impl FromStr for ReferTo {
    type Err = SyntaxError;

    /// # Errors
    /// Not exactly one address (RFC 3515 §2.4.2).
    fn from_str(text: &str) -> Result<ReferTo, SyntaxError> {
        text.parse().map(ReferTo)
    }
}

impl FromStr for ReferredBy {
    type Err = SyntaxError;

    /// # Errors
    /// Not an address.
    fn from_str(text: &str) -> Result<ReferredBy, SyntaxError> {
        text.parse().map(ReferredBy)
    }
}

impl fmt::Display for ReferTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ReferredBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
