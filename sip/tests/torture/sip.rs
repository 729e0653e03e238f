//! RFC 4475 §3: by the names of the messages, in the document's order.

use super::Case;
use super::Reads::{Dropped, Fields, Refused};

pub const CASES: &[Case] = &[
    // §3.1.1: valid, however they look.
    Case {
        name: "wsinv",
        reads: Fields(&[
            ("method", "INVITE"),
            ("uri", "sip:vivek@gate.example.com;unknownparam"),
            ("to", "sip:vivek@gate.example.com"),
            ("to.tag", "1918181833n"),
            ("from.display", "J Rosen \\\""),
            ("from.tag", "98asjd8"),
            ("hops", "Some(68)"),
            ("call-id", "wsinv.torture@192.0.2.1"),
            ("cseq", "9 INVITE"),
            ("vias", "3"),
            ("via.0.transport", "UDP"),
            ("via.0.by", "192.0.2.2"),
            ("via.0.branch", "390skdjuw"),
            ("via.0.new", "false"),
            ("via.1.transport", "TCP"),
            ("via.1.branch", "z9hG4bK9ikj8"),
            ("via.2.branch", "z9hG4bK30239"),
            ("Subject", ""),
            (
                "NewFangledHeader",
                "newfangled value continued newfangled value",
            ),
            ("UnknownHeaderWithUnusualValue", ";;,,;;,;"),
            (
                "route.0",
                "sip:services.example.com;lr;unknownwith=value;unknown-no-value",
            ),
            ("contact.0.display", "Quoted string \"\""),
            ("contact.0.newparam", "newvalue"),
            ("contact.0.secondparam", ""),
            ("contact.0.q", "0.33"),
            ("body", "130"),
        ]),
        // It has a To tag of a dialog that isn't there.
        agent: &["100", "481"],
    },
    Case {
        name: "intmeth",
        reads: Fields(&[
            ("method", "!interesting-Method0123456789_*+`.%indeed'~"),
            (
                "uri.user",
                "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
            ),
            ("uri.host", "example.com"),
            ("to.display", "BEL:\u{7} NUL:\0 DEL:\u{7f}"),
            ("from.display", "token1~` token2'+_ token3*%!.-"),
            ("from.fromParam''~+*_!.-%", "работающий"),
            ("from.tag", "_token~1'+`*%!-."),
            ("call-id", "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"),
            (
                "cseq",
                "139122385 !interesting-Method0123456789_*+`.%indeed'~",
            ),
            ("hops", "Some(255)"),
            ("via.0.branch", "z9hG4bK-.!%66*_+`'~"),
            ("extensionHeader-!.%*+_`'~", "\u{feff}大停電"),
        ]),
        agent: &["asked !interesting-Method0123456789_*+`.%indeed'~"],
    },
    Case {
        name: "esc01",
        reads: Fields(&[
            ("uri", "sip:sips%3Auser%40example.com@example.net"),
            ("uri.user", "sips:user@example.com"),
            ("to.user", "user"),
            ("from.user", "I have spaces"),
            ("contact.0.user", "caller"),
            ("contact.0.uri-param.lr", ""),
            ("contact.0.uri-param.name", "value%41"),
        ]),
        agent: &["100", "called"],
    },
    Case {
        name: "escnull",
        reads: Fields(&[
            ("to.user", "null-\0-null"),
            ("contact.0.user", "\0"),
            ("contact.1.user", "\0\0"),
        ]),
        agent: &["asked REGISTER"],
    },
    Case {
        name: "esc02",
        reads: Fields(&[
            ("method", "RE%47IST%45R"),
            ("to.display", "%Z%45"),
            ("contact.1.uri-param.user", "a%zz"),
        ]),
        agent: &["asked RE%47IST%45R"],
    },
    Case {
        name: "lwsdisp",
        reads: Fields(&[
            ("from.display", "caller"),
            ("from", "sip:caller@example.com"),
            ("from.tag", "323"),
        ]),
        agent: &["asked OPTIONS"],
    },
    Case {
        name: "longreq",
        reads: Fields(&[
            ("vias", "21"),
            ("via.20.by", "host19.example.com"),
            ("to.uri-param.shortparam1", "short"),
            ("body", "130"),
        ]),
        agent: &["100", "called"],
    },
    // What follows the first message of a datagram is no part of it.
    Case {
        name: "dblreq",
        reads: Fields(&[
            ("method", "REGISTER"),
            ("from.tag", "43251j3j324"),
            ("body", "0"),
        ]),
        agent: &["asked REGISTER"],
    },
    Case {
        name: "semiuri",
        reads: Fields(&[
            ("uri.user", "user;par=u@example.net"),
            ("uri.host", "example.com"),
        ]),
        agent: &["asked OPTIONS"],
    },
    Case {
        name: "transports",
        reads: Fields(&[
            ("via.0.transport", "UDP"),
            ("via.1.transport", "other: SCTP"),
            ("via.2.transport", "TLS"),
            ("via.3.transport", "other: UNKNOWN"),
            ("via.4.transport", "TCP"),
        ]),
        agent: &["asked OPTIONS"],
    },
    Case {
        name: "mpart01",
        reads: Fields(&[
            ("type", "multipart/mixed;boundary=7a9cbec02ceef655"),
            ("body", "187"),
        ]),
        agent: &["asked MESSAGE"],
    },
    Case {
        name: "unreason",
        reads: Fields(&[
            ("status", "200"),
            ("phrase", "= 2**3 * 5**2 но сто девяносто девять - простое"),
        ]),
        agent: &[],
    },
    Case {
        name: "noreason",
        reads: Fields(&[("status", "100"), ("phrase", "")]),
        agent: &[],
    },
    // §3.1.2: wrong.
    Case {
        name: "badinv01",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    Case {
        name: "clerr",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    Case {
        name: "ncl",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    Case {
        name: "scalar02",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    Case {
        name: "scalarlg",
        reads: Dropped,
        agent: &["malformed"],
    },
    Case {
        name: "quotbal",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    Case {
        name: "ltgtruri",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    Case {
        name: "lwsruri",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    // Easily understood, as §3.1.2.9 and §3.1.2.10 allow.
    Case {
        name: "lwsstart",
        reads: Fields(&[("method", "INVITE"), ("uri", "sip:user@example.com")]),
        agent: &["100", "called"],
    },
    Case {
        name: "trws",
        reads: Fields(&[("uri", "sip:remote-target@example.com")]),
        agent: &["asked OPTIONS"],
    },
    Case {
        name: "escruri",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    // Not GMT, but we don't use it (§3.1.2.12).
    Case {
        name: "baddate",
        reads: Fields(&[("Date", "Fri, 01 Jan 2010 16:00:00 EST")]),
        agent: &["100", "called"],
    },
    Case {
        name: "regbadct",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    // §3.1.2.14, §3.1.2.15: what is meant is plain, and is written rightly.
    Case {
        name: "badaspec",
        reads: Fields(&[
            ("to.display", "Watson, Thomas"),
            ("to", "sip:t.watson@example.org"),
        ]),
        agent: &["asked OPTIONS"],
    },
    Case {
        name: "baddn",
        reads: Fields(&[("from.display", "Bell, Alexander"), ("from.tag", "43")]),
        agent: &["asked OPTIONS"],
    },
    Case {
        name: "badvers",
        reads: Refused(505),
        agent: &["505", "malformed"],
    },
    Case {
        name: "mismatch01",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    Case {
        name: "mismatch02",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    Case {
        name: "bigcode",
        reads: Dropped,
        agent: &["malformed"],
    },
    // §3.2: nothing but the cookie identifies no transaction.
    Case {
        name: "badbranch",
        reads: Fields(&[("via.0.branch", "z9hG4bK"), ("via.0.new", "false")]),
        agent: &["asked OPTIONS"],
    },
    // §3.3: right by its form.
    Case {
        name: "insuf",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    Case {
        name: "unkscm",
        reads: Fields(&[("uri", "nobodyKnowsThisScheme:totallyopaquecontent")]),
        agent: &["416"],
    },
    Case {
        name: "novelsc",
        reads: Fields(&[("uri", "soap.beep://192.0.2.103:3002")]),
        agent: &["416"],
    },
    // Whose address this is, the registrar says.
    Case {
        name: "unksm2",
        reads: Fields(&[
            ("to", "isbn:2983792873"),
            ("from", "http://www.example.com"),
            ("contact.0", "name:John_Smith"),
        ]),
        agent: &["asked REGISTER"],
    },
    Case {
        name: "bext01",
        reads: Fields(&[("Require", "nothingSupportsThis, nothingSupportsThisEither")]),
        agent: &["420 nothingSupportsThis, nothingSupportsThisEither"],
    },
    // Whether it can be answered is the owner's to say, with 415.
    Case {
        name: "invut",
        reads: Fields(&[("type", "application/unknownformat"), ("body", "40")]),
        agent: &["100", "called"],
    },
    Case {
        name: "regaut01",
        reads: Fields(&[("Authorization", "NoOneKnowsThisScheme opaque-data=here")]),
        agent: &["asked REGISTER"],
    },
    Case {
        name: "multi01",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    Case {
        name: "mcl01",
        reads: Refused(400),
        agent: &["400", "malformed"],
    },
    // A response to nothing of ours, and certainly not for everybody.
    Case {
        name: "bcast",
        reads: Fields(&[("via.1.by", "255.255.255.255")]),
        agent: &[],
    },
    // An end of its way answers (§3.3.11); 483 is for who would pass it on.
    Case {
        name: "zeromf",
        reads: Fields(&[("hops", "Some(0)")]),
        agent: &["asked OPTIONS"],
    },
    // Without brackets it is the header's, with them the address's.
    Case {
        name: "cparam01",
        reads: Fields(&[
            ("contact.0", "sip:+19725552222@gw1.example.net"),
            ("contact.0.unknownparam", ""),
            ("contact.0.uri-param.unknownparam", "(none)"),
        ]),
        agent: &["asked REGISTER"],
    },
    Case {
        name: "cparam02",
        reads: Fields(&[
            ("contact.0", "sip:+19725552222@gw1.example.net;unknownparam"),
            ("contact.0.unknownparam", "(none)"),
        ]),
        agent: &["asked REGISTER"],
    },
    Case {
        name: "regescrt",
        reads: Fields(&[
            (
                "contact.0",
                "sip:user@example.com?Route=%3Csip:sip.example.com%3E",
            ),
            ("contact.0.embedded.Route", "<sip:sip.example.com>"),
        ]),
        agent: &["asked REGISTER"],
    },
    // Whether an answer of another type can be given is the owner's to say.
    Case {
        name: "sdp01",
        reads: Fields(&[
            ("Accept", "text/nobodyKnowsThis"),
            ("type", "application/sdp"),
        ]),
        agent: &["100", "called"],
    },
    // Of RFC 2543: neither tag, branch nor Max-Forwards.
    Case {
        name: "inv2543",
        reads: Fields(&[
            ("from.tag", "(none)"),
            ("via.0.branch", "(none)"),
            ("via.0.new", "false"),
            ("hops", "None"),
            ("record-route.0.uri-param.maddr", "ss1.example.com"),
        ]),
        agent: &["100", "called"],
    },
];
