//! RFC 3261 §18.3, RFC 5626 §4.4.1: a byte stream, cut anywhere, gives the messages that went in.

use sip::limits::Limits;
use sip::message::{Message, Status};
use sip::parse::parse;
use sip::stream::{StreamItem, StreamParser};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn options(cseq: u32, body: &str) -> String {
    format!(
        "OPTIONS sip:b@example.com SIP/2.0\r\n\
         Via: SIP/2.0/TCP a.example.com;branch=z9hG4bK1\r\n\
         From: <sip:a@example.com>;tag=1\r\n\
         To: <sip:b@example.com>\r\n\
         Call-ID: 1\r\n\
         CSeq: {cseq} OPTIONS\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What the stream says, a word an item.
fn trace(parser: &mut StreamParser) -> Vec<String> {
    let limits = Limits::default();
    parser
        .map(|item| match item {
            Ok(StreamItem::Message(bytes)) => match parse(&bytes, &limits) {
                Ok(message) => message.headers().cseq.to_string(),
                Err(error) => format!("{} goes on", error.status().map_or(0, Status::code)),
            },
            Ok(StreamItem::Ping) => String::from("ping"),
            Ok(StreamItem::Pong) => String::from("pong"),
            Err(error) => {
                let reply = error.reply.expect("enough was readable");
                let reply = parse(&reply, &limits).expect("a reply reads back");
                let Message::Response(reply) = reply else {
                    panic!("a reply is a response");
                };
                format!("{} closes", reply.status)
            }
        })
        .collect()
}

#[test]
fn messages_and_keepalives_come_out_as_they_went_in_however_they_are_cut() {
    let text = format!(
        "\r\n\r\n{}{}\r\n\r\n{}",
        options(1, "a body"),
        options(2, ""),
        options(3, "\r\n\r\n")
    );
    for size in [3, 4, 5, 7, 64, 1000, text.len()] {
        let mut parser = StreamParser::new(Limits::default());
        let mut seen = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            parser.push(piece);
            seen.extend(trace(&mut parser));
        }
        seen.retain(|item| item != "ping" && item != "pong");
        assert_eq!(seen, ["1 OPTIONS", "2 OPTIONS", "3 OPTIONS"], "by {size}");
        assert!(!parser.has_half_a_message());
    }
    let mut parser = StreamParser::new(Limits::default());
    parser.push(text.as_bytes());
    assert_eq!(
        trace(&mut parser),
        ["ping", "1 OPTIONS", "2 OPTIONS", "ping", "3 OPTIONS"]
    );
}

#[test]
fn half_a_message_waits() {
    let text = options(1, "a body");
    let mut parser = StreamParser::new(Limits::default());
    for byte in text.as_bytes() {
        assert_eq!(trace(&mut parser), [""; 0]);
        parser.push(&[*byte]);
    }
    assert_eq!(trace(&mut parser), ["1 OPTIONS"]);
}

#[test]
fn a_ping_is_two_line_breaks_however_they_are_cut() {
    let ping = b"\r\n\r\n";
    for cut in 1..ping.len() {
        let mut parser = StreamParser::new(Limits::default());
        parser.push(&ping[..cut]);
        assert_eq!(trace(&mut parser), [""; 0], "cut at {cut}");
        assert!(!parser.has_half_a_message(), "cut at {cut}");
        parser.push(&ping[cut..]);
        assert_eq!(trace(&mut parser), ["ping"], "cut at {cut}");
    }
}

#[test]
fn a_pong_is_one_line_break_and_known_as_such_by_what_follows() {
    let mut parser = StreamParser::new(Limits::default());
    parser.push(b"\r\n");
    assert_eq!(trace(&mut parser), [""; 0]);
    parser.push(options(1, "").as_bytes());
    assert_eq!(trace(&mut parser), ["pong", "1 OPTIONS"]);
}

#[test]
fn a_message_that_is_wrong_leaves_the_next_one_readable() {
    let mut parser = StreamParser::new(Limits::default());
    parser.push(
        options(1, "")
            .replace("SIP/2.0\r\n", "SIP/3.0\r\n")
            .as_bytes(),
    );
    parser.push(options(2, "").as_bytes());
    assert_eq!(trace(&mut parser), ["505 goes on", "2 OPTIONS"]);
}

#[test]
fn where_the_next_message_starts_has_to_be_known() {
    for (length, expected) in [
        ("Content-Length: none", "400 closes"),
        ("X: y", "400 closes"),
        ("Content-Length: 70000", "413 closes"),
        ("Content-Length: 99999999999999999999999", "400 closes"),
    ] {
        let mut parser = StreamParser::new(Limits::default());
        parser.push(
            options(1, "")
                .replace("Content-Length: 0", length)
                .as_bytes(),
        );
        parser.push(options(2, "").as_bytes());
        assert_eq!(trace(&mut parser), [expected], "{length}");
        parser.push(options(3, "").as_bytes());
        assert_eq!(trace(&mut parser), [""; 0]);
    }
}

#[test]
fn half_a_line_break_where_a_first_line_goes_on_ends_the_stream() {
    let mut parser = StreamParser::new(Limits::default());
    parser.push(
        options(1, "")
            .replace(" SIP/2.0\r\n", "\r\n SIP/2.0\rX: y\r\n")
            .as_bytes(),
    );
    parser.push(options(2, "").as_bytes());
    assert_eq!(trace(&mut parser), ["400 closes"]);
}

#[test]
fn ten_megabytes_without_an_end_are_refused_early() {
    let mut parser = StreamParser::new(Limits::default());
    parser.push(options(1, "").trim_end().as_bytes());
    let mut pushed = 0;
    let seen = loop {
        parser.push(&[b'x'; 4096]);
        pushed += 4096;
        let seen = trace(&mut parser);
        if !seen.is_empty() || pushed > 10_000_000 {
            break seen;
        }
    };
    assert_eq!(seen, ["513 closes"]);
    assert!(pushed <= 40_000, "{pushed}");
}
