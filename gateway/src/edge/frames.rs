//! RFC 7118 §5, RFC 6455 §5: what a frame of a WebSocket means. One SIP message a frame, text or binary;
//! keepalive by CR LF (RFC 5626 §4.4.1). Nothing here touches a socket.

use bytes::Bytes;
use tungstenite::error::ProtocolError;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::protocol::frame::coding::CloseCode;

use super::{Keepalive, keepalive};

/// The largest message, in one frame or in many: as large as a SIP message may be on any transport.
pub const FRAME_BYTES: usize = 64 * 1024;

/// What is read ahead of a connection. It is held all the time, by thousands of pages that say a
/// kilobyte in ten minutes; a larger message makes the buffer grow while it passes.
const READ_AHEAD_BYTES: usize = 2 * 1024;

/// What may wait to be written beside what the peer has not taken: the largest frame and its header.
const WRITE_BEHIND_BYTES: usize = 2 * FRAME_BYTES;

/// What the library is told to bear from a peer.
pub fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_frame_size(Some(FRAME_BYTES))
        .max_message_size(Some(FRAME_BYTES))
        .read_buffer_size(READ_AHEAD_BYTES)
        // Each message leaves at once, and its buffer with it.
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BEHIND_BYTES)
}

/// What came, put together by the library: text that is UTF-8, or octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    Text(Bytes),
    Binary(Bytes),
    /// A Ping, which the library answers, or a Pong.
    Control,
    Close,
}

/// What a frame wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    Nothing,
    /// A keepalive: its answer, as text where it came as text.
    Answer {
        text: bool,
    },
    /// A SIP message for the loop.
    Message(Bytes),
    End(Ending),
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    PeerClosed,
    /// The loop dropped its end, or is gone.
    Released,
    TooLong,
    NotUtf8,
    Broken,
    Silent,
    SlowReader,
}

impl Ending {
    /// The code and words of our Close frame; none where the peer's own is only answered.
    pub fn farewell(self) -> Option<(CloseCode, &'static str)> {
        match self {
            Ending::PeerClosed => None,
            Ending::Released => Some((CloseCode::Away, "the gateway let go")),
            Ending::TooLong => Some((CloseCode::Size, "longer than a SIP message may be")),
            Ending::NotUtf8 => Some((CloseCode::Invalid, "text that is not UTF-8")),
            Ending::Broken => Some((CloseCode::Protocol, "not a WebSocket frame")),
            Ending::Silent => Some((CloseCode::Away, "nothing heard")),
            Ending::SlowReader => Some((CloseCode::Policy, "does not read")),
        }
    }
}

/// What to do about a frame.
pub fn take(frame: Frame) -> Taken {
    let (bytes, text) = match frame {
        Frame::Text(bytes) => (bytes, true),
        Frame::Binary(bytes) => (bytes, false),
        Frame::Control => return Taken::Nothing,
        Frame::Close => return Taken::End(Ending::PeerClosed),
    };
    match keepalive(&bytes) {
        Some(Keepalive::Ping) => Taken::Answer { text },
        Some(Keepalive::Pong) => Taken::Nothing,
        None => Taken::Message(bytes),
    }
}

/// What ended a connection that the library could not read on.
pub fn ending_of(error: &tungstenite::Error) -> Ending {
    match error {
        tungstenite::Error::Capacity(_) => Ending::TooLong,
        tungstenite::Error::Utf8(_) => Ending::NotUtf8,
        tungstenite::Error::ConnectionClosed
        | tungstenite::Error::AlreadyClosed
        | tungstenite::Error::Io(_)
        | tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            Ending::PeerClosed
        }
        // Not ours to exhaust: the rest of a foreign, growing list is a peer that does not speak WebSocket.
        _ => Ending::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_a_message_a_keepalive_or_an_end() {
        let cases = [
            (Frame::Text("\r\n\r\n".into()), Taken::Answer { text: true }),
            (
                Frame::Binary("\r\n\r\n".into()),
                Taken::Answer { text: false },
            ),
            (Frame::Text("\r\n".into()), Taken::Nothing),
            (Frame::Control, Taken::Nothing),
            (Frame::Close, Taken::End(Ending::PeerClosed)),
            // What is no SIP message is for the reader of SIP messages to refuse.
            (Frame::Text("".into()), Taken::Message("".into())),
            (
                Frame::Text("\r\n\r\n\r\n".into()),
                Taken::Message("\r\n\r\n\r\n".into()),
            ),
            (
                Frame::Binary("OPTIONS".into()),
                Taken::Message("OPTIONS".into()),
            ),
        ];
        for (frame, taken) in cases {
            assert_eq!(take(frame.clone()), taken, "{frame:?}");
        }
    }
}
