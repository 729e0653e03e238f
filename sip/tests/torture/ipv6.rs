//! RFC 5118 §4: addresses of IPv6, by the names of their messages.

use super::Case;
use super::Reads::{Fields, Refused};

pub const CASES: &[Case] = &[
    Case {
        name: "ipv6-good",
        reads: Fields(&[
            ("method", "REGISTER"),
            ("uri", "sip:[2001:db8::10]"),
            ("uri.port", "None"),
            ("via.0.by", "[2001:db8::9:1]"),
            ("contact.0", "sip:caller@[2001:db8::1]"),
            ("contact.0.display", "Caller"),
            ("expires", "Some(1800)"),
        ]),
        agent: &["asked REGISTER"],
    },
    Case {
        name: "ipv6-bad",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    // The colon belongs to the address.
    Case {
        name: "port-ambiguous",
        reads: Fields(&[("uri.host", "[2001:db8::10:5070]"), ("uri.port", "None")]),
        agent: &["asked REGISTER"],
    },
    Case {
        name: "port-unambiguous",
        reads: Fields(&[("uri.host", "[2001:db8::10]"), ("uri.port", "Some(5070)")]),
        agent: &["asked REGISTER"],
    },
    Case {
        name: "via-received-param-with-delim",
        reads: Fields(&[("via.0.received", "[2001:db8::9:255]")]),
        agent: &["481"],
    },
    Case {
        name: "via-received-param-no-delim",
        reads: Fields(&[("via.0.received", "[2001:db8::9:255]")]),
        agent: &["asked OPTIONS"],
    },
    Case {
        name: "ipv6-in-sdp",
        reads: Fields(&[("type", "application/sdp"), ("body", "251")]),
        agent: &["100", "called"],
    },
    Case {
        name: "mult-ip-in-header",
        reads: Fields(&[
            ("vias", "3"),
            ("via.0.by", "[2001:db8::9:1]:6050"),
            ("via.1.by", "192.0.2.1:5060"),
            ("via.1.received", "198.51.100.7"),
            ("via.2.by", "[2001:db8::9:255]"),
        ]),
        agent: &["481"],
    },
    Case {
        name: "mult-ip-in-sdp",
        reads: Fields(&[("type", "application/sdp"), ("body", "189")]),
        agent: &["100", "called"],
    },
    Case {
        name: "ipv4-mapped-ipv6",
        reads: Fields(&[
            ("via.0.by", "[::ffff:192.0.2.10]:19823"),
            ("contact.0", "sip:ted@[::ffff:192.0.2.2]"),
        ]),
        agent: &["100", "called"],
    },
    // §4.10: both are to be understood, and the right one is written.
    Case {
        name: "ipv6-bug-abnf-3-colons",
        reads: Fields(&[
            ("uri.host", "[2001:db8::c000:201]"),
            ("to", "sip:user@[2001:db8::c000:201]"),
        ]),
        agent: &["asked OPTIONS"],
    },
    Case {
        name: "ipv6-correct-abnf-2-colons",
        reads: Fields(&[
            ("uri.host", "[2001:db8::c000:201]"),
            ("to", "sip:user@[2001:db8::c000:201]"),
        ]),
        agent: &["asked OPTIONS"],
    },
];
