//! RFC 3261 §7, §25.1: what the journal reads of a message, without judging it: also one that no parser
//! takes has its line.

use std::borrow::Cow;

/// The text of one message, as far as the journal looks at it.
pub(super) struct Message<'a> {
    text: Cow<'a, str>,
}

impl<'a> Message<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        Self {
            text: String::from_utf8_lossy(bytes),
        }
    }

    /// Nothing but line ends: a keepalive (RFC 5626 §4.4.1).
    pub(super) fn is_keepalive(&self) -> bool {
        self.text.trim().is_empty()
    }

    pub(super) fn first_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    /// Of a response.
    pub(super) fn status(&self) -> Option<u16> {
        let rest = self.first_line().strip_prefix("SIP/2.0 ")?;
        rest.split(' ').next()?.parse().ok()
    }

    /// Of a request, or of the request that a response answers.
    pub(super) fn method(&self) -> &str {
        let cseq = self.header("cseq", "cseq").unwrap_or_default();
        cseq.split_whitespace().nth(1).unwrap_or_default()
    }

    pub(super) fn call_id(&self) -> Option<&str> {
        self.header("call-id", "i")
    }

    /// The value of the first header of that name, in lower case, or of its short form.
    pub(super) fn header(&self, name: &str, short: &str) -> Option<&str> {
        self.head().lines().skip(1).find_map(|line| {
            let (written, value) = line.split_once(':')?;
            let written = written.trim_end();
            let is_it = written.eq_ignore_ascii_case(name) || written.eq_ignore_ascii_case(short);
            is_it.then(|| value.trim())
        })
    }

    pub(super) fn head(&self) -> &str {
        let end = self.text.find("\r\n\r\n").unwrap_or(self.text.len());
        &self.text[..end]
    }

    pub(super) fn body(&self) -> &str {
        self.text
            .split_once("\r\n\r\n")
            .map_or("", |(_, body)| body)
    }

    /// The line of the ladder: a request by its method, a response by what it says to which.
    pub(super) fn summary(&self) -> String {
        let method = self.method();
        match self.first_line().strip_prefix("SIP/2.0 ") {
            Some(says) => format!("{} ({method})", super::redact::numbers(says)),
            None => method.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn a_message_is_read_by_long_and_short_names() {
        let message = Message::read(
            b"SIP/2.0 180 Ringing\r\ni: a-1@b\r\nCSeq : 7 INVITE\r\n\r\nv=0\r\ni: not a header\r\n",
        );
        assert_eq!(message.status(), Some(180));
        assert_eq!(message.method(), "INVITE");
        assert_eq!(message.call_id(), Some("a-1@b"));
        assert_eq!(message.summary(), "180 Ringing (INVITE)");
        assert_eq!(message.body(), "v=0\r\ni: not a header\r\n");
    }

    #[test]
    fn what_is_no_message_is_read_as_nothing() {
        for bytes in [
            &b""[..],
            b"\r\n\r\n",
            b"\xff\xfe",
            b"GET / HTTP/1.1",
            b"SIP/2.0 x",
        ] {
            let message = Message::read(bytes);
            assert_eq!((message.status(), message.call_id()), (None, None));
        }
        assert!(Message::read(b"\r\n\r\n").is_keepalive());
    }
}
