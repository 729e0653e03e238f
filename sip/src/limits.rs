//! How much of anything a peer may send, each with its reason.

/// What the parser and the stream framer accept at most. Beyond it a message is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// A whole message. 64 KiB is the largest a UDP datagram can carry, and what a message may be
    /// on one transport it may be on another, since a proxy can change it.
    pub message_bytes: usize,
    /// Start line and headers without the body. Half of the message: more of it is not a call but
    /// an attempt to make us read headers.
    pub head_bytes: usize,
    /// Header lines. An IMS INVITE has about 40; RFC 4475's longest about 50.
    pub headers: usize,
    /// Via values, one a hop: Max-Forwards starts at 70 (RFC 3261 §8.1.1.6).
    pub vias: usize,
    /// Values in each of Route, Record-Route and Contact: as many as there can be hops.
    pub list_values: usize,
    /// The Request-URI. RFC 3261 sets no limit; 4 KiB holds any with embedded headers.
    pub uri_bytes: usize,
    /// Requests without a final response at a time, both directions. At about 5 kB each 160 MB at
    /// the worst. Beyond it requests are refused with 503.
    pub transactions: usize,
    /// Of these, requests from one address on one flow: a quarter, so that a flood from one peer
    /// leaves room for the others, and a core that sends everything from one address has enough.
    pub transactions_per_peer: usize,
    /// Requests that are answered and remembered for the copies that may still come, 32 s by UDP
    /// (timer J): 8,000 new ones a second, and at about 1 kB each 256 MB at the worst. Beyond it
    /// the oldest are forgotten before their time.
    pub answered_transactions: usize,
    /// Calls at a time, both directions, with those whose last transaction is still under way. A
    /// call holds up to 10 kB of messages. Beyond it an INVITE is refused with 503.
    pub calls: usize,
}

impl Limits {
    /// Parameters of one URI or of one header value. The Contact of a handset with every IMS
    /// feature tag has about 20.
    pub const PARAMS: usize = 64;
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
            transactions: 32 * 1024,
            transactions_per_peer: 8 * 1024,
            answered_transactions: 256 * 1024,
            calls: 10_000,
        }
    }
}
