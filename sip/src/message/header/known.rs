//! RFC 3261 §7.3.1: the names that nearly all headers have, found without a search.

use super::name::{FIELDS, Field};

/// A name that many messages have, as its RFC writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) field: Option<Field>,
}

impl Known {
    /// `None` for a name that few have, that is compact or written in another case: it is to be
    /// looked at in another way.
    #[inline]
    pub(crate) fn find(name: &[u8]) -> Option<Known> {
        let known = TABLE[slot(name)?]?;
        (known.name.as_bytes() == name).then_some(known)
    }
}

/// No two of them have the same.
#[inline]
const fn slot(name: &[u8]) -> Option<usize> {
    let (Some(first), Some(last)) = (name.first(), name.last()) else {
        return None;
    };
    let middle = name[name.len() / 2];
    let sum = 2 * name.len() + 27 * *first as usize + 2 * middle as usize + *last as usize;
    Some(sum % SLOTS)
}

const SLOTS: usize = 256;

static TABLE: [Option<Known>; SLOTS] = {
    let mut table = [None; SLOTS];
    let mut at = 0;
    while at < FIELDS.len() {
        let field = FIELDS[at];
        put(&mut table, field.name(), Some(field));
        at += 1;
    }
    at = 0;
    while at < OTHERS.len() {
        put(&mut table, OTHERS[at], None);
        at += 1;
    }
    table
};

const fn put(table: &mut [Option<Known>; SLOTS], name: &'static str, field: Option<Field>) {
    let Some(slot) = slot(name.as_bytes()) else {
        panic!("a name without letters");
    };
    assert!(table[slot].is_none(), "two names in one slot");
    table[slot] = Some(Known { name, field });
}

/// Without a field.
const OTHERS: [&str; 57] = [
    "Accept",
    "Accept-Contact",
    "Accept-Encoding",
    "Accept-Language",
    "Alert-Info",
    "Allow",
    "Allow-Events",
    "Authentication-Info",
    "Authorization",
    "Call-Info",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Date",
    "Event",
    "History-Info",
    "Min-Expires",
    "Min-SE",
    "Organization",
    "P-Access-Network-Info",
    "P-Asserted-Identity",
    "P-Asserted-Service",
    "P-Associated-URI",
    "P-Called-Party-ID",
    "P-Charging-Vector",
    "P-Early-Media",
    "P-Preferred-Identity",
    "P-Preferred-Service",
    "P-Visited-Network-ID",
    "Path",
    "Privacy",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Require",
    "RAck",
    "RSeq",
    "Reason",
    "Refer-To",
    "Referred-By",
    "Reject-Contact",
    "Replaces",
    "Require",
    "Retry-After",
    "Security-Client",
    "Security-Server",
    "Security-Verify",
    "Server",
    "Service-Route",
    "Session-Expires",
    "Subject",
    "Subscription-State",
    "Supported",
    "Timestamp",
    "Unsupported",
    "User-Agent",
    "WWW-Authenticate",
    "Warning",
];
