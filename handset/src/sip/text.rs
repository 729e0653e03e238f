//! RFC 3261 §7.3.1, §19.1 and §20.10: the little of SIP's text that `rsip` 0.4 cannot read (folded
//! lines, compact names, `tel:` URIs, IPv6 hosts, several values on one line).

use std::net::IpAddr;

/// One line a header field, long names only: what `rsip` expects of a header section.
///
/// `head` is everything between the start line and the empty line, with CRLF line ends.
pub fn plain_header_section(head: &str) -> String {
    let mut plain = String::with_capacity(head.len() + 16);
    for line in head.split("\r\n").filter(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            // A folded line continues the field before it (RFC 3261 §7.3.1).
            plain.push(' ');
            plain.push_str(line.trim());
            continue;
        }
        if !plain.is_empty() {
            plain.push_str("\r\n");
        }
        match line.split_once(':') {
            Some((name, value)) => {
                plain.push_str(long_name(name.trim_end()));
                plain.push_str(": ");
                plain.push_str(value.trim());
            }
            None => plain.push_str(line),
        }
    }
    plain
}

fn long_name(name: &str) -> &str {
    let [letter] = name.as_bytes() else {
        return name;
    };
    match letter.to_ascii_lowercase() {
        b'a' => "Accept-Contact",
        b'c' => "Content-Type",
        b'e' => "Content-Encoding",
        b'f' => "From",
        b'i' => "Call-ID",
        b'k' => "Supported",
        b'l' => "Content-Length",
        b'm' => "Contact",
        b's' => "Subject",
        b't' => "To",
        b'v' => "Via",
        b'x' => "Session-Expires",
        _ => name,
    }
}

/// Splits at `separator` where it stands outside quotes and angle brackets.
pub fn split_outside(value: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped, mut angles, mut start) = (false, false, 0_usize, 0);
    let mut parts = Vec::new();
    for (at, letter) in value.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match letter {
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => angles += 1,
            '>' if !quoted => angles = angles.saturating_sub(1),
            _ if letter == separator && !quoted && angles == 0 => {
                parts.push(value[start..at].trim());
                start = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(value[start..].trim());
    parts
}

/// The URI of a From, To, Contact, Route or Record-Route value.
///
/// Without angle brackets everything from the first `;` on belongs to the header (RFC 3261 §20.10).
pub fn uri_of(name_addr: &str) -> &str {
    match bracketed(name_addr) {
        Some((uri, _)) => uri,
        None => name_addr.split(';').next().unwrap_or_default().trim(),
    }
}

/// The value of a header parameter: `tag` of a From, `expires` of a Contact. A flag reads as "".
pub fn parameter<'a>(name_addr: &'a str, name: &str) -> Option<&'a str> {
    let rest = match bracketed(name_addr) {
        Some((_, rest)) => rest,
        None => name_addr.split_once(';')?.1,
    };
    split_outside(rest, ';')
        .into_iter()
        .find_map(|part| match part.split_once('=') {
            Some((key, value)) if key.trim().eq_ignore_ascii_case(name) => {
                Some(value.trim().trim_matches('"'))
            }
            None if part.eq_ignore_ascii_case(name) => Some(""),
            Some(_) | None => None,
        })
}

fn bracketed(name_addr: &str) -> Option<(&str, &str)> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in name_addr.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => {
                let inside = &name_addr[at + 1..];
                return inside.split_once('>');
            }
            _ => {}
        }
    }
    None
}

/// What a person would call the other side: the number or the user of its URI.
pub fn person(name_addr: &str) -> String {
    let uri = uri_of(name_addr);
    let rest = uri.split_once(':').map_or(uri, |(_, rest)| rest);
    let user = rest.split_once('@').map_or(rest, |(user, _)| user);
    user.split(';').next().unwrap_or_default().to_owned()
}

/// The address a SIP URI or a Via's sent-by names, when it is a literal one; 5060 where no port is.
pub fn literal_address(uri: &str) -> Option<std::net::SocketAddr> {
    let lower = uri.get(..4).map(str::to_ascii_lowercase);
    let rest = match lower.as_deref() {
        Some("sip:") => &uri[4..],
        Some("sips" | "tel:") => return None,
        Some(_) | None => uri,
    };
    let host_port = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host_port = host_port.split([';', '?']).next()?.trim();
    let (host, port) = match host_port.strip_prefix('[') {
        Some(v6) => {
            let (host, rest) = v6.split_once(']')?;
            (host, rest.strip_prefix(':'))
        }
        None => match host_port.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (host_port, None),
        },
    };
    let host: IpAddr = host.parse().ok()?;
    let port = port.map_or(Some(5060), |port| port.trim().parse().ok())?;
    Some((host, port).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_and_compact_names_become_plain() {
        let plain = plain_header_section(
            "v: SIP/2.0/UDP a;branch=z\r\nSubject : one\r\n\t two\r\nm:<sip:b>",
        );
        assert_eq!(
            plain,
            "Via: SIP/2.0/UDP a;branch=z\r\nSubject: one two\r\nContact: <sip:b>"
        );
    }

    #[test]
    fn name_addresses_give_their_uri_and_parameters() {
        let cases = [
            ("\"A <b>\" <tel:+358;x=y>;tag=1", "tel:+358;x=y", Some("1")),
            (
                "sip:alice@example.net;tag=abc",
                "sip:alice@example.net",
                Some("abc"),
            ),
            (
                "<sip:[2001:db8::1]:5070;lr>",
                "sip:[2001:db8::1]:5070;lr",
                None,
            ),
            (
                "\"quote \\\" <no>\" <sip:q@h>;TAG=\"t\"",
                "sip:q@h",
                Some("t"),
            ),
        ];
        for (value, uri, tag) in cases {
            assert_eq!(uri_of(value), uri, "{value}");
            assert_eq!(parameter(value, "tag"), tag, "{value}");
        }
    }

    #[test]
    fn lists_split_outside_quotes_and_brackets() {
        assert_eq!(
            split_outside("\"a, b\" <sip:a,b@h>;x=1, <sip:c@h>", ','),
            ["\"a, b\" <sip:a,b@h>;x=1", "<sip:c@h>"]
        );
    }

    #[test]
    fn only_literal_hosts_are_addresses() {
        let cases = [
            ("sip:10.0.0.1", Some("10.0.0.1:5060")),
            ("sip:user@10.0.0.1:5080;lr", Some("10.0.0.1:5080")),
            ("sip:user@[::1]:5080", Some("[::1]:5080")),
            ("127.0.0.1:9", Some("127.0.0.1:9")),
            ("sip:user@example.net", None),
            ("tel:+358401", None),
            ("sip:10.0.0.1:70000", None),
        ];
        for (uri, address) in cases {
            assert_eq!(
                literal_address(uri).map(|a| a.to_string()).as_deref(),
                address,
                "{uri}"
            );
        }
    }
}
