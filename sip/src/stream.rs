//! RFC 3261 §18.3, §7.5, RFC 5626 §3.5.1, §4.4.1: messages out of a byte stream, and the line
//! breaks that keep it alive.

use crate::limits::Limits;
use crate::parse::{Fault, Head, ParseError, framing_error};

/// Cuts a TCP or TLS stream into messages. Holds at most one message that isn't complete.
#[derive(Debug)]
pub struct StreamParser {
    limits: Limits,
    /// What has come and is not yet given out.
    buffer: Vec<u8>,
    /// How much of the buffer is known not to hold the end of the headers.
    searched: usize,
    /// How long the buffer has to be before there is anything to do.
    needed: usize,
    broken: bool,
}

/// What a stream brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamItem {
    /// One whole message, to be parsed like a datagram.
    Message(Vec<u8>),
    /// Two line breaks: the peer asks whether we are there; [`PONG`] is the answer.
    Ping,
    /// One line break: the peer is there.
    Pong,
}

/// Where the next message starts can't be known, which is the peer's fault: send the reply, if
/// there is one, and close the connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct StreamError {
    pub error: ParseError,
    /// The answer, ready to be sent.
    pub reply: Option<Vec<u8>>,
}

impl StreamParser {
    pub fn new(limits: Limits) -> StreamParser {
        StreamParser {
            limits,
            buffer: Vec::new(),
            searched: 0,
            needed: 0,
            broken: false,
        }
    }

    /// Takes what was read. Call `next` until `None` before the next read, so
    /// that no more than one read and one half message is ever held. After an error nothing is
    /// taken.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.broken {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether a message has begun and not ended, for a time limit on it.
    pub fn has_half_a_message(&self) -> bool {
        !PING.starts_with(&self.buffer)
    }

    fn keepalive(&mut self) -> Option<Result<StreamItem, StreamError>> {
        if self.buffer.starts_with(PING) {
            self.consume(PING.len());
            return Some(Ok(StreamItem::Ping));
        }
        // One line break may be the first half of a ping that the network cut in two: it is a pong
        // only when something else follows, and until then nobody misses it.
        if PING.starts_with(&self.buffer) {
            return None;
        }
        if self.buffer.starts_with(PONG) {
            self.consume(PONG.len());
            return Some(Ok(StreamItem::Pong));
        }
        Some(Err(self.fail(Fault::NotSip)))
    }

    fn message(&mut self) -> Option<Result<StreamItem, StreamError>> {
        let Some(head) = Head::find_from(&self.buffer, self.searched) else {
            if self.buffer.len() > self.limits.head_bytes {
                return Some(Err(self.fail(Fault::HeadTooLarge)));
            }
            self.searched = self.buffer.len().saturating_sub(END_OF_HEAD_BYTES - 1);
            return None;
        };
        let (head_bytes, body_start) = (head.bytes.len(), head.end);
        // Without a length nobody knows where the next message starts (§18.3).
        let length = match head.content_length() {
            Ok(Some(length)) => length,
            Ok(None) => return Some(Err(self.fail(Fault::NoContentLength))),
            Err(fault) => return Some(Err(self.fail(fault))),
        };
        if head_bytes > self.limits.head_bytes {
            return Some(Err(self.fail(Fault::HeadTooLarge)));
        }
        if length > self.limits.message_bytes.saturating_sub(body_start) {
            return Some(Err(self.fail(Fault::BodyTooLarge)));
        }
        let end = body_start + length;
        if self.buffer.len() < end {
            self.needed = end;
            return None;
        }
        let message = self.buffer[..end].to_vec();
        self.consume(end);
        Some(Ok(StreamItem::Message(message)))
    }

    fn consume(&mut self, count: usize) {
        self.buffer.drain(..count);
        self.searched = 0;
        self.needed = 0;
    }

    fn fail(&mut self, fault: Fault) -> StreamError {
        self.broken = true;
        let mut bytes = std::mem::take(&mut self.buffer);
        bytes.truncate(self.limits.head_bytes);
        let error = framing_error(fault, &bytes);
        let reply = error.reply(&bytes).map(|reply| reply.to_bytes());
        StreamError { error, reply }
    }
}

/// Ends for the moment where more bytes are needed, and goes on after the next push.
impl Iterator for StreamParser {
    type Item = Result<StreamItem, StreamError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken || self.buffer.len() < self.needed {
            return None;
        }
        match self.buffer.first()? {
            b'\r' | b'\n' => self.keepalive(),
            _ => self.message(),
        }
    }
}

/// RFC 5626 §4.4.1: the answer to a ping.
pub const PONG: &[u8] = b"\r\n";

/// RFC 5626 §4.4.1: asks whether the peer is there.
pub const PING: &[u8] = b"\r\n\r\n";

const END_OF_HEAD_BYTES: usize = 4;
