//! RFC 2046 §5.1, RFC 5621: bodies of several parts.

use sip::message::{Body, ContentType, Method, Request, SyntaxError};
use sip::parse::{Part, parts};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn mixed(boundary: &str) -> ContentType {
    let text = format!("multipart/mixed;boundary=\"{boundary}\"");
    text.parse().expect("a type")
}

fn request(content_type: ContentType, body: &str) -> Request {
    let mut request = Request::new(
        Method::Invite,
        "sip:b@example.com".parse().expect("a URI"),
        "<sip:a@example.com>;tag=1".parse().expect("an address"),
        "<sip:b@example.com>".parse().expect("an address"),
        "1".parse().expect("a Call-ID"),
        1,
    );
    request.set_body(Body::new(content_type, body.replace('\n', "\r\n")));
    request
}

const BODY: &str = "for nobody
--b 1 \t
Content-Type: application/pidf+xml
Content-ID: <loc@example.com>
Content-Disposition: render;
 handling=optional

<presence/>
--b 1

plain

--b 1
c: Application/SDP

v=0
o=- 1 1 IN IP4 192.0.2.1

--b 1--
for nobody";

#[test]
fn the_parts_are_read_with_their_types() {
    let request = request(mixed("b 1"), BODY);
    let read = parts(&mixed("b 1"), &request.body)
        .expect("multipart")
        .expect("good");
    let shown: Vec<(String, &[u8])> = read
        .iter()
        .map(|part| (part.content_type.to_string(), part.body))
        .collect();
    assert_eq!(
        shown,
        [
            ("application/pidf+xml".to_owned(), b"<presence/>".as_slice()),
            ("text/plain".to_owned(), b"plain\r\n"),
            (
                "Application/SDP".to_owned(),
                b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n"
            ),
        ]
    );
    let names: Vec<&str> = read[0]
        .headers
        .iter()
        .map(|header| header.name.as_str())
        .collect();
    assert_eq!(names, ["Content-ID", "Content-Disposition"]);
    assert_eq!(
        read[0].headers[1].value.as_str(),
        Some("render; handling=optional")
    );
    assert!(parts(&ContentType::sdp(), b"").is_none());
}

#[test]
fn a_description_is_found_in_its_part() {
    let description = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n".as_slice();
    let flat = request(mixed("b 1"), BODY);
    assert_eq!(flat.content("application/sdp"), Some(description));
    let nested = format!("--o\nContent-Type: {}\n\n{BODY}\n--o--\n", mixed("b 1"));
    let nested = request(mixed("o"), &nested);
    assert_eq!(nested.content("application/sdp"), Some(description));
    assert_eq!(nested.content("application/isup"), None);
}

#[test]
fn parts_that_can_not_be_told_apart_are_refused() {
    let outcome = |content_type: &str, body: &str| {
        let body = body.replace('\n', "\r\n");
        let content_type: ContentType = content_type.parse().expect("a type");
        parts(&content_type, body.as_bytes())
            .expect("multipart")
            .map(|parts| parts.len())
    };
    let mixed = "multipart/mixed;boundary=b";
    assert_eq!(outcome("multipart/mixed", "--b--"), Err(SyntaxError::Empty));
    assert_eq!(outcome(mixed, "--b--"), Ok(0));
    assert_eq!(outcome(mixed, "no delimiter"), Err(SyntaxError::OpenPart));
    assert_eq!(outcome(mixed, "--b\n\nno end"), Err(SyntaxError::OpenPart));
    assert_eq!(
        outcome(mixed, "--bad\n\nx\n--b--"),
        Err(SyntaxError::OpenPart)
    );
    assert_eq!(
        outcome(mixed, "--b\nno colon\n\nx\n--b--"),
        Err(SyntaxError::Token)
    );
    let many = "--b\n\nx\n".repeat(Part::MOST);
    assert_eq!(outcome(mixed, &format!("{many}--b--")), Ok(Part::MOST));
    let more = format!("{many}--b\n\nx\n--b--");
    assert_eq!(outcome(mixed, &more), Err(SyntaxError::TooManyParts));
}

/// RFC 4475 §3.1.1.11, whose second part has line breaks and half a delimiter inside.
#[test]
fn mpart01_has_its_two_parts() {
    let bytes = include_bytes!("torture/mpart01.dat");
    let message = sip::parse::parse(bytes, &sip::limits::Limits::default()).expect("good");
    let content_type = message.headers().content_type.as_ref().expect("there");
    let read = parts(content_type, message.body())
        .expect("multipart")
        .expect("good");
    assert_eq!(read[0].body, b"Hello");
    assert_eq!(read[1].content_type.to_string(), "application/octet-stream");
    assert_eq!(read[1].body, b"\x30\x82\0\n\r\n--\r\n\xff\0\x80");
}
