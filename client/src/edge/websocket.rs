//! The WebSocket that carries SIP (RFC 7118): one connection at a time, numbered as a flow.

use std::rc::Rc;

use js_sys::{ArrayBuffer, Uint8Array};
use sip::transport::FlowId;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, Event, MessageEvent, WebSocket};

use super::{Report, page};
use crate::phone::{Input, SocketEvent};

/// One connection. Dropping it closes it and silences it.
pub struct Socket {
    flow: FlowId,
    socket: WebSocket,
    _opened: Closure<dyn Fn(Event)>,
    _closed: Closure<dyn Fn(Event)>,
    _message: Closure<dyn Fn(MessageEvent)>,
}

impl Socket {
    /// Starts connecting to `path` on this page's own host. `None` if the browser refuses at once.
    pub fn open(flow: FlowId, path: &str, report: &Report) -> Option<Self> {
        let scheme = if page::is_secure() { "wss" } else { "ws" };
        let url = format!("{scheme}://{}{path}", page::host());
        let socket = WebSocket::new_with_str(&url, SUBPROTOCOL).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);

        let tell = |report: &Report, event: fn() -> SocketEvent| {
            let report = Rc::clone(report);
            Closure::<dyn Fn(Event)>::new(move |_| {
                report(Input::Socket {
                    flow,
                    event: event(),
                })
            })
        };
        let opened = tell(report, || SocketEvent::Opened);
        let closed = tell(report, || SocketEvent::Closed);
        let message = {
            let report = Rc::clone(report);
            Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(bytes) = bytes_of(&event) {
                    report(Input::Socket {
                        flow,
                        event: SocketEvent::Message(bytes),
                    });
                }
            })
        };
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        Some(Self {
            flow,
            socket,
            _opened: opened,
            _closed: closed,
            _message: message,
        })
    }

    pub fn flow(&self) -> FlowId {
        self.flow
    }

    /// Sends one message as text where it is text (RFC 7118 §4.2).
    pub fn send(&self, bytes: &[u8]) {
        // One that is closing says so by its own event; what is sent meanwhile goes nowhere, and a browser
        // complains of it.
        if self.socket.ready_state() != WebSocket::OPEN {
            return;
        }
        let _ = match std::str::from_utf8(bytes) {
            Ok(text) => self.socket.send_with_str(text),
            Err(_) => self.socket.send_with_u8_array(bytes),
        };
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        self.socket.set_onmessage(None);
        // Closing a closed socket is no harm.
        let _ = self.socket.close();
    }
}

fn bytes_of(event: &MessageEvent) -> Option<Vec<u8>> {
    let data = event.data();
    if let Some(text) = data.as_string() {
        return Some(text.into_bytes());
    }
    let buffer = data.dyn_into::<ArrayBuffer>().ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// RFC 7118 §4.1.
const SUBPROTOCOL: &str = "sip";
