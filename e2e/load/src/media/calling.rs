//! One call that a browser makes, as SIP (RFC 3261 §13.1, §12.1.2) by WebSocket.

use super::message::{body, header, headers, status, uri};

/// A caller's dialog.
#[derive(Debug)]
pub struct Calling {
    name: String,
    domain: String,
    /// Tells callers apart.
    number: usize,
    /// Tells calls apart, in Call-ID, tags and branches.
    id: String,
    callee: String,
    cseq: u32,
    to: String,
    target: String,
    route: Vec<String>,
}

/// What a response means for the caller.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// It rings, or the response is to something else.
    Wait,
    /// With this description.
    Answered(String),
    Refused(String),
    /// The BYE was answered.
    Ended,
}

impl Calling {
    /// The caller's `round`th call.
    pub fn new(name: &str, domain: &str, number: usize, round: u32, callee: &str) -> Calling {
        let target = format!("sip:{callee}@{domain}");
        Calling {
            name: name.to_owned(),
            domain: domain.to_owned(),
            number,
            id: format!("{number}r{round}"),
            callee: callee.to_owned(),
            cseq: 0,
            to: format!("<{target}>"),
            target,
            route: Vec::new(),
        }
    }

    pub fn invite(&mut self, offer: &str) -> String {
        self.cseq += 1;
        let more = format!(
            "{}Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO\r\n\
             Content-Type: application/sdp\r\n",
            self.contact()
        );
        self.request("INVITE", &more, offer)
    }

    pub fn bye(&mut self) -> String {
        self.cseq += 1;
        self.request("BYE", "", "")
    }

    /// For a 2xx (RFC 3261 §13.2.2.4).
    pub fn ack(&self) -> String {
        self.request("ACK", "", "")
    }

    pub fn contact(&self) -> String {
        let Calling { name, number, .. } = self;
        format!("Contact: <sip:{name}@c{number}.invalid;transport=ws>\r\n")
    }

    pub fn hear(&mut self, response: &str) -> Progress {
        let Some(status) = status(response) else {
            return Progress::Wait;
        };
        let cseq = header(response, "CSeq").unwrap_or_default();
        match (status, cseq.ends_with("INVITE"), cseq.ends_with("BYE")) {
            (200..=299, true, _) => {
                if let Some(to) = header(response, "To") {
                    to.clone_into(&mut self.to);
                }
                if let Some(contact) = header(response, "Contact") {
                    uri(contact).clone_into(&mut self.target);
                }
                self.route = headers(response, "Record-Route")
                    .map(str::to_owned)
                    .collect();
                self.route.reverse();
                Progress::Answered(body(response).to_owned())
            }
            (300..=699, true, _) => {
                let line = response.lines().next().unwrap_or_default();
                let reason = header(response, "Reason").unwrap_or_default();
                Progress::Refused(format!("{} refused: {line} {reason}", self.callee))
            }
            (200..=699, _, true) => Progress::Ended,
            _ => Progress::Wait,
        }
    }

    fn request(&self, method: &str, more: &str, body: &str) -> String {
        let Calling {
            name,
            domain,
            number,
            id,
            cseq,
            to,
            target,
            ..
        } = self;
        let routes: String = self
            .route
            .iter()
            .map(|route| format!("Route: {route}\r\n"))
            .collect();
        format!(
            "{method} {target} SIP/2.0\r\n\
             Via: SIP/2.0/WS c{number}.invalid;branch=z9hG4bKm{id}x{cseq}{method};rport\r\n\
             Max-Forwards: 70\r\n\
             {routes}\
             From: <sip:{name}@{domain}>;tag=m{id}\r\n\
             To: {to}\r\n\
             Call-ID: load-call-{id}\r\n\
             CSeq: {cseq} {method}\r\n\
             {more}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_an_answer_goes_to_its_contact_along_its_route() {
        let mut calling = Calling::new("u1", "example.net", 1, 0, "plain");
        assert!(
            calling
                .invite("v=0\r\n")
                .starts_with("INVITE sip:plain@example.net SIP/2.0\r\n")
        );
        let answer = "SIP/2.0 200 OK\r\nTo: <sip:plain@example.net>;tag=9\r\n\
            Record-Route: <sip:one;lr>\r\nRecord-Route: <sip:two;lr>\r\n\
            Contact: <sip:gateway;transport=ws>\r\nCSeq: 1 INVITE\r\n\r\nv=0 answer";
        assert_eq!(
            calling.hear(answer),
            Progress::Answered("v=0 answer".into())
        );
        assert!(calling.ack().contains("CSeq: 1 ACK\r\n"));
        let bye = calling.bye();
        assert!(
            bye.starts_with("BYE sip:gateway;transport=ws SIP/2.0\r\n"),
            "{bye}"
        );
        assert!(
            bye.contains("Route: <sip:two;lr>\r\nRoute: <sip:one;lr>\r\n"),
            "{bye}"
        );
        assert!(
            bye.contains(";tag=9\r\n") && bye.contains("CSeq: 2 BYE"),
            "{bye}"
        );
        assert_eq!(
            calling.hear("SIP/2.0 200 OK\r\nCSeq: 2 BYE\r\n\r\n"),
            Progress::Ended
        );
    }
}
