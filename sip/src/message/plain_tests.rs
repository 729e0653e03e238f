//! RFC 3261 §25.1: what [`plain`](super::plain) finds, the longer way reads as the same, whatever the text.

use super::header::{NameAddr, Via};
use super::host::Host;
use super::lex::{self, SyntaxError};
use super::params::Params;
use super::plain;
use super::read_list::{ListFound, Listed};
use super::uri::Uri;
use proptest::collection::vec;
use proptest::prelude::*;
use std::fmt::Debug;
use std::sync::Arc;

/// Pieces that are near to what is plainly written, and what spoils it.
const PIECES: [&str; 48] = [
    "sip:",
    "sips:",
    "<sip:",
    "<",
    ">",
    "\"",
    "\"A \"",
    "\"a, b\" ",
    "@",
    ":",
    ";",
    ";;",
    "=",
    ",",
    ", ",
    " ",
    "\t",
    "?",
    "a",
    "alice",
    "+1",
    "%41",
    "host.example",
    "192.0.2.1",
    "1.2.3",
    "[2001:db8::1]",
    "[::]",
    "[1:2:3:4:5:6:7:8]",
    "[::ffff:1.2.3.4]",
    "[",
    "]",
    "5060",
    ":5060",
    ":65536",
    ":00080",
    ";lr",
    ";tag=1",
    ";x=\"y;z\"",
    ";x=\"\\\"\"",
    ";x=",
    ";=",
    "SIP/2.0/",
    "UDP ",
    "WS ",
    "SIP/2.0/TCP ",
    ";branch=z9hG4bK1",
    "é",
    "\u{7f}",
];

fn pieces() -> impl Strategy<Value = String> {
    vec(prop::sample::select(PIECES.to_vec()), 0..12).prop_map(|pieces| pieces.concat())
}

/// Text that is mostly plainly written, with a piece somewhere in it.
fn nearly(plain: &'static [&'static str]) -> impl Strategy<Value = String> {
    let spoil = prop::option::of((
        any::<prop::sample::Index>(),
        prop::sample::select(PIECES.to_vec()),
    ));
    (vec(prop::sample::select(plain.to_vec()), 1..9), spoil).prop_map(|(list, spoil)| {
        let mut text = list.join(", ");
        if let Some((at, piece)) = spoil {
            let at = at.index(text.len() + 1);
            if text.is_char_boundary(at) {
                text.insert_str(at, piece);
            }
        }
        text
    })
}

const ADDRESSES: [&str; 6] = [
    "<sip:p1.example.com;lr>",
    "\"A, B\" <sip:alice:x@192.0.2.1:5060;transport=tcp>;tag=1;x=\"y\"",
    "\"C\"<sip:c@[2001:db8::1]>",
    "<sip:+4417@h;user=phone>;expires=10",
    "<tel:+4417>",
    "Bob <sip:bob@example.com>",
];

const VIAS: [&str; 4] = [
    "SIP/2.0/UDP a.example.com;branch=z9hG4bK1",
    "SIP/2.0/TCP [2001:db8::1]:5060;rport;branch=z9hG4bK2;x=\"y\"",
    "SIP/2.0/WSS x.invalid;branch=z9hG4bK3",
    "SIP / 2.0 / UDP b",
];

/// A list as it is read from a head, and as it is read value by value the longer way.
fn check_list<T: Listed + Clone + PartialEq + Debug>(
    text: &str,
    any: fn(&str) -> Result<T, SyntaxError>,
) {
    // With something on either side of it.
    let head = format!("X: {text}\r\n");
    let place = 3..3 + text.len();
    let mut found = ListFound::<T>::default();
    let read = found.take(head.as_bytes(), Some(place), text.as_bytes());
    let values = match text.contains(',') {
        true => lex::split(text, b',').and_then(|all| all.into_iter().map(any).collect()),
        false => any(text).map(|one| vec![one]),
    };
    match values {
        Ok(values) => {
            assert_eq!(read, Ok(()), "{text:?}");
            assert_eq!(found.len(), Vec::len(&values), "{text:?}");
            let list = found.into_list(|| Arc::from(head.as_bytes()));
            assert_eq!(list, values, "{text:?}");
        }
        Err(_) => assert!(read.is_err(), "{text:?}"),
    }
}

fn check(text: &str) {
    let bytes = text.as_bytes();
    if plain::uri(bytes, 0).is_some_and(|uri| uri.end == text.len()) {
        assert_eq!(text.parse(), Uri::parse_any(text), "{text:?}");
        assert!(Uri::parse_any(text).is_ok(), "{text:?}");
    }
    if plain::address(bytes, 0).is_some_and(|address| address.params.end == text.len()) {
        assert_eq!(text.parse(), NameAddr::parse_any(text), "{text:?}");
        assert!(NameAddr::parse_any(text).is_ok(), "{text:?}");
    }
    if plain::via(bytes, 0).is_some_and(|via| via.params.end == text.len()) {
        assert_eq!(text.parse(), Via::parse_any(text), "{text:?}");
        assert!(Via::parse_any(text).is_ok(), "{text:?}");
    }
    if let Some((host, port, end)) = plain::host_and_port(bytes, 0)
        && end == text.len()
    {
        let plain = Ok((Host::of_plain(text, &host), port));
        assert_eq!(plain, Host::parse_any_with_port(text), "{text:?}");
    }
    if text.starts_with(';') && plain::params(bytes, 0) == Some(text.len()) {
        let list = Params::parse_list(&text[1..], b';');
        assert_eq!(Ok(Params::of_plain(text)), list, "{text:?}");
    }
    check_list::<NameAddr>(text, |one| NameAddr::parse_any(lex::trim(one)));
    check_list::<Via>(text, Via::parse_any);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_of_addresses_read_as_the_longer_way_reads_them(text in pieces()) {
        check(&text);
    }

    #[test]
    fn addresses_read_as_the_longer_way_reads_them(text in nearly(&ADDRESSES)) {
        check(&text);
    }

    #[test]
    fn vias_read_as_the_longer_way_reads_them(text in nearly(&VIAS)) {
        check(&text);
    }
}

#[test]
fn what_is_usual_is_plain() {
    let address = "\"A, B\" <sip:alice@192.0.2.1:5060;transport=tcp>;tag=1;x=\"y\"";
    let found = plain::address(address.as_bytes(), 0).expect("plain");
    assert_eq!(found.params.end, address.len());
    let via = VIAS[1];
    let found = plain::via(via.as_bytes(), 0).expect("plain");
    assert_eq!(found.params.end, via.len());
}
