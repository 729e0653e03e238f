//! Sidecam's language: SIP by WebSocket (RFC 7118).

use super::calling::{Calling, Progress};
use super::line::{Happened, Talk};
use super::message;
use crate::registering::{Account, Heard, Registering, Way};

pub struct Sip {
    account: Account,
    number: usize,
    callee: String,
    registering: Registering,
    /// How many calls there were.
    rounds: u32,
    calling: Calling,
}

impl Sip {
    /// A browser that makes one call after the other.
    pub fn new(account: Account, number: usize, callee: &str) -> Sip {
        Sip {
            number,
            callee: callee.to_owned(),
            rounds: 0,
            calling: Calling::new(&account.name, &account.domain, number, 0, callee),
            registering: Registering::new(account.clone(), Way::WebSocket, number),
            account,
        }
    }

    fn hear_response(&mut self, response: &str) -> (Vec<String>, Option<Happened>) {
        let cseq = message::header(response, "CSeq").unwrap_or_default();
        if cseq.ends_with("REGISTER") {
            return match self.registering.hear(response) {
                Heard::Registered => (Vec::new(), Some(Happened::Ready)),
                Heard::Challenged => (vec![self.registering.request()], None),
                Heard::Other => (Vec::new(), None),
                refused @ (Heard::Later(_) | Heard::Refused(_)) => {
                    (Vec::new(), Some(Happened::Refused(format!("{refused:?}"))))
                }
            };
        }
        match self.calling.hear(response) {
            Progress::Wait => (Vec::new(), None),
            Progress::Answered(answer) => {
                (vec![self.calling.ack()], Some(Happened::Answered(answer)))
            }
            Progress::Refused(why) => (Vec::new(), Some(Happened::Refused(why))),
            Progress::Ended => (Vec::new(), Some(Happened::Ended)),
        }
    }
}

impl Talk for Sip {
    const PROTOCOL: &'static str = "sip";

    fn begin(&mut self) -> String {
        self.registering.request()
    }

    fn call(&mut self, offer: &str) -> String {
        let Account { name, domain, .. } = &self.account;
        self.rounds += 1;
        self.calling = Calling::new(name, domain, self.number, self.rounds, &self.callee);
        self.calling.invite(offer)
    }

    fn hang_up(&mut self) -> String {
        self.calling.bye()
    }

    /// A refresh (UPDATE), a request for a picture (INFO) and a question (OPTIONS) are all granted.
    fn hear(&mut self, text: &str) -> (Vec<String>, Option<Happened>) {
        match message::method(text) {
            None => self.hear_response(text),
            Some("ACK") => (Vec::new(), None),
            Some(method) => {
                let response =
                    message::response(text, "200 OK", "load", &self.calling.contact(), "");
                (vec![response], (method == "BYE").then_some(Happened::Ended))
            }
        }
    }
}
