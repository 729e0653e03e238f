//! REGISTER over a WebSocket (RFC 7118 §5) or UDP (RFC 3261 §10.2) with Digest (RFC 7616 §3.4), as
//! little of it as a browser or a plain phone needs.

use std::fmt::Write;
use std::net::SocketAddr;

use md5::{Digest, Md5};

/// Who registers.
#[derive(Debug, Clone)]
pub struct Account {
    pub name: String,
    pub password: String,
    pub domain: String,
}

/// By which transport a client registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    WebSocket,
    /// From this address of its own.
    #[cfg_attr(
        not(feature = "media"),
        expect(dead_code, reason = "only plain phones use it")
    )]
    Udp(SocketAddr),
}

/// One client's REGISTERs, in their order.
#[derive(Debug)]
pub struct Registering {
    account: Account,
    way: Way,
    /// Tells the clients apart, in Call-ID, branch and instance.
    number: usize,
    cseq: u32,
    challenge: Option<Challenge>,
}

/// What the registrar asked for, and how often its nonce was used.
#[derive(Debug)]
struct Challenge {
    realm: String,
    nonce: String,
    count: u32,
}

/// What a response means for the client.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Registered,
    /// Send another, with the answer to the challenge.
    Challenged,
    /// Not now: 503, after as many seconds.
    Later(u64),
    Refused(u16),
    /// Nothing of this client's: provisional, or no response at all.
    Other,
}

impl Registering {
    pub fn new(account: Account, way: Way, number: usize) -> Registering {
        Registering {
            account,
            way,
            number,
            cseq: 0,
            challenge: None,
        }
    }

    /// The next REGISTER.
    pub fn request(&mut self) -> String {
        self.cseq += 1;
        let Account { name, domain, .. } = &self.account;
        let (number, cseq) = (self.number, self.cseq);
        let (transport, host, contact) = match self.way {
            Way::WebSocket => {
                let host = format!("c{number}.invalid");
                let contact = format!(
                    "<sip:{name}@{host};transport=ws>;reg-id=1;\
                     +sip.instance=\"<urn:uuid:00000000-0000-4000-8000-{number:012}>\""
                );
                ("WS", host, contact)
            }
            Way::Udp(own) => ("UDP", own.to_string(), format!("<sip:{name}@{own}>")),
        };
        let mut request = format!(
            "REGISTER sip:{domain} SIP/2.0\r\n\
             Via: SIP/2.0/{transport} {host};branch=z9hG4bK{number}x{cseq};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:{name}@{domain}>;tag=t{number}\r\n\
             To: <sip:{name}@{domain}>\r\n\
             Call-ID: load-{number}\r\n\
             CSeq: {cseq} REGISTER\r\n\
             Contact: {contact}\r\n\
             Supported: path, outbound\r\n\
             Expires: 3600\r\n"
        );
        if let Some(challenge) = &mut self.challenge {
            challenge.count += 1;
            let proof = challenge.answer(&self.account, cseq);
            request.push_str(&proof);
        }
        request.push_str("Content-Length: 0\r\n\r\n");
        request
    }

    pub fn hear(&mut self, response: &str) -> Heard {
        let Some(status) = status(response) else {
            return Heard::Other;
        };
        match status {
            200..=299 => Heard::Registered,
            401 => match Challenge::read(response) {
                Some(challenge) => {
                    self.challenge = Some(challenge);
                    Heard::Challenged
                }
                None => Heard::Refused(status),
            },
            503 => Heard::Later(retry_after(response)),
            300..=699 => Heard::Refused(status),
            _ => Heard::Other,
        }
    }
}

impl Challenge {
    /// The challenge that asks for MD5.
    fn read(response: &str) -> Option<Challenge> {
        let wanted = response.lines().find(|line| {
            let line = line.to_ascii_lowercase();
            line.starts_with("www-authenticate:") && !line.contains("algorithm=sha")
        })?;
        Some(Challenge {
            realm: parameter(wanted, "realm")?,
            nonce: parameter(wanted, "nonce")?,
            count: 0,
        })
    }

    fn answer(&self, account: &Account, cseq: u32) -> String {
        let Challenge {
            realm,
            nonce,
            count,
        } = self;
        let Account {
            name,
            password,
            domain,
        } = account;
        let secret = hash(&format!("{name}:{realm}:{password}"));
        let what = hash(&format!("REGISTER:sip:{domain}"));
        let proof = hash(&format!("{secret}:{nonce}:{count:08x}:c{cseq}:auth:{what}"));
        format!(
            "Authorization: Digest username=\"{name}\", realm=\"{realm}\", nonce=\"{nonce}\", \
             uri=\"sip:{domain}\", response=\"{proof}\", algorithm=MD5, qop=auth, nc={count:08x}, \
             cnonce=\"c{cseq}\"\r\n"
        )
    }
}

fn status(response: &str) -> Option<u16> {
    let rest = response.strip_prefix("SIP/2.0 ")?;
    rest.get(..3)?.parse().ok()
}

fn retry_after(response: &str) -> u64 {
    response
        .lines()
        .find_map(|line| line.strip_prefix("Retry-After:"))
        .and_then(|seconds| seconds.trim().parse().ok())
        .unwrap_or(5)
}

/// The quoted value of a parameter.
fn parameter(line: &str, name: &str) -> Option<String> {
    let start = line.find(&format!("{name}=\""))? + name.len() + 2;
    let rest = line.get(start..)?;
    Some(rest.get(..rest.find('"')?)?.to_owned())
}

fn hash(text: &str) -> String {
    let mut hex = String::with_capacity(32);
    for byte in Md5::digest(text.as_bytes()) {
        // Writing to a String does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registering() -> Registering {
        let account = Account {
            name: "u7".into(),
            password: "secret".into(),
            domain: "example.net".into(),
        };
        Registering::new(account, Way::WebSocket, 7)
    }

    #[test]
    fn a_challenge_is_answered_in_the_next_request_and_its_nonce_counted() {
        let mut registering = registering();
        assert!(!registering.request().contains("Authorization"));
        let challenge = "SIP/2.0 401 Unauthorized\r\n\
            WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\", algorithm=SHA-256\r\n\
            WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"\r\n\r\n";
        assert_eq!(registering.hear(challenge), Heard::Challenged);
        let request = registering.request();
        assert!(request.contains("CSeq: 2 REGISTER\r\n"));
        assert!(request.contains("nonce=\"n\"") && request.contains("nc=00000001"));
        assert!(registering.request().contains("nc=00000002"));
    }

    #[test]
    fn a_refusal_for_now_says_for_how_long() {
        let mut registering = registering();
        let later = "SIP/2.0 503 Service Unavailable\r\nRetry-After: 9\r\n\r\n";
        assert_eq!(registering.hear(later), Heard::Later(9));
        assert_eq!(
            registering.hear("SIP/2.0 403 No\r\n\r\n"),
            Heard::Refused(403)
        );
        assert_eq!(registering.hear("SIP/2.0 100 Trying\r\n\r\n"), Heard::Other);
        assert_eq!(registering.hear("\r\n"), Heard::Other);
    }
}
