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
    pub(crate) fn find(name: &[u8]) -> Option<Known> {
        let mut line = [0; LONGEST];
        line.get_mut(..name.len())?.copy_from_slice(name);
        Known::starting(&line, name.len())
    }

    /// The same of the name that a line starts with, which has that many bytes.
    #[inline(always)]
    pub(crate) fn starting(line: &[u8], length: usize) -> Option<Known> {
        let words = Words::of(line, length)?;
        let entry = ENTRIES.get(usize::from(TABLE[words.slot()]))?;
        let same = entry.words.first == words.first
            && entry.words.last == words.last
            && entry.known.name.len() == length
            && (length <= 16 || entry.known.name.as_bytes() == &line[..length]);
        same.then_some(entry.known)
    }
}

/// The first and the last eight bytes of a name. Of a shorter one both are all of it, the last with
/// its length.
#[derive(Clone, Copy)]
struct Words {
    first: u64,
    last: u64,
}

struct Entry {
    words: Words,
    known: Known,
}

impl Words {
    #[inline(always)]
    const fn of(line: &[u8], length: usize) -> Option<Words> {
        let Some(first) = word(line, 0) else {
            return None;
        };
        let (first, last) = match length {
            0 | LONGEST.. => return None,
            1..8 => {
                let first = first & (u64::MAX >> (64 - 8 * length));
                (first, length as u64)
            }
            8.. => match word(line, length - 8) {
                Some(last) => (first, last),
                None => return None,
            },
        };
        Some(Words { first, last })
    }

    /// No two names have the same.
    #[inline(always)]
    const fn slot(&self) -> usize {
        let mixed = self.first.wrapping_mul(FACTOR) ^ self.last;
        (mixed.wrapping_mul(FACTOR) >> (64 - SLOT_BITS)) as usize
    }
}

/// The eight bytes from there.
#[inline(always)]
const fn word(line: &[u8], at: usize) -> Option<u64> {
    let Some((_, rest)) = line.split_at_checked(at) else {
        return None;
    };
    match rest.first_chunk() {
        Some(bytes) => Some(u64::from_le_bytes(*bytes)),
        None => None,
    }
}

/// More than the longest name.
const LONGEST: usize = 24;

/// Found by trying; the table would not compile with a bad one.
const FACTOR: u64 = 0x2c9e_0fc6_9f7f_1c8b;

const SLOT_BITS: u32 = 8;

const SLOTS: usize = 1 << SLOT_BITS;

/// Which entry has the slot; none has a number as high as that of a free one.
static TABLE: [u8; SLOTS] = {
    let mut table = [u8::MAX; SLOTS];
    let mut at = 0;
    while at < ENTRIES.len() {
        let slot = ENTRIES[at].words.slot();
        assert!(table[slot] == u8::MAX, "two names in one slot");
        table[slot] = at as u8;
        at += 1;
    }
    table
};

static ENTRIES: [Entry; FIELDS.len() + OTHERS.len()] = {
    let mut entries = [const { Entry::of("Via", Some(Field::Via)) }; FIELDS.len() + OTHERS.len()];
    let mut at = 0;
    while at < FIELDS.len() {
        entries[at] = Entry::of(FIELDS[at].name(), Some(FIELDS[at]));
        at += 1;
    }
    at = 0;
    while at < OTHERS.len() {
        entries[FIELDS.len() + at] = Entry::of(OTHERS[at], None);
        at += 1;
    }
    entries
};

impl Entry {
    const fn of(name: &'static str, field: Option<Field>) -> Entry {
        let mut line = [0; LONGEST];
        let (start, _) = line.split_at_mut(name.len());
        start.copy_from_slice(name.as_bytes());
        let Some(words) = Words::of(&line, name.len()) else {
            panic!("a name that is too long");
        };
        let known = Known { name, field };
        Entry { words, known }
    }
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

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::message::header::field;

    #[test]
    fn a_known_name_is_found_as_it_is_written_and_only_so() {
        let fields = FIELDS.map(|field| (field.name(), Some(field)));
        let others = OTHERS.map(|name| (name, None));
        for (name, known) in fields.into_iter().chain(others) {
            let found = Known::find(name.as_bytes()).expect(name);
            assert_eq!((found.name, found.field), (name, known));
            assert_eq!(field(name.to_uppercase().as_bytes()), known);
            for other in [
                name.to_uppercase().to_lowercase(),
                format!("{name}x"),
                format!("x{name}"),
                name[1..].to_owned(),
                name[..name.len() - 1].to_owned(),
            ] {
                let found = Known::find(other.as_bytes());
                assert!(found.is_none_or(|found| found.name == other), "{other}");
            }
        }
        // The same at its start and end, and longer.
        assert_eq!(Known::find(b"Max-ForwForwards"), None);
        assert_eq!(Known::find(b""), None);
        assert_eq!(
            Known::find("X-Much-Longer-Than-Any-That-Is-Known".as_bytes()),
            None
        );
    }
}
