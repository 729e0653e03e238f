//! RFC 6455 §5: any bytes on a page's WebSocket, after the handshake: the fuzz target `websocket` and the
//! replay of its corpus. What reaches the loop is what a second, plain reader of frames here finds whole,
//! and nothing comes after an end.

use std::io::{self, Read, Write};

use sidecam_gateway::edge::frames::{self, Ending, FRAME_BYTES, Frame, Taken};
use sip::limits::Limits;
use sip::parse::parse;
use tungstenite::protocol::{CloseFrame, Role};
use tungstenite::{Message, WebSocket};

/// What our answers may add to what came: a Close frame of our own.
const FAREWELL_BYTES: usize = 64;

/// The first byte says how the rest is cut into reads.
pub fn run(bytes: &[u8]) {
    let Some((cut, bytes)) = bytes.split_first() else {
        return;
    };
    let served = serve(bytes, usize::from(*cut).max(1));
    let found = read(bytes, Sender::Client);
    assert_eq!(served.messages, found.messages, "another message");
    for message in &served.messages {
        assert!(message.len() <= FRAME_BYTES, "{} bytes", message.len());
        // What the loop does first with it. Half a message and two in one are its to refuse.
        let _ = parse(message, &Limits::default());
    }
    if found.broken {
        assert_ne!(served.end, Ending::PeerClosed, "a fault is no good-bye");
    }
    let said = read(&served.written, Sender::Server);
    assert!(!said.broken, "we break the rules ourselves");
    assert_eq!(said.messages, found.keepalives, "another answer");
    let owed = served.end.farewell().is_some() || found.closed;
    assert_eq!(said.closed, owed, "{:?} without a Close", served.end);
    let most = bytes.len() + FAREWELL_BYTES;
    assert!(served.written.len() <= most, "answers grow");
}

struct Served {
    messages: Vec<Vec<u8>>,
    written: Vec<u8>,
    end: Ending,
}

/// As the edge does, without its waiting.
fn serve(bytes: &[u8], at_once: usize) -> Served {
    let wire = Wire {
        rest: bytes,
        at_once,
        written: Vec::new(),
    };
    let mut socket = WebSocket::from_raw_socket(wire, Role::Server, Some(frames::limits()));
    let mut messages = Vec::new();
    let end = loop {
        let frame = match socket.read() {
            Ok(Message::Text(text)) => Frame::Text(text.into()),
            Ok(Message::Binary(bytes)) => Frame::Binary(bytes),
            Ok(Message::Ping(_) | Message::Pong(_)) => Frame::Control,
            Ok(Message::Close(_)) => Frame::Close,
            Ok(Message::Frame(_)) => panic!("a frame is not put together"),
            Err(error) => break frames::ending_of(&error),
        };
        match frames::take(frame) {
            Taken::Nothing => {}
            Taken::Answer { text: true } => socket.send(Message::text("\r\n")).expect("written"),
            Taken::Answer { text: false } => {
                socket.send(Message::binary(&b"\r\n"[..])).expect("written");
            }
            Taken::Message(bytes) => messages.push(bytes.into()),
            Taken::End(end) => break end,
        }
    };
    match end.farewell() {
        None => {
            // There may be nothing left to say, or nobody to say it to.
            let _ = socket.flush();
        }
        Some((code, reason)) => {
            let reason = reason.into();
            let close = Message::Close(Some(CloseFrame { code, reason }));
            socket.send(close).expect("written");
        }
    }
    Served {
        messages,
        end,
        written: std::mem::take(&mut socket.get_mut().written),
    }
}

/// The peer's bytes, and then its end.
struct Wire<'a> {
    rest: &'a [u8],
    at_once: usize,
    written: Vec<u8>,
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.at_once.min(buffer.len());
        self.rest.read(&mut buffer[..most])
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// Masks its frames (§5.3).
    Client,
    Server,
}

#[derive(Default)]
struct Found {
    /// All but keepalives, where the peer is a client.
    messages: Vec<Vec<u8>>,
    /// What the keepalives are answered with.
    keepalives: Vec<Vec<u8>>,
    /// A whole frame broke the rules. Nothing after it counts.
    broken: bool,
    /// Closed by a good Close frame. Nothing after it counts.
    closed: bool,
}

/// One frame, its payload unmasked.
struct Raw {
    last: bool,
    reserved: bool,
    opcode: u8,
    masked: bool,
    payload: Vec<u8>,
}

/// All that is whole.
fn read(mut bytes: &[u8], sender: Sender) -> Found {
    let mut found = Found::default();
    // Of the message whose fragments come: whether it is text, and what there is of it.
    let mut open: Option<(bool, Vec<u8>)> = None;
    while !found.broken && !found.closed {
        let Some(frame) = next(&mut bytes) else {
            break;
        };
        let wrong = frame.reserved || frame.masked != (sender == Sender::Client);
        found.broken |= wrong || frame.payload.len() > FRAME_BYTES;
        if found.broken {
            break;
        }
        match (frame.opcode, open.take()) {
            (opcode @ 8..=10, before) => {
                open = before;
                found.broken |= !frame.last || frame.payload.len() > 125;
                if opcode == 8 && !found.broken {
                    match is_good_close(&frame.payload) {
                        true => found.closed = true,
                        false => found.broken = true,
                    }
                }
            }
            (0, Some((text, mut whole))) => {
                whole.extend_from_slice(&frame.payload);
                open = found.go_on(frame.last, text, whole, sender);
            }
            (opcode @ 1..=2, None) => {
                open = found.go_on(frame.last, opcode == 1, frame.payload, sender);
            }
            _ => found.broken = true,
        }
    }
    found
}

impl Found {
    fn go_on(
        &mut self,
        last: bool,
        text: bool,
        whole: Vec<u8>,
        sender: Sender,
    ) -> Option<(bool, Vec<u8>)> {
        let cut = match std::str::from_utf8(&whole) {
            Ok(_) => false,
            // Between two fragments a character may be half there.
            Err(error) => last || error.error_len().is_some(),
        };
        self.broken |= whole.len() > FRAME_BYTES || (text && cut);
        match (self.broken, last) {
            (true, _) => None,
            (false, false) => Some((text, whole)),
            (false, true) => {
                match (sender, whole.as_slice()) {
                    (Sender::Client, b"\r\n") => {}
                    (Sender::Client, b"\r\n\r\n") => self.keepalives.push(b"\r\n".to_vec()),
                    _ => self.messages.push(whole),
                }
                None
            }
        }
    }
}

/// §5.5.1: nothing, or a code and a reason. A code that may not be sent is no fault of the frame: the
/// library answers it by 1002.
fn is_good_close(payload: &[u8]) -> bool {
    match payload {
        [] => true,
        [_] => false,
        [_, _, reason @ ..] => std::str::from_utf8(reason).is_ok(),
    }
}

/// The next frame, if it is whole.
fn next(bytes: &mut &[u8]) -> Option<Raw> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match second & 0x7f {
        126 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u64::from(u16::from_be_bytes(*length)), rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u64::from_be_bytes(*length), rest)
        }
        short => (u64::from(short), rest),
    };
    let masked = second & 0x80 != 0;
    let (mask, rest) = match masked {
        true => rest.split_first_chunk().map(|(mask, rest)| (*mask, rest))?,
        false => ([0; 4], rest),
    };
    let length = usize::try_from(length).ok()?;
    let (payload, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    let masks = mask.iter().cycle();
    Some(Raw {
        last: first & 0x80 != 0,
        reserved: first & 0x70 != 0,
        opcode: first & 0x0f,
        masked,
        payload: payload
            .iter()
            .zip(masks)
            .map(|(byte, mask)| byte ^ mask)
            .collect(),
    })
}
