//! What of a message may be kept and handed on: no password's proof, no key, no token, of numbers a part.
//!
//! A header that is not on the list is left out, so that what is invented later is not told by mistake.

use super::message::Message;

/// Longer than any message of a share; what is beyond is cut.
const AT_MOST_BYTES: usize = 6000;

/// What tells of the way and the course of a call. Values of these are kept, their numbers in part.
const TOLD: [&str; 46] = [
    "via",
    "v",
    "from",
    "f",
    "to",
    "t",
    "call-id",
    "i",
    "cseq",
    "contact",
    "m",
    "max-forwards",
    "content-type",
    "c",
    "content-length",
    "l",
    "expires",
    "min-expires",
    "reason",
    "warning",
    "retry-after",
    "server",
    "user-agent",
    "allow",
    "supported",
    "k",
    "require",
    "unsupported",
    "accept",
    "accept-contact",
    "record-route",
    "route",
    "rseq",
    "rack",
    "session-expires",
    "x",
    "min-se",
    "event",
    "o",
    "allow-events",
    "info-package",
    "recv-info",
    "replaces",
    "refer-to",
    "subscription-state",
    "priority",
];

/// Numbers in these are no one's.
const NO_NUMBERS: [&str; 12] = [
    "via",
    "v",
    "call-id",
    "i",
    "cseq",
    "content-length",
    "l",
    "session-expires",
    "x",
    "rseq",
    "rack",
    "replaces",
];

/// The message without its secrets.
pub(super) fn message(message: &Message<'_>) -> String {
    let mut lines = message.head().lines();
    let first = lines.next().unwrap_or_default();
    let mut told = numbers(first) + "\r\n";
    let mut goes_on = false;
    for line in lines {
        let is_folded = line.starts_with([' ', '\t']);
        if is_folded && !goes_on {
            continue;
        }
        let (name, value) = match line.split_once(':') {
            Some((name, value)) if !is_folded => (name.trim(), value),
            Some(_) | None if is_folded => {
                told += &format!("{}\r\n", numbers(line));
                continue;
            }
            Some(_) | None => continue,
        };
        let is = |known: &&str| name.eq_ignore_ascii_case(known);
        goes_on = TOLD.iter().any(is);
        let value = match (goes_on, NO_NUMBERS.iter().any(is)) {
            (false, _) => " (left out)".to_owned(),
            (true, true) => value.to_owned(),
            (true, false) => numbers(value),
        };
        told += &format!("{name}:{value}\r\n");
    }
    told += "\r\n";
    let is_sdp = message
        .header("content-type", "c")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/sdp"));
    match message.body() {
        "" => {}
        body if is_sdp => told += &description(body),
        body => told += &format!("({} bytes left out)", body.len()),
    }
    cut(told)
}

/// RFC 8866 without keys: what agrees on them, or proves who holds them, is left out.
fn description(body: &str) -> String {
    let secret = [
        "a=ice-pwd:",
        "a=crypto:",
        "a=fingerprint:",
        "a=key-mgmt:",
        "a=identity:",
        "k=",
    ];
    let mut told = String::new();
    for line in body.lines() {
        match secret.iter().find(|start| line.starts_with(**start)) {
            Some(start) => told += &format!("{start}(left out)"),
            None => told += line,
        }
        told += "\r\n";
    }
    told
}

fn cut(mut text: String) -> String {
    if text.len() > AT_MOST_BYTES {
        let end = (0..=AT_MOST_BYTES)
            .rev()
            .find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
    }
    text
}

/// The same text with its telephone numbers in part: two digits at each end. What has seven digits is
/// one, and so is any in front of an `@`, or behind `tel:`.
pub(super) fn numbers(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_digit) {
        let (before, from) = rest.split_at(start);
        told += before;
        let is_tel = before.to_ascii_lowercase().ends_with("tel:")
            || before.to_ascii_lowercase().ends_with("tel:+");
        let dotted = run_of(from, |c| is_separator(c) || c == '.');
        let is_user = is_tel || from[dotted.len()..].starts_with('@');
        // Outside of an address of somebody, dots are those of an address of a machine.
        let run = if is_user {
            dotted
        } else {
            run_of(from, is_separator)
        };
        let after = &from[run.len()..];
        // The digits of a word, as in a tag or a branch, are none of a number.
        let is_word =
            told.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '=' | '_' | '.'));
        let at_least = if is_user { 3 } else { 7 };
        let digits = run.chars().filter(|c| is_digit(*c)).count();
        if !is_word && digits >= at_least || is_word && is_user && digits >= 7 {
            told += &masked(run, digits);
        } else {
            told += run;
        }
        rest = after;
    }
    told + rest
}

/// Digits, and what stands between them.
fn run_of(text: &str, is_between: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c: char| !is_digit(c) && !is_between(c));
    text[..end.unwrap_or(text.len())].trim_end_matches(|c| !is_digit(c))
}

/// Digits in other scripts are counted with those of ASCII: they are dialled all the same.
fn is_digit(c: char) -> bool {
    c.is_numeric()
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '(' | ')' | ' ' | '/')
}

fn masked(run: &str, digits: usize) -> String {
    let shown = if digits >= 7 { 2 } else { 1 };
    let mut nth = 0;
    run.chars()
        .map(|c| {
            if !is_digit(c) {
                return c;
            }
            nth += 1;
            if nth <= shown || nth > digits - shown {
                c
            } else {
                'x'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redacted(text: &str) -> String {
        message(&Message::read(text.as_bytes()))
    }

    #[test]
    fn secrets_are_left_out_and_the_rest_is_told() {
        let text = "REGISTER sip:example.net SIP/2.0\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK7712345678\r\n\
            From: \"Ben\" <sip:ben@example.net>;tag=99887766\r\nTo: <tel:+99000001>\r\nCall-ID: 1234567890\r\n\
            CSeq: 4711471147 REGISTER\r\nAuthorization: Digest username=\"ben\",\r\n response=\"deadbeef\"\r\n\
            Sidecam-Token: 00ff00ff\r\nX-Unheard-Of: secret\r\nContent-Type: application/sdp\r\n\r\n\
            v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:topsecret\r\na=crypto:1 AES inline:topsecret\r\n\
            a=fingerprint:sha-256 AA:BB\r\n";
        assert_eq!(
            redacted(text),
            "REGISTER sip:example.net SIP/2.0\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK7712345678\r\n\
            From: \"Ben\" <sip:ben@example.net>;tag=99887766\r\nTo: <tel:+99xxxx01>\r\nCall-ID: 1234567890\r\n\
            CSeq: 4711471147 REGISTER\r\nAuthorization: (left out)\r\n\
            Sidecam-Token: (left out)\r\nX-Unheard-Of: (left out)\r\nContent-Type: application/sdp\r\n\r\n\
            v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:(left out)\r\na=crypto:(left out)\r\n\
            a=fingerprint:(left out)\r\n"
        );
    }

    #[test]
    fn what_people_write_to_each_other_is_left_out() {
        let text = "MESSAGE sip:a SIP/2.0\r\nContent-Type: text/plain\r\n\r\nmeet me at eight";
        assert!(redacted(text).ends_with("\r\n\r\n(16 bytes left out)"));
    }

    #[test]
    fn numbers_are_told_in_part_and_addresses_whole() {
        let cases = [
            ("sip:+99000001@example.net", "sip:+99xxxx01@example.net"),
            ("sip:1234@example.net", "sip:1xx4@example.net"),
            ("<tel:112;phone-context=+39>", "<tel:1x2;phone-context=+39>"),
            ("tel:+1-202-555-0100", "tel:+1-2xx-xxx-xx00"),
            ("sip:+1.202.555.0100@a", "sip:+1.2xx.xxx.xx00@a"),
            ("sip:%2B99000001@a", "sip:%2B99xxxx01@a"),
            ("\"0039 02 1234567\"", "\"00xx xx xxxxx67\""),
            ("192.0.2.10:5060", "192.0.2.10:5060"),
            ("tag=12345678", "tag=12345678"),
            ("486 Busy Here", "486 Busy Here"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(numbers(text), expected, "{text}");
        }
    }

    proptest! {
        /// Whoever is called, however it is written: the middle of the number stands nowhere.
        #[test]
        fn no_number_is_told_whole(number in "[1-9][0-9]{9,13}", quoted in any::<bool>()) {
            let display = if quoted { format!("\"{number}\" ") } else { String::new() };
            let text = format!(
                "INVITE sip:+{number}@a.example;user=phone SIP/2.0\r\nFrom: {display}<sip:{number}@a.example>;tag=x\r\n\
                 To: <tel:+{number}>\r\nContact: <sip:{number}@192.0.2.1>\r\nP-Asserted-Identity: <tel:{number}>\r\n\
                 Reason: SIP;text=\"{number} is busy\"\r\n\r\n"
            );
            prop_assert!(!redacted(&text).contains(&number[3..number.len() - 3]));
        }

        #[test]
        fn any_bytes_become_a_short_text(bytes in proptest::collection::vec(any::<u8>(), 0..9000)) {
            let told = message(&Message::read(&bytes));
            prop_assert!(told.len() <= AT_MOST_BYTES);
        }
    }
}
