//! Who watches the wire: the rules that any agent must keep, whatever the network does.

use std::collections::{HashMap, HashSet};

use sip::message::{Message, Method, RSeq, Request, Response};

/// What was seen, and what was wrong about it.
#[derive(Debug, Default)]
pub struct Witness {
    /// The branches of the requests that were seen.
    requests: HashSet<(String, Method)>,
    /// The highest CSeq, by sender's tag, Call-ID and the other's tag.
    numbers: HashMap<[String; 3], u32>,
    /// The final status, by who answered, branch and method.
    finals: HashMap<(usize, String, Method), u16>,
    /// The highest RSeq, by branch and To tag.
    reliable: HashMap<(String, String), u32>,
    faults: Vec<String>,
}

impl Witness {
    /// What was wrong, in the order in which it was seen.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// How many requests were seen, each once.
    pub fn requests(&self) -> usize {
        self.requests.len()
    }

    pub(crate) fn accuse(&mut self, fault: String) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    pub(crate) fn see(&mut self, from: usize, message: &Message) {
        match message {
            Message::Request(request) => self.see_request(request),
            Message::Response(response) => self.see_response(from, response),
        }
    }

    /// A new request inside a dialog has a higher number than the one before (RFC 3261 §12.2.1.1).
    fn see_request(&mut self, request: &Request) {
        let headers = &request.headers;
        let branch = headers.via.first().and_then(|via| via.branch());
        let key = (
            branch.unwrap_or_default().to_owned(),
            request.method.clone(),
        );
        // ACK and CANCEL have the number of their INVITE.
        let derived = matches!(request.method, Method::Ack | Method::Cancel);
        if !self.requests.insert(key) || derived {
            return;
        }
        let dialog = [
            headers.from.tag().unwrap_or_default().to_owned(),
            headers.call_id.to_string(),
            headers.to.tag().unwrap_or_default().to_owned(),
        ];
        let number = headers.cseq.number;
        if let Some(before) = self.numbers.insert(dialog, number)
            && before >= number
        {
            self.accuse(format!(
                "{} has CSeq {number} after {before}",
                request.method
            ));
        }
    }

    /// No request is answered twice, and RSeq goes up by one (RFC 3262 §3).
    fn see_response(&mut self, from: usize, response: &Response) {
        let headers = &response.headers;
        let branch = headers.via.first().and_then(|via| via.branch());
        let branch = branch.unwrap_or_default().to_owned();
        let method = headers.cseq.method.clone();
        let status = response.status.code();
        if response.status.is_final() {
            let key = (from, branch, method.clone());
            if let Some(before) = self.finals.insert(key, status)
                && before != status
            {
                self.accuse(format!("{method} got {status} after {before}"));
            }
            return;
        }
        let Some(Ok(RSeq(rseq))) = headers.typed::<RSeq>() else {
            return;
        };
        let tag = headers.to.tag().unwrap_or_default().to_owned();
        let before = self.reliable.insert((branch, tag), rseq);
        if before.is_some_and(|before| rseq != before && rseq != before + 1) {
            self.accuse(format!("{status} has RSeq {rseq} after {before:?}"));
        }
    }
}

/// More of them say nothing more.
const MAX_FAULTS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use sip::parse::parse;

    fn info(branch: u32, cseq: u32) -> Message {
        let text = format!(
            "INFO sip:b@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{branch}\r\n\
             From: <sip:a@192.0.2.1>;tag=a\r\nTo: <sip:b@192.0.2.2>;tag=b\r\nCall-ID: c\r\n\
             CSeq: {cseq} INFO\r\nContent-Length: 0\r\n\r\n"
        );
        read(&text)
    }

    fn answer(status: &str, extra: &str) -> Message {
        let text = format!(
            "SIP/2.0 {status} x\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
             From: <sip:a@192.0.2.1>;tag=a\r\nTo: <sip:b@192.0.2.2>;tag=b\r\nCall-ID: c\r\n\
             CSeq: 1 INVITE\r\n{extra}Content-Length: 0\r\n\r\n"
        );
        read(&text)
    }

    fn read(text: &str) -> Message {
        parse(text.as_bytes(), &sip::limits::Limits::default()).unwrap()
    }

    fn faults(messages: &[Message]) -> Vec<String> {
        let mut witness = Witness::default();
        for message in messages {
            witness.see(0, message);
        }
        witness.faults().to_vec()
    }

    #[test]
    fn a_copy_is_no_fault_and_a_number_that_goes_back_is() {
        let kept = [info(1, 1), info(1, 1), info(2, 3)];
        assert_eq!(faults(&kept), Vec::<String>::new());
        let broken = [info(1, 3), info(2, 2), info(3, 2)];
        assert_eq!(
            faults(&broken),
            ["INFO has CSeq 2 after 3", "INFO has CSeq 2 after 2"]
        );
    }

    #[test]
    fn a_second_answer_and_an_rseq_out_of_order_are_faults() {
        let kept = [
            answer("183", "RSeq: 7\r\n"),
            answer("183", "RSeq: 7\r\n"),
            answer("183", "RSeq: 8\r\n"),
            answer("200", ""),
            answer("200", ""),
        ];
        assert_eq!(faults(&kept), Vec::<String>::new());
        let broken = [
            answer("183", "RSeq: 7\r\n"),
            answer("183", "RSeq: 9\r\n"),
            answer("200", ""),
            answer("486", ""),
        ];
        assert_eq!(
            faults(&broken),
            ["183 has RSeq 9 after Some(7)", "INVITE got 486 after 200"]
        );
    }
}
