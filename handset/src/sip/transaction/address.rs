//! RFC 3261 §18.2 and RFC 3581: where a request came from and where its response goes.

use std::net::SocketAddr;

use crate::sip::{message::Message, text};

/// The sent-protocol and sent-by of the topmost Via: part of what tells transactions apart.
pub(super) fn sent_by(message: &Message) -> &str {
    let via = message.via.first().map_or("", String::as_str);
    via.split(';').next().unwrap_or_default()
}

/// Notes where a request came from (RFC 3261 §18.2.1, RFC 3581 §4).
pub(super) fn mark_source(via: &mut String, from: SocketAddr) {
    let marked: Vec<String> = text::split_outside(via, ';')
        .into_iter()
        .filter(|part| !part.to_ascii_lowercase().starts_with("received="))
        .map(|part| {
            if part.eq_ignore_ascii_case("rport") {
                format!("rport={}", from.port())
            } else {
                part.to_owned()
            }
        })
        .collect();
    *via = format!("{};received={}", marked.join(";"), from.ip());
}

/// Where a response goes (RFC 3261 §18.2.2): back to the source; to its port only with `rport`.
pub(super) fn response_address(request: &Message, from: SocketAddr) -> SocketAddr {
    let Some(via) = request.via.first() else {
        return from;
    };
    if text::parameter(via, "rport").is_some() {
        return from;
    }
    let host_port = sent_by(request).rsplit(' ').next().unwrap_or_default();
    let port = host_port
        .rsplit_once(':')
        .filter(|(_, port)| !port.ends_with(']'))
        .and_then(|(_, port)| port.parse().ok())
        .unwrap_or(5060);
    SocketAddr::new(from.ip(), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_go_to_the_source_and_to_its_port_only_with_rport() {
        let from: SocketAddr = "203.0.113.9:40000".parse().unwrap();
        let cases = [
            (
                "SIP/2.0/UDP 10.0.0.1:5070;branch=z;rport",
                "203.0.113.9:40000",
            ),
            ("SIP/2.0/UDP 10.0.0.1:5070;branch=z", "203.0.113.9:5070"),
            ("SIP/2.0/UDP pc.example.net;branch=z", "203.0.113.9:5060"),
            ("SIP/2.0/UDP [2001:db8::1];branch=z", "203.0.113.9:5060"),
        ];
        for (via, expected) in cases {
            let mut request = Message::request("BYE", "sip:a@b", "<sip:a>", "<sip:b>", "c", 1);
            request.via = vec![via.to_owned()];
            assert_eq!(
                response_address(&request, from).to_string(),
                expected,
                "{via}"
            );
        }
    }

    #[test]
    fn the_source_is_noted_once() {
        let mut via = "SIP/2.0/UDP h:1;received=6.6.6.6;rport;branch=z".to_owned();
        mark_source(&mut via, "203.0.113.9:4000".parse().unwrap());
        assert_eq!(
            via,
            "SIP/2.0/UDP h:1;rport=4000;branch=z;received=203.0.113.9"
        );
    }
}
