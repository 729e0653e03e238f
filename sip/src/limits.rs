//! How much of anything a peer may send, each with its reason.

/// What the parser and the stream framer accept at most. Beyond it a message is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// A whole message. 64 KiB is the largest a UDP datagram can carry, and what a message may be
    /// on one transport it may be on another, since a proxy can change it.
    pub message_bytes: usize,
    /// Start line and headers without the body. A half of the message: more of it is not a call
    /// but an attempt to make us read headers.
    pub head_bytes: usize,
    /// Header lines. An IMS INVITE has about 40; RFC 4475's longest about 50.
    pub headers: usize,
    /// Via values, one per hop: Max-Forwards starts at 70 (RFC 3261 §8.1.1.6).
    pub vias: usize,
    /// Values in each of Route, Record-Route and Contact. As many as there can be hops.
    pub list_values: usize,
    /// One URI. RFC 3261 sets none; 4 KiB holds a Refer-To with an embedded header or two.
    pub uri_bytes: usize,
    /// Parameters of one URI or one header value: feature tags of a Contact come to about 20.
    pub params: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            message_bytes: 64 * 1024,
            head_bytes: 32 * 1024,
            headers: 256,
            vias: 70,
            list_values: 70,
            uri_bytes: 4 * 1024,
            params: 64,
        }
    }
}
