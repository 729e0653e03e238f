//! RFC 4475 §3.1.2, §3.3: what is wrong, and what a peer is told about it.

use sip::limits::Limits;
use sip::message::Status;
use sip::parse::{is_keepalive, parse};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// An OPTIONS with its first line and its other headers as given, and what becomes of it: the
/// status of the reply and why, or why there is none.
fn answer(first: &str, headers: &str) -> String {
    let text = format!("{first}\n{headers}\n\n").replace('\n', "\r\n");
    let error = match parse(text.as_bytes(), &Limits::default()) {
        Ok(_) => return String::from("read"),
        Err(error) => error,
    };
    match error.reply(text.as_bytes()) {
        Some(reply) => {
            let bytes = reply.to_bytes();
            let generous = Limits {
                vias: 1000,
                ..Limits::default()
            };
            let read = parse(&bytes, &generous);
            assert_eq!(read, Ok(reply.clone().into()), "a reply reads back");
            assert!(reply.headers.to.tag().is_some(), "a reply has a To tag");
            format!("{} {}", reply.status, reply.reason)
        }
        None => format!("no reply: {error}"),
    }
}

const GOOD: &str = "Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1
From: <sip:a@example.com>;tag=1
To: <sip:b@example.com>
Call-ID: 1
CSeq: 1 OPTIONS";

const FIRST: &str = "OPTIONS sip:b@example.com SIP/2.0";

#[test]
fn a_wrong_first_line_is_told() {
    for (first, expected) in [
        (FIRST, "read"),
        // RFC 4475 §3.1.2.9 and §3.1.2.10: easily understood, so understood.
        ("OPTIONS   sip:b@example.com   SIP/2.0", "read"),
        ("OPTIONS sip:b@example.com SIP/2.0  ", "read"),
        (
            "OPTIONS <sip:b@example.com> SIP/2.0",
            "400 Bad Request: the Request-URI: a character where it may not be",
        ),
        (
            "OPTIONS sip:b@example.com; lr SIP/2.0",
            "400 Bad Request: the Request-URI: a character where it may not be",
        ),
        ("OPTIONS 1234 SIP/2.0", "416 Unsupported URI Scheme"),
        (
            "OPTIONS sip:b@example.com SIP/7.0",
            "505 Version Not Supported",
        ),
        (
            "OPTIONS sip:b@example.com",
            "400 Bad Request: no method, address and version in the first line",
        ),
        (
            "GET / HTTP/1.1",
            "400 Bad Request: no method, address and version in the first line",
        ),
        (
            "INVITE sip:b@example.com SIP/2.0",
            "400 Bad Request: CSeq has another method than the first line",
        ),
        ("garbage", "no reply: not a SIP message"),
        (
            "SIP/2.0 4294967301 better not break the receiver",
            "no reply: no version and code in the first line",
        ),
        (
            "SIP/2.0 99 too small",
            "no reply: no version and code in the first line",
        ),
        ("SIP/7.0 200 OK", "no reply: a version that is not SIP/2.0"),
    ] {
        assert_eq!(answer(first, GOOD), expected, "{first}");
    }
    let long = format!("OPTIONS sip:{}@example.com SIP/2.0", "b".repeat(5000));
    assert_eq!(answer(&long, GOOD), "414 Request-URI Too Long");
}

#[test]
fn a_wrong_header_is_told() {
    for (header, expected) in [
        (
            "Max-Forwards: 300",
            "400 Bad Request: Max-Forwards: a number that is none, or too large",
        ),
        (
            "Max-Forwards: +7",
            "400 Bad Request: Max-Forwards: a number that is none, or too large",
        ),
        (
            "Content-Length: -999",
            "400 Bad Request: Content-Length: a number that is none, or too large",
        ),
        (
            "Content-Length: 9999",
            "400 Bad Request: the body is shorter than Content-Length",
        ),
        (
            "Content-Length: 0\nl: 0",
            "400 Bad Request: Content-Length: there twice",
        ),
        (
            "From: <sip:c@example.com>;tag=2",
            "400 Bad Request: From: there twice",
        ),
        (
            "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E",
            "400 Bad Request: Contact: an angle bracket without its other half",
        ),
        (
            "Contact: \"Joe\" <sip:joe@example.org>;;;;",
            "400 Bad Request: Contact: a name that is not a token",
        ),
        (
            "Contact: <sip:a@b>,",
            "400 Bad Request: Contact: an empty value where one is needed",
        ),
        (
            "Route: <sip:a",
            "400 Bad Request: Route: an angle bracket without its other half",
        ),
        (
            "Expires: tomorrow",
            "400 Bad Request: Expires: a number that is none, or too large",
        ),
        (
            "Content-Type: text",
            "400 Bad Request: Content-Type: a name that is not a token",
        ),
        ("no colon", "400 Bad Request: a line that is no header"),
        ("Bad Name: x", "400 Bad Request: a line that is no header"),
        (": x", "400 Bad Request: a line that is no header"),
        ("X: a\rb", "400 Bad Request: a line that is no header"),
        // RFC 4475 §3.1.2.12: what we do not use may be wrong.
        ("Date: Fri, 01 Jan 2010 16:00:00 EST", "read"),
    ] {
        assert_eq!(
            answer(FIRST, &format!("{GOOD}\n{header}")),
            expected,
            "{header}"
        );
    }
}

#[test]
fn the_headers_a_reply_needs_may_themselves_be_wrong() {
    let replaced = |line: usize, with: &str| {
        let mut lines: Vec<&str> = GOOD.lines().collect();
        lines[line] = with;
        lines.retain(|line| !line.is_empty());
        answer(FIRST, &lines.join("\n"))
    };
    for (line, with, expected) in [
        // RFC 4475 §3.1.2.6
        (
            2,
            "To: \"Mr. J. User <sip:j.user@example.com>",
            "400 Bad Request: To: a quoted string without its end",
        ),
        (
            1,
            "From: \"x <sip:a@example.com>;tag=9",
            "400 Bad Request: From: a quoted string without its end",
        ),
        (2, "", "400 Bad Request: To is missing"),
        (0, "", "no reply: Via is missing"),
        (3, "", "400 Bad Request: Call-ID is missing"),
        (
            4,
            "CSeq: 36893488147419103232 OPTIONS",
            "400 Bad Request: CSeq: a number that is none, or too large",
        ),
        (
            4,
            "CSeq: 2147483648 OPTIONS",
            "400 Bad Request: CSeq: a number that is none, or too large",
        ),
        (
            0,
            "Via: SIP/2.0/UDP 192.0.2.15;;,;,,",
            "400 Bad Request: Via: a name that is not a token",
        ),
        (
            0,
            "Via: SIP/7.0/UDP c.example.com;branch=z9hG4bK2",
            "400 Bad Request: Via: not SIP/2.0",
        ),
        // RFC 4475 §3.1.2.15: a comma in a name without quotes is understood.
        (
            1,
            "From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43",
            "read",
        ),
    ] {
        assert_eq!(replaced(line, with), expected, "{with}");
    }
}

#[test]
fn an_ack_and_a_response_are_never_answered() {
    let headers = GOOD.replace("OPTIONS", "ACK");
    for (first, headers) in [
        ("ACK sip:b@example.com SIP/7.0", headers.as_str()),
        ("BYE sip:b@example.com SIP/2.0", headers.as_str()),
        ("SIP/2.0 200 OK", "Via: nonsense"),
    ] {
        let outcome = answer(first, headers);
        assert!(outcome.starts_with("no reply"), "{first}: {outcome}");
    }
}

#[test]
fn everything_has_a_limit() {
    let many = |line: &str, count: usize| format!("{GOOD}\n{}", [line].repeat(count).join("\n"));
    let via = "Via: SIP/2.0/UDP b.example.com;branch=z9hG4bK1";
    for (headers, expected) in [
        (many("X: y", 251), "read"),
        (
            many("X: y", 252),
            "400 Bad Request: more headers than we accept",
        ),
        (many(via, 69), "read"),
        (many(via, 70), "483 Too Many Hops"),
        (
            many("Route: <sip:a>,<sip:b>", 36),
            "400 Bad Request: more headers than we accept",
        ),
        (
            many(&format!("Contact: <sip:a>{}", ";x".repeat(65)), 1),
            "400 Bad Request: Contact: more parameters than we accept",
        ),
        (
            many(&format!("Contact: <sip:a{}>", ";x".repeat(65)), 1),
            "400 Bad Request: Contact: more parameters than we accept",
        ),
        (many(&"X".repeat(33_000), 1), "513 Message Too Large"),
        (many(&"X".repeat(70_000), 1), "513 Message Too Large"),
    ] {
        assert_eq!(answer(FIRST, &headers), expected);
    }
}

#[test]
fn headers_that_do_not_end_are_told() {
    let text = format!("{FIRST}\r\n{}", GOOD.replace('\n', "\r\n"));
    let error = parse(text.as_bytes(), &Limits::default()).expect_err("no empty line");
    assert_eq!(error.status(), Some(Status::BAD_REQUEST));
    assert!(error.reply(text.as_bytes()).is_some());
}

#[test]
fn a_retransmission_gets_the_same_reply() {
    let text = format!("{FIRST}\r\n{}\r\nl: 9\r\n\r\n", GOOD.replace('\n', "\r\n"));
    let reply = || {
        parse(text.as_bytes(), &Limits::default())
            .expect_err("the body is missing")
            .reply(text.as_bytes())
    };
    assert_eq!(reply(), reply());
}

#[test]
fn line_breaks_before_a_message_are_skipped_and_alone_are_a_keepalive() {
    let text = format!("\r\n\r\n{FIRST}\r\n{}\r\n\r\n", GOOD.replace('\n', "\r\n"));
    assert!(parse(text.as_bytes(), &Limits::default()).is_ok());
    assert!(is_keepalive(b"\r\n\r\n"));
    assert!(is_keepalive(b""));
    assert!(!is_keepalive(b"\0"));
    let error = parse(b"\r\n", &Limits::default()).expect_err("nothing");
    assert_eq!(error.status(), None);
}
