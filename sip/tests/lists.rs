//! RFC 3261 §7.3.1: lists of a message, which stay in its head until somebody asks for them.

use sip::limits::Limits;
use sip::message::Message;
use sip::parse::parse;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn read(text: &str) -> Message {
    parse(text.replace('\n', "\r\n").as_bytes(), &Limits::default()).expect("a message")
}

const ROUTED: &str = "INVITE sip:b@example.com SIP/2.0
Via: SIP/2.0/UDP p.example.com:5060;branch=z9hG4bK2, SIP/2.0/UDP a.example.com;branch=z9hG4bK1
Route: <sip:[2001:DB8::0:1]:05060;lr>, \"P\"<sip:p2.example.com;lr>
From: <sip:a@example.com>;tag=1
To: <sip:b@example.com>
Call-ID: 1
CSeq: 1 INVITE
X-One:  kept   as it is
Supported: 100rel
x-two:kept
Content-Length: 0

";

#[test]
fn lists_that_nobody_changed_are_written_as_they_came() {
    let message = read(ROUTED);
    assert_eq!(message.headers().route.len(), 2);
    let written = String::from_utf8(message.to_bytes()).expect("text");
    let expected = "INVITE sip:b@example.com SIP/2.0
Via: SIP/2.0/UDP p.example.com:5060;branch=z9hG4bK2
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1
Route: <sip:[2001:DB8::0:1]:05060;lr>
Route: \"P\"<sip:p2.example.com;lr>
From: <sip:a@example.com>;tag=1
To: <sip:b@example.com>
Call-ID: 1
CSeq: 1 INVITE
X-One: kept   as it is
Supported: 100rel
x-two: kept
Content-Length: 0

"
    .replace('\n', "\r\n");
    assert_eq!(written, expected);
    // Having been looked at changes nothing.
    let looked_at = read(ROUTED);
    assert_eq!(
        looked_at.headers().route[1].uri.to_string(),
        "sip:p2.example.com;lr"
    );
    assert_eq!(looked_at.headers().other.iter().count(), 3);
    assert_eq!(looked_at.to_bytes(), message.to_bytes());
}

#[test]
fn lists_that_were_changed_are_written_as_they_are() {
    let mut message = read(ROUTED);
    let headers = message.headers_mut();
    headers.via[0].ask_rport();
    headers.route.remove(0);
    headers.set("Supported", "timer");
    let written = String::from_utf8(message.to_bytes()).expect("text");
    let expected = "INVITE sip:b@example.com SIP/2.0
Via: SIP/2.0/UDP p.example.com:5060;branch=z9hG4bK2;rport
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1
Route: \"P\" <sip:p2.example.com;lr>
From: <sip:a@example.com>;tag=1
To: <sip:b@example.com>
Call-ID: 1
CSeq: 1 INVITE
X-One: kept   as it is
x-two: kept
Supported: timer
Content-Length: 0

"
    .replace('\n', "\r\n");
    assert_eq!(written, expected);
}

#[test]
fn a_list_of_any_length_is_read_over_all_its_lines() {
    for length in [1, 5, 6, 7, 60] {
        let mut text = String::from("OPTIONS sip:b@example.com SIP/2.0\n");
        for hop in 0..length {
            text.push_str(&format!("Via: SIP/2.0/UDP h{hop};branch=z9hG4bK{hop}\n"));
            text.push_str(&format!("Record-Route: <sip:h{hop};lr>\n"));
        }
        text.push_str("From: <sip:a@example.com>;tag=1\nTo: <sip:b@example.com>\n");
        text.push_str("Call-ID: 1\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n");
        let message = read(&text);
        let headers = message.headers();
        assert_eq!(
            (headers.via.len(), headers.record_route.len()),
            (length, length)
        );
        for (hop, (via, route)) in headers.via.iter().zip(&headers.record_route).enumerate() {
            assert_eq!(
                via.to_string(),
                format!("SIP/2.0/UDP h{hop};branch=z9hG4bK{hop}")
            );
            assert_eq!(route.to_string(), format!("<sip:h{hop};lr>"));
        }
    }
}
